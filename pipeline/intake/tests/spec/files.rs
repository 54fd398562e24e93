//! How files are read: compression, encodings, columns, quotes, ids, progress.

use crate::{file, gzip, imported, mapping, refusal, rows};
use intake::Import;
use model::Draft;

const TEXTS: &str = "text = '.x'";

fn texts(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.text.as_str()).collect()
}

/// A touchpoint on one line, with more fields behind it.
pub fn touchpoint(id: &str, more: &str) -> String {
    format!(
        "{{\"event_id\": \"{id}\", \"time\": \"2026-03-25T09:14:03Z\", \"channel\": \"chat\", \
         \"kind\": \"enquiry_received\", \"customer_id\": \"ann\"{more}}}\n"
    )
}

#[test]
fn json_lines_are_touchpoints_with_their_history_and_source() {
    let text = touchpoint("a", "") + "\n \r\n" + &touchpoint("b", ", \"source\": \"web\"");
    let kept = file("touchpoints.jsonl", text.as_bytes());
    let (drafts, bad) = rows(Import::open(&kept.path, None, Some("crm")).unwrap()).unwrap();
    assert_eq!(bad, []);
    let said: Vec<_> = drafts.iter().map(|d| (&*d.event_id, &*d.source, d.history)).collect();
    assert_eq!(said, [("a", "crm", true), ("b", "web", true)]);
}

#[test]
fn a_file_is_decompressed_by_its_content_whatever_its_name() {
    let text: String = (0..1_000).map(|id| touchpoint(&id.to_string(), "")).collect();
    let plain = text.as_bytes();
    let (first, rest) = plain.split_at(20_000);
    let zstd = |bytes| zstd::encode_all(bytes, 3).unwrap();
    for (name, bytes) in [
        ("plain.gz", plain.to_vec()),
        ("gzip.jsonl", gzip(plain)),
        ("gzip-of-two.gz", [gzip(first), gzip(rest)].concat()),
        ("zstd.txt.zst", zstd(plain)),
        ("zstd-of-two.zst", [zstd(first), zstd(rest)].concat()),
        ("bom.jsonl", [b"\xef\xbb\xbf", plain].concat()),
        ("bom.gz", gzip(&[b"\xef\xbb\xbf", plain].concat())),
        ("windows.jsonl", text.replace('\n', "\r\n").into_bytes()),
        ("no-end.jsonl", plain[..plain.len() - 1].to_vec()),
    ] {
        let kept = file(name, &bytes);
        let (drafts, bad) = rows(Import::open(&kept.path, None, None).unwrap()).unwrap();
        assert_eq!((drafts.len(), bad.len()), (1_000, 0), "{name}");
        assert_eq!(drafts[999].event_id, "999", "{name}");
    }
}

#[test]
fn progress_grows_from_nothing_to_the_whole_file() {
    let text: String = (0..20_000).map(|id| touchpoint(&id.to_string(), "")).collect();
    for (name, bytes) in [("plain", text.clone().into_bytes()), ("gz", gzip(text.as_bytes()))] {
        let kept = file(name, &bytes);
        let mut import = Import::open(&kept.path, None, None).unwrap();
        let mut before = import.progress();
        assert_eq!((before.rows, before.bytes_total), (0, Some(bytes.len() as u64)));
        while let Some(row) = import.next() {
            assert!(row.unwrap().is_ok());
            let now = import.progress();
            assert!(now.bytes_read >= before.bytes_read && now.rows == before.rows + 1);
            before = now;
        }
        assert_eq!((before.bytes_read, before.rows), (bytes.len() as u64, 20_000), "{name}");
    }
}

