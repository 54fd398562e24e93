//! What a mapping brings to a row from elsewhere: phones' regions, lookups, patterns, exponents.

use model::Draft;
use proptest::prelude::*;
use rules::{Mapping, Occurrences, Row, RowError, parse_mapping};
use std::collections::BTreeMap;

/// A mapping of JSON lines with more keys.
#[track_caller]
fn mapping(lines: &str) -> Mapping {
    let text = format!(
        "time = '.at'\nchannel = 'store'\nkind = 'purchase_made'\n{}{lines}",
        if lines.contains("identifiers") { "" } else { "customer_id = '.who'\n" }
    );
    parse_mapping(&text, "test.toml").unwrap_or_else(|error| panic!("{error:?}"))
}

fn tried(mapping: &Mapping, fields: &str) -> Result<Draft, RowError> {
    let row = format!("{{\"at\": 1774430043000, \"who\": \"ann\", {fields}}}");
    let drafts = mapping.drafts(&Row::json(&row).unwrap(), 1, &mut Occurrences::default())?;
    Ok(drafts.into_iter().next().unwrap())
}

#[track_caller]
fn draft(mapping: &Mapping, fields: &str) -> Draft {
    tried(mapping, fields).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_phone_becomes_one_number_however_it_is_written() {
    let keys = "identifiers = { phone = '= body.p | e164', who = '.who' }\n";
    let german = mapping(&format!("region = 'DE'\n{keys}"));
    let none = mapping(keys);
    for (written, with_region, without) in [
        ("+49 151 1234 5678", "+4915112345678", "+4915112345678"),
        ("+49 (0)151 12345678", "+4915112345678", "+4915112345678"),
        ("tel:+49-151-12345678", "+4915112345678", "+4915112345678"),
        ("0151/12345678", "+4915112345678", ""),
        ("0049 151 12345678", "+4915112345678", "+4915112345678"),
        (" 0221 123456 ", "+49221123456", ""),
        ("(0221) 12 34 56", "+49221123456", ""),
        ("+44 20 7946 0958 ext. 12", "+442079460958", "+442079460958"),
        ("+44 20 7946 0958 x12", "+442079460958", "+442079460958"),
        ("+1 (415) 555-2671", "+14155552671", "+14155552671"),
        // Not in use, and nobody's business.
        ("+49 1511 000", "+491511000", "+491511000"),
        ("+1 555 123 4567", "+15551234567", "+15551234567"),
        ("4155552671", "+494155552671", ""),
        ("unknown", "", ""),
        ("Ann 0151 12345678", "", ""),
        ("12", "", ""),
        ("-", "", ""),
        ("", "", ""),
        ("+", "", ""),
    ] {
        for (mapping, expected) in [(&german, with_region), (&none, without)] {
            let draft = draft(mapping, &format!("\"p\": \"{written}\""));
            let phone = draft.identifiers.get("phone").map_or("", |text| text);
            assert_eq!(phone, expected, "{written}");
        }
    }
}

#[test]
fn the_region_of_a_phone_may_stand_in_the_row() {
    let keys = "identifiers = { who = '.who', phone = '= body.p | e164(body.country)' }\n";
    let mapping = mapping(&format!("region = 'DE'\n{keys}"));
    for (country, phone) in [
        ("\"FR\"", "+33612345678"),
        ("\"fr\"", "+33612345678"),
        ("null", "+49612345678"),
        ("\"\"", "+49612345678"),
        // What is no region says nothing, and nothing is guessed in its place.
        ("\"Frankreich\"", ""),
    ] {
        let draft = draft(&mapping, &format!("\"p\": \"0612345678\", \"country\": {country}"));
        assert_eq!(draft.identifiers.get("phone").map_or("", |p| p), phone, "{country}");
    }
}

proptest! {
    #[test]
    fn no_text_stops_the_reading_of_phones(text in "[-+()/. 0-9a-zA-Z#;=*\u{660}\u{ff11}]{0,80}") {
        let keys = "region = 'GB'\nidentifiers = { who = '.who', phone = '= body.p | e164' }\n";
        let mapping = mapping(keys);
        let draft = draft(&mapping, &format!("\"p\": \"{text}\""));
        let phone = draft.identifiers.get("phone").map_or("", |text| text);
        let digits = phone.strip_prefix('+').unwrap_or("0");
        prop_assert!(phone.len() < 20 && digits.bytes().all(|b| b.is_ascii_digit()), "{phone}");
        // What is written in one way stays as it is.
        let again = tried(&mapping, &format!("\"p\": \"{phone}\"")).unwrap();
        prop_assert_eq!(again.identifiers.get("phone").map_or("", |text| text), phone);
    }
}

#[test]
fn a_lookup_gives_what_stands_for_a_word_in_another_file() {
    let keys = "identifiers = { who = '.who', email = { lookup = 'customers', key = '.c' } }\n\
                subject = { lookup = 'deals', key = '= body.c | upper', else = '.c' }\n\
                [lookup.customers]\nfile = 'customers.csv'\nkey = 'id'\nvalue = 'mail'\n\
                delimiter = ';'\n[lookup.deals]\ntable = { A1 = 'first', '7' = 7 }\n";
    let open = mapping(keys);
    let files: Vec<_> = open.lookup_files().cloned().collect();
    assert_eq!(files.len(), 1);
    let said = (&*files[0].name, &*files[0].file, &*files[0].key, &*files[0].value);
    assert_eq!(said, ("customers", "customers.csv", "id", "mail"));
    let words = BTreeMap::from([("a1".to_owned(), "ann@example.org".to_owned())]);
    let mapping = open.with_lookup("customers", words);
    assert_eq!(mapping.lookup_files().count(), 0);
    for (word, email, subject) in [
        ("\" a1 \"", Some("ann@example.org"), "first"),
        ("\"b2\"", None, "b2"),
        ("7", None, "7"),
        ("null", None, ""),
    ] {
        let draft = draft(&mapping, &format!("\"c\": {word}"));
        let found = draft.identifiers.get("email").map(|text| &**text);
        assert_eq!((found, &*draft.subject), (email, subject), "{word}");
    }
}

#[test]
#[should_panic(expected = "the file of a lookup has not been read")]
fn a_lookup_that_was_not_read_is_not_taken_for_an_empty_one() {
    let keys = "text = { lookup = 'x', key = '.c' }\n[lookup.x]\nfile = 'x.csv'\nkey = 'a'\n\
                value = 'b'\n";
    let _ = tried(&mapping(keys), "\"c\": 1");
}

#[test]
fn a_capture_is_the_first_group_of_a_pattern_or_all_that_it_matches() {
    for (pattern, text, found) in [
        ("order #(\\\\d+)", "your order #4711 left", "4711"),
        ("\\\\d{2,}", "a1 b22 c333", "22"),
        ("(a)|(b)", "b", "b"),
        ("nothing", "something", ""),
    ] {
        let mapping = mapping(&format!("text = \"\"\"= body.t | capture('{pattern}')\"\"\"\n"));
        // TOML reads the backslashes once, expressions once more.
        assert_eq!(draft(&mapping, &format!("\"t\": \"{text}\"")).text, found, "{pattern}");
    }
}

#[test]
fn stripe_counts_some_currencies_in_other_units() {
    let keys = "value = { amount = '.a', unit = 'minor', currency = '.c', exponents = 'stripe' }\n";
    let mapping = mapping(keys);
    for (amount, currency, minor) in [
        ("4900", "eur", 4_900),
        ("500", "jpy", 500),
        ("500", "isk", 5),
        ("500", "ugx", 5),
        ("5000", "mga", 500_000),
        ("5130", "kwd", 5_130),
        ("0", "isk", 0),
    ] {
        let draft = draft(&mapping, &format!("\"a\": {amount}, \"c\": \"{currency}\""));
        assert_eq!(draft.value.unwrap().amount_minor, minor, "{amount} {currency}");
    }
    let error = tried(&mapping, "\"a\": 501, \"c\": \"isk\"").unwrap_err();
    assert_eq!((error.code, &*error.field), ("D0525", "value.amount"));
}

#[test]
fn a_revision_is_a_whole_number() {
    let mapping = mapping("revision = '.v'\n");
    for (fields, revision) in [("\"v\": 3", 3), ("\"v\": \"7\"", 7), ("\"v\": null", 0)] {
        assert_eq!(draft(&mapping, fields).revision, revision, "{fields}");
    }
    for fields in ["\"v\": -1", "\"v\": 1.5", "\"v\": 2147483648", "\"v\": \"two\""] {
        let error = tried(&mapping, fields).unwrap_err();
        assert_eq!((error.code, &*error.field), ("D0524", "revision"), "{fields}");
    }
}

#[test]
fn times_are_read_by_the_first_of_several_formats_and_as_mail_writes_them() {
    let formats = "time = { at = '.t', zone = 'UTC', format = ['%d.%m.%Y %H:%M', '%d.%m.%Y'] }";
    let mail = "time = { at = '.t', format = 'rfc2822' }";
    for (time, text, millis) in [
        (formats, "25.03.2026 09:14", Some(1_774_430_040_000)),
        (formats, "25.03.2026", Some(1_774_396_800_000)),
        (formats, "2026-03-25", None),
        (mail, "Wed, 25 Mar 2026 10:14:03 +0100", Some(1_774_430_043_000)),
        (mail, "25 Mar 2026 09:14:03 GMT", Some(1_774_430_043_000)),
        (mail, "25.03.2026", None),
    ] {
        let rest = "channel = 'email'\nkind = 'email_opened'\ncustomer_id = '.who'";
        let mapping = parse_mapping(&format!("{time}\n{rest}"), "test.toml").unwrap();
        let read = tried(&mapping, &format!("\"t\": \"{text}\""));
        assert_eq!(read.ok().map(|draft| draft.time.millis()), millis, "{text}");
    }
}
