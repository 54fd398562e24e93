//! The JSON of touchpoints and counters.

use codec::{
    Counter, Limits, counter_to_json, draft_from_bytes, draft_from_json, draft_from_text,
    draft_to_json,
};
use model::{Size, Timestamp, Window, Zone};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn whole() -> Json {
    json!({
        "event_id": "wa-81f3", "source": "whatsapp", "time": "2026-03-25T09:14:03.120Z",
        "customer_id": "c-102", "identifiers": {"email": "ann@example.org"},
        "channel": "chat", "kind": "enquiry_received",
        "value": {"amount_minor": 4900, "currency": "EUR"}, "subject": "deal-77",
        "text": "Is Saturday possible?", "properties": {"campaign": "spring"},
        "revision": 0, "history": false
    })
}

/// A touchpoint with one field changed; null there takes it away.
fn with(field: &str, value: Json) -> Json {
    let mut touchpoint = whole();
    touchpoint[field] = value;
    if touchpoint[field].is_null() {
        touchpoint.as_object_mut().unwrap().remove(field);
    }
    touchpoint
}

#[track_caller]
fn refused(touchpoint: &Json, code: &str, field: &str) {
    let error = draft_from_json(touchpoint, &Limits::default()).unwrap_err();
    assert_eq!((error.code, error.field.as_str()), (code, field), "{error}");
    assert!(!error.fix.is_empty() && error.to_string().ends_with(&format!("[{code}]")), "{error}");
}

#[test]
fn a_touchpoint_comes_back_as_it_was_said() {
    let draft = draft_from_json(&whole(), &Limits::default()).unwrap();
    assert_eq!(draft.time, Timestamp::from_millis(1_774_430_043_120));
    assert_eq!(draft_to_json(&draft), whole());
}

#[test]
fn a_time_is_rfc_3339_or_epoch_milliseconds() {
    for (time, millis) in [
        (json!("2026-03-25T10:14:03.120+01:00"), 1_774_430_043_120),
        (json!(1_774_430_043_120_i64), 1_774_430_043_120),
        (json!("1990-01-01T00:00:00Z"), 631_152_000_000),
        (json!("2199-12-31T23:59:59.999Z"), 7_258_118_399_999),
    ] {
        let draft = draft_from_json(&with("time", time), &Limits::default()).unwrap();
        assert_eq!(draft.time.millis(), millis);
    }
}

#[test]
fn unknown_fields_become_properties_and_never_displace_one() {
    let mut touchpoint = with("zone", json!("beside"));
    touchpoint["campaign"] = json!("beside");
    touchpoint["basket"] = json!({"items": [1, 2]});
    touchpoint["properties"]["zone"] = json!("inside");
    touchpoint["nothing"] = Json::Null;
    let draft = draft_from_json(&touchpoint, &Limits::default()).unwrap();
    let expected = [("basket", "{\"items\":[1,2]}"), ("campaign", "spring"), ("zone", "inside")];
    assert!(draft.properties.iter().map(|(n, v)| (&**n, &**v)).eq(expected));
}

#[test]
fn an_empty_identifier_does_not_stand_for_a_customer() {
    let mut touchpoint = with("customer_id", Json::Null);
    assert!(draft_from_json(&touchpoint, &Limits::default()).is_ok());
    touchpoint["identifiers"] = json!({"email": " "});
    refused(&touchpoint, "D0123", "customer_id");
}

