//! `drop`: rows that make no touchpoint, counted by the reason that the mapping gives.

use super::condition::Condition;
use super::row_error::FieldFault;
use super::value::{Compiler, Reading, missing};
use crate::map::error::Fault;
use crate::map::fields::{Fields, wrong_type};
use toml::Spanned;
use toml::de::DeValue;

const KEYS: &[&str] = &["when", "reason"];
const EXAMPLE: &str = "drop = { when = { \".status\" = [\"test\", \"draft\"] } }";

/// Drops what a condition holds for.
#[derive(Clone, Debug)]
pub(super) struct Dropping {
    when: Condition,
    reason: String,
}

/// Reads `drop`: one table or a list of them.
pub(super) fn read(
    compiler: &mut Compiler,
    value: Option<&Spanned<DeValue<'_>>>,
) -> Result<Vec<Dropping>, Fault> {
    match value.map(|value| (value, value.get_ref())) {
        None => Ok(Vec::new()),
        Some((_, DeValue::Array(items))) => {
            items.iter().map(|item| Dropping::read(compiler, item)).collect()
        }
        Some((value, _)) => Ok(vec![Dropping::read(compiler, value)?]),
    }
}

impl Dropping {
    fn read(compiler: &mut Compiler, value: &Spanned<DeValue<'_>>) -> Result<Dropping, Fault> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong_type("drop", value, "a table, or a list of tables"));
        };
        let fields = Fields::new("`drop`", value.span(), table, KEYS)?;
        let when =
            fields.get("when").ok_or_else(|| missing("`drop`", "when", EXAMPLE, &value.span()))?;
        let when = Condition::read(compiler, when)?;
        let reason = fields.word("reason")?.map_or("drop", |word| word.text).to_owned();
        Ok(Dropping { when, reason })
    }

    /// What of it is more than paths and constants; `None` where nothing is.
    pub(super) fn beyond_plain(&self) -> Option<&'static str> {
        self.when.beyond_plain()
    }

    /// The reason for which a row is dropped by this, if it is.
    pub(super) fn reason(&self, reading: &Reading<'_>) -> Result<Option<&str>, FieldFault> {
        Ok(self.when.holds(reading)?.then_some(&*self.reason))
    }
}
