//! Counters as the documentation prints them, read back.

use insight::report::Query;
use insight::{Counter, CounterId};
use model::{Civil, Family, JourneyMap, Series, Size, Timestamp};
use std::collections::BTreeMap;

/// Counters by their id.
pub type Books = BTreeMap<CounterId, Counter>;

/// The map that ships.
pub fn map() -> JourneyMap {
    rules::default_map()
}

/// `2026-01-05` or `2026-01-05T09:00` on the wall clock of the default map.
pub fn at(text: &str) -> Timestamp {
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00"));
    let date = Civil::parse(date).expect("a date");
    let (hour, minute) = clock.split_once(':').expect("a clock");
    let minutes: i64 = hour.parse::<i64>().expect("h") * 60 + minute.parse::<i64>().expect("m");
    map().zone.first_instant(date.days() * 86_400_000 + minutes * 60_000)
}

/// Reads `family [size start] value · value = count amount currency …`, one a line; `final` at the
/// end of a line closes its window.
pub fn books(text: &str) -> Books {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut books = Books::new();
    for line in lines {
        let (id, counter) = read(line);
        assert!(books.insert(id, counter).is_none(), "twice: {line}");
    }
    books
}

fn read(line: &str) -> (CounterId, Counter) {
    let (name, values) = line.split_once(" = ").unwrap_or_else(|| panic!("no value: {line}"));
    let mut words = name.split_whitespace().filter(|word| *word != "·").peekable();
    let family = Family::parse(words.next().expect("a family")).expect("a family");
    let size = words.peek().and_then(|word| Size::parse(word));
    let size = if size.is_some() { words.next().and(size) } else { None };
    let start = size.map(|_| at(words.next().expect("a start")));
    let dims = family.dims().iter().map(|(name, _)| {
        format!("|{name}={}", words.next().unwrap_or_else(|| panic!("too few values: {line}")))
    });
    let series = format!("{}{}", family.name(), dims.collect::<String>());
    assert_eq!(words.next(), None, "too many values: {line}");
    let is_final = values.ends_with("final");
    let values: Vec<&str> = values.trim_end_matches("final").split_whitespace().collect();
    let count = values[0].parse().expect("a count");
    let amounts =
        values[1..].chunks(2).map(|pair| (pair[1].to_owned(), pair[0].parse().expect("an amount")));
    let id = CounterId { series: Series(series.into()), size: size.unwrap_or(Size::Total), start };
    (id, Counter { count, amounts: amounts.collect(), revision: 1, is_final, corrections: 0 })
}

/// Asks for everything so far.
pub fn so_far() -> Query {
    Query { from: None, to: None, by: None, model: None, as_of: at("2026-03-25T09:14") }
}

/// Asks for a period of whole days.
pub fn days(from: &str, to: &str) -> Query {
    let to = map().zone.day_end(Civil::parse(to).expect("a date"));
    Query { from: Some(at(from)), to: Some(to), ..so_far() }
}

/// Asks for it divided.
pub fn by(query: Query, by: &str) -> Query {
    Query { by: Some(by.to_owned()), ..query }
}
