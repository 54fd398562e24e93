//! Bodies of requests: what is taken, what is refused in part, what is refused whole.

use crate::files::touchpoint;
use crate::gzip;
use intake::{BodyError, BodyLimits, Parsed, parse_body};

type Found = Result<Parsed, BodyError>;

fn parsed(body: impl AsRef<[u8]>) -> Found {
    parse_body(body.as_ref(), false, &BodyLimits::default())
}

fn one(id: &str) -> String {
    touchpoint(id, "").trim_end().to_owned()
}

#[track_caller]
fn refused(found: &Found, code: &str, status: u16, said: &str) {
    let error = found.as_ref().unwrap_err();
    let text = error.to_string();
    assert_eq!(error.status(), status, "{text}");
    assert!(text.contains(said) && text.ends_with(&format!("[{code}]")), "{text}");
}

#[test]
fn a_body_is_one_object_an_array_or_lines() {
    let (a, b) = (one("a"), one("b"));
    let pretty = a.replace("{", "{\n").replace(", ", ",\n  ");
    for (body, ids) in [
        (a.clone(), vec!["a"]),
        (pretty, vec!["a"]),
        (format!("\u{feff} {a}\r\n"), vec!["a"]),
        (format!("[{a},\n{b}]"), vec!["a", "b"]),
        ("[]".to_owned(), vec![]),
        (format!("{a}\n{b}"), vec!["a", "b"]),
        (format!("{a}\r\n\r\n  {b}\n\n"), vec!["a", "b"]),
    ] {
        for (bytes, is_gzip) in [
            (body.clone().into_bytes(), false),
            (gzip(body.as_bytes()), true),
            // Some clients compress and do not say so.
            (gzip(body.as_bytes()), false),
        ] {
            let drafts = parse_body(&bytes, is_gzip, &BodyLimits::default()).unwrap();
            let found: Vec<&str> =
                drafts.iter().map(|draft| draft.as_ref().unwrap().event_id.as_str()).collect();
            assert_eq!(found, ids, "{body}");
        }
    }
}

#[test]
fn what_cannot_be_taken_is_refused_by_its_index() {
    let (a, bad) = (one("a"), one("x").replace("chat", ""));
    for (body, expected) in [
        (bad.clone(), vec![Some("D0123")]),
        (format!("[{a}, {bad}, 5, {a}]"), vec![None, Some("D0123"), Some("D0122"), None]),
        (format!("{a}\n\n{{\"cut\n{bad}\n{a}"), vec![None, Some("D0121"), Some("D0123"), None]),
        (format!("{{\"a\": 1}}\n{a}"), vec![Some("D0123"), None]),
        (format!("{a}{a}\n{a}"), vec![Some("D0121"), None]),
    ] {
        let drafts = parsed(&body).unwrap();
        let codes: Vec<_> = drafts.iter().map(|d| d.as_ref().err().map(|e| e.1.code)).collect();
        assert_eq!(codes, expected, "{body}");
        for (index, draft) in drafts.iter().enumerate() {
            assert!(draft.as_ref().err().is_none_or(|error| error.0 == index), "{body}");
        }
    }
    let body = [a.as_bytes(), b"\n{\"event_id\": \"\xff\"}\n"].concat();
    let drafts = parsed(&body).unwrap();
    assert_eq!(drafts[1].as_ref().unwrap_err().1.code, "D0121", "a line that is not UTF-8");
}

#[test]
fn a_body_in_which_nothing_can_be_read_is_refused_whole() {
    let a = one("a");
    for (body, said) in [
        (String::new(), "it is empty"),
        (" \n ".to_owned(), "it is empty"),
        ("nonsense".to_owned(), "not json"),
        ("event_id=a&kind=b".to_owned(), "not json"),
        ("5".to_owned(), "it is no object"),
        ("null".to_owned(), "it is no object"),
        (format!("[{a}, "), "not json"),
        (format!("[{a}] {a}"), "not json"),
        (a[..a.len() - 1].to_owned(), "not json"),
        ("{\n\"event_id\": \"a\",\n\"time\": \n}".to_owned(), "line 4"),
    ] {
        refused(&parsed(&body), "D0551", 400, said);
    }
    refused(&parsed(b"[{\"a\": \"\xff\"}]"), "D0551", 400, "not json");
}

