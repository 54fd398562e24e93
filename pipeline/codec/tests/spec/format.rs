//! JSON says of a move, a letter and a counter what Avro says, read with apache-avro.

#![allow(deprecated)]

use crate::examples::schema;
use apache_avro::from_avro_datum;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::{Counter, DeadClass, Format, LateClass, Letter, Move, MoveType, frame};
use model::{Timestamp, Zone};
use serde_json::{Value as Json, json};

const AT: Timestamp = Timestamp::from_millis(1_774_430_043_120);

/// Holds JSON against Avro, field after field in the schema's order. Times are text in one and
/// milliseconds in the other, bytes base64 and lists of numbers.
#[track_caller]
fn check(name: &str, write: impl Fn(Format) -> Vec<u8>) {
    let avro = write(Format::Avro);
    let (_, mut datum) = frame::split(&avro).unwrap();
    let read = from_avro_datum(&schema(name), &mut datum, None).unwrap();
    let mut expected = Json::try_from(read).unwrap();
    for field in ["at", "time", "as_of"] {
        if let Some(millis) = expected[field].as_i64() {
            expected[field] = json!(Timestamp::from_millis(millis).to_string());
        }
    }
    for field in ["bytes", "key"] {
        if let Some(numbers) = expected[field].as_array() {
            let bytes: Vec<u8> = numbers.iter().map(|n| n.as_u64().unwrap() as u8).collect();
            expected[field] = json!(BASE64_STANDARD.encode(bytes));
        }
    }
    let line = String::from_utf8(write(Format::Json)).unwrap();
    assert!(!line.contains('\n'), "{line}");
    let is: Json = serde_json::from_str(&line).unwrap();
    assert_eq!(is, expected, "{name}");
    let schema: Json = serde_json::from_str(&schema(name).canonical_form()).unwrap();
    let names = schema["fields"].as_array().unwrap().iter();
    let place = |field: &Json| line.find(&format!("{}: ", field["name"]));
    let places: Vec<_> = names.map(|field| place(field).expect("every field")).collect();
    assert!(places.is_sorted(), "{name}: {line}");
}

#[test]
fn a_move_says_the_same_in_both_forms() {
    let types = [MoveType::Entered, MoveType::Cold, MoveType::Lost, MoveType::Withdrawn];
    for move_type in types {
        let moved = Move {
            id: 0xaa,
            customer_id: "c-\"102\"\u{1}",
            attempt: u64::MAX,
            move_type,
            from: "awareness",
            to: "consideration",
            at: AT,
            channel: "chat",
            kind: "enquiry_received",
            withdraws: (move_type == MoveType::Withdrawn).then_some(0xbb),
            correction: move_type == MoveType::Withdrawn,
        };
        check("transition", |format| format.transition(&moved));
    }
}

const LETTER: Letter<'_> = Letter {
    bytes: b"\x00\xff{\"not\": json",
    key: Some(b"c-102"),
    topic: "touchpoints",
    partition: 2,
    offset: 8_812,
    error: "message ends early [D0101]",
    time: AT,
};

#[test]
fn a_letter_says_the_same_in_both_forms() {
    for class in DeadClass::ALL {
        check("dead_letter", |format| format.dead_letter(&LETTER, class));
        check("dead_letter", |format| format.dead_letter(&Letter { key: None, ..LETTER }, class));
    }
    for class in [LateClass::Sealed, LateClass::Retention, LateClass::Grace] {
        check("late", |format| format.late(&LETTER, class));
    }
}

#[test]
fn a_letter_that_a_door_wrote_is_passed_on_in_the_form_of_the_topic() {
    let written = Format::Avro.dead_letter(&LETTER, DeadClass::Oversize);
    assert_eq!(Format::Avro.passed_on(&written), written);
    let json = Format::Json.dead_letter(&LETTER, DeadClass::Oversize);
    assert_eq!(Format::Json.passed_on(&written), json);
    for damaged in [&written[..0], &written[..9], b"\x00\x77\x35\x94\x08\xff"] {
        assert_eq!(Format::Json.passed_on(damaged), damaged);
    }
}

#[test]
fn a_running_total_says_the_same_in_both_forms() {
    let counter = Counter {
        family: "flow",
        map: "default",
        version: 1,
        fold: 1,
        window: None,
        dims: vec![("stage", "decision")],
        count: -3,
        amounts: vec![("EUR", 4_900)],
        revision: 8_812,
        is_final: false,
        as_of: AT,
    };
    let zone = Zone::utc();
    check("insight", |format| format.insight(&counter, &zone));
}

#[test]
fn a_form_is_known_by_its_name() {
    for (name, format) in [("avro", Some(Format::Avro)), ("json", Some(Format::Json)), ("", None)] {
        assert_eq!(Format::parse(name), format);
    }
}