#[test]
fn a_touchpoint_that_lacks_or_misstates_a_field_is_refused_by_name() {
    let cent = "value.amount_minor";
    let money = |amount: Json| json!({"amount_minor": amount, "currency": "EUR"});
    let currency = |code: &str| json!({"amount_minor": 1, "currency": code});
    for (field, value, code, named) in [
        ("event_id", Json::Null, "D0123", "event_id"),
        ("event_id", json!(""), "D0123", "event_id"),
        ("event_id", json!(1.5), "D0122", "event_id"),
        ("time", Json::Null, "D0123", "time"),
        ("time", json!("yesterday"), "D0125", "time"),
        ("time", json!("2026-03-25T09:14:03"), "D0125", "time"),
        ("time", json!(1_774_430_043), "D0125", "time"),
        ("time", json!(1.5), "D0125", "time"),
        ("time", json!("1989-12-31T23:59:59Z"), "D0125", "time"),
        ("time", json!("2200-01-01T00:00:00Z"), "D0125", "time"),
        ("time", json!(true), "D0125", "time"),
        ("channel", Json::Null, "D0123", "channel"),
        ("kind", json!([]), "D0122", "kind"),
        ("identifiers", json!("ann"), "D0122", "identifiers"),
        ("identifiers", json!({"email": {}}), "D0122", "identifiers.email"),
        ("properties", json!([]), "D0122", "properties"),
        ("history", json!("yes"), "D0122", "history"),
        ("revision", json!(-1), "D0126", "revision"),
        ("revision", json!(2_147_483_648_u32), "D0126", "revision"),
        ("value", json!(49), "D0122", "value"),
        ("value", json!({"currency": "EUR"}), "D0123", cent),
        ("value", money(json!(49.0)), "D0126", cent),
        ("value", money(json!(9_223_372_036_854_775_808_u64)), "D0126", cent),
        ("value", money(json!("49")), "D0122", cent),
        ("value", json!({"amount_minor": 1}), "D0123", "value.currency"),
        ("value", currency("eur"), "D0126", "value.currency"),
        ("value", currency("EURO"), "D0126", "value.currency"),
    ] {
        refused(&with(field, value), code, named);
    }
    refused(&json!([]), "D0122", "record");
}

#[test]
fn what_is_refused_says_its_source_where_it_can_be_read() {
    let limits = Limits::default();
    for (mut touchpoint, field, value, source) in [
        (whole(), "time", json!(1_774_430_043), "whatsapp"),
        (whole(), "kind", json!(null), "whatsapp"),
        (with("source", json!(7)), "value", json!("49"), "7"),
        (with("source", json!(null)), "time", json!("soon"), ""),
        (with("source", json!([1])), "time", json!("soon"), ""),
        (with("source", json!("x".repeat(257))), "time", json!("soon"), ""),
    ] {
        touchpoint[field] = value;
        let refused = draft_from_json(&touchpoint, &limits).expect_err("it is refused");
        assert_eq!(refused.of_source, source, "{touchpoint}");
    }
    let refused = draft_from_bytes(b"{\"source\": \"crm\",", &limits).expect_err("no json");
    assert_eq!(refused.of_source, "");
}

#[test]
fn a_touchpoint_may_be_as_large_as_the_limit_and_no_larger() {
    let named = |count: usize| -> Json {
        (0..count).map(|n| (format!("n{n}"), json!("v"))).collect::<serde_json::Map<_, _>>().into()
    };
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    for (field, most, more, code) in [
        ("event_id", json!("e".repeat(256)), json!("e".repeat(257)), "D0124"),
        ("text", json!("t".repeat(8_192)), json!("t".repeat(8_193)), "D0124"),
        ("properties", named(32), named(33), "D0124"),
        ("identifiers", named(8), named(9), "D0124"),
        ("other", nested(16), nested(17), "D0122"),
    ] {
        assert!(draft_from_json(&with(field, most), &Limits::default()).is_ok(), "{field}");
        refused(&with(field, more), code, field);
    }
    refused(&with("other", json!("o".repeat(65_536))), "D0124", "record");
    let error = draft_from_bytes(&[b' '; 65_537], &Limits::default()).unwrap_err();
    assert_eq!((error.code, error.field.as_str()), ("D0124", "record"));
}

#[test]
fn what_is_not_json_is_refused() {
    let deep = "[".repeat(10_000);
    let nan = r#"{"value": {"amount_minor": NaN}}"#;
    for text in ["", "{", nan, deep.as_str(), "{} {}", "\u{0}"] {
        let error = draft_from_bytes(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.code, "D0121", "{error}");
    }
}

