//! What the encoders write, read back with apache-avro and held against the examples.

#![allow(deprecated)]

use crate::examples::{example, schema};
use apache_avro::from_avro_datum;
use apache_avro::types::Value;
use codec::frame::ids;
use codec::{
    Counter, DeadClass, Fault, Format, LateClass, Letter, Limits, Move, MoveType, Program,
    draft_from_bytes, encode, frame, schemas,
};
use model::{Civil, Draft, FindingEvent, FindingType, Size, Timestamp, Window};

const AT: Timestamp = Timestamp::from_millis(1_774_430_043_120);

/// Reads a frame with apache-avro, to its last byte.
#[track_caller]
fn read(name: &str, id: u32, message: &[u8]) -> Value {
    let (found, mut datum) = frame::split(message).unwrap();
    assert_eq!(found, id);
    let value = from_avro_datum(&schema(name), &mut datum, None).unwrap();
    assert!(datum.is_empty(), "{} bytes follow", datum.len());
    value
}

#[track_caller]
fn check(name: &str, id: u32, write: impl Fn(&mut Vec<u8>)) {
    let mut out = Vec::new();
    write(&mut out);
    assert_eq!(read(name, id, &out), example(name));
}

fn draft(example: &str) -> Draft {
    let path = format!("{}/../../schemas/examples/{example}.json", env!("CARGO_MANIFEST_DIR"));
    draft_from_bytes(&std::fs::read(path).unwrap(), &Limits::default()).unwrap()
}

#[test]
fn a_clock_is_written_as_its_example() {
    check("clock", ids::CLOCK, |out| encode::clock("whatsapp", AT, &[1, 2, 3], ids::CLOCK, out));
}

#[test]
fn a_forwarded_touchpoint_is_written_as_its_example() {
    let forwarded =
        encode::Forwarded { partition: 2, offset: 8_812, append_time: AT, bytes: b"{}" };
    check("forwarded", ids::FORWARDED, |out| {
        encode::forwarded(&forwarded, &[1, 2, 3], ids::FORWARDED, out);
    });
}

#[test]
fn a_transition_is_written_as_its_example() {
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
        withdraws: None,
        correction: false,
    };
    check("transition", ids::TRANSITION, |out| encode::transition(&moved, ids::TRANSITION, out));
    for (move_type, word) in [
        (MoveType::Entered, "entered"),
        (MoveType::Cold, "cold"),
        (MoveType::Lost, "lost"),
        (MoveType::Withdrawn, "withdrawn"),
    ] {
        let moved = Move { move_type, withdraws: Some(0xfeed_0123_4567_89ab), ..moved };
        let mut out = Vec::new();
        encode::transition(&moved, ids::TRANSITION, &mut out);
        let text = format!("{:?}", read("transition", ids::TRANSITION, &out));
        assert!(text.contains(&format!("\"{word}\"")), "{text}");
        assert!(text.contains("feed0123456789ab"), "{text}");
    }
}

#[test]
fn a_counter_is_written_as_its_example() {
    let start = Timestamp::from_millis(1_774_393_200_000);
    let end = Timestamp::from_millis(1_774_479_600_000);
    let counter = Counter {
        family: "flow",
        map: "default",
        version: 1,
        fold: 1,
        window: Some(Window { size: Size::Days(1), start, end }),
        dims: vec![
            ("stage", "consideration"),
            ("channel", "chat"),
            ("entry", "first"),
            ("outcome", "open"),
        ],
        count: 12,
        amounts: vec![("EUR", 4_900)],
        revision: 81_734,
        is_final: false,
        as_of: AT,
    };
    check("insight", ids::INSIGHT, |out| encode::insight(&counter, ids::INSIGHT, out));
    let total = Counter { window: None, amounts: vec![], as_of: Timestamp::NEVER, ..counter };
    let mut out = Vec::new();
    encode::insight(&total, ids::INSIGHT, &mut out);
    read("insight", ids::INSIGHT, &out);
}

#[test]
fn a_finding_is_written_as_its_example() {
    let text = |text: &str| text.to_owned();
    let event = FindingEvent {
        id: text("default|1|decision|channel=chat|confirmed|2026-03-25"),
        finding: text("default|1|decision|channel=chat"),
        event: FindingType::Confirmed,
        on: Civil::from_days(20_537),
        map: text("default"),
        version: 1,
        stage: text("decision"),
        about: text("chat"),
        is_more: true,
        these: (70, 140),
        others: (126, 420),
        ln_evidence: 5.5,
        ln_needed: 4.25,
        since: Some(Civil::from_days(20_500)),
        as_of: AT,
        plain: text("Came by chat: 50 % convert."),
        plain_de: text("Über chat: 50 % schließen ab."),
    };
    check("finding", ids::FINDING, |out| *out = Format::Avro.finding(&event));
    let change = FindingEvent { since: None, event: FindingType::Withdrawn, ..event };
    let text = format!("{:?}", read("finding", ids::FINDING, &Format::Avro.finding(&change)));
    assert!(text.contains("\"withdrawn\""), "{text}");
}

#[test]
fn letters_are_written_as_their_examples() {
    let dead = Letter {
        bytes: &[0, 255],
        key: Some(b"c"),
        topic: "touchpoints",
        partition: 3,
        offset: 812,
        error: "message ends early: 5 bytes wanted at 0, 2 left [D0101]",
        time: AT,
    };
    let class = DeadClass::Malformed;
    check("dead_letter", ids::DEAD_LETTER, |out| {
        encode::dead_letter(&dead, class, ids::DEAD_LETTER, out);
    });
    let error = "touchpoint is 3d older than the grace of 48h [D0190]";
    let late = Letter { key: None, offset: 813, error, ..dead };
    check("late", ids::LATE, |out| encode::late(&late, LateClass::Grace, ids::LATE, out));
}

#[test]
fn a_touchpoint_comes_back_as_it_was_written() {
    let program = Program::compile(schemas::ALL[0].json).unwrap();
    let greatest = Draft { revision: i32::MAX as u32, history: true, ..draft("touchpoint") };
    let mut out = Vec::new();
    for draft in [draft("touchpoint"), draft("touchpoint_least"), greatest] {
        // The buffer is kept from one to the next, as the hot path keeps it.
        out.clear();
        encode::touchpoint(&draft, ids::TOUCHPOINT, &mut out);
        read("touchpoint", ids::TOUCHPOINT, &out);
        let (_, datum) = frame::split(&out).unwrap();
        let view = program.decode(datum).unwrap();
        assert_eq!(view.to_draft().unwrap(), draft);
        assert_eq!(view.sealed, None);
    }
}

#[test]
fn a_message_that_is_not_framed_is_refused() {
    assert_eq!(frame::split(&[0, 0, 0, 1, 2, 9]), Ok((258, &[9][..])));
    assert_eq!(frame::split(b"{\"a\":1}"), Err(Fault::Magic { byte: b'{' }));
    for length in 0..5 {
        let fault = Fault::Ends { at: 0, wanted: 5, left: length };
        assert_eq!(frame::split(&[0; 5][..length]), Err(fault));
    }
}
