//! Records in the topic itself, by whoever may write there: each a dead letter with its class, its
//! code and its bytes as they came.

use crate::http::code_of;
use crate::program::Program;
use crate::touchpoint;
use codec::control::{Clock, Secret, write_clock};
use codec::{encode, frame};
use model::{Draft, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A good touchpoint in Avro, as a door writes it.
fn draft(id: &str) -> Draft {
    let text = touchpoint(id, json!({})).to_string();
    codec::draft_from_bytes(text.as_bytes(), &codec::Limits::default()).expect("a touchpoint")
}

fn avro(draft: &Draft) -> Vec<u8> {
    let mut value = Vec::new();
    encode::touchpoint(draft, frame::ids::TOUCHPOINT, &mut value);
    value
}

fn changed(change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = draft("bad");
    change(&mut draft);
    avro(&draft)
}

/// Values that are no touchpoint, with class and code.
fn bad_values() -> Vec<(&'static str, Option<Vec<u8>>, &'static str, &'static str)> {
    let good = avro(&draft("bad"));
    let json = |more: Value| Some(touchpoint("bad", more).to_string().into_bytes());
    let at = |millis: i64| Some(changed(|draft| draft.time = Timestamp::from_millis(millis)));
    let mut utf8 = good.clone();
    utf8[6] = 0xff;
    let mut other = good.clone();
    other[4] = 99;
    let mut forged = Vec::new();
    let secret = Secret::new(b"not the secret of it").expect("long enough");
    let clock = Clock { source: "test", time: Timestamp::from_millis(1_900_000_000_000) };
    write_clock(clock, &secret, &mut forged);
    let letter = [&good[..4], &[frame::ids::DEAD_LETTER as u8], b"no letter".as_slice()].concat();
    vec![
        ("no value", None, "invalid", "D0131"),
        ("an empty value", Some(Vec::new()), "malformed", "D0101"),
        ("no Avro", Some(b"\x01\x02\x03\x04\x05\x06".to_vec()), "malformed", "D0108"),
        ("Avro that was cut off", Some(good[..good.len() / 2].to_vec()), "malformed", "D0101"),
        ("Avro with bytes behind", Some([&good, b"x".as_slice()].concat()), "malformed", "D0107"),
        ("Avro with invalid UTF-8", Some(utf8), "malformed", "D0103"),
        ("a schema that is not known", Some(other), "schema", "D0133"),
        ("a record of 70,000 bytes", Some(vec![0; 70_000]), "oversize", "D0132"),
        ("an empty event_id", Some(changed(|d| d.event_id.clear())), "invalid", "D0134"),
        ("the year 1", at(-62_135_596_800_000), "invalid", "D0135"),
        ("the year 9999", at(253_402_300_799_000), "invalid", "D0135"),
        ("a negative time", at(-5), "invalid", "D0135"),
        ("the future", at(7_000_000_000_000), "future", "D0136"),
        ("nobody's touchpoint", Some(changed(|d| d.customer_id.clear())), "invalid", "D0139"),
        ("a forged clock", Some(forged), "invalid", "D0116"),
        ("a forged dead letter", Some(letter), "malformed", "D0101"),
        ("malformed JSON", Some(b"{\"event_id\": ".to_vec()), "malformed", "D0121"),
        ("JSON without a kind", json(json!({ "kind": null })), "invalid", "D0123"),
        ("JSON in the year 1", json(json!({ "time": "0001-01-01T00:00:00Z" })), "invalid", "D0125"),
        ("JSON of 70,000 bytes", json(json!({ "a": "x".repeat(70_000) })), "oversize", "D0124"),
    ]
}

#[test]
fn records_that_cannot_be_read_are_dead_letters_as_they_came() {
    for is_instance in [false, true] {
        let program = Program::new();
        let instance = is_instance.then(|| program.start());
        let bad = bad_values();
        let mut lines = Vec::new();
        for (index, (_, value, _, _)) in bad.iter().enumerate() {
            let good = avro(&draft(&format!("good-{index}")));
            lines.push(json!({ "key": "ann", "hex": hex(&good) }).to_string());
            lines.push(match value {
                Some(value) => json!({ "key": "ann", "hex": hex(value) }).to_string(),
                None => json!({ "key": "ann", "value": null }).to_string(),
            });
        }
        let said = program
            .say_to(&["topic", "write", "touchpoints", "--raw"], lines.join("\n").as_bytes());
        assert_eq!((said.exit, said.json()), (0, json!({ "written": lines.len() })), "{said:?}");
        if let Some(instance) = instance {
            instance.stop();
        }
        assert_eq!(program.admitted("counted"), bad.len() as i64);
        assert_eq!(program.admitted("dead"), bad.len() as i64);
        program.adds_up(lines.len() as i64);
        // Avro or JSON: what says its source counts for it.
        let dead = |source: &str| program.admission()[&(source.to_owned(), "dead".to_owned())];
        assert_eq!((dead("test"), dead("")), (8, 12));

        let rows = program.say(&["topic", "read", "dead-letters"]).lines();
        let letters: BTreeMap<u64, &Value> = rows
            .iter()
            .map(|row| (row["value"]["offset"].as_u64().expect("an offset"), &row["value"]))
            .collect();
        for (index, (name, value, class, code)) in bad.iter().enumerate() {
            let letter = letters[&(2 * index as u64 + 1)];
            let error = letter["error"].as_str().expect("an error");
            assert_eq!(
                (&letter["class"], code_of(error)),
                (&json!(class), *code),
                "{name}: {error}"
            );
            assert!(serve::page(code).is_some(), "{code}");
            let bytes = letter["bytes"].as_array().expect("bytes");
            let bytes: Vec<u8> = bytes.iter().map(|b| b.as_u64().expect("a byte") as u8).collect();
            assert_eq!(bytes, value.clone().unwrap_or_default(), "{name}");
            assert_eq!(letter["topic"], "touchpoints", "{name}");
        }
    }
}

#[test]
fn lines_and_topics_that_cannot_be_written_are_refused() {
    let program = Program::new();
    let good = touchpoint("good", json!({})).to_string();
    let write = |arguments: &[&str], input: &str| {
        program.say_to(&[&["topic", "write"], arguments].concat(), input.as_bytes())
    };
    let frames = "desirepath-insight-repartition";
    let record = "{\"key\": \"ann\", \"value\": \"x\"}";
    for (arguments, input, exit, code, words) in [
        (vec!["touchpoints"], "nonsense".to_owned(), 65, "D0121", "0 written, then line 1"),
        (vec!["touchpoints"], format!("{good}\n\n{{}}"), 65, "D0123", "1 written, then line 3"),
        (vec!["insights"], good.clone(), 64, "D0743", "--raw"),
        (vec!["nowhere", "--raw"], record.to_owned(), 66, "D0712", "touchpoints, "),
        (vec![frames, "--raw"], record.to_owned(), 64, "D0743", "the pipeline alone"),
        (vec!["late", "--raw"], "x".to_owned(), 65, "D0743", "write {\"key\""),
        (vec!["late", "--raw", "--partition", "4"], record.to_owned(), 66, "D0712", "0 to 3"),
    ] {
        write(&arguments, &input).fails(exit, code, words);
    }
    for (record, is_good) in [
        ("{\"value\": \"x\"}", true),
        ("{\"key\": \"a\", \"value\": null, \"partition\": 3}", true),
        ("{\"key_hex\": \"00ff\", \"hex\": \"\"}", true),
        ("{\"key\": \"a\"}", false),
        ("{\"key\": \"a\", \"value\": \"x\", \"hex\": \"00\"}", false),
        ("{\"key\": \"a\", \"hex\": \"0\"}", false),
        ("{\"key\": \"a\", \"hex\": \"zz\"}", false),
        ("{\"key\": \"a\", \"value\": \"x\", \"colour\": 1}", false),
        ("{\"key\": \"a\", \"value\": \"x\", \"partition\": -1}", false),
    ] {
        let said = write(&["late", "--raw"], record);
        assert_eq!(said.exit, if is_good { 0 } else { 65 }, "{record}: {said:?}");
    }
    assert_eq!(program.say(&["topic", "read", "late"]).lines().len(), 3);
    program.adds_up(1);
}
