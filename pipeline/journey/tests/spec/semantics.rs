//! Every example of the documentation, by the specification and by the incremental form.

use crate::example::{Example, read};
use journey::{Diff, InMemory, JourneyState, admission, advance, contributions, cut, elapse};
use model::{CounterKey, Family, Group, Measure, Series, Size, Timestamp, Touchpoint};
use std::collections::{BTreeMap, BTreeSet};

const EXAMPLES: &str = include_str!("examples.txt");

/// Any group will do: the documentation adds them up.
fn group(customer: &str) -> Group {
    Group(customer.bytes().fold(7, |sum: u8, byte| sum.wrapping_add(byte)) % Group::COUNT)
}

fn specification(example: &Example<'_>, customer: &str, history: &[Touchpoint]) -> Diff {
    contributions(&example.reading, group(customer), history, example.as_of)
}

fn specified(example: &Example<'_>) -> Diff {
    let mut sums = Diff::default();
    for (customer, records) in &example.records {
        let (admitted, history) = admission(&example.reading, records);
        let history = cut(&history, example.as_of);
        sums.merge(&admitted);
        sums.merge(&specification(example, customer, &history));
    }
    sums
}

/// Advances record by record, in the order of arrival or against it.
fn advanced(example: &Example<'_>, is_reversed: bool) -> Diff {
    let mut sums = Diff::default();
    for (customer, records) in &example.records {
        let mut state = JourneyState { group: group(customer), ..JourneyState::default() };
        let mut records = records.clone();
        if is_reversed {
            records.reverse();
        }
        for (record, source) in &records {
            let (reading, as_of) = (&example.reading, Timestamp::NEVER);
            advance(reading, &mut state, &mut InMemory, record, *source, as_of, &mut sums);
        }
        elapse(&example.reading, &mut state, &mut InMemory, example.as_of, &mut sums);
    }
    sums
}

/// The counters of a family and size as the documentation prints them.
fn print(example: &Example<'_>, sums: &Diff, shown: &str) -> BTreeSet<String> {
    let (what, values) = shown.split_once(" of ").unwrap_or((shown, ""));
    let (name, size) = what.split_once(" by ").unwrap_or((what, "total"));
    let (family, size) = (Family::parse(name).expect("a family"), Size::parse(size).expect("size"));
    let wanted: Vec<&str> = values.split('|').filter(|value| !value.is_empty()).collect();
    let map = example.reading.map();
    let words = example.reading.dictionary();
    if family == Family::Value {
        return value_rows(example, sums);
    }
    let mut cells: BTreeMap<String, (i64, BTreeMap<&str, i64>)> = BTreeMap::new();
    for ((key, measure), amount) in sums.counters.iter().filter(|entry| entry.0.0.family == family)
    {
        let dims: Vec<_> = (0..family.dims().len()).map(|at| key.word(at, map, words)).collect();
        let dims: Vec<&str> = dims.iter().map(|word| &**word).collect();
        let names = family.dims().iter().map(|(name, _)| *name);
        let has = |value: &&str| {
            names.clone().zip(&dims).any(|(name, dim)| name != "entry" && dim == value)
        };
        if !wanted.is_empty() && !wanted.iter().any(has) {
            continue;
        }
        let label = label(example, key, size, &dims);
        let cell = cells.entry(label).or_default();
        match measure {
            Measure::Count => cell.0 += amount,
            Measure::Money(currency) => {
                *cell.1.entry(words.currencies.word(currency.0)).or_default() += amount;
            }
        }
    }
    let rows =
        cells.into_iter().filter(|(_, cell)| cell.0 != 0 || cell.1.values().any(|a| *a != 0));
    rows.map(|(label, (count, money))| {
        let money: String = money
            .iter()
            .filter(|(_, amount)| **amount != 0)
            .map(|(currency, amount)| format!("  {amount} {currency}"))
            .collect();
        format!("{label} = {count}{money}")
    })
    .collect()
}