#[test]
fn a_counter_is_printed_as_the_interface_prints_it() {
    let zone = Zone::new("Europe/Berlin", &[(Timestamp::FIRST, 3_600)]);
    let at = Timestamp::from_millis;
    let (start, end) = (at(1_774_393_200_000), at(1_774_479_600_000));
    let mut counter = Counter {
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
        as_of: at(1_774_430_043_120),
    };
    let mut line = String::new();
    counter_to_json(&counter, &zone, &mut line);
    let expected = concat!(
        r#"{"family": "flow", "map": "default", "version": 1, "fold": 1, "#,
        r#""window": {"size": "1d", "start": "2026-03-25T00:00:00+01:00", "#,
        r#""end": "2026-03-26T00:00:00+01:00"}, "dims": {"stage": "consideration", "#,
        r#""channel": "chat", "entry": "first", "outcome": "open"}, "count": 12, "#,
        r#""amounts": {"EUR": 4900}, "revision": 81734, "is_final": false, "#,
        r#""as_of": "2026-03-25T09:14:03.120Z"}"#,
    );
    assert_eq!(line, expected);

    counter.window = None;
    counter.amounts.clear();
    counter.as_of = Timestamp::NEVER;
    // A value that ends as an object begins must not swallow the comma behind it.
    counter.dims = vec![("stage", "a\"\\\n\u{1}{"), ("channel", "{")];
    line.clear();
    counter_to_json(&counter, &zone, &mut line);
    let json: Json = serde_json::from_str(&line).unwrap();
    assert_eq!(json["dims"], json!({"stage": "a\"\\\n\u{1}{", "channel": "{"}));
    assert_eq!((&json["window"], &json["amounts"]), (&Json::Null, &json!({})));
    assert_eq!(json["as_of"], Json::Null);
}

/// Values of every sort, so that some are right and some are odd.
fn any_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..1_900_000_000_000).prop_map(Json::from),
        Just(json!(1_774_430_043_000_u64)),
        Just(json!(1.5)),
        Just(json!(-0.0)),
        Just(json!(u64::MAX)),
        "[ a\"\\\\\u{e9}\n]{0,3}".prop_map(Json::from),
        Just(json!("EUR")),
        Just(json!("2026-03-25T09:14:03.120+01:00")),
        Just(json!("x".repeat(257))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let names = prop_oneof![Just("amount_minor"), Just("currency"), Just("email"), Just("b")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::vec((names, inner), 0..3)
                .prop_map(|pairs| pairs.into_iter().map(|(n, v)| (n.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn one_pass_reads_what_the_tree_of_values_reads(
        fields in prop::collection::vec((0..15_usize, any_value()), 0..4),
        money in prop::collection::vec(prop_oneof![Just("amount_minor"), Just("currency")], 0..4),
        end in prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("}")],
    ) {
        // Changed fields stand behind those of the touchpoint: so they stand twice, or alone.
        let names: Vec<String> = whole().as_object().unwrap().keys().cloned().collect();
        let names = [&names[..], &["more".to_owned(), "channel".to_owned()]].concat();
        for is_twice in [false, true] {
            let kept = whole();
            let kept = kept.as_object().unwrap().iter().filter(|(name, _)| {
                is_twice || !fields.iter().any(|(place, _)| names[*place] == **name)
            });
            let mut parts: Vec<String> =
                kept.map(|(name, value)| format!("{}:{value}", json!(name))).collect();
            parts.extend(fields.iter().map(|(place, v)| format!("{}:{v}", json!(names[*place]))));
            if !money.is_empty() {
                let value = |name: &&str| if *name == "currency" { "\"CHF\"" } else { "7" };
                let pairs = money.iter().map(|name| format!("\"{name}\":{}", value(name)));
                parts.push(format!("\"value\":{{{}}}", pairs.collect::<Vec<_>>().join(",")));
            }
            let text = format!("{{{}}}{end}", parts.join(","));
            let limits = Limits { identifiers_count: 1, properties_count: 1, ..Limits::default() };
            let made = draft_from_bytes(text.as_bytes(), &limits);
            prop_assert_eq!(&made, &draft_from_text(&text, &limits));
            match serde_json::from_str::<Json>(&text) {
                Ok(tree) => prop_assert_eq!(made, draft_from_json(&tree, &limits), "{}", text),
                Err(_) => prop_assert_eq!(made.unwrap_err().code, "D0121", "{}", text),
            }
        }
    }
}
