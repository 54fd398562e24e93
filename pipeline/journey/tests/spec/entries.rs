//! The rows behind a number are as many as it says, and a timeline tells what the fold did.

use crate::default_map::default_map;
use crate::law::{CHANNELS, KINDS, Labelling, labelled, labellings, reading, record, said};
use journey::{
    Behind, Change, Diff, End, Mistake, Reading, Row, Selection, Sink, TimelineRow, Walk,
    activities, admission, contributions, entries, moves_of, objections_of, select, steps_of,
    timeline,
};
use model::{
    Amounts, CounterKey, Entry, Family, Group, Measure, Purchases, Size, SourceId, Timestamp,
    Touchpoint, Transition, ends,
};
use proptest::prelude::*;

const LISTED: [Family; 6] = [
    Family::Flow,
    Family::Move,
    Family::Activity,
    Family::Edge,
    Family::Duration,
    Family::Objection,
];

fn history(reading: &Reading, records: &[Touchpoint]) -> Vec<Touchpoint> {
    let records: Vec<_> = records.iter().map(|record| (*record, SourceId(0))).collect();
    admission(reading, &records).1
}

/// A history whose touchpoints say what is in the way.
fn objecting(reading: &Reading, records: &[Touchpoint], labels: &[Labelling]) -> Vec<Touchpoint> {
    let mut history = history(reading, records);
    let labels: Vec<_> = labels.iter().map(|labelling| said(records, labelling)).collect();
    labelled(reading, &mut history, &labels);
    history
}

fn count(sums: &mut Diff, key: CounterKey, money: &Amounts) {
    sums.add(key, Measure::Count, 1);
    money.iter().for_each(|(currency, amount)| sums.add(key, Measure::Money(currency), amount));
}

/// What the rows say together, counter by counter.
fn counted(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Diff {
    let mut sums = Diff::default();
    for row in entries(reading, history, now) {
        count(&mut sums, row.flow(reading), &row.money);
        if let Some(key) = row.duration(reading) {
            count(&mut sums, key, &Amounts::default());
        }
    }
    for row in moves_of(reading, history, now) {
        count(&mut sums, row.key(reading), &row.money);
    }
    for row in activities(reading, history, now) {
        let mut value = Amounts::default();
        if row.touchpoint.currency.0 != 0 {
            value.add(row.touchpoint.currency, row.touchpoint.amount);
        }
        count(&mut sums, row.key(reading), &value);
    }
    for row in steps_of(reading, history, now) {
        count(&mut sums, row.key(), &Amounts::default());
    }
    for row in objections_of(reading, history, now) {
        count(&mut sums, row.key(reading), &Amounts::default());
    }
    sums
}

fn later_of(history: &[Touchpoint], hours: i64) -> Timestamp {
    let as_of = Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000);
    history.last().map_or(as_of, |last| last.time.max(as_of))
}

fn rows_equal_counters(
    variant: u8,
    (records, labels): (&[Touchpoint], &[Labelling]),
    hours: i64,
) -> Result<(), TestCaseError> {
    let reading = reading(variant);
    let history = objecting(&reading, records, labels);
    let now = later_of(&history, hours);
    let mut expected = contributions(&reading, Group(0), &history, now).counters;
    expected.retain(|(key, _), _| LISTED.contains(&key.family));
    prop_assert_eq!(counted(&reading, &history, now).counters, expected);
    Ok(())
}

/// A few filters of one family, and a window.
type Filter = (Vec<(String, String)>, Option<(Size, Timestamp)>);