/// The lines of *value*, read back from the names that travel.
fn value_rows(example: &Example<'_>, sums: &Diff) -> BTreeSet<String> {
    let (map, words) = (example.reading.map(), example.reading.dictionary());
    let rows = sums.purchases.iter().map(|(purchases, count)| {
        let series = Series::of_purchases(purchases, map, words);
        let dims: Vec<String> = series.dims().map(|(_, value)| value.into_owned()).collect();
        format!("value {} = {count}", dims.join(" · "))
    });
    rows.collect()
}

fn label(example: &Example<'_>, key: &CounterKey, size: Size, dims: &[&str]) -> String {
    let zone = &example.reading.map().zone;
    let window = key.start().and_then(|start| size.window(zone, start));
    let start = window.map_or(String::new(), |window| {
        let text = zone.format(window.start);
        format!(" {size} {}{}", &text[..16], &text[19..])
    });
    let dims = match key.family {
        Family::Markov => format!("{} → {} · {}", dims[0], dims[1], dims[2]),
        Family::Credit => dims[..3].join(" · "),
        Family::Move => format!("{} → {} · {}", dims[0], dims[1], dims[2]),
        Family::Edge => edge(dims),
        _ => dims
            .iter()
            .map(|d| if d.is_empty() { "\"\"" } else { d })
            .collect::<Vec<_>>()
            .join(" · "),
    };
    format!("{}{start} {dims}", key.family.name())
}

fn edge(dims: &[&str]) -> String {
    let node = |stage: &str, kind: &str| match stage == kind {
        true => stage.to_owned(),
        false => format!("{stage}/{kind}"),
    };
    format!("{} → {} · {}", node(dims[0], dims[1]), node(dims[2], dims[3]), dims[4])
}

/// The rows that the documentation has for one family and size.
fn expected(example: &Example<'_>, shown: &str) -> BTreeSet<String> {
    let what = shown.split(" of ").next().expect("a part").replace(" by", "");
    let rows = example.rows.iter().filter(|row| !row.contains("(nothing)"));
    rows.filter_map(|row| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let is_windowed = Size::parse(words[1]).is_some() && words[1] != "total";
        let name = if is_windowed { words[..2].join(" ") } else { words[0].to_owned() };
        (name == what).then(|| respace(&words.join(" ")))
    })
    .collect()
}

/// Money stands two spaces apart.
fn respace(row: &str) -> String {
    let (label, values) = row.split_once(" = ").expect("a value");
    let words: Vec<&str> = values.split(' ').collect();
    let money: String = words[1..].chunks(2).map(|pair| format!("  {}", pair.join(" "))).collect();
    // Currencies are printed in the order of the alphabet.
    format!("{label} = {}{money}", words[0])
}

fn check(form: &str, fold: impl Fn(&Example<'_>) -> Diff) {
    let mut checked = 0;
    for text in EXAMPLES.split("\n== ").skip(1) {
        let Some(example) = read(text) else { continue };
        let sums = fold(&example);
        for shown in &example.shown {
            let (is, should) = (print(&example, &sums, shown), expected(&example, shown));
            assert_eq!(is, should, "{form}: {}: {shown}", example.title);
            checked += 1;
        }
    }
    assert!(checked >= 90, "only {checked} tables were checked");
}

#[test]
fn every_example_holds_for_the_specification() {
    check("specification", specified);
}

/// Live counters judge a customer at the last touchpoint at least, so only examples whose as_of
/// lies before a touchpoint are left out here.
fn is_live(example: &Example<'_>) -> bool {
    example.records.values().flatten().all(|(record, _)| record.time <= example.as_of)
}

#[test]
fn every_example_holds_record_by_record() {
    let fold = |example: &Example<'_>| {
        if is_live(example) { advanced(example, false) } else { specified(example) }
    };
    check("in the order of arrival", fold);
}

#[test]
fn every_example_holds_when_records_arrive_backwards() {
    let fold = |example: &Example<'_>| {
        if is_live(example) { advanced(example, true) } else { specified(example) }
    };
    check("against the order of arrival", fold);
}