#[test]
fn columns_are_divided_as_the_mapping_says() {
    for (shape, text) in [
        ("", "at,who,x\n2026-03-25,ann,hm\n"),
        ("", "\u{feff}\"at\",\"who\",\"x\"\r\n\"2026-03-25\",\"ann\",\"hm\"\r\n"),
        ("", "\n\n at , who , x \n2026-03-25, ann , hm \n\n"),
        ("", "x,who,at,more\nhm,ann,2026-03-25,\n"),
        ("delimiter = ';'", "at;who;x\n2026-03-25;ann;hm"),
        ("delimiter = '|'", "at|who|x\n2026-03-25|ann|hm"),
        ("delimiter = 'tab'", "at\twho\tx\n2026-03-25\tann\thm"),
        ("delimiter = 'spaces'", "at who x\n  2026-03-25   ann \t hm  "),
        ("delimiter = 'spaces'\ncolumns = ['at', 'who', 'x']", " 2026-03-25  ann  hm \r\n"),
        ("columns = ['at', 'who', 'x']", "2026-03-25,ann,hm\n"),
        ("header = true\ncolumns = ['at', 'who', 'x']", "at,who,x\n2026-03-25,ann,hm\n"),
        ("encoding = 'latin-1'", "at,who,x\n2026-03-25,ann,hm\n"),
    ] {
        let (drafts, bad) = imported(text, mapping(TEXTS, shape));
        assert_eq!(bad, [], "{shape} {text:?}");
        assert_eq!(texts(&drafts), ["hm"], "{shape} {text:?}");
        let draft = &drafts[0];
        assert_eq!((draft.customer_id.as_str(), draft.history), ("ann", true), "{shape}");
        assert_eq!(draft.time.to_string(), "2026-03-25T00:00:00.000Z", "{shape}");
    }
}

#[test]
fn quotes_hold_delimiters_quotes_and_the_ends_of_lines() {
    let text = "at,who,x\n2026-03-25,ann,\"one, \"\"two\"\"\n\nthree\"\n2026-03-25,bea,5\" pipe\n";
    let (drafts, bad) = imported(text, mapping(TEXTS, ""));
    assert_eq!(bad, []);
    assert_eq!(texts(&drafts), ["one, \"two\"\n\nthree", "5\" pipe"]);
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    let good = "2026-03-25,ann,good\n";
    let long = "2026-03-25,ann,good\n".repeat(5_000);
    for (text, line, kept) in [
        (format!("at,who,x\n{good}2026-03-25,bea,\"open\n{good}{good}"), 3, 3),
        (format!("at,who,x\n{good}2026-03-25,\"bea,open\n{good}"), 3, 2),
        (format!("at,who,x\n2026-03-25,bea,\"open\n{long}"), 2, 5_000),
        (format!("at,who,x\n{good}2026-03-25,bea,\"open"), 3, 1),
        // The next quote closes it, and what lies between is no row.
        (format!("at,who,x\n2026-03-25,bea,\"open\n{good}2026-03-25,\"c\",d\n"), 2, 2),
    ] {
        let (drafts, bad) = imported(&text, mapping(TEXTS, ""));
        assert_eq!((drafts.len(), bad.len()), (kept, 1), "{bad:?}");
        assert_eq!((bad[0].line, bad[0].error.code), (line, "D0547"), "{}", bad[0]);
        assert!(bad[0].raw.ends_with(b"open"), "{}", bad[0]);
    }
}

#[test]
fn a_quoted_row_is_no_longer_than_a_record_may_be() {
    for (count, drafts_kept, bad_kept) in [(3_000, 1, 0), (5_000, 5_000, 2)] {
        let inside = "2026-03-25,ann,good\n".repeat(count);
        let text = format!("at,who,x\n2026-03-25,bea,\"\n{inside}end\"\n");
        let (drafts, bad) = imported(&text, mapping(TEXTS, ""));
        // The quote costs its line, and so does its end, which then stands alone.
        assert_eq!((drafts.len(), bad.len()), (drafts_kept, bad_kept), "{count} lines");
    }
}

#[test]
fn latin_1_is_what_windows_takes_it_for() {
    let bytes = b"at,who,x\n2026-03-25,J\xfcrgen,\x80 5 \x96 \xdf\n";
    let (drafts, bad) = imported(bytes, mapping(TEXTS, "encoding = 'latin-1'"));
    assert_eq!(bad, []);
    assert_eq!((drafts[0].customer_id.as_str(), texts(&drafts)[0]), ("Jürgen", "€ 5 – ß"));
}

