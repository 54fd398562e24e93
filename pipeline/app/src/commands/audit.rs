//! `audit`: every counter recomputed, exit 1 where one differs.

use super::{print, with_folder};
use crate::answers;
use crate::config::Config;
use crate::failure::Failure;

/// Audits, and says so.
pub fn audit(config: &Config, is_json: bool) -> Result<(), Failure> {
    let outcome = with_folder(config, |installation| Ok(answers::audit(installation)?))?;
    let number = |name: &str| outcome[name].as_u64().unwrap_or(0);
    print(|out| {
        if is_json {
            return writeln!(out, "{outcome}");
        }
        for row in outcome["listed"].as_array().into_iter().flatten() {
            writeln!(out, "{row}")?;
        }
        writeln!(
            out,
            "{} counters of {} customers recomputed from {} records: {} differ",
            number("counters"),
            number("customers"),
            number("records"),
            number("differences")
        )
    })?;
    match number("differences") {
        0 => Ok(()),
        count => Err(Failure::Negative(format!(
            "{count} counters are not what the specification says [D0714]"
        ))),
    }
}
