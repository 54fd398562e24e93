//! Over HTTP: one touchpoint, an array, one a line, gzip.

use crate::program::{Instance, Program};
use crate::{gzip, touchpoint};
use serde_json::{Value, json};

/// One record that is no touchpoint, and its code.
fn bad_records() -> Vec<(&'static str, String, &'static str)> {
    let with = |more: Value| touchpoint("bad", more).to_string();
    let value = |amount: &str| {
        with(json!({ "value": { "amount_minor": 1, "currency": "EUR" } }))
            .replace(":1,", &format!(":{amount},"))
    };
    let nested = |depth: usize| {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        with(json!({ "x": 1 })).replace("\"x\":1", &format!("\"x\":{deep}"))
    };
    let many = |count: usize| {
        let pairs = (0..count).map(|n| (format!("i{n}"), json!("v")));
        with(json!({ "identifiers": Value::Object(pairs.collect()) }))
    };
    vec![
        ("malformed JSON", "{\"event_id\": ".to_owned(), "D0121"),
        ("no JSON at all", "hello".to_owned(), "D0121"),
        ("a list in place of a touchpoint", "[1]".to_owned(), "D0122"),
        ("no event_id", with(json!({ "event_id": null })), "D0123"),
        ("an empty event_id", with(json!({ "event_id": "" })), "D0123"),
        ("an empty kind", with(json!({ "kind": "" })), "D0123"),
        ("nobody's touchpoint", with(json!({ "customer_id": null })), "D0123"),
        ("an over-long id", with(json!({ "event_id": "x".repeat(257) })), "D0124"),
        ("an over-long text", with(json!({ "text": "x".repeat(8_193) })), "D0124"),
        ("an over-long record", with(json!({ "a": "x".repeat(70_000) })), "D0124"),
        ("nine identifiers", many(9), "D0124"),
        ("a hundred thousand identifiers", many(100_000), "D0124"),
        ("the year 1", with(json!({ "time": "0001-01-01T00:00:00Z" })), "D0125"),
        ("the year 9999", with(json!({ "time": "9999-12-31T00:00:00Z" })), "D0125"),
        ("a negative time", with(json!({ "time": -5 })), "D0125"),
        ("NaN in money", value("NaN"), "D0121"),
        ("overflow in money", value("9223372036854775808"), "D0126"),
        ("a fraction of a cent", value("0.5"), "D0126"),
        ("nesting of 17", nested(17), "D0122"),
        ("nesting of ten thousand", nested(10_000), "D0121"),
    ]
}

/// Posts each bad record alone and among good ones; how many good ones there were.
fn post_records(instance: &Instance) -> i64 {
    let mut accepted = 0;
    let mut next = 0;
    let mut good = || {
        next += 1;
        touchpoint(&format!("good-{next}"), json!({})).to_string()
    };
    for (name, bad, code) in bad_records() {
        let (status, answer) = instance.post("/v1/touchpoints", bad.as_bytes(), None);
        assert_eq!(status, 400, "{name}: {answer}");
        // Alone in a body, a list is taken for an array of touchpoints.
        let at = &answer["refused"][0];
        let found = if bad == "[1]" { "D0122" } else { code };
        assert_eq!(at["code"], found, "{name}: {answer}");
        assert!(at["error"].as_str().is_some_and(|error| error.contains(found)), "{name}: {at}");

        let lines = format!("{}\n{bad}\n{}\n", good(), good());
        let array = format!("[{}, {bad}, {}]", good(), good());
        let bodies = [
            ("an array", array.clone().into_bytes(), None),
            ("one a line", lines.clone().into_bytes(), None),
            ("gzip", gzip(lines.replace("good-", "zipped-").as_bytes()), Some("gzip")),
        ];
        for (form, body, encoding) in bodies {
            // An array whose brackets do not close is no array.
            if form == "an array" && name == "malformed JSON" {
                continue;
            }
            let (status, answer) = instance.post("/v1/touchpoints", &body, encoding);
            assert_eq!(status, 202, "{name}, {form}: {answer}");
            assert_eq!(answer["accepted"], 2, "{name}, {form}: {answer}");
            assert_eq!(answer["refused"][0]["code"], code, "{name}, {form}: {answer}");
            assert_eq!(answer["refused"][0]["index"], 1, "{name}, {form}: {answer}");
            accepted += 2;
        }
    }
    accepted
}

