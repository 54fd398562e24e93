//! Windows through their life: open, final, changed by what is late, gone. Whatever comes when, a
//! ledger, whoever reads what it tells, and a ledger that was restored and replayed agree with the
//! definition.

use insight::{Counter, CounterId, Difference, Ledger, is_kept};
use model::{Family, JourneyMap, Keep, Series, Size, Span, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const BEGIN: i64 = 1_767_571_200_000;
const SERIES: [&str; 14] = [
    "activity|stage=decision|channel=chat|kind=lost",
    "move|from=none|to=decision|channel=chat",
    "flow|stage=decision|channel=chat|entry=first|outcome=open",
    "flow|stage=decision|channel=chat|entry=first|outcome=converted",
    "flow|stage=decision|channel=chat|entry=again|outcome=open",
    "flow|stage=decision|channel=chat|entry=again|outcome=expired",
    "flow|stage=decision|channel=other|entry=first|outcome=expired",
    "duration|stage=decision|channel=chat|outcome=cold|bucket=1d-2d",
    "edge|from_stage=start|from_kind=start|to_stage=decision|to_kind=lost|bucket=0s-1s",
    "credit|model=last|channel=chat|entry=first|group=3",
    "credit|model=last|channel=chat|entry=first|group=30",
    "markov|from=start|to=null|entry=again|group=3",
    "value|channel=chat|repeats=1|first=2026-01-05|last=2026-01-06|currency=EUR|spend=0",
    "value|channel=chat|repeats=0|first=2026-01-05|last=2026-01-05|currency=none|spend=0",
];

fn hours(hours: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + hours * 3_600_000)
}

/// A map by number: sizes, how long they are kept, when an entry can be repeated.
fn map(variant: u8) -> JourneyMap {
    static DEFAULT: LazyLock<JourneyMap> = LazyLock::new(rules::default_map);
    let mut map = DEFAULT.clone();
    let keep = |size: &str, span| Keep { size: Size::parse(size).expect("a size"), span };
    map.keep = match variant & 3 {
        0 => Vec::new(),
        // Gone before it is final, and after.
        1 => vec![keep("1h", Span::from_hours(20)), keep("1d", Span::from_days(6))],
        2 => vec![keep("1d", Span::from_hours(0))],
        _ => vec![keep("1h", Span::from_days(3)), keep("7d", Span::from_days(1))],
    };
    if variant & 4 != 0 {
        map.repeat_after = Span::NEVER;
    }
    if variant & 8 != 0 {
        map.families.retain(|family| *family != Family::Flow);
    }
    map
}

/// One step of a ledger's life.
#[derive(Clone, Debug)]
enum Step {
    /// A frame: series, hour, amount.
    Frame(Vec<(usize, i64, i64)>),
    /// A commit at a time.
    Commit(i64),
    /// Everything is written behind.
    Flush,
    /// The process dies; the store stands where it was flushed.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let cell = (0..SERIES.len(), 0_i64..400, -1_i64..3);
    prop_oneof![
        6 => prop::collection::vec(cell, 1..5).prop_map(Step::Frame),
        6 => (0_i64..700).prop_map(Step::Commit),
        1 => Just(Step::Flush),
        1 => Just(Step::Restart),
    ]
}

/// A ledger, what was told of it, and what is stored of it.
struct Life {
    map: JourneyMap,
    ledger: Ledger,
    frames: Vec<Vec<(usize, i64, i64)>>,
    told: BTreeMap<CounterId, Counter>,
    stored: BTreeMap<CounterId, Counter>,
    low: usize,
    committed: usize,
    as_of: Timestamp,
}

impl Life {
    fn new(map: JourneyMap) -> Life {
        Life {
            ledger: Ledger::new(&map),
            map,
            frames: Vec::new(),
            told: BTreeMap::new(),
            stored: BTreeMap::new(),
            low: 0,
            committed: 0,
            as_of: Timestamp::NEVER,
        }
    }