#[test]
fn gzip_that_is_none_or_not_whole_is_refused() {
    let body = gzip(one("a").as_bytes());
    let limits = BodyLimits::default();
    for bytes in [&b"{}"[..], &body[..body.len() / 2], &body[..body.len() - 4], b"\x1f\x8b"] {
        refused(&parse_body(bytes, true, &limits), "D0553", 400, "leave Content-Encoding out");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_held() {
    let a = one("a");
    let limits = BodyLimits { body_bytes: 100_000, touchpoints_count: 10, ..BodyLimits::default() };
    let parse = |body: &[u8]| parse_body(body, false, &limits);
    let lines = |count: usize| format!("{a}\n").repeat(count);
    let array = |count: usize| format!("[{}]", vec![a.as_str(); count].join(","));
    assert_eq!(parse(lines(10).as_bytes()).unwrap().len(), 10);
    assert_eq!(parse(array(10).as_bytes()).unwrap().len(), 10);
    refused(&parse(lines(11).as_bytes()), "D0555", 413, "more than 10 touchpoints");
    refused(&parse(array(11).as_bytes()), "D0555", 413, "more than 10 touchpoints");
    refused(&parse(lines(1_000).as_bytes()), "D0552", 413, "more than 100000 bytes");
    refused(&parse(&gzip(lines(1_000).as_bytes())), "D0552", 413, "more than 100000 bytes");
    let bomb = gzip(&vec![b' '; 50_000_000]);
    refused(&parsed(&bomb), "D0552", 413, "more than 4194304 bytes");
    // Its end is never reached, so nobody notices that it is missing.
    refused(&parsed(&bomb[..bomb.len() - 8]), "D0552", 413, "more than 4194304 bytes");
    let bomb = gzip(&vec![b' '; 3_000_000]);
    refused(&parsed(&bomb), "D0554", 413, "more than 100 times");
    // What is small may be as alike as it likes.
    assert_eq!(parsed(gzip(&[b"[".as_slice(), &[b' '; 60_000], b"]"].concat())).unwrap().len(), 0);
}

#[test]
fn deep_nesting_and_crowds_of_identifiers_are_refused_one_by_one() {
    let nested = |depth: usize| {
        touchpoint("x", &format!(", \"a\": {}{}", "[".repeat(depth), "]".repeat(depth)))
    };
    let many: Vec<String> = (0..100_000).map(|i| format!("\"k{i}\": \"v\"")).collect();
    let many = touchpoint("x", &format!(", \"identifiers\": {{{}}}", many.join(", ")));
    let some: Vec<String> = (0..9).map(|i| format!("\"k{i}\": \"v\"")).collect();
    let some = touchpoint("x", &format!(", \"identifiers\": {{{}}}", some.join(", ")));
    for (bad, code) in [
        (nested(17), "D0122"),
        (nested(30_000), "D0121"),
        (nested(1_000_000), "D0124"),
        (many, "D0124"),
        (some, "D0124"),
        (one("x").replace("2026", "0001"), "D0125"),
        (one("x").replace("2026", "9999"), "D0125"),
        (one("x").replace("\"2026-03-25T09:14:03Z\"", "-1"), "D0125"),
    ] {
        let a = one("a");
        let bad = bad.trim_end();
        for body in [format!("{a}\n{bad}\n{a}"), format!("[{a}, {bad}, {a}]")] {
            let drafts = parsed(&body).unwrap();
            assert_eq!(drafts.len(), 3, "{bad:.60}");
            let (index, invalid) = drafts[1].as_ref().unwrap_err();
            assert_eq!((*index, invalid.code), (1, code), "{invalid}");
        }
    }
    refused(&parsed("[".repeat(4_000_000)), "D0551", 400, "not json");
}
