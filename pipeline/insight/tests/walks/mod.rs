//! Leads by the steps that they began with, as counters.

use insight::{Counter, CounterId};
use model::{Series, Size};
use std::collections::BTreeMap;

/// Entries of consideration that were open at the landmark.
#[derive(Default)]
pub struct Walks(BTreeMap<String, Counter>);

impl Walks {
    /// So many more entries that began with `a/chat>b/phone` on a channel; where a purchase
    /// converted them, what each paid, in cents.
    pub fn add(
        &mut self,
        steps: &str,
        channel: &str,
        outcome: &str,
        paid: Option<i64>,
        count: i64,
    ) {
        let size = match paid {
            None => "none".to_owned(),
            Some(0) => "0".to_owned(),
            Some(paid) => (1_i64 << paid.ilog2()).to_string(),
        };
        let name = format!(
            "sequence|stage=consideration|steps={steps}|outcome={outcome}|channel={channel}\
             |paid={size}"
        );
        let counter = self.0.entry(name).or_default();
        counter.count += count;
        if let Some(paid) = paid.filter(|paid| *paid != 0) {
            *counter.amounts.entry("EUR".to_owned()).or_default() += paid * count;
        }
    }

    /// Converted, and not, and open; who converted paid nothing.
    #[allow(dead_code)]
    pub fn group(&mut self, steps: &str, channel: &str, [converted, expired, open]: [i64; 3]) {
        for (outcome, count) in [("converted", converted), ("expired", expired), ("open", open)] {
            self.add(steps, channel, outcome, None, count);
        }
    }

    /// The counters.
    pub fn books(&self) -> BTreeMap<CounterId, Counter> {
        let id =
            |name: &str| CounterId { series: Series(name.into()), size: Size::Total, start: None };
        let counters = self.0.iter().filter(|(_, counter)| counter.count != 0);
        counters.map(|(name, counter)| (id(name), counter.clone())).collect()
    }
}
