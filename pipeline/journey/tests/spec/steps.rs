//! Steps of *sequence*: what they are called, how many a map has, and what stays of them.

use crate::default_map::default_map;
use model::{
    By, CounterKey, Dictionary, JourneyMap, Kind, MoneyRole, Outcome, Paid, Series, Step, Steps,
    ends, parted_steps,
};

/// A map that knows as many more kinds and channels.
fn larger(kinds: usize, channels: usize) -> JourneyMap {
    let mut map = default_map();
    map.kinds.extend((0..kinds).map(|number| Kind {
        name: format!("zz_{number:04}"),
        by: By::Customer,
        keeps_warm: true,
        is_lost: false,
        stage: None,
        money: MoneyRole::None,
    }));
    map.channels.extend((0..channels).map(|number| format!("zz-{number:04}")));
    map
}

/// The counter of an entry that began with these kinds and channels, as it travels.
fn series(map: &JourneyMap, steps: &[(u16, u16)]) -> Series {
    let steps = steps.iter().map(|(kind, channel)| Step::of(map, *kind, *channel));
    let steps = steps.fold(Steps::default(), Steps::with);
    let key = CounterKey::sequence((2, ends::OTHER), steps, (Outcome::Open, Paid::default()));
    Series::of(&key, map, &Dictionary::new())
}

fn dim(series: &Series, name: &str) -> String {
    let found = series.dims().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.into_owned()).expect("a dimension")
}

#[test]
fn a_name_with_signs_between_names_in_it_comes_back() {
    let mut map = larger(1, 1);
    map.kinds[0].name = "a/b>c%2F|=".to_owned();
    map.channels[0] = "d>e/f%".to_owned();
    let series = series(&map, &[(0, 0), (1, ends::OTHER), (ends::OTHER, 1)]);
    let (second, channel) = (map.kinds[1].name.clone(), map.channels[1].clone());
    let expected = [
        ("a/b>c%2F|=".to_owned(), Some("d>e/f%".to_owned())),
        (second, Some("other".to_owned())),
        ("other".to_owned(), Some(channel)),
    ];
    assert_eq!(parted_steps(&dim(&series, "steps")), expected);
    assert_eq!(dim(&series, "stage"), "decision");
    assert_eq!(dim(&series, "channel"), "other");
    assert_eq!((dim(&series, "outcome"), dim(&series, "paid")), ("open".into(), "none".into()));
}

#[test]
fn a_map_with_more_pairs_than_numbers_has_kinds_alone() {
    for (kinds, channels, word) in [(0, 0, "zz"), (0, 500, ""), (900, 0, ""), (900, 900, "")] {
        let map = larger(kinds, channels);
        let (last_kind, last_channel) = (map.kinds.len() - 1, map.channels.len() - 1);
        let ends = [(last_kind as u16, last_channel as u16), (ends::OTHER, ends::OTHER)];
        let found = parted_steps(&dim(&series(&map, &ends), "steps"));
        let has_channels = !word.is_empty();
        let channel = |name: &str| has_channels.then(|| name.to_owned());
        let expected = [
            (map.kinds[last_kind].name.clone(), channel(&map.channels[last_channel])),
            ("other".to_owned(), channel("other")),
        ];
        assert_eq!(found, expected, "{kinds} {channels}");
        // No two have one number.
        let mut numbers: Vec<u16> = (0..map.kinds.len() as u16)
            .chain([ends::OTHER])
            .map(|kind| Step::of(&map, kind, 0).0)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), map.kinds.len() + 1);
    }
}

#[test]
fn the_first_five_different_steps_stay_in_their_order() {
    let step = |number: u16| Step(number);
    let steps = [3, 1, 3, 1_023, 7, 1, 9, 2, 4].map(step).into_iter();
    let steps = steps.fold(Steps::default(), Steps::with);
    assert_eq!(steps.iter().collect::<Vec<_>>(), [3, 1, 1_023, 7, 9].map(step));
    assert_eq!(Steps::of_number(steps.number()), Some(steps));
    // A number that no steps have: one twice, a gap, a sixth.
    for broken in [3 | 3 << 10, 3 << 10, 1 << 50] {
        assert_eq!(Steps::of_number(broken), None, "{broken}");
    }
}

#[test]
fn a_purchase_is_of_the_power_of_two_that_it_reaches() {
    let map = default_map();
    for (amount, word) in [
        (-5, "0"),
        (0, "0"),
        (1, "1"),
        (3, "2"),
        (4_096, "4096"),
        (8_191, "4096"),
        (i64::MAX, "2305843009213693952"),
    ] {
        let of = (Outcome::Converted, Paid::of(amount));
        let key = CounterKey::sequence((3, 0), Steps::default().with(Step(1)), of);
        let series = Series::of(&key, &map, &Dictionary::new());
        assert_eq!(dim(&series, "paid"), word, "{amount}");
        assert_eq!(
            (dim(&series, "stage"), dim(&series, "outcome")),
            ("retention".into(), "converted".into())
        );
    }
}
