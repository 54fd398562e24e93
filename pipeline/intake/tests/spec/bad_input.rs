//! Bad input, each sort by name: what it costs, where it is said to stand, and what its code is.

use crate::files::touchpoint;
use crate::{file, gzip, imported, mapping, refusal, rows};
use codec::{DeadClass, Limits};
use intake::{BadRow, Import};

/// The only bad row among a good one before and a good one behind it.
#[track_caller]
fn among_lines(line: &[u8]) -> BadRow {
    let good = touchpoint("g", "").into_bytes();
    let text = [&good, line, b"\n", &good].concat();
    let kept = file("rows.jsonl", &text);
    let (drafts, mut bad) = rows(Import::open(&kept.path, None, None).unwrap()).unwrap();
    assert_eq!((drafts.len(), bad.len()), (2, 1), "{bad:?}");
    let row = bad.remove(0);
    assert_eq!((row.line, row.row), (2, 2), "{row}");
    row
}

#[track_caller]
fn among_rows(row: &[u8], keys: &str, shape: &str) -> BadRow {
    let good = b"2026-03-25,ann,1\n".to_vec();
    let text = [b"at,who,x\n", good.as_slice(), row, b"\n", &good].concat();
    let (drafts, mut bad) = imported(&text, mapping(keys, shape));
    assert_eq!((drafts.len(), bad.len()), (2, 1), "{bad:?}");
    let bad = bad.remove(0);
    assert_eq!((bad.line, bad.row), (3, 2), "{bad}");
    bad
}

#[track_caller]
fn is(row: &BadRow, code: &str, class: DeadClass, said: &str) {
    let text = row.to_string();
    assert_eq!((row.error.code, row.class), (code, class), "{text}");
    assert!(text.contains(said) && text.ends_with(&format!("[{code}]")), "{text}");
    assert!(!row.error.fix.is_empty() && text.len() < 400, "{text}");
}

#[test]
fn a_bad_line_of_json_costs_that_line() {
    let with = |more: &str| touchpoint("x", more).trim_end().to_owned();
    let without = |field: &str| with("").replace(field, "\"other\"");
    let time = |time: &str| with("").replace("\"2026-03-25T09:14:03Z\"", time);
    let many: Vec<String> = (0..100_000).map(|i| format!("\"k{i}\": \"v\"")).collect();
    let many = with(&format!(", \"identifiers\": {{{}}}", many.join(", ")));
    let nested =
        |depth: usize| with(&format!(", \"a\": {}{}", "[".repeat(depth), "]".repeat(depth)));
    let value = |amount: &str| {
        with(&format!(", \"value\": {{\"amount_minor\": {amount}, \"currency\": \"EUR\"}}"))
    };
    use DeadClass::{Invalid, Malformed, Oversize};
    for (line, code, class, said) in [
        ("{\"event_id\": ".to_owned(), "D0121", Malformed, "not json"),
        ("nonsense".to_owned(), "D0121", Malformed, "not json"),
        (with("") + with("").as_str(), "D0121", Malformed, "not json"),
        ("[1]".to_owned(), "D0122", Invalid, "is a list"),
        ("5".to_owned(), "D0122", Invalid, "is a number"),
        (without("\"kind\""), "D0123", Invalid, "kind: is missing"),
        (without("\"customer_id\""), "D0123", Invalid, "customer_id: is missing"),
        (with("").replace("\"x\"", "\"\""), "D0123", Invalid, "event_id: is missing"),
        (time("\"0001-01-01T00:00:00Z\""), "D0125", Invalid, "outside 1990 to 2199"),
        (time("\"9999-12-31T00:00:00Z\""), "D0125", Invalid, "outside 1990 to 2199"),
        (time("-5"), "D0125", Invalid, "outside 1990 to 2199"),
        (time("1e400"), "D0121", Malformed, "not json"),
        (value("NaN"), "D0121", Malformed, "not json"),
        (value("1e300"), "D0126", Invalid, "whole number"),
        (value("9223372036854775808"), "D0126", Invalid, "whole number"),
        (
            with("").replace("\"chat\"", &format!("\"{}\"", "c".repeat(257))),
            "D0124",
            Invalid,
            "257",
        ),
        (with(&format!(", \"text\": \"{}\"", "t".repeat(8_193))), "D0124", Invalid, "8193 bytes"),
        (with(&format!(", \"a\": \"{}\"", "t".repeat(70_000))), "D0124", Oversize, "at most 65536"),
        (many, "D0124", Oversize, "at most 65536 bytes"),
        (nested(17), "D0122", Invalid, "nested too deeply"),
        (nested(30_000), "D0121", Malformed, "not json"),
    ] {
        is(&among_lines(line.as_bytes()), code, class, said);
    }
    let line = b"{\"event_id\": \"caf\xe9\"}";
    let row = among_lines(line);
    is(&row, "D0548", Malformed, "not UTF-8 at byte 18");
    assert_eq!(row.raw, line, "a dead letter keeps the bytes as they came");
}