    fn apply(&mut self, at: usize) {
        let cells = &self.frames[at];
        let differences = cells.iter().map(|(series, hour, amount)| {
            let family = Series(SERIES[*series].into()).family().expect("a family");
            let pane = family.is_windowed().then(|| hours(*hour));
            let series = self.ledger.series(SERIES[*series]);
            Difference { series, pane, currency: None, amount: *amount }
        });
        let differences: Vec<Difference<'_>> = differences.collect();
        self.ledger.apply(at as u64 + 1, &differences);
    }

    fn commit(&mut self, as_of: Timestamp) {
        self.as_of = self.as_of.max(as_of);
        self.ledger.settle(self.as_of);
        for place in self.ledger.take_changed() {
            let (id, counter) = self.ledger.at(place);
            self.told.insert(id.clone(), counter.clone());
        }
        for id in self.ledger.take_gone() {
            self.told.remove(&id);
        }
        self.committed = self.frames.len();
    }

    fn flush(&mut self) {
        let (changed, gone) = self.ledger.take_unstored(false);
        gone.iter().for_each(|id| _ = self.stored.remove(id));
        for place in changed {
            let (id, counter) = self.ledger.at(place);
            self.stored.insert(id.clone(), counter.clone());
        }
        self.low = self.committed;
    }

    /// What was not committed is lost, and comes again.
    fn restart(&mut self) {
        let later = self.frames.len();
        self.ledger = Ledger::new(&self.map);
        for (id, counter) in &self.stored {
            self.ledger.restore(id.clone(), counter.clone());
        }
        (self.low..self.committed).for_each(|at| self.apply(at));
        self.ledger.settle(self.as_of);
        self.ledger.take_changed();
        self.ledger.take_gone();
        (self.committed..later).for_each(|at| self.apply(at));
    }

    /// Counts by the definition: all differences, rolled up, of the windows that are kept.
    fn sums(&self) -> BTreeMap<CounterId, i64> {
        let mut sums = BTreeMap::new();
        for (series, hour, amount) in self.frames[..self.committed].iter().flatten() {
            let name = Series(SERIES[*series].into());
            let is_windowed = name.family().is_some_and(Family::is_windowed);
            let total = CounterId { series: name.clone(), size: Size::Total, start: None };
            *sums.entry(total).or_default() += amount;
            for size in self.map.sizes.iter().filter(|_| is_windowed) {
                let window = size.window(&self.map.zone, hours(*hour)).expect("a window");
                let keep = self.map.keep.iter().find(|keep| keep.size == *size);
                if keep.is_none_or(|keep| window.end.plus(keep.span) > self.as_of) {
                    let (size, start) = (*size, Some(window.start));
                    // Windows of less than a day have no groups.
                    let is_small = size < Size::Days(1);
                    let all = name.of_all_groups().filter(|_| is_small);
                    let series = all.map_or(name.clone(), |all| Series(all.into()));
                    let id = CounterId { series, size, start };
                    *sums.entry(id).or_default() += amount;
                }
            }
        }
        sums.retain(|_, count| *count != 0);
        sums
    }

