//! Reads one example: a map, records by customer, and what must be printed at a time.

use crate::default_map::{default_map, kolkata};
use journey::Reading;
use model::{JourneyMap, MoneyRole, Size, SourceId, Span, Timestamp, Touchpoint};
use std::collections::BTreeMap;

/// One tiny history and its counters.
pub struct Example<'a> {
    pub title: &'a str,
    pub reading: Reading,
    pub records: BTreeMap<String, Vec<(Touchpoint, SourceId)>>,
    pub as_of: Timestamp,
    pub shown: Vec<&'a str>,
    pub rows: Vec<&'a str>,
}

/// Reads an example; `None` where it is about the door and not about the fold.
pub fn read(text: &str) -> Option<Example<'_>> {
    let (title, body) = text.split_once('\n')?;
    let is_about_the_door = body.contains("(appended") || body.contains("email:");
    if is_about_the_door {
        return None;
    }
    let mut map = default_map();
    let (before, after) = body.split_once("as of ")?;
    let (head, rows) = after.split_once('\n')?;
    let (as_of, shown) = head.split_once(": ")?;
    for line in before.lines().filter_map(|line| line.strip_prefix("map: ")) {
        change(&mut map, line);
    }
    let zone = map.zone.clone();
    let _ = &zone;
    let mut reading = Reading::new(map, model::Dictionary::new());
    let mut records: BTreeMap<String, Vec<(Touchpoint, SourceId)>> = BTreeMap::new();
    let lines = before.lines().filter(|line| !line.is_empty() && !line.starts_with("map: "));
    for (number, line) in lines.enumerate() {
        let (customer, record) = record(&mut reading, line, number as u64);
        records.entry(customer).or_default().push(record);
    }
    let rows = rows.lines().filter(|line| !line.trim().is_empty()).collect();
    let as_of = time(as_of);
    Some(Example { title, reading, records, as_of, shown: shown.split(", ").collect(), rows })
}

fn change(map: &mut JourneyMap, line: &str) {
    let (what, value) = line.split_once(" = ").expect("a change of the map");
    let stage = |map: &JourneyMap, name: &str| {
        map.stages.iter().position(|stage| stage.name == name).expect("a stage")
    };
    match what.split_once(' ').unwrap_or((what, "")) {
        ("repeat_after", _) => map.repeat_after = Span::parse(value).expect("a span"),
        ("cold_after", name) => {
            let at = stage(map, name);
            map.stages[at].cold_after = Span::parse(value).expect("a span");
        }
        ("conversion", _) => map.conversion = stage(map, value) as u8,
        ("timezone", _) => map.zone = kolkata(),
        ("sizes", _) => {
            map.sizes = value.split(", ").map(|size| Size::parse(size).expect("a size")).collect();
        }
        ("lookback", _) => map.credit_lookback = Span::parse(value).expect("a span"),
        ("money", name) => {
            let at = usize::from(map.kind(name).expect("a kind"));
            map.kinds[at].money = match value {
                "revenue" => MoneyRole::Revenue,
                _ => panic!("unknown money: {line}"),
            };
        }
        _ => panic!("unknown change of the map: {line}"),
    }
}

/// `d1` is Monday 5 January 2026; times are Berlin's unless they carry an offset.
pub fn time(text: &str) -> Timestamp {
    let (date, clock) = text.split_once(' ').expect("a date and a time");
    let date = match date.strip_prefix('d') {
        Some(day) => {
            let day: i64 = day.parse().expect("a day");
            model::Civil::from_days(20_458 + day - 1).to_string()
        }
        None => date.to_owned(),
    };
    let (clock, offset) = match clock.split_once('+') {
        Some((clock, offset)) => (clock, format!("+{offset}")),
        None => (clock, String::new()),
    };
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let utc = format!("{date}T{clock}{seconds}{}", if offset.is_empty() { "Z" } else { &offset });
    let at = Timestamp::parse_rfc3339(&utc).unwrap_or_else(|| panic!("no time: {utc}"));
    if offset.is_empty() { crate::default_map::berlin().first_instant(at.millis()) } else { at }
}

/// `[customer] time kind channel [amount currency] [source#id] [revision n] [subject s] [is class]
/// [(note)]`
fn record(reading: &mut Reading, line: &str, number: u64) -> (String, (Touchpoint, SourceId)) {
    let line = line.split('(').next().expect("a part");
    let mut words = line.split_whitespace().peekable();
    let is_time = |word: &str| {
        let rest = word.strip_prefix('d').unwrap_or(word);
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    let customer = words.next_if(|word| !is_time(word)).unwrap_or("ann").to_owned();
    let at = format!("{} {}", words.next().expect("a date"), words.next().expect("a time"));
    let kind = reading.kind_id(words.next().expect("a kind"));
    let channel = reading.channel_id(words.next().expect("a channel"));
    let mut touchpoint = Touchpoint {
        identity: 1 << 40 | number,
        source: SourceId(0),
        time: time(&at),
        kind,
        channel,
        currency: model::CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: model::Flags::default(),
        revision: 0,
        position: number,
    };
    while let Some(word) = words.next() {
        if word == "revision" {
            touchpoint.revision = words.next().expect("a number").parse().expect("a number");
        } else if word == "is" {
            let class = reading.label_id(words.next().expect("a class"));
            touchpoint.label = model::Label { class, revision: 1 };
        } else if word == "subject" {
            touchpoint.subject = hash(words.next().expect("a subject"));
        } else if let Some((name, id)) = word.split_once('#') {
            touchpoint.source = reading.source_id(name);
            touchpoint.identity = hash(&format!("{name}\0{id}"));
        } else {
            touchpoint.amount = word.parse().expect("an amount");
            touchpoint.currency = reading.currency_id(words.next().expect("a currency"));
        }
    }
    (customer, (touchpoint, touchpoint.source))
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
