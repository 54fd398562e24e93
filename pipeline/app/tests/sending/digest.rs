//! The digest against the reports and the list that its numbers come from.

use crate::program::Program;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn table<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    let tables = report["tables"].as_array().expect("tables");
    let table = tables.iter().find(|table| table["name"] == name);
    table.unwrap_or_else(|| panic!("no table {name}"))["rows"].as_array().expect("rows")
}

fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no count: {value}"))
}

/// Moves of a day by where they lead, of the report of moves.
fn moves_of(program: &Program, date: &str, as_of: &str) -> BTreeMap<String, i64> {
    let asked = ["report", "moves", "--from", date, "--to", date, "--as-of", as_of];
    let mut sums = BTreeMap::new();
    for row in table(&program.json(&asked), "moves") {
        *sums.entry(row["to"].as_str().expect("a stage").to_owned()).or_default() +=
            count(&row["count"]);
    }
    sums
}

/// What the purchases of a day were worth, of the report of touchpoints.
fn revenue_of(program: &Program, date: &str, as_of: &str) -> i64 {
    let asked = ["report", "activity", "--by", "kind", "--from", date, "--to", date];
    let report = program.json(&[&asked[..], &["--as-of", as_of]].concat());
    let of = |kind: &str| {
        let row = table(&report, "activity").iter().find(|row| row["kind"] == kind);
        row.and_then(|row| row["money"]["EUR"].as_i64()).unwrap_or(0)
    };
    of("purchase_made") + of("subscription_renewed") - of("refund_made")
}

#[test]
fn a_digest_says_what_the_reports_say() {
    let program = Program::new();
    program.play("1500");
    let digest = program.json(&["digest"]);
    let as_of = digest["as_of"].as_str().expect("a time");
    let day = digest["period"]["from"].as_str().expect("a date");
    assert_eq!(digest["period"]["to"], day);
    assert!(digest["id"].as_str().expect("an id").starts_with(&format!("digest-{day}-")));
    let civil = model::Civil::parse(day).expect("a date");
    let before = model::Civil::from_days(civil.days() - 7).to_string();

    let (now, then) = (moves_of(&program, day, as_of), moves_of(&program, &before, as_of));
    let rows = table(&digest, "moves");
    for row in rows {
        let to = row["to"].as_str().expect("a stage");
        let is = (count(&row["count"]), count(&row["count_before"]));
        let of = |sums: &BTreeMap<String, i64>| sums.get(to).copied().unwrap_or(0);
        assert_eq!(is, (of(&now), of(&then)), "{to}");
    }
    assert_eq!(rows.len(), 6, "four stages and two ends");
    assert!(now.values().sum::<i64>() > 50, "a day without moves proves nothing");

    let sums = &table(&digest, "sums")[0];
    let list = |date: &str| {
        let window = format!("1d@{date}");
        let asked = ["customers", "--move-to", "retention", "--window", &window, "--json"];
        program.say(&[&asked[..], &["--as-of", as_of]].concat()).out.lines().count() as i64
    };
    // In the clinic the conversion is the last stage: each entry of it is one.
    assert_eq!(count(&sums["conversions"]), list(day));
    assert_eq!(count(&sums["conversions_before"]), list(&before));
    assert_eq!(sums["revenue"]["EUR"].as_i64().unwrap_or(0), revenue_of(&program, day, as_of));
    let worth = revenue_of(&program, &before, as_of);
    assert_eq!(sums["revenue_before"]["EUR"].as_i64().unwrap_or(0), worth);

    let funnel = program.json(&["report", "funnel", "--as-of", as_of]);
    let mut worst = (0.0, "");
    for stage in table(&funnel, "stages") {
        let name = stage["stage"].as_str().expect("a stage");
        let leak = table(&digest, "leaks").iter().find(|row| row["stage"] == name).expect(name);
        let (part, whole) = (&stage["rate_mature"]["part"], &stage["rate_mature"]["whole"]);
        let (part, whole) = (part.as_i64().unwrap_or(0), whole.as_i64().unwrap_or(0));
        assert_eq!(count(&leak["decided"]), whole, "{name}");
        assert_eq!(leak["until"], stage["mature_until"], "{name}");
        if whole < 30 {
            assert_eq!(leak["lost"], Value::Null, "{name}");
            continue;
        }
        assert_eq!(
            (&leak["lost"]["part"], &leak["lost"]["whole"]),
            (&json!(whole - part), &json!(whole))
        );
        let share = (whole - part) as f64 / whole as f64;
        worst = if share > worst.0 { (share, name) } else { worst };
    }
    assert_eq!(table(&digest, "leaks")[0]["stage"], worst.1);
    assert!(worst.0 > 0.0, "no leak proves nothing");

    let asked = ["customers", "--flow-outcome", "open", "--as-of", as_of, "--json"];
    let open = program.say(&asked).out;
    let limit =
        model::Timestamp::parse_rfc3339(as_of).expect("a time").plus(model::Span::from_hours(48));
    let mut cold: Vec<(String, String, String)> = open
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter_map(|row| {
            let text = |name: &str| row[name].as_str().map(str::to_owned);
            let at = text("cold_at")?;
            let is_soon = model::Timestamp::parse_rfc3339(&at)? <= limit;
            Some((at, text("customer")?, text("stage")?)).filter(|_| is_soon)
        })
        .collect();
    cold.sort();
    assert_eq!(count(&sums["cold_soon"]), cold.len() as i64);
    assert!(cold.len() > 20, "a short list proves nothing");
    let listed = table(&digest, "cold_soon");
    assert_eq!(listed.len(), 20);
    for (row, (at, customer, stage)) in listed.iter().zip(&cold) {
        let instant = |text: &str| model::Timestamp::parse_rfc3339(text);
        let is = (row["customer"].as_str(), row["stage"].as_str());
        assert_eq!(is, (Some(&**customer), Some(&**stage)));
        // To the second: a table shows no more.
        let shown = instant(row["cold_at"].as_str().expect("a time")).expect("a time");
        assert!(instant(at).expect("a time").since(shown).millis() < 1_000, "{row} {at}");
    }

    // Whoever asks an instance, or for another day, is told the same.
    program.forms(&digest);
}