#[test]
fn the_same_file_gives_the_same_ids_and_equal_rows_are_two_touchpoints() {
    let text = "at,who,x\n2026-03-25,ann,1\n2026-03-25,ann,1\n2026-03-25,ann,2\n";
    let ids = |text: &str, shape: &str| -> Vec<String> {
        let (drafts, bad) = imported(text, mapping("", shape));
        assert_eq!(bad, []);
        drafts.into_iter().map(|draft| draft.event_id).collect()
    };
    let first = ids(text, "");
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
    assert_eq!(first, ids(text, ""));
    assert_eq!(first, ids(&text.replace(',', ";"), "delimiter = ';'"), "how it is written");
    assert_eq!(first, ids(&text.replace("ann", "\"ann\""), ""), "with other quotes");
    let kept = file("rows.csv", text.as_bytes());
    let import = Import::open(&kept.path, Some(mapping("", "")), Some("other")).unwrap();
    let (drafts, _) = rows(import).unwrap();
    assert_eq!(drafts[0].source, "other");
    assert!(drafts.iter().all(|draft| !first.contains(&draft.event_id)), "of another source");
}

#[test]
fn what_the_mapping_drops_is_counted_and_not_given() {
    let text = "at,who,x\n2026-03-25,ann,1\n,,test\n2026-03-25,ann,2\n";
    let kept = file("rows.csv", text.as_bytes());
    let drop = mapping("drop = { when = { '.x' = 'test' }, reason = 'a test' }", "");
    let mut import = Import::open(&kept.path, Some(drop), None).unwrap();
    assert_eq!(import.by_ref().filter(|row| matches!(row, Ok(Ok(_)))).count(), 2);
    assert_eq!(import.progress().rows, 3);
    let dropped: Vec<_> = import.dropped().iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(dropped, [("a test", 1)]);
}

#[test]
fn json_lines_go_through_a_mapping_too() {
    let text = "time = '.t'\nchannel = 'chat'\nkind = '.e.k'\ncustomer_id = '.who'\n\
                value = { amount = '.e.total', unit = 'major', currency = 'EUR' }\n";
    let mapping = rules::parse_mapping(text, "test.toml").unwrap();
    let line =
        "{\"t\": 1774430043120, \"who\": 5, \"e\": {\"k\": \"quote_sent\", \"total\": 0.29}}";
    let (drafts, bad) = imported(line, mapping);
    assert_eq!(bad, []);
    let draft = &drafts[0];
    let amount = draft.value.as_ref().unwrap().amount_minor;
    assert_eq!((draft.customer_id.as_str(), &*draft.kind, amount), ("5", "quote_sent", 29));
}

