//! The bytes of every format that is stored or sent, as they were when its version was given: what
//! changes them has to change the version too, for another release reads them by it.
//!
//! `golden.txt` has a line a format: its name and its bytes, of which the first say the version.
//! `UPDATE=1` writes the file anew, and refuses what has changed under the same version.

use crate::delta;
use codec::state::{
    Low, decode_counter, decode_dictionary, decode_head, decode_low, encode_chapter,
    encode_counter, encode_dictionary, encode_head, encode_low, encode_page,
};
use codec::{DeadClass, Format as Form, LateClass, Letter, Move, MoveType, encode, frame::ids};
use data_encoding::HEXLOWER;
use journey::{
    Diff, Echo, InMemory, JourneyState, Older, Reading, Seal, Told, Touch, Walk, advance,
};
use model::{
    ChannelId, Civil, Cost, CurrencyId, Dictionary, Draft, FindingEvent, FindingType, Flags,
    KindId, Purchases, SourceId, Timestamp, Touchpoint,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

const AT: Timestamp = Timestamp::from_millis(1_774_430_043_120);

/// How many bytes say the version: a byte of our own forms, the frame of those with a schema.
const BYTE: usize = 1;
const SCHEMA: usize = 5;

/// Name, bytes that say the version, all bytes.
type Format = (&'static str, usize, Vec<u8>);

fn reading() -> Reading {
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    ["page_viewed", "enquiry_received", "lost"].iter().for_each(|word| _ = reading.kind_id(word));
    _ = reading.channel_id("chat");
    _ = reading.currency_id("EUR");
    reading
}

/// A customer of many touchpoints, so that there are a page and older chapters.
fn customer() -> JourneyState {
    let (reading, mut state) = (reading(), JourneyState::default());
    for number in 0..80_u16 {
        let touchpoint = Touchpoint {
            identity: u64::from(number) + 1,
            source: SourceId(0),
            time: AT.plus(model::Span::from_hours(i64::from(number))),
            kind: KindId(number % 2),
            channel: ChannelId(0),
            currency: CurrencyId(number % 2),
            amount: i64::from(number % 2) * 4_900,
            subject: 0,
            label: 0,
            flags: Flags::default(),
            revision: 0,
            position: u64::from(number),
        };
        let (mut diff, never) = (Diff::default(), Timestamp::NEVER);
        let chapters = &mut InMemory;
        advance(&reading, &mut state, chapters, &touchpoint, SourceId(0), never, &mut diff);
        state.at = u64::from(number) + 1;
    }
    state
}

/// A customer who has bought, and of whom touchpoints are sealed that a path still reaches.
pub fn sealed() -> JourneyState {
    let purchases = Purchases {
        channel: 3,
        repeats: 2,
        first: 20_460,
        last: 20_497,
        currency: CurrencyId(1),
        spend: 3_001,
    };
    let touch = |minutes: i64, is_warm| {
        let time = AT.plus(model::Span::from_millis(minutes * 60_000));
        Touch { time, channel: ChannelId(300), is_warm }
    };
    let echo = Echo { credited: vec![touch(0, true)], path: vec![touch(9, false), touch(8, true)] };
    let seal = Seal { until: AT, touchpoints: 1_000 };
    let walk = Walk { purchases: Some(Box::new(purchases)), ..customer().walk };
    let older = Some(Box::new(Older::stored(Vec::new(), 7, Some(seal), echo)));
    JourneyState { walk, older, told: Told::Landmark, at: 8_812, ..customer() }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes
}

fn states() -> Vec<Format> {
    let (mut changed, state) = (customer(), customer());
    let changes = changed.take_changes();
    let (chapters, pages) = (changes.chapters, changes.pages);
    let (_, chapter) = chapters.first().expect("an older chapter");
    let page = pages.first().expect("a page");
    let low = Low { position: 8_812, records: 8_800 };
    vec![
        ("head", BYTE, written(|out| encode_head(&state, out))),
        ("sealed", BYTE, written(|out| encode_head(&sealed(), out))),
        ("page", BYTE, written(|out| encode_page(page, out))),
        ("chapter", BYTE, written(|out| encode_chapter(chapter, out))),
        ("low", BYTE, written(|out| encode_low(low, out))),
        ("dictionary", BYTE, written(|out| encode_dictionary(reading().dictionary(), out))),
        (
            "counter",
            BYTE,
            written(|out| {
                encode_counter(-3, [("EUR", 4_900)].into_iter(), (81_734, true), out);
            }),
        ),
    ]
}

fn records() -> Vec<Format> {
    let draft = Draft {
        event_id: "wa-81f3".to_owned(),
        source: "whatsapp".to_owned(),
        time: AT,
        customer_id: "c-102".to_owned(),
        identifiers: BTreeMap::from([("phone".to_owned(), "+491701234567".to_owned())]),
        channel: "chat".to_owned(),
        kind: "enquiry_received".to_owned(),
        text: "Is Saturday possible?".to_owned(),
        ..Draft::default()
    };
    let moved = Move {
        id: 0xaa,
        customer_id: "c-102",
        attempt: 0xbb,
        move_type: MoveType::Entered,
        from: "awareness",
        to: "consideration",
        at: AT,
        channel: "chat",
        kind: "enquiry_received",
        withdraws: Some(0xcc),
        correction: true,
    };
    let letter = Letter {
        bytes: &[0, 255],
        key: Some(b"c"),
        topic: "touchpoints",
        partition: 3,
        offset: 812,
        error: "bytes end early [D0121]",
        time: AT,
    };
    let forwarded =
        encode::Forwarded { partition: 2, offset: 8_812, append_time: AT, bytes: b"{}" };
    let mac = [7; 32];
    vec![
        ("touchpoint", SCHEMA, written(|out| encode::touchpoint(&draft, ids::TOUCHPOINT, out))),
        ("transition", SCHEMA, written(|out| encode::transition(&moved, ids::TRANSITION, out))),
        ("clock", SCHEMA, written(|out| encode::clock("chat", AT, &mac, ids::CLOCK, out))),
        (
            "forwarded",
            SCHEMA,
            written(|out| {
                encode::forwarded(&forwarded, &mac, ids::FORWARDED, out);
            }),
        ),
        (
            "dead-letter",
            SCHEMA,
            written(|out| {
                encode::dead_letter(&letter, DeadClass::Malformed, ids::DEAD_LETTER, out);
            }),
        ),
        ("late", SCHEMA, written(|out| encode::late(&letter, LateClass::Grace, ids::LATE, out))),
        ("cost", SCHEMA, Form::Avro.cost(&cost())),
        ("finding", SCHEMA, Form::Avro.finding(&finding())),
        ("delta-frame", BYTE, written(|out| delta::sample().encode(out))),
    ]
}

fn cost() -> Cost {
    let date = Civil::parse("2026-03-25").expect("a date");
    Cost { date, channel: "ads".to_owned(), currency: "EUR".to_owned(), amount_minor: 12_050 }
}

fn finding() -> FindingEvent {
    let text = |text: &str| text.to_owned();
    let date = |date: &str| Civil::parse(date).expect("a date");
    FindingEvent {
        id: text("default|1|decision|channel=chat|confirmed|2026-03-25"),
        finding: text("default|1|decision|channel=chat"),
        event: FindingType::Confirmed,
        on: date("2026-03-25"),
        map: text("default"),
        version: 1,
        stage: text("decision"),
        about: text("chat"),
        is_more: true,
        these: (70, 140),
        others: (126, 420),
        ln_evidence: 5.5,
        ln_needed: 4.25,
        since: Some(date("2026-02-16")),
        as_of: AT,
        plain: text("Came by chat: 50 % convert."),
        plain_de: text("Über chat: 50 % schließen ab."),
    }
}

fn golden_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/spec/golden.txt")
}

/// What is wrong with bytes, held against those that the file has.
fn mistake((name, version, bytes): &Format, golden: &str) -> Option<String> {
    let golden = HEXLOWER.decode(golden.as_bytes()).expect("hexadecimal");
    if *bytes == golden {
        return None;
    }
    let fix = "say in docs/how-to/upgrade.md what a roll-back costs, then UPDATE=1";
    Some(match bytes.get(..*version) == golden.get(..*version) {
        true => format!("bytes of {name} have changed under the same version: give it another one"),
        false => format!("{name} has another version: {fix}"),
    })
}

#[test]
fn no_format_changes_its_bytes_and_keeps_its_version() {
    let file = std::fs::read_to_string(golden_file()).unwrap_or_default();
    let golden: BTreeMap<&str, &str> = file.lines().filter_map(|l| l.split_once(' ')).collect();
    let formats: Vec<Format> = states().into_iter().chain(records()).collect();
    let found = formats.iter().filter_map(|format| match golden.get(format.0) {
        Some(golden) => mistake(format, golden),
        None => Some(format!("{} is not in golden.txt: UPDATE=1", format.0)),
    });
    let found: Vec<String> = found.collect();
    if std::env::var_os("UPDATE").is_some() {
        assert!(!found.iter().any(|text| text.contains("same version")), "{found:?}");
        let lines =
            formats.iter().map(|(name, _, bytes)| format!("{name} {}\n", HEXLOWER.encode(bytes)));
        std::fs::write(golden_file(), lines.collect::<String>()).expect("golden.txt");
        return;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(golden.len(), formats.len(), "golden.txt has a format that is gone");
}

#[test]
fn a_change_is_told_from_a_new_version() {
    for (bytes, version, golden, expected) in [
        (&[4, 1][..], BYTE, "0401", None),
        (&[4, 2], BYTE, "0401", Some("under the same version")),
        (&[4], BYTE, "0401", Some("under the same version")),
        (&[5, 2], BYTE, "0401", Some("has another version")),
        (&[0, 0, 0, 0, 7, 1], SCHEMA, "000000000702", Some("under the same version")),
        (&[0, 0, 0, 0, 8, 1], SCHEMA, "000000000702", Some("has another version")),
    ] {
        let found = mistake(&("it", version, bytes.to_vec()), golden);
        match expected {
            None => assert_eq!(found, None),
            Some(words) => assert!(found.is_some_and(|text| text.contains(words)), "{bytes:?}"),
        }
    }
}

/// States of this version were written by a release that is kept: they are read for ever, or the
/// version is another one.
#[test]
fn golden_states_are_read() {
    let file = std::fs::read_to_string(golden_file()).expect("golden.txt");
    let line = |line: &str| {
        let (name, bytes) = line.split_once(' ').expect("a name and bytes");
        (name.to_owned(), HEXLOWER.decode(bytes.as_bytes()).expect("hexadecimal"))
    };
    let bytes: BTreeMap<String, Vec<u8>> = file.lines().map(line).collect();
    assert_eq!(decode_head(&bytes["head"]).expect("a head").at, 80);
    assert_eq!(decode_head(&bytes["sealed"]).expect("a head"), sealed());
    assert_eq!(decode_low(&bytes["low"]), Ok(Low { position: 8_812, records: 8_800 }));
    assert_eq!(decode_dictionary(&bytes["dictionary"]).as_ref(), Ok(reading().dictionary()));
    let (count, amounts, rest) = decode_counter(&bytes["counter"]).expect("a counter");
    assert_eq!((count, rest), (-3, (81_734, true)));
    assert_eq!(amounts, BTreeMap::from([("EUR".to_owned(), 4_900)]));
}