impl Program {
    fn forms(&self, digest: &Value) {
        let text = self.say(&["digest"]).out;
        assert!(text.lines().all(|line| line.chars().count() <= 78), "{text}");
        assert_eq!(self.say(&["digest", "--text"]).out, text);
        assert_eq!(self.json(&["report", "digest"]), *digest);
        let html = self.say(&["digest", "--html"]).out;
        assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"), "{html}");
        let longer = self.json(&["digest", "--within", "7d"]);
        let soon = |digest: &Value| count(&table(digest, "sums")[0]["cold_soon"]);
        assert!(soon(&longer) > soon(digest), "{longer}");
        assert_eq!(longer["id"], digest["id"]);
        let day = digest["period"]["from"].as_str().expect("a date");
        let earlier = self.json(&["digest", "--as-of", day]);
        assert!(earlier["period"]["from"].as_str().expect("a date") < day);
        assert_ne!(earlier["id"], digest["id"]);

        let mut still = Program::new();
        std::fs::rename(self.folder().join("data"), still.folder().join("data")).expect("moved");
        // Nothing moves but by what is asked: the demo's last touchpoint is today's.
        still.config = "[time]\nidle_bound = \"never\"".to_owned();
        let running = still.start();
        assert_eq!(still.json(&["digest"]), *digest);
        assert_eq!(still.json(&["digest", "--within", "7d"]), longer);
        assert_eq!(still.say(&["digest"]).out, text);
        assert_eq!(still.say(&["digest", "--html"]).out, html);
        assert_eq!(still.say(&["digest", "--url", &running.url]).out, text);
        running.stop();
    }
}

#[test]
fn what_cannot_be_asked_of_a_digest_is_refused() {
    let program = Program::new();
    program.say(&["digest"]).fails(66, "D0741", "there is nothing in folder");
    assert_eq!(program.say(&["topic", "write", "touchpoints"]).exit, 0);
    program.say(&["digest"]).fails(66, "D0720", "nothing has come in");
    program.say(&["report", "digest", "--by", "channel"]).fails(64, "D0720", "is of yesterday");
    program.say(&["digest", "--as-of", "soon"]).fails(64, "D0719", "is no time");
    for arguments in [
        &["digest", "--html", "--text"][..],
        &["digest", "--html", "--json"],
        &["digest", "--send", "--html"],
        &["digest", "--within", "59m"],
        &["digest", "--within", "32d"],
        &["digest", "--within", "soon"],
    ] {
        assert_eq!(program.say(arguments).exit, 64, "{arguments:?}");
    }
}
