//! A funnel that somebody asked for, folded from the stored histories.
//!
//! The worker is asked for some customers at a time, so that it goes on with its work between: each
//! of them is judged as it stands at its turn.

use super::report::told;
use crate::installation::Installation;
use crate::parts::{Owned, Shared, gather, millis, owned};
use crate::work::Tasks;
use engine::{Node, Verdict};
use insight::report::{Group, Query, WaySums};
use journey::{Lens, Period, cut, passages};
use model::{Funnel, JourneyMap, Timestamp, ends};
use rules::{KnownWords, parse_funnel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// Customers that the worker is asked for at once: some ten milliseconds where they must be read.
const CUSTOMERS_AT_ONCE: usize = 2_000;

/// What the tasks of an instance have met so far.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Words {}

/// Kinds and channels, whether the map names them or not.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Known {
    kinds: BTreeSet<String>,
    channels: BTreeSet<String>,
    as_of: Option<i64>,
}

impl Shared for Words {
    const NAME: &'static str = "words";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = Known;

    fn part(&self, installation: &Installation) -> Result<Owned<Known>, Refusal> {
        owned(installation, |tasks: &mut Tasks| Ok(known(tasks)))
    }
}

/// The ways of the customers of an instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Passed {
    words: BTreeMap<String, String>,
    kinds: BTreeSet<String>,
    channels: BTreeSet<String>,
    by: Option<String>,
    #[serde(with = "millis::option")]
    from: Option<Timestamp>,
    #[serde(with = "millis::option")]
    to: Option<Timestamp>,
    #[serde(with = "millis::option")]
    as_of: Option<Timestamp>,
}

impl Passed {
    fn sums(&self, map: &JourneyMap, as_of: Timestamp) -> Result<(Funnel, WaySums), Refusal> {
        let vocabulary = KnownWords { map, kinds: &self.kinds, channels: &self.channels };
        let funnel = parse_funnel(&self.words, vocabulary)
            .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0725]")))?;
        let query = Query { from: self.from, to: self.to, by: self.by.clone(), model: None, as_of };
        let sums = WaySums::new(map, &funnel, &query)
            .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0720]")))?;
        Ok((funnel, sums))
    }
}

impl Shared for Passed {
    const NAME: &'static str = "passed";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = Vec<(WayGroup, Vec<i64>)>;

    fn part(&self, installation: &Installation) -> Result<Owned<Self::Part>, Refusal> {
        let map = &installation.settings().map;
        let (funnel, mut sums) = self.sums(map, Timestamp::NEVER)?;
        let here = owned(installation, |_: &mut Tasks| Ok(()))?;
        let period = Period { from: self.from, to: self.to };
        let asked = Asked { funnel, period, as_of: self.as_of };
        for partition in here.journeys.iter().copied() {
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
        let told = sums.numbers().map(|(group, numbers)| (WayGroup::of(group), numbers));
        Ok(Owned { part: told.collect(), journeys: here.journeys, insights: here.insights })
    }
}

/// A group of ways as instances tell it to each other.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum WayGroup {
    /// All of them.
    All,
    /// Those of a word.
    Word(String),
    /// Those of a window, by its first instant.
    Window(#[serde(with = "millis")] Timestamp),
}

impl WayGroup {
    fn of(group: &Group) -> WayGroup {
        match group {
            Group::All => WayGroup::All,
            Group::Word(word) => WayGroup::Word(word.clone()),
            Group::Window(start) => WayGroup::Window(*start),
        }
    }

    fn group(self) -> Group {
        match self {
            WayGroup::All => Group::All,
            WayGroup::Word(word) => Group::Word(word),
            WayGroup::Window(start) => Group::Window(start),
        }
    }
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
    let (mut kinds, mut channels, mut least) = (BTreeSet::new(), BTreeSet::new(), None);
    for known in gather(installation, &Words {})? {
        kinds.extend(known.kinds);
        channels.extend(known.channels);
        least = [least, known.as_of].into_iter().flatten().min();
    }
    let least = least.map_or(Timestamp::NEVER, Timestamp::from_millis);
    let (words, by) = (words.clone(), by.map(str::to_owned));
    let question = Passed { words, kinds, channels, by, from, to, as_of };
    let judged = as_of.unwrap_or(least);
    let (_, mut sums) = question.sums(map, judged)?;
    for part in gather(installation, &question)? {
        for (group, numbers) in part {
            if !sums.add_numbers(group.group(), &numbers) {
                let why = "an instance gives another part: it runs another version [D0483]";
                return Err(Refusal::Busy(why.to_owned()));
            }
        }
    }
    let query = Query { from, to, by: question.by, model: None, as_of: judged };
    let table = sums.finish(judged).table(&map.zone);
    Ok(told("funnel_steps", &query, &[], &[table], map))
}

fn known(tasks: &Tasks) -> Known {
    let mut known = Known {
        kinds: BTreeSet::new(),
        channels: BTreeSet::new(),
        as_of: tasks.journeys().values().map(|task| task.as_of().millis()).min(),
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
    let gone = || Verdict::Retry(format!("partition {partition} went to another instance [D0484]"));
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
