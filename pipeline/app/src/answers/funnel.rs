//! A funnel that somebody asked for, folded from the stored histories.
//!
//! The worker is asked for some customers at a time, so that it goes on with its work between: each
//! of them is judged as it stands at its turn.

use super::report::told;
use crate::installation::Installation;
use crate::work::Tasks;
use engine::Verdict;
use insight::report::{Query, WaySums};
use journey::{Lens, Period, cut, passages};
use model::{Funnel, Timestamp, ends};
use rules::{KnownWords, parse_funnel};
use serde_json::Value;
use serve::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// Customers that the worker is asked for at once: some ten milliseconds where they must be read.
const CUSTOMERS_AT_ONCE: usize = 2_000;

/// What the tasks have met so far.
struct Known {
    kinds: BTreeSet<String>,
    channels: BTreeSet<String>,
    partitions: Vec<u32>,
    as_of: Timestamp,
}

/// What is asked of each customer.
#[derive(Clone)]
struct Asked {
    funnel: Funnel,
    period: Period,
    as_of: Option<Timestamp>,
}

/// A funnel by its words, of ways that began in the query's period.
pub fn funnel(
    installation: &Installation,
    words: &BTreeMap<String, String>,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    by: Option<&str>,
    as_of: Option<Timestamp>,
) -> Result<Value, Refusal> {
    let map = &installation.settings().map;
    let known = installation.ask(|tasks: &mut Tasks| Ok(known(tasks)))?;
    let vocabulary = KnownWords { map, kinds: &known.kinds, channels: &known.channels };
    let funnel = parse_funnel(words, vocabulary)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0725]")))?;
    let query = Query { from, to, by: by.map(str::to_owned), as_of: as_of.unwrap_or(known.as_of) };
    let mut sums = WaySums::new(map, &funnel, &query)
        .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0720]")))?;
    let asked = Asked { funnel, period: Period { from, to }, as_of };
    for partition in known.partitions {
        let mut after = None;
        loop {
            let asked = asked.clone();
            let (so_far, next) = installation.ask(move |tasks: &mut Tasks| {
                let next = some(tasks, partition, after.as_deref(), &asked, &mut sums)?;
                Ok((sums, next))
            })?;
            sums = so_far;
            match next {
                Some(last) => after = Some(last),
                None => break,
            }
        }
    }
    let table = sums.finish(query.as_of).table(&map.zone);
    Ok(told("funnel_steps", &query, &[], &[table], map))
}

fn known(tasks: &Tasks) -> Known {
    let mut known = Known {
        kinds: BTreeSet::new(),
        channels: BTreeSet::new(),
        partitions: tasks.journeys().keys().copied().collect(),
        as_of: tasks.journeys().values().map(|task| task.as_of()).min().unwrap_or(Timestamp::NEVER),
    };
    for task in tasks.journeys().values() {
        let words = task.reading().dictionary();
        known.kinds.extend(words.kinds.iter().map(str::to_owned));
        known.channels.extend(words.channels.iter().map(str::to_owned));
    }
    known
}

/// Adds the next customers of a partition; the key after which to go on.
fn some(
    tasks: &mut Tasks,
    partition: u32,
    after: Option<&[u8]>,
    asked: &Asked,
    sums: &mut WaySums,
) -> Result<Option<Vec<u8>>, Verdict> {
    let gone = || Verdict::Retry(format!("partition {partition} went to another instance"));
    let task = tasks.journeys().get(&partition).ok_or_else(gone)?;
    let reading = task.reading();
    let lens = Lens::new(&asked.funnel, reading);
    task.visit_some(tasks.store(), after, CUSTOMERS_AT_ONCE, &mut |_, state| {
        let history: Vec<_> = state.history().collect();
        let ways = match asked.as_of {
            Some(as_of) => passages(&lens, &cut(&history, as_of), asked.period, as_of),
            None => passages(&lens, &history, asked.period, state.now(task.as_of())),
        };
        for way in ways {
            let channel = reading.channel(way.channel);
            let known = reading.map().channels.get(usize::from(channel));
            sums.add(&way, known.map_or(ends::word(ends::OTHER), |word| word));
        }
    })
}