    /// The windows that are final by the definition.
    fn finals(&self, sums: &BTreeMap<CounterId, i64>) -> BTreeSet<CounterId> {
        let map = &self.map;
        let open = |id: &CounterId, entry: &str| {
            let name = format!("flow|stage=decision|channel=chat|entry={entry}|outcome=open");
            sums.contains_key(&CounterId { series: Series(name.as_str().into()), ..id.clone() })
        };
        let is_final = |id: &&CounterId| {
            let Some(window) = id.start.and_then(|start| id.size.window(&map.zone, start)) else {
                return false;
            };
            let family = id.series.family().expect("a family");
            let grown = match map.repeat_after {
                Span::NEVER if family.is_cohort() => map.grace,
                repeat_after => map.grace.max(repeat_after),
            };
            let waits = match family {
                Family::Duration if !map.counts(Family::Flow) => true,
                Family::Flow if !map.counts(Family::Flow) => true,
                Family::Flow if id.series.0.contains("channel=other") => false,
                Family::Flow if id.series.0.contains("first") => open(id, "first"),
                Family::Flow => open(id, "again"),
                Family::Duration => open(id, "first") || open(id, "again"),
                _ => false,
            };
            window.end.plus(grown) <= self.as_of && !waits
        };
        sums.keys().filter(is_final).cloned().collect()
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let sums = self.sums();
        let nonzero = |counters: &BTreeMap<CounterId, Counter>| -> BTreeMap<CounterId, Counter> {
            let counters = counters.iter().filter(|(_, counter)| !counter.is_zero());
            // A replay judges windows at other times, so that it may count other corrections.
            let uncorrected = |counter: &Counter| Counter { corrections: 0, ..counter.clone() };
            counters.map(|(id, counter)| (id.clone(), uncorrected(counter))).collect()
        };
        let held = self.ledger.iter().map(|(id, counter)| (id.clone(), counter.clone()));
        let held: BTreeMap<CounterId, Counter> = held.collect();
        let counts: BTreeMap<_, _> = held.iter().map(|(id, c)| (id.clone(), c.count)).collect();
        prop_assert_eq!(&counts, &sums);
        let finals: BTreeSet<_> =
            held.iter().filter(|(_, c)| c.is_final).map(|(id, _)| id.clone()).collect();
        prop_assert_eq!(&finals, &self.finals(&sums));
        prop_assert_eq!(&nonzero(&self.told), &nonzero(&held));
        // Nothing of what is not kept lies about, not even as a zero.
        for id in self.told.keys() {
            prop_assert!(is_kept(&self.map, id, self.as_of), "{:?}", id);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_holds_and_tells_what_is_kept_and_whether_it_is_final(
        variant in 0_u8..16,
        steps in prop::collection::vec(step(), 0..40),
    ) {
        let mut life = Life::new(map(variant));
        for step in steps {
            match step {
                Step::Frame(cells) => {
                    life.frames.push(cells);
                    life.apply(life.frames.len() - 1);
                }
                Step::Commit(at) => {
                    life.commit(hours(at));
                    life.check()?;
                }
                // A flush comes when nothing is uncommitted.
                Step::Flush => {
                    life.commit(life.as_of);
                    life.flush();
                    let is_kept = |id: &CounterId| is_kept(&life.map, id, life.as_of);
                    prop_assert!(life.stored.keys().all(is_kept));
                }
                Step::Restart => life.restart(),
            }
        }
        life.restart();
        life.commit(life.as_of);
        life.check()?;
    }
}

/// One frame: series, hour, amount.
fn frame(life: &mut Life, cells: &[(usize, i64, i64)]) {
    life.frames.push(cells.to_vec());
    life.apply(life.frames.len() - 1);
}

#[test]
fn a_line_that_nobody_is_on_leaves_memory_and_the_store_at_the_second_flush() {
    const LINE: usize = 12;
    let mut life = Life::new(map(0));
    let next = |life: &mut Life, amount| {
        frame(life, &[(LINE, 0, amount)]);
        life.commit(life.as_of);
        life.flush();
    };
    next(&mut life, 1);
    next(&mut life, -1);
    assert_eq!(life.stored.values().map(|counter| counter.count).collect::<Vec<_>>(), [0]);
    // The frame that took it back may be replayed until that flush is done.
    life.low = 1;
    life.restart();
    assert_eq!(life.ledger.iter().count(), 0);
    frame(&mut life, &[(0, 0, 1)]);
    life.commit(life.as_of);
    life.flush();
    assert!(life.stored.keys().all(|id| id.series.family() != Some(Family::Value)));
    next(&mut life, 1);
    life.restart();
    assert_eq!(life.ledger.iter().filter(|(id, _)| id.size == Size::Total).count(), 2);
}

#[test]
fn a_line_that_was_stored_beyond_what_is_replayed_stays_until_the_replay_is_over() {
    let id = CounterId { series: Series(SERIES[12].into()), size: Size::Total, start: None };
    let zero = Counter { count: 0, amounts: BTreeMap::new(), revision: 3, ..Counter::default() };
    let mut ledger = Ledger::new(&map(0));
    ledger.restore(id.clone(), zero);
    let replay = |ledger: &mut Ledger, at, amount| {
        let series = ledger.series(SERIES[12]);
        ledger.apply(at, &[Difference { series, pane: None, currency: None, amount }]);
    };
    replay(&mut ledger, 1, 1);
    assert_eq!(ledger.take_unstored(true).1, [], "another task's commits flush this one too");
    replay(&mut ledger, 2, 1);
    replay(&mut ledger, 3, -2);
    assert!(ledger.iter().next().is_none(), "it counts what it had counted");
    assert_eq!(ledger.take_unstored(false).1, [id]);
}

#[test]
fn what_is_gone_does_not_come_back_as_a_part_of_itself() {
    let mut life = Life::new(map(1));
    frame(&mut life, &[(0, 5, 3)]);
    life.commit(hours(5 + 1 + 20));
    let sizes =
        |life: &Life| -> Vec<String> { life.told.keys().map(|id| id.size.to_string()).collect() };
    assert_eq!(sizes(&life), ["total", "1d", "7d"], "the hour has gone, 20 hours after its end");
    frame(&mut life, &[(0, 5, 2)]);
    life.ledger.settle(life.as_of);
    assert_eq!(life.ledger.take_gone(), [], "and is not told to go for each late touchpoint");
    life.commit(life.as_of);
    assert_eq!(sizes(&life), ["total", "1d", "7d"]);
    let counts: Vec<i64> = life.told.values().map(|counter| counter.count).collect();
    assert_eq!(counts, [5, 5, 5], "totals and what is kept go on");
}

#[test]
fn what_is_late_for_a_final_window_is_counted_as_often_as_it_changes_one() {
    const ACTIVITY: usize = 0;
    const OPEN: usize = 2;
    const CONVERTED: usize = 3;
    let mut life = Life::new(map(0));
    life.map.sizes = vec![Size::Days(1)];
    life.ledger = Ledger::new(&life.map);
    let revised = |life: &mut Life, cells: &[(usize, i64, i64)]| {
        let before = life.ledger.final_revised();
        frame(life, cells);
        life.commit(life.as_of);
        life.ledger.final_revised() - before
    };
    assert_eq!(revised(&mut life, &[(ACTIVITY, 1, 1), (OPEN, 1, 1)]), 0);
    // The day ends at hour 24, and 48 hours later it is final but for what is open.
    life.commit(hours(23 + 48));
    assert_eq!(revised(&mut life, &[(ACTIVITY, 2, 1), (ACTIVITY, 3, 1)]), 1, "once a frame");
    assert_eq!(revised(&mut life, &[(OPEN, 1, -1), (CONVERTED, 1, 1)]), 0, "it was open");
    assert_eq!(revised(&mut life, &[(CONVERTED, 2, 1)]), 1, "nothing is open any more");
    assert_eq!(revised(&mut life, &[(OPEN, 2, 1)]), 1, "a late one opens it again");
    assert_eq!(revised(&mut life, &[(CONVERTED, 2, 1), (OPEN, 2, -1)]), 0);
    assert_eq!(revised(&mut life, &[(1, 2, 1)]), 1, "one that was not there, in a final window");
    assert_eq!(revised(&mut life, &[(1, 90, 1)]), 0, "a window that is not final yet");
    let corrections = |series: usize| -> Vec<(i64, u32)> {
        let all = life.ledger.iter().chain(life.ledger.corrected_away());
        let of = all.filter(|(id, _)| &*id.series.0 == SERIES[series] && id.start.is_some());
        of.map(|(_, counter)| (counter.count, counter.corrections)).collect()
    };
    assert_eq!(corrections(ACTIVITY), [(3, 1)]);
    assert_eq!(corrections(CONVERTED), [(3, 1)]);
    assert_eq!(corrections(OPEN), [(0, 1)], "and of nobody that is left");
}
