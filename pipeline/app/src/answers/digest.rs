//! The digest: a day in short, of the counters and the open leads as they stand together.

use super::insights::{live_of, snapshot_at};
use super::open_leads::cold_soon;
use super::report::told;
use crate::installation::Installation;
use data_encoding::HEXLOWER;
use insight::report::{ColdSoon, digest as finish, html, queries};
use model::{Civil, Span, Timestamp};
use serde_json::Value;
use serve::Refusal;
use sha2::{Digest as _, Sha256};

/// The name of the report.
pub const NAME: &str = "digest";

/// The digest of the day before `as_of`, or before what is judged now; who goes cold `within` a
/// time to come is listed.
pub fn digest(
    installation: &Installation,
    within: Option<Span>,
    as_of: Option<Timestamp>,
) -> Result<Value, Refusal> {
    let map = &installation.settings().map;
    let within = within.unwrap_or(ColdSoon::WITHIN);
    let snapshot = match as_of {
        None => live_of(installation, NAME, queries)?,
        Some(as_of) => snapshot_at(installation, as_of)?,
    };
    let as_of = snapshot.as_of;
    if !as_of.is_admissible() {
        let why = "there is no digest: nothing has come in, so there is no yesterday [D0720]";
        return Err(Refusal::Missing(why.to_owned()));
    }
    let cold = cold_soon(installation, as_of, &snapshot.cut, within)?;
    let digest = finish(map, snapshot.counters.iter(), as_of, cold)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0720]")))?;
    let [query, ..] = queries(map, as_of);
    let tables = digest.tables(map);
    let mut said = told(NAME, &query, &snapshot.cut, &tables, map);
    let narrow: Vec<String> = tables.iter().map(|table| table.render_narrow(&map.zone)).collect();
    said["text"] = narrow.join("\n").into();
    said["html"] = html(&digest.line(), &tables, &map.zone).into();
    said["line"] = digest.line().into();
    said["id"] = id(&installation.settings().secret.fingerprint(), digest.day.date).into();
    Ok(said)
}

/// What a digest is known by: the same for the same installation and day, whoever sends it.
fn id(installation: &str, day: Civil) -> String {
    let hash = Sha256::digest(format!("digest|{installation}|{day}"));
    format!("digest-{day}-{}", HEXLOWER.encode(&hash[..12]))
}
