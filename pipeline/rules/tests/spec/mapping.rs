//! What a mapping makes of a row, key by key, and why a row makes nothing.

use crate::plain::same;
use model::{Draft, Timestamp};
use rules::{Encoding, Format, Mapping, Occurrences, Row, RowError, parse_mapping};

/// What every mapping needs; a test adds lines before it.
const LEAST: &str =
    "time = '.at'\nchannel = 'store'\nkind = 'purchase_made'\ncustomer_id = '.who'\n";

#[track_caller]
fn parsed(text: &str) -> Mapping {
    parse_mapping(text, "test.toml").unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

/// A mapping of JSON lines with these keys, each in place of the one that is there already.
#[track_caller]
fn mapping(lines: &str) -> Mapping {
    let key = |line: &str| line.split([' ', '.']).next().unwrap_or_default().to_owned();
    let said: Vec<String> = lines.lines().map(key).collect();
    let least = LEAST.lines().filter(|line| !said.contains(&key(line)));
    let least: String = least.map(|line| format!("{line}\n")).collect();
    parsed(&format!("{least}{lines}"))
}

#[track_caller]
fn tried(mapping: &Mapping, row: &str) -> Result<Option<Draft>, RowError> {
    same(mapping, row);
    one(mapping, &Row::json(row).unwrap(), 7, &mut Occurrences::default())
}

/// The touchpoint of a row that makes one at most.
fn one(
    mapping: &Mapping,
    row: &Row<'_>,
    number: u64,
    seen: &mut Occurrences,
) -> Result<Option<Draft>, RowError> {
    let mut drafts = mapping.drafts(row, number, seen)?;
    assert!(drafts.len() < 2, "{drafts:?}");
    Ok(drafts.pop())
}

#[track_caller]
fn draft(lines: &str, row: &str) -> Draft {
    tried(&mapping(lines), row).unwrap().unwrap()
}

/// A row with these fields besides the ones that it must have.
fn row(fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { ", " };
    format!("{{\"at\": \"2026-03-25T09:14:03Z\", \"who\": \"ann\"{comma}{fields}}}")
}

#[track_caller]
fn refused(lines: &str, fields: &str, code: &str, field: &str, said: &str) {
    let error = tried(&mapping(lines), &row(fields)).unwrap_err();
    assert_eq!((error.code, error.field.as_str(), error.row), (code, field, 7), "{error}");
    let text = error.to_string();
    assert!(text.contains(said), "{said:?} is not in {text}");
    assert!(!error.fix.is_empty() && text.ends_with(&format!("[{code}]")), "{text}");
}

#[test]
fn a_value_is_a_constant_a_path_the_first_of_several_or_a_word_of_a_table() {
    let lines = "subject = { any = ['.none', '.blank', '.deal', 'never'] }\n\
                 text = { of = '.state', table = { paid = 'thanks', 7 = '.note' }, else = 'hm' }";
    for (fields, subject, text) in [
        ("\"deal\": \"d-1\", \"state\": \"paid\"", "d-1", "thanks"),
        ("\"blank\": \" \", \"deal\": \"d-1\", \"state\": \"open\"", "d-1", "hm"),
        ("\"none\": null, \"state\": 7, \"note\": \" seven \"", "never", "seven"),
        ("\"none\": 0, \"state\": \" paid \"", "0", "thanks"),
        ("\"none\": true", "true", "hm"),
    ] {
        let draft = draft(lines, &row(fields));
        assert_eq!((draft.subject.as_str(), draft.text.as_str()), (subject, text), "{fields}");
    }
}

#[test]
fn a_path_leads_into_objects_and_lists_and_a_large_number_keeps_its_digits() {
    let fields = "\"a\": {\"b.c\": [{\"id\": 44244432802134410034567}], \"d\": {\"e\": \"deep\"}}";
    for (path, found) in [
        (".a[\"b.c\"][0].id", "44244432802134410034567"),
        (".a.[\"b.c\"][0].id", "44244432802134410034567"),
        (".a.d.e", "deep"),
        (".a.d.f", ""),
        (".a.d.e.f", ""),
        (".a[0]", ""),
        (".a[\"b.c\"][1]", ""),
    ] {
        assert_eq!(draft(&format!("subject = '{path}'"), &row(fields)).subject, found, "{path}");
    }
}

#[test]
fn every_field_of_a_touchpoint_can_be_mapped() {
    let mapping = parsed(
        "source = 'shop'\nevent_id = '.id'\ntime = '.at'\nchannel = '.where'\nkind = '.what'\n\
         customer_id = '.who'\nsubject = '.order'\ntext = '.note'\n\
         value = { amount = '.total', unit = 'major', currency = '.cur' }\n\
         [identifiers]\nemail = '.mail'\nphone = '.tel'\n\
         [properties]\nplan = 'gold'\nitems = '.items'\nnothing = '.none'\n",
    );
    let row = "{\"id\": 17, \"at\": 1774430043120, \"where\": \"chat\", \"what\": \"quote_sent\", \
               \"who\": \"c-1\", \"order\": \"o-1\", \"note\": \"Grüße\", \"total\": 12.5, \
               \"cur\": \"eur\", \"mail\": \"ann@example.org\", \"tel\": \"\", \
               \"items\": [1, {\"a\": 2}]}";
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let expected = Draft {
        event_id: "17".into(),
        source: "shop".into(),
        time: Timestamp::from_millis(1_774_430_043_120),
        customer_id: "c-1".into(),
        identifiers: map(&[("email", "ann@example.org")]),
        channel: "chat".into(),
        kind: "quote_sent".into(),
        value: Some(model::Value { amount_minor: 1_250, currency: "EUR".into() }),
        subject: "o-1".into(),
        text: "Grüße".into(),
        properties: map(&[("plan", "gold"), ("items", "[1, {\"a\": 2}]")]),
        revision: 0,
        history: false,
    };
    assert_eq!(tried(&mapping, row).unwrap().unwrap(), expected);
}

#[test]
fn a_table_drops_rows_and_a_drop_does_and_both_are_counted() {
    let mapping = mapping(
        "kind = { of = '.e', table = { open = 'email_opened', ping = 'drop' }, else = 'drop' }\n\
         drop = [\n { when = { '.test' = true }, reason = 'test mode' },\n \
         { when = { '.e' = ['open', 'click'], '.who' = '' } },\n]",
    );
    let mut seen = Occurrences::default();
    for (fields, is_kept) in [
        ("\"e\": \"open\"", true),
        ("\"e\": \"ping\"", false),
        ("\"e\": \"other\"", false),
        ("\"e\": \"open\", \"test\": true", false),
        ("\"e\": \"open\", \"test\": \"true\"", false),
        ("\"e\": \"open\", \"test\": false", true),
        ("\"e\": \"open\", \"who\": null", false),
        ("\"e\": \"open\", \"who\": \"bea\"", true),
    ] {
        let row = row(fields);
        let draft = one(&mapping, &Row::json(&row).unwrap(), 1, &mut seen).unwrap();
        assert_eq!(draft.is_some(), is_kept, "{fields}");
    }
    let counted: Vec<_> = seen.dropped().iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(counted, [("drop", 1), ("kind dropped by its table", 2), ("test mode", 2)]);
}

#[test]
fn a_time_is_read_as_the_mapping_says() {
    let rfc = "time = '.t'";
    let zoned = "time = { at = '.t', zone = 'Europe/Berlin' }";
    for (lines, value, expected) in [
        (rfc, "\"2026-03-25T10:14:03.120+01:00\"", "2026-03-25T09:14:03.120Z"),
        (rfc, "1774430043120", "2026-03-25T09:14:03.120Z"),
        (rfc, "\"1774430043120\"", "2026-03-25T09:14:03.120Z"),
        ("time = { any = ['.none', '.t'] }", "1774430043120", "2026-03-25T09:14:03.120Z"),
        (zoned, "\"2026-03-25 10:14:03\"", "2026-03-25T09:14:03.000Z"),
        (zoned, "\"2026-03-25T10:14\"", "2026-03-25T09:14:00.000Z"),
        (zoned, "\"2026-03-25\"", "2026-03-24T23:00:00.000Z"),
        (zoned, "\"2026-03-25T10:14:03.5\"", "2026-03-25T09:14:03.500Z"),
        (zoned, "\"2026-03-25T10:14:03Z\"", "2026-03-25T10:14:03.000Z"),
        // The hour that the clocks leave out, and the one that they show twice.
        (zoned, "\"2026-03-29 02:30:00\"", "2026-03-29T01:00:00.000Z"),
        (zoned, "\"2026-10-25 02:30:00\"", "2026-10-25T00:30:00.000Z"),
        ("time = { at = '.t', unit = 's' }", "1774430043.1299", "2026-03-25T09:14:03.129Z"),
        ("time = { at = '.t', unit = 's' }", "\"1774430043\"", "2026-03-25T09:14:03.000Z"),
        ("time = { at = '.t', unit = 'ms' }", "1774430043120", "2026-03-25T09:14:03.120Z"),
        ("time = { at = '.t', unit = 'us' }", "1774430043120999", "2026-03-25T09:14:03.120Z"),
        (
            "time = { at = '.t', format = '%Y%m%d', zone = 'UTC' }",
            "19970101",
            "1997-01-01T00:00:00.000Z",
        ),
        (
            "time = { at = '.t', format = '%d.%m.%Y %H:%M', zone = 'America/New_York' }",
            "\"04.07.1998 09:05\"",
            "1998-07-04T13:05:00.000Z",
        ),
        (
            "time = { at = '.t', format = '%m/%d/%y %I:%M %p', zone = 'UTC' }",
            "\"7/4/98 9:05 PM\"",
            "1998-07-04T21:05:00.000Z",
        ),
        (
            "time = { at = '.t', format = '%a, %d %b %Y %H:%M:%S %z' }",
            "\"Sat, 04 Jul 1998 09:05:00 +0200\"",
            "1998-07-04T07:05:00.000Z",
        ),
        ("time = { at = '.t', format = '%s' }", "1774430043", "2026-03-25T09:14:03.000Z"),
    ] {
        let draft = draft(lines, &row(&format!("\"t\": {value}")));
        assert_eq!(draft.time.to_string(), expected, "{lines} {value}");
    }
}

#[test]
fn an_absurd_time_is_refused_by_name() {
    let by_format = "time = { at = '.t', format = '%Y-%m-%d', zone = 'UTC' }";
    let seconds = "time = { at = '.t', unit = 's' }";
    for (lines, value, said) in [
        ("time = '.t'", "\"0001-01-01T00:00:00Z\"", "outside 1990 to 2199"),
        ("time = '.t'", "\"9999-12-31T23:59:59Z\"", "outside 1990 to 2199"),
        ("time = '.t'", "-1", "outside 1990 to 2199"),
        ("time = '.t'", "1774430043", "may be in seconds"),
        ("time = '.t'", "99999999999999999999", "cannot be read"),
        ("time = '.t'", "\"2026-03-25T09:14:03\"", "say in which zone"),
        ("time = '.t'", "\"yesterday\"", "cannot be read: yesterday"),
        ("time = '.t'", "\"\"", "is missing or empty"),
        ("time = '.t'", "[1]", "is a list"),
        (by_format, "\"0001-01-01\"", "outside 1990 to 2199"),
        (by_format, "\"9999-12-31\"", "outside 1990 to 2199"),
        (by_format, "\"-0044-03-15\"", "outside 1990 to 2199"),
        (by_format, "\"2026-02-30\"", "does not follow the format"),
        (by_format, "\"2026-02-03 10:00\"", "does not follow the format"),
        (by_format, "\"ann@example.org\"", "does not follow the format: ann@exa…"),
        (seconds, "-62135596800", "outside 1990 to 2199"),
        (seconds, "1774430043120", "another `unit`"),
        (seconds, "\"1e9\"", "no number of its unit"),
        (seconds, "NaN", ""),
        (seconds, "\"NaN\"", "no number of its unit: NaN"),
        (seconds, "\"999999999999999999999999999999999\"", "no number of its unit"),
    ] {
        if value == "NaN" {
            assert!(Row::json(&row("\"t\": NaN")).is_err(), "JSON has no NaN");
            continue;
        }
        let code = match said {
            "is missing or empty" => "D0521",
            "is a list" => "D0527",
            _ => "D0523",
        };
        refused(lines, &format!("\"t\": {value}"), code, "time", said);
    }
}

/// A value by its file's signs, unit and currency; or the code of what is wrong with it.
#[track_caller]
fn money(signs: &str, unit: &str, currency: &str, amount: &str, expected: Result<i64, &str>) {
    let text = format!(
        "{LEAST}value = {{ amount = '.x', unit = '{unit}', currency = '{currency}', \
         exponents = 'iso' }}\n[file]\nformat = 'jsonl'\n{signs}"
    );
    let found = tried(&parsed(&text), &row(&format!("\"x\": {amount}")));
    let found = found.map(|draft| draft.unwrap().value.unwrap().amount_minor);
    let found = found.map_err(|error| {
        assert_eq!(error.field, "value.amount", "{error}");
        error.code
    });
    assert_eq!(found, expected, "{amount} {unit} {currency} with {signs:?}");
}

#[test]
fn an_amount_is_exact_or_refused() {
    let german = "decimal = ','\nthousands = '.'";
    for (signs, unit, currency, amount, expected) in [
        ("", "major", "EUR", "\"29.33\"", Ok(2_933)),
        ("", "major", "EUR", "\"29.3\"", Ok(2_930)),
        ("", "major", "EUR", "\"29.3300\"", Ok(2_933)),
        ("", "major", "EUR", "\".5\"", Ok(50)),
        ("", "major", "EUR", "\"-0.01\"", Ok(-1)),
        ("", "major", "EUR", "\"+7\"", Ok(700)),
        ("", "major", "EUR", "\"0\"", Ok(0)),
        ("", "major", "EUR", "0.1", Ok(10)),
        // As a float this would be 90071992547409.92.
        ("", "major", "EUR", "90071992547409.93", Ok(9_007_199_254_740_993)),
        ("", "major", "EUR", "92233720368547758.07", Ok(i64::MAX)),
        ("", "major", "EUR", "-92233720368547758.08", Ok(i64::MIN)),
        ("", "major", "EUR", "92233720368547758.08", Err("D0525")),
        ("", "major", "EUR", "\"1000000000000000000000000000000000000000\"", Err("D0525")),
        ("", "major", "EUR", "29.335", Err("D0525")),
        ("", "major", "JPY", "1200", Ok(1_200)),
        ("", "major", "JPY", "1200.5", Err("D0525")),
        ("", "major", "KWD", "1.234", Ok(1_234)),
        ("", "major", "CLF", "1.2345", Ok(12_345)),
        ("", "minor", "EUR", "4900", Ok(4_900)),
        ("", "minor", "EUR", "\"4900.00\"", Ok(4_900)),
        ("", "minor", "EUR", "49.5", Err("D0525")),
        ("", "major", "EUR", "\"NaN\"", Err("D0524")),
        ("", "major", "EUR", "\"Infinity\"", Err("D0524")),
        ("", "major", "EUR", "\"1e3\"", Err("D0524")),
        ("", "major", "EUR", "1e3", Err("D0524")),
        ("", "major", "EUR", "\"0x10\"", Err("D0524")),
        ("", "major", "EUR", "\"1,234.56\"", Err("D0524")),
        ("", "major", "EUR", "\"29.\"", Err("D0524")),
        ("", "major", "EUR", "\"-\"", Err("D0524")),
        ("", "major", "EUR", "\"--1\"", Err("D0524")),
        ("", "major", "EUR", "\"€ 5\"", Err("D0524")),
        ("", "major", "EUR", "\"٣\"", Err("D0524")),
        ("", "major", "EUR", "{}", Err("D0527")),
        (german, "major", "EUR", "\"1.234.567,89\"", Ok(123_456_789)),
        (german, "major", "EUR", "\"1.234\"", Ok(123_400)),
        (german, "major", "EUR", "\"1.23\"", Err("D0524")),
        (german, "major", "EUR", "\"1234.567\"", Err("D0524")),
        (german, "major", "EUR", "\"1,234.5\"", Err("D0524")),
        (german, "major", "EUR", "1.23", Ok(123)),
        ("thousands = \"'\"", "major", "CHF", "\"1'234.50\"", Ok(123_450)),
        ("thousands = ' '", "major", "SEK", "\"1\u{202f}234\"", Ok(123_400)),
    ] {
        money(signs, unit, currency, amount, expected);
    }
}

#[test]
fn a_row_without_an_amount_is_worth_nothing_and_an_amount_has_a_currency() {
    let lines = "value = { amount = '.x', unit = 'minor', currency = '.cur' }";
    assert_eq!(draft(lines, &row("\"cur\": \"EUR\"")).value, None);
    refused(lines, "\"x\": 5", "D0521", "value.currency", "a constant like \"EUR\"");
    refused(lines, "\"x\": 5, \"cur\": \"euro\"", "D0526", "value.currency", "is no currency");
    refused(lines, "\"x\": 5, \"cur\": \"€€€\"", "D0526", "value.currency", "ISO 4217");
    let signs = "{ of = '.cur', table = { '€' = 'EUR', '$' = 'USD' } }";
    let lines = format!("value = {{ amount = '.x', unit = 'major', currency = {signs} }}");
    let worth = draft(&lines, &row("\"x\": 5, \"cur\": \"$\"")).value.unwrap();
    assert_eq!((worth.amount_minor, worth.currency.as_str()), (500, "USD"));
    refused(&lines, "\"x\": 5, \"cur\": \"£\"", "D0522", "value.currency", "not in the table");
}

#[test]
fn a_row_that_lacks_or_misstates_a_field_is_refused_by_name() {
    let words = "kind = { of = '.e', table = { checkout = 'purchase_made' } }";
    for (lines, fields, code, field, said) in [
        ("kind = '.e'", "", "D0521", "kind", "missing or empty"),
        (words, "\"e\": \"chekout\"", "D0522", "kind", "beside \"checkout\""),
        (words, "\"e\": \"Ann Example\"", "D0522", "kind", "Ann E… is not in the table"),
        (words, "\"e\": {}", "D0527", "kind", "is an object"),
        (words, "", "D0521", "kind", "missing or empty"),
        ("channel = '.c'", "\"c\": \" \"", "D0521", "channel", "missing or empty"),
        ("customer_id = '.id'", "", "D0521", "customer_id", "one identifier"),
        ("event_id = '.id'", "\"id\": null", "D0521", "event_id", "take `event_id` out"),
        ("subject = '.s'", "\"s\": [1]", "D0527", "subject", "is a list"),
        ("subject = '.s'", "\"s\": \"\\ud800\"", "D0527", "subject", "is not Unicode"),
        ("identifiers.email = '.s'", "\"s\": {}", "D0527", "identifiers.email", "is an object"),
    ] {
        refused(lines, fields, code, field, said);
    }
    let deep = format!("\"s\": {}{}", "[".repeat(17), "]".repeat(17));
    refused("properties.s = '.s'", &deep, "D0527", "properties.s", "nested too deeply");
    let deepest = format!("\"s\": {}{}", "[".repeat(16), "]".repeat(16));
    assert_eq!(draft("properties.s = '.s'", &row(&deepest)).properties["s"].len(), 32);
}

#[test]
fn a_row_without_an_id_is_named_by_its_content_and_its_occurrence() {
    let with_source = mapping("source = 'a'");
    let rows = [row(""), row("\"b\": 1"), row(""), row(""), row("\"b\": 1")];
    let read = |mapping: &Mapping| -> Vec<String> {
        let mut seen = Occurrences::default();
        let id = |row: &String| {
            let row = Row::json(row).unwrap();
            one(mapping, &row, 1, &mut seen).unwrap().unwrap().event_id
        };
        rows.iter().map(id).collect()
    };
    let ids = read(&with_source);
    assert_eq!(ids, read(&with_source), "the same file gives the same ids");
    let mut different = ids.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), rows.len(), "equal rows are two touchpoints");
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())));
    // Stored in logs, so they may never change.
    assert_eq!(ids[0], "c69dd75f7b45dcb9bfaf0a69b0ef5670");
    let other = read(&with_source.with_source("b"));
    assert!(ids.iter().all(|id| !other.contains(id)), "another source gives other ids");
}

