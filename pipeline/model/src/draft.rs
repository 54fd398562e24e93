//! A touchpoint as it is written at the door: names and text, not ids.

use crate::Timestamp;
use std::collections::BTreeMap;

/// What a touchpoint is worth, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// Amount in minor units of the currency.
    pub amount_minor: i64,
    /// Currency code, `EUR`.
    pub currency: String,
}

/// A touchpoint before it is in the log. Limits and required fields: `interface.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Id within the source.
    pub event_id: String,
    /// System that sent it, empty when not said; part of the identity.
    pub source: String,
    /// When it happened.
    pub time: Timestamp,
    /// The customer, empty when only identifiers are known.
    pub customer_id: String,
    /// Identifiers by name: email, phone, …
    pub identifiers: BTreeMap<String, String>,
    /// Where it happened.
    pub channel: String,
    /// What happened.
    pub kind: String,
    /// What it is worth.
    pub value: Option<Value>,
    /// The deal, order or product; empty when not said.
    pub subject: String,
    /// What was said.
    pub text: String,
    /// What else is known.
    pub properties: BTreeMap<String, String>,
    /// A greater one replaces.
    pub revision: u32,
    /// An import or a backfill.
    pub history: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Draft {
            event_id: String::new(),
            source: String::new(),
            time: Timestamp::FIRST,
            customer_id: String::new(),
            identifiers: BTreeMap::new(),
            channel: String::new(),
            kind: String::new(),
            value: None,
            subject: String::new(),
            text: String::new(),
            properties: BTreeMap::new(),
            revision: 0,
            history: false,
        }
    }
}
