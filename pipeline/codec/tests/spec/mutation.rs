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

/// A writer with a field of some type before what a touchpoint needs.
fn writer(extra: &str) -> Program {
    // Maps stand where they are read, everything else where it is passed over.
    let name = if extra.contains("map") { "properties" } else { "x" };
    let schema = format!(
        r#"{{"type": "record", "name": "T", "fields": [{{"name": "{name}", "type": {extra}}},
        {{"name": "event_id", "type": "string"}}, {{"name": "time", "type": "long"}},
        {{"name": "channel", "type": "string"}}, {{"name": "kind", "type": "string"}}]}}"#
    );
    Program::compile(&schema).unwrap()
}

#[test]
fn many_values_and_endless_nesting_are_refused_at_their_limits() {
    let bomb = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0];
    let nulls = writer(r#"{"type": "array", "items": "null"}"#);
    assert!(matches!(nulls.decode(&bomb), Err(Fault::Fuel { limit: 100_000, .. })));

    // 150,000 pairs of empty texts: each has bytes, all together are more than a touchpoint holds.
    let mut pairs = vec![0xe0, 0xa7, 0x12];
    pairs.resize(300_003, 0);
    let map = writer(r#"{"type": "map", "values": "string"}"#);
    assert!(matches!(map.decode(&pairs), Err(Fault::Fuel { limit: 100_000, .. })));

    let field = |kind: &str| {
        format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "r", "type": {kind}}}]}}"#)
    };
    let chain = writer(&field(r#"["null", "R"]"#));
    assert!(matches!(chain.decode(&[2; 60_000]), Err(Fault::Fuel { limit: 64, .. })));
    let endless = writer(&field("\"R\""));
    assert!(matches!(endless.decode(&[]), Err(Fault::Fuel { limit: 64, .. })));
}

#[test]
fn every_broken_rule_has_its_fault() {
    let plain = writer("\"null\"");
    let good = [2, b'i', 2, 2, b'c', 2, b'k'];
    assert!(plain.decode(&good).is_ok());
    let number = |head: &[u8]| [&[2, b'i'][..], head, &[2, b'c', 2, b'k']].concat();
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(plain.decode(&number(&most)).unwrap().time.millis(), i64::MIN);
    let mut more = most;
    more[9] = 0x02;
    for (datum, fault) in [
        ([&good[..], &[0]].concat(), Fault::Trailing { at: 7, left: 1 }),
        (number(&more), Fault::Number { at: 2 }),
        (number(&[0x80; 11]), Fault::Number { at: 2 }),
        (vec![2, 0xff, 2, 2, b'c', 2, b'k'], Fault::Text { at: 2 }),
        (vec![1, b'i'], Fault::Number { at: 0 }),
        (vec![200, 1, b'i'], Fault::Ends { at: 2, wanted: 100, left: 1 }),
    ] {
        assert_eq!(plain.decode(&datum).unwrap_err(), fault, "{datum:?}");
    }
    let union = writer(r#"["null", "string"]"#);
    let fault = Fault::Branch { at: 0, branch: 2, count: 2 };
    assert_eq!(union.decode(&[4]).unwrap_err(), fault);
    let flag = writer("\"boolean\"");
    assert_eq!(flag.decode(&[2]).unwrap_err(), Fault::Number { at: 0 });
}

#[test]
fn a_pair_that_is_not_text_ends_its_map() {
    let map = writer(r#"{"type": "map", "values": "string"}"#);
    let datum = [4, 2, b'a', 2, 0xff, 2, b'b', 2, b'c', 0, 2, b'i', 2, 2, b'c', 2, b'k'];
    let view = map.decode(&datum).unwrap();
    let pairs: Vec<_> = view.properties.collect();
    assert!(matches!(pairs.as_slice(), [Err(Fault::Text { .. })]), "{pairs:?}");
    assert!(view.to_draft().is_err());
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