/// Posts bodies of which nothing can be read.
fn post_bodies(instance: &Instance) {
    let body = touchpoint("never", json!({})).to_string();
    let bomb = gzip(&vec![b' '; 20 << 20]);
    let cut = gzip(body.as_bytes());
    let mut invalid = touchpoint("bad", json!({})).to_string().into_bytes();
    invalid[14] = 0xff;
    for (name, body, encoding, status, code) in [
        ("an empty body", b"".as_slice(), None, 400, "D0607"),
        ("an array that was cut off", b"[{}, ".as_slice(), None, 400, "D0607"),
        ("invalid UTF-8", &invalid, None, 400, "D0607"),
        ("a gzip bomb", &bomb, Some("gzip"), 413, "D0606"),
        ("gzip that was cut off", &cut[..cut.len() - 9], Some("gzip"), 400, "D0618"),
        ("gzip that is none", body.as_bytes(), Some("gzip"), 400, "D0618"),
        ("another encoding", body.as_bytes(), Some("br"), 415, "D0608"),
    ] {
        let (is, answer) = instance.post("/v1/touchpoints", body, encoding);
        assert_eq!((is, answer["code"].as_str()), (status, Some(code)), "{name}: {answer}");
        let page = answer["type"].as_str().expect("a page");
        assert_eq!(instance.get(page).0, 200, "{name}: {page}");
    }
}

#[test]
fn whatever_is_posted_is_refused_by_its_code_or_counted() {
    let program = Program::new();
    let instance = program.start();
    let mut accepted = post_records(&instance);
    post_bodies(&instance);
    // What a door takes and the pipeline does not count: it is durable, and so it is told.
    let odd = [
        ("unknown fields", json!({ "event_id": "odd-1", "colour": "red" }), "counted"),
        ("an empty source", json!({ "event_id": "odd-2", "source": "" }), "counted"),
        ("an unknown kind", json!({ "event_id": "odd-3", "kind": "waved" }), "counted"),
        ("the same again", json!({ "event_id": "good-1" }), "duplicate"),
        ("the future", json!({ "event_id": "odd-4", "time": "2199-01-01T00:00:00Z" }), "dead"),
        (
            "identifiers that nobody can use",
            json!({
                "event_id": "odd-5", "customer_id": null,
                "identifiers": { "email": "guest" },
            }),
            "dead",
        ),
    ];
    let mut expected = std::collections::BTreeMap::from([("counted", accepted)]);
    for (name, more, result) in odd {
        let body = touchpoint("x", more).to_string();
        let (status, answer) = instance.post("/v1/touchpoints", body.as_bytes(), None);
        assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{name}: {answer}");
        accepted += 1;
        *expected.entry(result).or_default() += 1;
    }
    instance.stop();
    for (result, count) in expected {
        assert_eq!(program.admitted(result), count, "{result}: {:?}", program.admission());
    }
    program.adds_up(accepted);
    let letters = program.dead_letters();
    let codes: Vec<_> = letters.iter().map(|(class, error)| (&**class, code_of(error))).collect();
    for letter in [("future", "D0136"), ("invalid", "D0139")] {
        assert!(codes.contains(&letter), "{letters:?}");
    }
}

/// The code that an error ends with.
pub fn code_of(error: &str) -> &str {
    error.rsplit_once('[').map_or("", |(_, code)| code.trim_end_matches(']'))
}