#[test]
fn more_different_rows_than_can_be_remembered_are_refused() {
    let mapping = mapping("");
    let mut seen = Occurrences::with_limit(2);
    let mut read = |fields: &str| {
        let row = row(fields);
        one(&mapping, &Row::json(&row).unwrap(), 3, &mut seen)
    };
    assert!(read("\"a\": 1").is_ok() && read("\"a\": 2").is_ok() && read("\"a\": 1").is_ok());
    let error = read("\"a\": 3").unwrap_err();
    assert_eq!((error.code, error.field.as_str()), ("D0528", "event_id"), "{error}");
    assert!(read("\"a\": 2").is_ok());
}

#[test]
fn columns_are_found_by_their_names_whatever_these_hold() {
    let text = "time = '.Order date (UTC)'\nchannel = 'store'\nkind = 'purchase_made'\n\
                customer_id = '.e.mail'\n[file]\nformat = 'csv'\ndelimiter = ';'\n\
                encoding = 'latin-1'\n";
    let mapping = parsed(text);
    assert_eq!(mapping.file().format, Format::Csv { delimiter: b';' });
    assert_eq!(mapping.file().encoding, Encoding::Latin1);
    assert!(mapping.file().has_header && mapping.file().columns.is_none());
    let columns = ["e.mail", "x", "Order date (UTC)"].map(str::to_owned);
    let mapping = mapping.with_columns(&columns).unwrap();
    let fields = ["ann", "", "2026-03-25T09:14:03Z"];
    let mut seen = Occurrences::default();
    let draft = one(&mapping, &Row::fields(&fields), 1, &mut seen).unwrap().unwrap();
    assert_eq!((draft.customer_id.as_str(), draft.time.millis()), ("ann", 1_774_430_043_000));
    // Where a field ends is part of the row.
    let other = ["ann", "2", "2026-03-25T09:14:03Z"];
    assert_ne!(one(&mapping, &Row::fields(&other), 1, &mut seen).unwrap().unwrap(), draft);
}

#[test]
#[should_panic(expected = "before the columns of its file were known")]
fn a_mapping_is_not_used_before_its_columns_are_known() {
    let mapping = parsed(&format!("{LEAST}[file]\nformat = 'csv'\n"));
    let _ = one(&mapping, &Row::fields(&["a"]), 1, &mut Occurrences::default());
}

#[test]
fn the_mappings_that_ship_are_read() {
    for (name, text) in [
        ("cdnow", include_str!("../../../../deploy/mappings/cdnow.toml")),
        ("ecom", include_str!("../../../../deploy/mappings/ecom.toml")),
    ] {
        let mapping = parsed(text);
        assert!(mapping.file().is_columns(), "{name}");
    }
}