fn filter(map: &model::JourneyMap) -> impl Strategy<Value = Filter> + use<> {
    let stages: Vec<String> = map.stages.iter().map(|stage| stage.name.clone()).collect();
    let stage = prop::sample::select(stages);
    let channels = CHANNELS.map(|name| if name == "fax" { "other" } else { name }.to_owned());
    let kinds = KINDS.map(|name| if name.contains("wo") { "other" } else { name }.to_owned());
    let words = |words: &[&str]| {
        prop::sample::select(words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    };
    let channel = prop::sample::select(channels.to_vec());
    let kind = prop::sample::select(kinds.to_vec());
    let some = |name: &str, value: BoxedStrategy<String>| {
        let name = name.to_owned();
        prop::option::of(value).prop_map(move |value| value.map(|value| (name.clone(), value)))
    };
    let ends = words(&["cold", "lost", "retention", "decision"]);
    let flow = (
        some("flow-stage", stage.clone().boxed()),
        some("flow-channel", channel.clone().boxed()),
        some("flow-entry", words(&["first", "again"]).boxed()),
        some("flow-outcome", words(&["converted", "expired", "open"]).boxed()),
    );
    let flow = flow.prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let moves = (
        some("move-from", prop_oneof![stage.clone(), Just("none".to_owned())].boxed()),
        some("move-to", ends.boxed()),
        some("move-channel", channel.clone().boxed()),
    );
    let moves = moves.prop_map(|(a, b, c)| vec![a, b, c]);
    let activity = (
        some("activity-stage", prop_oneof![stage.clone(), Just("none".to_owned())].boxed()),
        some("activity-channel", channel.clone().boxed()),
        some("activity-kind", kind.boxed()),
    );
    let activity = activity.prop_map(|(a, b, c)| vec![a, b, c]);
    let objection = (
        some("objection-stage", stage.boxed()),
        some("objection-channel", channel.boxed()),
        some("objection-objection", words(&["all", "price", "trust", "other"]).boxed()),
        some("objection-next", words(&["none", "quote_sent", "message_sent"]).boxed()),
        some("objection-outcome", words(&["open", "converted", "cold", "lost"]).boxed()),
    );
    let objection = objection.prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]);
    let sizes = ["1h", "2h", "1d", "3d", "7d"].map(|size| Size::parse(size).expect("a size"));
    // On the grid of the records, so that hours are often hit.
    let window = (prop::sample::select(sizes.to_vec()), 0_i64..40).prop_map(|(size, steps)| {
        (size, Timestamp::from_millis(1_767_571_200_000 + steps * 6 * 3_600_000))
    });
    let filters = prop_oneof![flow, moves, activity, objection];
    (filters.prop_map(|f| f.into_iter().flatten().collect()), prop::option::of(window))
}