#[test]
fn a_hundred_thousand_identifiers_are_refused_however_large_a_record_may_be() {
    let many: Vec<String> = (0..100_000).map(|i| format!("\"k{i}\": \"v\"")).collect();
    let line = touchpoint("x", &format!(", \"identifiers\": {{{}}}", many.join(", ")));
    let kept = file("rows.jsonl", line.as_bytes());
    let limits = Limits { record_bytes: 16_000_000, ..Limits::default() };
    let import = Import::open_within(&kept.path, None, None, limits).unwrap();
    let (_, bad) = rows(import).unwrap();
    is(&bad[0], "D0124", DeadClass::Invalid, "has 100000 identifiers");
}

#[test]
fn a_bad_row_of_columns_costs_that_row() {
    use DeadClass::{Invalid, Malformed, Oversize};
    let money = "value = { amount = '.x', unit = 'major', currency = 'EUR' }";
    let long = "x".repeat(70_000);
    let id = format!("2026-03-25,{},1", "x".repeat(257));
    for (row, keys, code, class, said) in [
        ("2026-03-25,ann", "", "D0547", Malformed, "has 2 columns, the file has 3"),
        ("2026-03-25,ann,1,2", "", "D0547", Malformed, "has 4 columns, the file has 3"),
        (",,", "", "D0521", Invalid, "time: is missing"),
        ("2026-03-25,,1", "", "D0521", Invalid, "customer_id: is missing"),
        ("0001-01-01,ann,1", "", "D0523", Invalid, "outside 1990 to 2199"),
        ("9999-12-31,ann,1", "", "D0523", Invalid, "outside 1990 to 2199"),
        ("-1,ann,1", "", "D0523", Invalid, "outside 1990 to 2199"),
        ("25.03.2026,ann,1", "", "D0523", Invalid, "cannot be read: 25.03.2026"),
        ("2026-03-25,ann,NaN", money, "D0524", Invalid, "is no number: NaN"),
        ("2026-03-25,ann,1e999", money, "D0524", Invalid, "is no number"),
        ("2026-03-25,ann,99999999999999999999", money, "D0525", Invalid, "is too large"),
        ("2026-03-25,ann,1.005", money, "D0525", Invalid, "finer than the currency"),
        (id.as_str(), "", "D0124", Invalid, "customer_id: has 257 bytes"),
        (long.as_str(), "", "D0124", Oversize, "has 70000 bytes"),
    ] {
        is(&among_rows(row.as_bytes(), keys, ""), code, class, said);
    }
    let row = among_rows(b"2026-03-25,ann,\xff", "", "");
    is(&row, "D0548", Malformed, "not UTF-8 at byte 16; save the file as UTF-8, or set encoding");
    let wide = ",".repeat(60_000);
    is(&among_rows(wide.as_bytes(), "", ""), "D0547", Malformed, "has 60001 columns");
}

#[test]
fn a_mapping_makes_no_touchpoint_that_is_larger_than_others_may_be() {
    let copies = |sort: &str, count: usize| -> String {
        (0..count).map(|i| format!("{sort}.k{i} = '.x'\n")).collect()
    };
    let row = format!("2026-03-25,ann,{}", "x".repeat(10_000));
    let text = copies("properties", 8);
    is(&among_rows(row.as_bytes(), &text, ""), "D0124", DeadClass::Oversize, "at most 65536");
    let row = format!("2026-03-25,ann,{}", "x".repeat(257));
    let text = copies("identifiers", 1);
    let bad = among_rows(row.as_bytes(), &text, "");
    is(&bad, "D0124", DeadClass::Invalid, "identifiers.k0: has 257 bytes");
    for (sort, most) in [("properties", 32), ("identifiers", 8)] {
        for count in [most, most + 1] {
            let rows = "at,who,x\n2026-03-25,ann,1\n";
            let (drafts, bad) = imported(rows, mapping(&copies(sort, count), ""));
            assert_eq!(drafts.len(), usize::from(count == most), "{count} {sort}");
            if let Some(bad) = bad.first() {
                is(bad, "D0124", DeadClass::Invalid, &format!("at most {most} {sort}"));
            }
        }
    }
}

