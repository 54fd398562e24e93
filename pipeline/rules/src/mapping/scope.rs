//! What expressions see of one input: the payload, and what the mapping calls parts of it.

use super::phone::Region;
use super::row::Row;
use super::row_error::FieldFault;
use minijinja::value::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Where filters find the region of the mapping: no expression can write such a name.
pub(super) const REGION: &str = " region";

/// Names and what they stand for. The payload is read when an expression first asks for it: a
/// mapping of paths alone never does.
pub(super) struct Scope<'a> {
    row: &'a Row<'a>,
    columns: &'a [String],
    number: u64,
    region: Option<Region>,
    given: Vec<(String, Value)>,
    names: OnceCell<Value>,
}

impl<'a> Scope<'a> {
    /// The scope of a row, whose columns are called so.
    pub(super) fn new(
        row: &'a Row<'a>,
        columns: &'a [String],
        number: u64,
        region: Option<Region>,
    ) -> Scope<'a> {
        Scope { row, columns, number, region, given: Vec::new(), names: OnceCell::new() }
    }

    /// This scope with one more name.
    pub(super) fn with(&self, name: &str, value: Value) -> Result<Scope<'a>, FieldFault> {
        // The payload is read once for all of them.
        let body = match self.given.iter().any(|(name, _)| name == "body") {
            true => Vec::new(),
            false => vec![("body".to_owned(), self.row.payload(self.columns)?)],
        };
        let mut given = [body, self.given.clone()].concat();
        given.push((name.to_owned(), value));
        Ok(Scope { given, names: OnceCell::new(), ..*self })
    }

    /// The same once more.
    pub(super) fn again(&self) -> Scope<'a> {
        Scope { given: self.given.clone(), names: self.names.clone(), ..*self }
    }

    /// Everything by its name.
    pub(super) fn names(&self) -> Result<Value, FieldFault> {
        if let Some(names) = self.names.get() {
            return Ok(names.clone());
        }
        let mut names: BTreeMap<String, Value> = self.given.iter().cloned().collect();
        if !names.contains_key("body") {
            names.insert("body".to_owned(), self.row.payload(self.columns)?);
        }
        names.insert("row".to_owned(), Value::from(self.number));
        names.extend(self.row.around().into_iter().flat_map(|around| around.names()));
        if let Some(region) = self.region {
            names.insert(REGION.to_owned(), Value::from(region.code()));
        }
        let names = Value::from(names);
        Ok(self.names.get_or_init(|| names).clone())
    }
}
