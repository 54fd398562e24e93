//! `key`: keys for programs, made, listed and revoked; sessions of browsers likewise.

use super::print;
use crate::access::{Access, Ledger, Token};
use crate::cli::KeyCommand;
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use model::Timestamp;
use serde_json::{Value, json};
use serve::Right;
use std::io::Write;

/// Characters of a name at most.
const NAME_MAX: usize = 100;

/// Makes, lists or revokes keys of a data folder, whether an instance runs on it or not.
pub fn key(config: &Config, is_json: bool, command: KeyCommand) -> Result<(), Failure> {
    let access = Access::of(&config.log.data);
    match command {
        KeyCommand::Create { right, name } => create(&access, is_json, right.into(), &name),
        KeyCommand::List => list(&access.ledger()?, is_json),
        KeyCommand::Revoke { id } => revoke(&access, is_json, &id),
    }
}

fn create(access: &Access, is_json: bool, right: Right, name: &str) -> Result<(), Failure> {
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let most = format!("at most {NAME_MAX} characters, and one line");
        return Err(Failure::Usage(format!("the name of a key has {most} [D0762]")));
    }
    let key = Token::key(right)?;
    let add = |ledger: &mut Ledger| ledger.add_key(right, name, key.digest(), clock::wall());
    let id = access.change(add)?.ok_or_else(|| {
        let fix = "revoke some: desirepath key list shows when each was used";
        Failure::Usage(format!("there are a thousand keys, which is the limit: {fix} [D0762]"))
    })?;
    print(|out| match is_json {
        true => {
            let told = json!({ "id": id, "right": right.name(), "name": name, "key": key.text() });
            writeln!(out, "{told}")
        }
        false => writeln!(out, "{}", key.text()),
    })?;
    if !is_json {
        eprintln!(
            "{id} may {}; it is shown this once, and kept as a hash alone. Programs send it as\n\
             Authorization: Bearer KEY, commands take it from the variable DESIREPATH_KEY",
            right.name()
        );
    }
    Ok(())
}

fn list(ledger: &Ledger, is_json: bool) -> Result<(), Failure> {
    let time = |millis: i64| Timestamp::from_millis(millis).to_string();
    let day = |used: Option<i64>| used.and_then(|used| time(used).get(..10).map(str::to_owned));
    let keys = ledger.keys.iter().map(|key| {
        json!({ "id": key.id, "right": key.right, "name": key.name, "made": time(key.made),
            "used": day(key.used) })
    });
    let now = clock::wall();
    let open = ledger.sessions.iter().filter(|session| session.is_open(now));
    let sessions = open.map(|session| {
        json!({ "id": session.id, "right": "session", "name": "a browser",
            "made": time(session.made), "used": null })
    });
    let rows: Vec<Value> = keys.chain(sessions).collect();
    print(|out| {
        if is_json {
            return rows.iter().try_for_each(|row| writeln!(out, "{row}"));
        }
        if rows.is_empty() {
            return writeln!(out, "no keys: desirepath key create ingest makes one");
        }
        table(out, &rows)
    })
}

fn table(out: &mut dyn Write, rows: &[Value]) -> std::io::Result<()> {
    writeln!(out, "{:<11} {:<8} {:<11} {:<11} name", "id", "may", "made", "used")?;
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or("never").to_owned();
        let made: String = text("made").chars().take(10).collect();
        let (id, right, used, name) = (text("id"), text("right"), text("used"), text("name"));
        let used = if right == "session" { "–".to_owned() } else { used };
        writeln!(out, "{id:<11} {right:<8} {made:<11} {used:<11} {name}")?;
    }
    Ok(())
}

fn revoke(access: &Access, is_json: bool, id: &str) -> Result<(), Failure> {
    if !access.change(|ledger| ledger.revoke(id))? {
        let shown: String = id.chars().take(20).collect();
        let fix = "desirepath key list shows them";
        let none = format!("there is no key or session {shown:?}: {fix} [D0763]");
        // Somebody may have put the key itself there.
        let is_key = Token::is_key(id);
        return Err(Failure::Input(match is_key {
            true => format!("revoke takes the id of a key, not the key: {fix} [D0763]"),
            false => none,
        }));
    }
    print(|out| match is_json {
        true => writeln!(out, "{}", json!({ "revoked": id })),
        false => writeln!(out, "{id} opens nothing any more"),
    })
}
