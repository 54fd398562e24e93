//! Leads that go cold: who is about to, as a bounded list, and how many there are.

use crate::report::table::column;
use crate::report::{Cell, Kind, Table};
use model::{Span, Timestamp};
use std::collections::BTreeSet;

/// A lead and when it goes cold, or went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColdLead {
    /// When it goes cold unless it is heard of.
    pub cold_at: Timestamp,
    /// The customer, by the id that the business knows it by.
    pub customer: String,
    /// Where it stands.
    pub stage: String,
    /// Channel of the last that was heard of it.
    pub channel: String,
    /// Kind of that.
    pub kind: String,
}

impl ColdLead {
    /// Leads as a table, a row each.
    pub fn table<'a>(
        name: &'static str,
        title: String,
        leads: impl IntoIterator<Item = &'a ColdLead>,
    ) -> Table {
        let row = |lead: &ColdLead| {
            vec![
                Cell::Text(lead.customer.clone()),
                Cell::Text(lead.stage.clone()),
                Cell::Time(lead.cold_at),
                Cell::Text(lead.kind.clone()),
                Cell::Text(lead.channel.clone()),
            ]
        };
        Table {
            name,
            title,
            columns: vec![
                column("customer", "Customer", Kind::Text),
                column("stage", "Stage", Kind::Text),
                column("cold_at", "Cold at", Kind::Time),
                column("last_kind", "Last heard", Kind::Text),
                column("last_channel", "By", Kind::Text),
            ],
            keys: 1,
            rows: leads.into_iter().map(row).collect(),
            notes: Vec::new(),
        }
    }
}

/// The open leads whose deadline lies within a time to come.
#[derive(Clone, Debug, PartialEq)]
pub struct ColdSoon {
    /// From when on.
    pub as_of: Timestamp,
    /// How far ahead.
    pub within: Span,
    /// The first of them, by deadline and customer.
    pub leads: BTreeSet<ColdLead>,
    /// How many there are in all.
    pub count: i64,
}

impl ColdSoon {
    /// So many are listed.
    pub const LISTED_MAX: usize = 20;

    /// How far ahead a digest looks, unless it is asked otherwise.
    pub const WITHIN: Span = Span::from_hours(48);

    /// Nobody yet.
    pub fn new(as_of: Timestamp, within: Span) -> ColdSoon {
        ColdSoon { as_of, within, leads: BTreeSet::new(), count: 0 }
    }

    /// Whether a deadline is one of those that are looked for.
    pub fn has(&self, cold_at: Timestamp) -> bool {
        self.as_of < cold_at && cold_at <= self.as_of.plus(self.within)
    }

    /// Adds an open lead; one whose deadline lies elsewhere is none of them.
    pub fn add(&mut self, lead: ColdLead) {
        if !self.has(lead.cold_at) {
            return;
        }
        self.count += 1;
        self.leads.insert(lead);
        if self.leads.len() > Self::LISTED_MAX {
            self.leads.pop_last();
        }
    }

    /// How many are not listed.
    pub fn more(&self) -> i64 {
        self.count - self.leads.len() as i64
    }
}