#[test]
fn a_long_text_is_cut_on_a_character() {
    let text = format!("at,who,x\n2026-03-25,ann,a{}\n", "ü".repeat(5_000));
    let (drafts, bad) = imported(&text, mapping(TEXTS, ""));
    assert_eq!(bad, []);
    assert_eq!(drafts[0].text.len(), 8_191);
    assert!(drafts[0].text.ends_with('ü'));
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_what_to_do() {
    let open = |name: &str, bytes: &[u8], is_mapped: bool| {
        let kept = file(name, bytes);
        refusal(Import::open(&kept.path, is_mapped.then(|| mapping("", "")), None))
    };
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let random: String = (0..10_000_u64).map(|i| touchpoint(&(i * i).to_string(), "")).collect();
    for (name, bytes, is_mapped, code, said) in [
        ("a.xlsx", b"PK\x03\x04...".to_vec(), true, "D0543", "save the table as CSV"),
        ("a.csv", Vec::new(), true, "D0545", "the file is empty"),
        ("a.csv", b"at,whom,x\n".to_vec(), true, "D0504", "did you mean \"whom\"?"),
        ("a.csv", b"at;who;x\n".to_vec(), true, "D0504", "test.toml:2"),
        ("a.csv", b"at,who,\xff\n".to_vec(), true, "D0545", "is not UTF-8 at byte 8"),
        ("a.csv", b"at,who,x\n".to_vec(), false, "D0546", "--mapping"),
        ("a.tsv.gz", gzip(b"at,who,x\n"), false, "D0546", "--mapping"),
        ("a.json", b"\n [{}]".to_vec(), false, "D0546", "jq -c"),
        ("a.gz", half(gzip(random.as_bytes())), false, "D0542", "the rows before it are read"),
        ("a.zst", half(zstd::encode_all(random.as_bytes(), 3).unwrap()), false, "D0542", "beyond"),
        ("a.gz", [gzip(random.as_bytes()), b"more".to_vec()].concat(), false, "D0542", "10000"),
    ] {
        let error = open(name, &bytes, is_mapped);
        assert!(error.contains(&format!("[{code}]")) && error.contains(said), "{name}: {error}");
    }
    let header = mapping("", "header = true\ncolumns = ['at', 'who']");
    let kept = file("a.csv", b"at,who,x\n");
    let error = refusal(Import::open(&kept.path, Some(header), None));
    assert!(error.contains("names at, who, x") && error.contains("[D0545]"), "{error}");
    let missing = kept.path.with_file_name("missing.csv");
    for path in [missing.as_path(), missing.parent().unwrap()] {
        let error = refusal(Import::open(path, None, None));
        assert!(error.contains("could not open") && error.contains("[D0541]"), "{error}");
    }
}

#[test]
fn what_was_read_before_a_file_ends_early_stands() {
    let text: String = (0..10_000_u64).map(|i| touchpoint(&(i * i).to_string(), "")).collect();
    let whole = gzip(text.as_bytes());
    let kept = file("a.gz", &whole[..whole.len() / 2]);
    let mut import = Import::open(&kept.path, None, None).unwrap();
    let good = import.by_ref().take_while(|row| matches!(row, Ok(Ok(_)))).count();
    assert!(good > 1_000 && good < 9_000, "{good} rows");
    assert!(import.next().is_none(), "an error ends the file");
}

#[test]
fn utf_16_is_read_by_its_first_two_bytes_or_where_the_mapping_says_so() {
    let text = "at\twho\tx\r\n2026-03-25\tJ\u{fc}rgen\t\u{1f600} \u{20ac}\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let said = "delimiter = 'tab'\nencoding = 'utf-16'";
    for (bytes, shape) in [
        ([b"\xff\xfe", &*little].concat(), "delimiter = 'tab'"),
        ([b"\xfe\xff", &*big].concat(), "delimiter = 'tab'"),
        ([b"\xfe\xff", &*big].concat(), said),
        (gzip(&[b"\xff\xfe", &*little].concat()), said),
        (little, said),
    ] {
        let (drafts, bad) = imported(&bytes, mapping(TEXTS, shape));
        assert_eq!(bad, [], "{shape}");
        assert_eq!(
            (texts(&drafts), &*drafts[0].customer_id),
            (vec!["\u{1f600} \u{20ac}"], "J\u{fc}rgen")
        );
    }
}

#[test]
fn bad_rows_that_are_alike_are_told_apart_by_their_number() {
    let text = "at,who,x\nnever,ann,1\nnever,bea,1\nnever,ann,1\nnever,ann,1\n";
    let (_, bad) = imported(text, mapping(TEXTS, ""));
    let said: Vec<_> = bad.iter().map(|row| (row.row, row.alike)).collect();
    assert_eq!(said, [(1, 0), (2, 0), (3, 1), (4, 2)]);
}

#[test]
fn refused_rows_replayed_have_the_ids_that_their_file_gives() {
    let text = "at,who,x\nnever,ann,1\n2026-03-25,bea,2\nnever,ann,1\n\"never\",\"c\nd\",3\n";
    let (_, bad) = imported(text, mapping(TEXTS, ""));
    let mended = rules::parse_mapping(
        "source = 'test'\ntime = '= body.at if body.at != \"never\" else 1774430043000'\n\
         channel = 'store'\nkind = 'purchase_made'\ncustomer_id = '.who'\ntext = '.x'\n\
         [file]\nformat = 'csv'\n",
        "mended.toml",
    )
    .unwrap();
    let text = text.replace("2026-03-25", "1774396800000");
    let (whole, none) = imported(&text, mended.clone());
    assert_eq!(none, []);
    let header = Some(b"at,who,x".as_slice());
    let mut replay = intake::Replay::new("rows", Some(mended), "", header).unwrap();
    let replayed: Vec<Draft> =
        bad.iter().flat_map(|row| replay.row(row.row, &row.raw).unwrap()).collect();
    let expected: Vec<Draft> = whole.into_iter().filter(|draft| draft.text != "2").collect();
    assert_eq!(replayed, expected);
}
