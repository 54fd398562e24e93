//! A touchpoint's fields, borrowed from whatever form it came in.

use codec::{Fault, TouchpointView, identity};
use journey::Reading;
use model::{CurrencyId, Draft, Flags, Label, Timestamp, Touchpoint};
use std::collections::BTreeMap;

/// What admission and the fold need of a touchpoint.
pub(crate) struct Fields<'a> {
    pub(crate) identity: u64,
    pub(crate) source: &'a str,
    pub(crate) time: Timestamp,
    pub(crate) customer: &'a str,
    /// Read only where there is no customer.
    pub(crate) identifiers: BTreeMap<String, String>,
    pub(crate) history: bool,
    channel: &'a str,
    kind: &'a str,
    value: Option<(i64, &'a str)>,
    subject: &'a str,
    revision: u32,
}

impl<'a> Fields<'a> {
    /// Of a touchpoint in Avro.
    pub(crate) fn of_view(view: &TouchpointView<'a>) -> Result<Fields<'a>, Fault> {
        let mut identifiers = BTreeMap::new();
        if view.customer_id.is_empty() {
            for pair in view.identifiers {
                let (name, value) = pair?;
                identifiers.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Fields {
            identity: view.identity(),
            source: view.source,
            time: view.time,
            customer: view.customer_id,
            identifiers,
            history: view.history,
            channel: view.channel,
            kind: view.kind,
            value: view.value.map(|value| (value.amount_minor, value.currency)),
            subject: view.subject,
            revision: view.revision,
        })
    }

    /// Of a touchpoint in JSON.
    pub(crate) fn of_draft(draft: &'a Draft) -> Fields<'a> {
        let value = draft.value.as_ref();
        Fields {
            identity: identity::identity(draft.source.as_bytes(), draft.event_id.as_bytes()),
            source: &draft.source,
            time: draft.time,
            customer: &draft.customer_id,
            identifiers: draft.identifiers.clone(),
            history: draft.history,
            channel: &draft.channel,
            kind: &draft.kind,
            value: value.map(|value| (value.amount_minor, &*value.currency)),
            subject: &draft.subject,
            revision: draft.revision,
        }
    }

    /// As the fold sees it, its words numbered by the task's dictionary.
    pub(crate) fn touchpoint(&self, reading: &mut Reading, position: u64) -> Touchpoint {
        let flags = if self.history { Flags::HISTORY } else { Flags::default() };
        let (amount, currency) = match self.value {
            Some((amount, currency)) => (amount, reading.currency_id(currency)),
            None => (0, CurrencyId(0)),
        };
        Touchpoint {
            identity: self.identity,
            source: reading.source_id(self.source),
            time: self.time,
            kind: reading.kind_id(self.kind),
            channel: reading.channel_id(self.channel),
            currency,
            amount,
            subject: identity::subject(self.subject.as_bytes()),
            label: Label::default(),
            flags,
            revision: self.revision,
            position,
        }
    }
}
