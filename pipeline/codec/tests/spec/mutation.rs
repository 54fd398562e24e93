//! Broken input: never a panic, never a long wait, always an answer.

#![allow(deprecated)]

use crate::random::Random;
use apache_avro::{Schema, to_avro_datum};
use codec::{DeltaFrame, Fault, Limits, Program, draft_from_bytes, frame};

/// Changes, cuts, repeats or adds a few bytes.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, [0xff, 0x80, 0x01, 0x00][random.below(4)]),
            _ => {
                let tail = bytes[at..].to_vec();
                bytes.extend(tail.iter().take(64));
            }
        }
    }
}

#[test]
fn mutated_touchpoints_of_any_writer_end_in_a_value_or_a_fault() {
    let mut faults = 0;
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let json = random.schema();
        let schema = Schema::parse(&json).unwrap();
        let program = Program::compile(&json.to_string()).unwrap();
        let datum = to_avro_datum(&schema, random.value(&json, 0)).unwrap();
        for _ in 0..100 {
            let mut mutant = datum.clone();
            mutate(&mut mutant, &mut random);
            match program.decode(&mutant).and_then(|view| view.to_draft()) {
                Ok(_) => {}
                Err(_) => faults += 1,
            }
        }
        for end in 0..datum.len() {
            assert!(program.decode(&datum[..end]).is_err(), "seed {seed}, cut at {end}");
        }
    }
    assert!(faults > 10_000, "{faults}");
}

#[test]
fn mutated_schemas_json_and_frames_end_in_a_value_or_an_error() {
    let touchpoint = include_bytes!("../../../../schemas/examples/touchpoint.json");
    let schema = include_bytes!("../../../../schemas/touchpoint.avsc");
    let mut delta = Vec::new();
    crate::delta::sample().encode(&mut delta);
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let mut mutant = touchpoint.to_vec();
        mutate(&mut mutant, &mut random);
        let _ = draft_from_bytes(&mutant, &Limits::default());
        let mut mutant = schema.to_vec();
        mutate(&mut mutant, &mut random);
        if let Ok(text) = std::str::from_utf8(&mutant) {
            let _ = Program::compile(text);
        }
        let mut mutant = delta.clone();
        mutate(&mut mutant, &mut random);
        let _ = DeltaFrame::decode(&mutant);
        let _ = frame::split(&mutant);
    }
}

#[test]
fn many_values_without_bytes_and_endless_nesting_are_refused() {
    let wanted = r#"{"name": "event_id", "type": "string"}, {"name": "time", "type": "long"},
        {"name": "channel", "type": "string"}, {"name": "kind", "type": "string"}"#;
    let program = |extra: &str| {
        let schema = format!(
            r#"{{"type": "record", "name": "T", "fields": [{{"name": "x", "type": {extra}}}, {wanted}]}}"#
        );
        Program::compile(&schema).unwrap()
    };
    let is_fuel = |fault| matches!(fault, Fault::Fuel { .. });
    let bomb = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0];
    let nulls = program(r#"{"type": "array", "items": "null"}"#);
    assert!(is_fuel(nulls.decode(&bomb).unwrap_err()));
    let chain = program(
        r#"{"type": "record", "name": "R", "fields": [{"name": "r", "type": ["null", "R"]}]}"#,
    );
    assert!(is_fuel(chain.decode(&[2; 60_000]).unwrap_err()));
    let endless =
        program(r#"{"type": "record", "name": "R", "fields": [{"name": "r", "type": "R"}]}"#);
    assert!(is_fuel(endless.decode(&[]).unwrap_err()));
}

#[test]
fn blocks_that_say_their_size_are_read_and_passed_over() {
    let schema = r#"{"type": "record", "name": "T", "fields": [
        {"name": "x", "type": {"type": "array", "items": "int"}},
        {"name": "properties", "type": {"type": "map", "values": "string"}},
        {"name": "event_id", "type": "string"}, {"name": "time", "type": "long"},
        {"name": "channel", "type": "string"}, {"name": "kind", "type": "string"}]}"#;
    let program = Program::compile(schema).unwrap();
    // Two numbers in two bytes; one pair in four bytes; then i, 1, c, k.
    let datum = [3, 4, 2, 4, 0, 1, 8, 2, b'a', 2, b'b', 0, 2, b'i', 2, 2, b'c', 2, b'k'];
    let view = program.decode(&datum).unwrap();
    assert_eq!(view.properties.get("a"), Some("b"));
    assert_eq!((view.event_id, view.channel, view.kind), (&b"i"[..], "c", "k"));
}
