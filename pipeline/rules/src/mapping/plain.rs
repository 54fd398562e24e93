//! Mappings of paths, constants and tables alone: what a decoder can be compiled of.

use super::path::{Access, Step};
use super::{Emission, Mapping};
use std::fmt;

/// Why a mapping is more than paths and tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPlain {
    /// The key of the mapping.
    pub key: String,
    /// What stands there.
    pub what: &'static str,
}

impl fmt::Display for NotPlain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is {}", self.key, self.what)
    }
}

/// A plain mapping, and where each of its paths leads.
pub struct Plain {
    /// The mapping, for rows of leaves.
    pub mapping: Mapping,
    /// Steps of the paths, in their order.
    pub paths: Vec<Vec<Step>>,
}

impl Mapping {
    /// This mapping for rows of which only the values of its paths are known, each record of them
    /// at most one touchpoint whose customer it names; refused where it says more than that.
    pub fn plain(mut self) -> Result<Plain, NotPlain> {
        let refused = |key: &str, what| Err(NotPlain { key: key.to_owned(), what });
        if !self.lets.is_empty() {
            return refused("let", "an expression");
        }
        if !self.each.is_empty() {
            return refused("each", "several touchpoints of one record");
        }
        if self.is_all && self.rules.len() > 1 {
            return refused("match", "\"all\", several touchpoints of one record");
        }
        if let Some(what) = self.source.beyond_plain() {
            return refused("source", what);
        }
        if let Some(what) = self.dropping.iter().find_map(|drop| drop.beyond_plain()) {
            return refused("drop", what);
        }
        if let Some((key, what)) = self.rules.iter().find_map(Emission::beyond_plain) {
            return refused(key, what);
        }
        if !self.rules.iter().all(Emission::names_customer) {
            return refused("customer_id", "missing");
        }
        let mut paths = Vec::new();
        for (index, path) in self.compiler.paths.iter_mut().enumerate() {
            match std::mem::replace(&mut path.access, Access::Column(index)) {
                Access::Steps(steps) => paths.push(steps),
                Access::Named | Access::Column(_) => return refused("file", "a table of columns"),
            }
        }
        Ok(Plain { mapping: self, paths })
    }
}