/// The sum of the counters of *family* whose words and pane fit, read off without `Selection`.
fn sum(reading: &Reading, diff: &Diff, (filters, window): &Filter) -> i64 {
    let map = reading.map();
    let family = filters.first().map_or("flow", |(name, _)| name.split('-').next().expect("part"));
    let fits = |key: &CounterKey| {
        let dims = key.family.dims();
        let has = |(name, value): &(String, String)| {
            let dim = name.split_once('-').expect("a dimension").1;
            let at = dims.iter().position(|(known, _)| *known == dim).expect("a dimension");
            key.word(at, map, reading.dictionary()) == **value
        };
        let is_inside = |(size, at): &(Size, Timestamp)| {
            let start = key.start().expect("a pane");
            size.window(&map.zone, start) == size.window(&map.zone, *at)
        };
        key.family.name() == family
            && filters.iter().all(has)
            && window.as_ref().is_none_or(is_inside)
    };
    let counters = diff.counters.iter().filter(|((_, measure), _)| *measure == Measure::Count);
    counters.filter(|((key, _), _)| fits(key)).map(|(_, count)| count).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_of_a_short_history_add_up_to_its_counters(
        variant in 0_u8..8,
        records in prop::collection::vec(record(40), 0..14),
        labels in labellings(14, 12),
        hours in 0_i64..3_000,
    ) {
        rows_equal_counters(variant, (&records, &labels), hours)?;
    }

    #[test]
    fn a_list_is_as_long_as_its_number_says(
        variant in 0_u8..8,
        records in prop::collection::vec(record(40), 0..14),
        labels in labellings(14, 12),
        hours in 0_i64..3_000,
        filter in filter(&default_map()),
    ) {
        let reading = reading(variant);
        let history = objecting(&reading, &records, &labels);
        let now = later_of(&history, hours);
        let words = filter.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let selection = match Selection::parse(reading.map(), words, filter.1) {
            Err(Mistake::Nothing) => Selection::all(Family::Flow),
            selection => selection.expect("a selection"),
        };
        let rows = select(&reading, &history, now, &selection).len();
        let expected = sum(&reading, &contributions(&reading, Group(0), &history, now), &filter);
        prop_assert_eq!(rows as i64, expected);
    }

    #[test]
    fn a_timeline_tells_what_the_incremental_fold_did(
        variant in 0_u8..8,
        records in prop::collection::vec(record(40), 0..14),
        hours in 0_i64..3_000,
    ) {
        let reading = reading(variant);
        let history = history(&reading, &records);
        let now = later_of(&history, hours);
        let told = timeline(&reading, &history, now);
        prop_assert_eq!(told, walked(&reading, &history, now));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_of_a_long_history_add_up_to_its_counters(
        variant in 0_u8..8,
        mut records in prop::collection::vec(record(900), 100..260),
        labels in labellings(260, 60),
        hours in 0_i64..6_000,
    ) {
        for (index, record) in records.iter_mut().enumerate() {
            record.identity = index as u64;
        }
        rows_equal_counters(variant, (&records, &labels), hours)?;
    }
}

/// Notes the moves of one step, in their order.
#[derive(Default)]
struct Notes {
    moves: Vec<Transition>,
    conversions: i64,
}

impl Sink for Notes {
    fn add(&mut self, key: CounterKey, _: Measure, amount: i64) {
        if key.family == Family::Edge && key.dims[2] == ends::CONVERTED {
            self.conversions += amount;
        }
    }

    fn moved(&mut self, transition: &Transition, sign: i64) {
        assert_eq!(sign, 1);
        self.moves.push(*transition);
    }

    fn valued(&mut self, _: &Purchases, _: i64) {}
}

/// The timeline as the incremental form would write it: the independent oracle.
fn walked(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<TimelineRow> {
    let mut rows = Vec::new();
    let mut walk = Walk::default();
    for touchpoint in history {
        let mut notes = Notes::default();
        let entered = walk.entered;
        let before = walk.attempt.as_ref().map(|attempt| u16::from(attempt.entry.stage));
        walk.step(reading, touchpoint, &mut Behind::nothing(), &mut notes);
        let stage = walk.attempt.as_ref().map(|attempt| u16::from(attempt.entry.stage));
        let mut row = TimelineRow {
            at: touchpoint.time,
            touchpoint: Some(*touchpoint),
            attempt: walk.attempt.as_ref().map(|attempt| attempt.id),
            stage: stage.unwrap_or(ends::NONE),
            changes: Vec::new(),
        };
        for moved in &notes.moves {
            let stage = moved.to as u8;
            match moved.to {
                ends::COLD => rows.push(cold(moved)),
                ends::LOST => {
                    (row.stage, row.attempt) = (moved.from, Some(moved.attempt));
                    let stage = moved.from as u8;
                    row.changes.push(Change::Ended { stage, end: End::Lost });
                }
                _ => {
                    row.changes.push(match moved.from {
                        ends::NONE => Change::Began,
                        from => Change::Converted { stage: from as u8 },
                    });
                    let is_first = entered & 1 << stage == 0;
                    let entry = if is_first { Entry::First } else { Entry::Again };
                    row.changes.push(match before == Some(moved.to) && moved.from == moved.to {
                        true => Change::Repeated { stage },
                        false => Change::Entered { stage, entry },
                    });
                    row.changes.extend((notes.conversions == 1).then_some(Change::Conversion));
                }
            }
        }
        rows.push(row);
    }
    let is_due = |deadline: Timestamp| deadline <= now && deadline != Timestamp::END;
    if walk.deadline(reading).is_some_and(is_due) {
        let mut notes = Notes::default();
        walk.go_cold(reading, &mut Behind::nothing(), &mut notes);
        rows.extend(notes.moves.iter().map(cold));
    }
    rows
}

fn cold(moved: &Transition) -> TimelineRow {
    TimelineRow {
        at: moved.at,
        touchpoint: None,
        attempt: Some(moved.attempt),
        stage: ends::NONE,
        changes: vec![Change::Ended { stage: moved.from as u8, end: End::Cold }],
    }
}

#[test]
fn a_filter_that_means_nothing_says_which_word_is_wrong() {
    let map = default_map();
    let table = [
        (vec![], "say which number is meant, for instance flow-stage=decision"),
        (vec![("flow-stage", "purchase")], "flow-stage is never \"purchase\" on this map"),
        (vec![("flow-stage", "none")], "flow-stage is never \"none\" on this map"),
        (vec![("move-from", "cold")], "move-from is never \"cold\" on this map"),
        (vec![("move-to", "none")], "move-to is never \"none\" on this map"),
        (vec![("flow-outcome", "cold")], "flow-outcome is never \"cold\" on this map"),
        (vec![("duration-outcome", "open")], "duration-outcome is never \"open\" on this map"),
        (vec![("activity-channel", "fax")], "activity-channel is never \"fax\" on this map"),
        (
            vec![("flow-stage", "decision"), ("move-to", "cold")],
            "flow and move are two lists: ask for one of them at a time",
        ),
    ];
    for (filters, expected) in table {
        let mistake = Selection::parse(&map, filters, None).expect_err(expected);
        assert_eq!(mistake.to_string(), expected);
    }
    for name in ["stage", "flow", "flow-kind", "edge-kind", "admission-source"] {
        let mistake = Selection::parse(&map, [(name, "decision")], None).expect_err(name);
        let text = mistake.to_string();
        assert!(text.starts_with(&format!("no filter is called {name}; there are flow-stage, ")));
    }
}

/// Several values are the lists of each, one after the other; a period is the lists of its days.
#[test]
fn several_values_and_a_period_are_the_lists_that_they_are_made_of() {
    let reading = reading(0);
    let map = reading.map();
    let key = |outcome, hours: i64| {
        let at = Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000);
        model::CounterKey::pane(Family::Flow, map, at, [1, 0, 0, outcome, 0])
    };
    let parse = |value| Selection::parse(map, [("flow-outcome", value)], None).expect(value);
    for (value, expected) in [
        ("converted", [true, false, false]),
        ("expired|open", [false, true, true]),
        ("open|converted|open", [true, false, true]),
    ] {
        let selection = parse(value);
        assert_eq!([0, 1, 2].map(|outcome| selection.has(&key(outcome, 0))), expected, "{value}");
    }
    let at = |hours: i64| Some(Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000));
    let hours = [0, 23, 24, 47, 48];
    for (from, until, expected) in [
        (None, None, [true; 5]),
        (at(24), None, [false, false, true, true, true]),
        (None, at(24), [true, true, false, false, false]),
        (at(24), at(48), [false, false, true, true, false]),
    ] {
        let selection = parse("open").within(from, until);
        assert_eq!(hours.map(|hours| selection.has(&key(2, hours))), expected);
    }
    for wrong in ["open|", "|", "open|cold"] {
        let mistake = Selection::parse(map, [("flow-outcome", wrong)], None).expect_err(wrong);
        assert!(matches!(mistake, Mistake::Value(..)), "{wrong}");
    }
}

#[test]
fn a_window_alone_lists_the_entries_of_that_window() {
    let reading = reading(0);
    let at = |hours: i64| Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000);
    let window = Some((Size::Days(1), at(30)));
    let selection = Selection::parse(reading.map(), [], window).expect("a selection");
    let page = |identity, hours| Touchpoint {
        identity,
        source: SourceId(0),
        time: at(hours),
        kind: model::KindId(13),
        channel: model::ChannelId(0),
        currency: model::CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: model::Flags::default(),
        revision: 0,
        position: 0,
    };
    let history = [page(1, 0), page(2, 30), page(3, 30 + 24 * 20), page(4, 30 + 24 * 40)];
    let rows = select(&reading, &history, at(24 * 100), &selection);
    assert!(rows.is_empty(), "the second one enters nothing: {rows:?}");
    let history = &history[1..];
    let rows = select(&reading, history, at(24 * 100), &selection);
    let [Row::Entry(row)] = rows.as_slice() else { panic!("one entry, not {rows:?}") };
    assert_eq!((row.touchpoint, row.attempt), (2, 2));
    assert_eq!(row.decided, Some((End::Cold, at(30 + 24 * 14))));
}
