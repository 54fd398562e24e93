//! The batch fold: every counter of one partition of touchpoints by the specification alone.
//!
//! What an audit compares with. It reads records as the journey task does, and shares nothing with
//! it behind that: no incremental form, no state, no frames.

use crate::arrival::{Arrival, Reader};
use crate::fields::Fields;
use crate::labels;
use crate::placement::{Placement, place};
use crate::{Record, Settings};
use insight::{Difference, Ledger};
use journey::{Diff, Logged, LoggedLabel, Reading, Sink, contributions, sealed};
use model::{CounterKey, Dictionary, Family, Measure, Result as Fate, Series, SourceId, Timestamp};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// All records of one partition, and what they add up to.
pub struct BatchFold {
    partition: u32,
    settings: Arc<Settings>,
    reader: Rc<Reader>,
    reading: Reading,
    customers: BTreeMap<String, Vec<Logged>>,
    labels: BTreeMap<String, Vec<LoggedLabel>>,
    refused: Diff,
}

impl BatchFold {
    /// No records of a partition yet.
    pub fn new(settings: Arc<Settings>, partition: u32) -> BatchFold {
        BatchFold {
            partition,
            reader: Rc::new(Reader::new(settings.secret.clone(), settings.clock_skew_max)),
            reading: Reading::new(settings.map.clone(), Dictionary::new()),
            settings,
            customers: BTreeMap::new(),
            labels: BTreeMap::new(),
            refused: Diff::default(),
        }
    }

    /// Takes one record of the partition, in the order of the log.
    pub fn add(&mut self, record: &Record<'_>) {
        let reader = Rc::clone(&self.reader);
        let read = reader.read(&self.settings.map, record);
        // The times of the first append count, as they do for the task.
        let (record, is_forwarded) = (&read.first, read.is_forwarded);
        match read.arrival {
            Arrival::View(view) => match Fields::of_view(&view) {
                Ok(fields) => self.add_touchpoint(record, &fields, is_forwarded),
                Err(_) => self.refuse(view.source, Fate::Dead),
            },
            Arrival::Draft(draft) => {
                self.add_touchpoint(record, &Fields::of_draft(&draft), is_forwarded);
            }
            Arrival::Clock(_) => {}
            Arrival::Label(label) => {
                let (settings, partition) = (&self.settings, self.partition);
                let said = labels::said(settings, partition, &mut self.reading, &label);
                if let Some((identity, said)) = said {
                    let before = self.customers.get(label.customer_id).map_or(0, Vec::len);
                    let labels = self.labels.entry(label.customer_id.to_owned()).or_default();
                    labels.push((before, identity, said));
                }
            }
            Arrival::Letter(source, _) | Arrival::Dead(source, ..) => {
                self.refuse(&source, Fate::Dead)
            }
            Arrival::Late(source, ..) => self.refuse(&source, Fate::Late),
        }
    }

    fn add_touchpoint(&mut self, record: &Record<'_>, fields: &Fields<'_>, is_forwarded: bool) {
        let customer = match place(&self.settings, self.partition, fields, is_forwarded) {
            Placement::Here(customer) => customer.into_owned(),
            // It counts where it is forwarded to, and was forwarded from.
            Placement::Elsewhere(..) | Placement::Astray => return,
            Placement::Nobody => return self.refuse(fields.source, Fate::Dead),
        };
        let touchpoint = fields.touchpoint(&mut self.reading, record.position);
        let source = touchpoint.source;
        self.customers.entry(customer).or_default().push((touchpoint, source, record.append_time));
    }

    fn refuse(&mut self, source: &str, fate: Fate) {
        let SourceId(source) = self.reading.source_id(source);
        let key = CounterKey::total(Family::Admission, [source, fate as u16, 0, 0, 0]);
        self.refused.add(key, Measure::Count, 1);
    }

    /// How many customers the records are of.
    pub fn customers(&self) -> usize {
        self.customers.len()
    }

    /// Every counter, each customer judged at the later of as_of and the last touchpoint.
    pub fn ledger(&self, as_of: Timestamp) -> Ledger {
        let mut sums = self.refused.clone();
        for (customer, records) in &self.customers {
            let labels = self.labels.get(customer).map_or(&[][..], |labels| labels);
            let is = sealed(&self.reading, records, labels);
            let history = is.history();
            let now = history.last().map_or(as_of, |last| last.time.max(as_of));
            let group = codec::identity::group(customer.as_bytes());
            for diff in [is.admission, contributions(&self.reading, group, &history, now)] {
                sums.merge(&diff);
            }
        }
        ledger_of(&self.reading, &sums)
    }
}

/// Counters by name and window, of differences by dense ids.
pub fn ledger_of(reading: &Reading, sums: &Diff) -> Ledger {
    let mut ledger = Ledger::new(reading.map());
    add_to(&mut ledger, 1, reading, sums);
    ledger
}

/// Adds differences by dense ids to a ledger, as a frame that ends at a position.
pub fn add_to(ledger: &mut Ledger, position: u64, reading: &Reading, sums: &Diff) {
    let differences = sums.counters.iter().map(|((key, measure), amount)| Difference {
        series: ledger.series(&Series::of(key, reading.map(), reading.dictionary()).0),
        pane: key.start(),
        currency: match measure {
            Measure::Count => None,
            Measure::Money(code) => Some(reading.dictionary().currencies.word(code.0)),
        },
        amount: *amount,
    });
    let mut differences: Vec<Difference<'_>> = differences.collect();
    differences.extend(sums.purchases.iter().map(|(purchases, count)| Difference {
        series:
            ledger.series(&Series::of_purchases(purchases, reading.map(), reading.dictionary()).0),
        pane: None,
        currency: None,
        amount: *count,
    }));
    ledger.apply(position, &differences);
}