#[test]
fn personal_data_is_not_repeated_whole() {
    let money = "value = { amount = '.x', unit = 'major', currency = 'EUR' }";
    for secret in ["ann.example@example.org", "Ann Example", "+49 151 1234567", "+4915112345678"] {
        let as_time = (format!("{secret},ann,1"), "");
        let as_amount = (format!("2026-03-25,ann,{secret}€"), money);
        for (row, keys) in [as_time, as_amount] {
            let bad = among_rows(row.as_bytes(), keys, "");
            assert!(!bad.to_string().contains(secret), "{bad}");
        }
    }
    let text = "time = '.t'\nchannel = 'chat'\nkind = 'message_received'\ncustomer_id = '.who'\n";
    let (_, bad) = imported("\"ann@example.org\"", rules::parse_mapping(text, "a").unwrap());
    is(&bad[0], "D0121", DeadClass::Malformed, "is no json object");
    assert!(!bad[0].to_string().contains("ann@"), "{}", bad[0]);
}

#[test]
fn json_under_a_mapping_is_refused_as_json_is() {
    let text = "time = '.t'\nchannel = 'chat'\nkind = 'message_received'\ncustomer_id = '.who'\n\
                properties = { p = '.p' }";
    let nested = |depth| {
        format!(
            "{{\"t\": 1774430043120, \"who\": 1, \"p\": {}1{}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    for (line, code, said) in [
        ("{".to_owned(), "D0121", "not json"),
        ("{\"t\": NaN}".to_owned(), "D0121", "not json"),
        ("[]".to_owned(), "D0121", "is no json object"),
        ("{\"who\": 1}".to_owned(), "D0521", "time: is missing"),
        (nested(17), "D0527", "nested too deeply"),
        (nested(30_000), "D0527", "nested too deeply"),
    ] {
        let (drafts, bad) = imported(&line, rules::parse_mapping(text, "a").unwrap());
        assert_eq!((drafts.len(), bad.len()), (0, 1), "{line:.40}");
        assert_eq!(bad[0].error.code, code, "{}", bad[0]);
        assert!(bad[0].to_string().contains(said), "{}", bad[0]);
    }
}

#[test]
fn a_line_is_as_long_as_a_record_may_be_and_no_longer() {
    let pad = |length: usize| {
        let line = touchpoint("x", ", \"pad\": \"\"").trim_end().to_owned();
        line.replace("\"pad\": \"", &format!("\"pad\": \"{}", "p".repeat(length - line.len())))
    };
    for end in ["\n", "\r\n", ""] {
        for (length, kept) in [(65_535, 1), (65_536, 1), (65_537, 0), (65_538, 0), (200_000, 0)] {
            let line = pad(length);
            assert_eq!(line.len(), length);
            let stored = file("rows.jsonl", format!("{line}{end}").as_bytes());
            let import = Import::open(&stored.path, None, None).unwrap();
            let (drafts, bad) = rows(import).unwrap();
            assert_eq!((drafts.len(), bad.len()), (kept, 1 - kept), "{length} {end:?}");
            if let Some(bad) = bad.first() {
                let said = format!("has {length} bytes");
                is(bad, "D0124", DeadClass::Oversize, &said);
                assert_eq!(bad.raw.len(), 65_536);
            }
        }
    }
}

#[test]
fn a_bomb_is_stopped_however_it_was_packed() {
    // Beyond what is free; empty lines are slower to read than one long line, so there are fewer.
    const SIZE: usize = 70 * 1_024 * 1_024;
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let (zeros, empty) = (vec![0_u8; SIZE], vec![b'\n'; SIZE]);
    for (name, bytes, is_mapped) in [
        ("one long line.gz", gzip(&zeros), false),
        ("one long line.zst", zstd(&zeros), true),
        ("empty lines.gz", gzip(&empty), true),
    ] {
        let kept = file(name, &bytes);
        let mapping = is_mapped.then(|| mapping("", "columns = ['at', 'who']"));
        let error = refusal(Import::open(&kept.path, mapping, None));
        assert!(error.contains("200 times") && error.contains("[D0544]"), "{name}: {error}");
    }
}
