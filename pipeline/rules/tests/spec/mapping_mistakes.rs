//! Every mistake in a mapping, with its code, its line, what the label points at, and the fix.

use miette::Diagnostic;
use rules::parse_mapping;

/// Five lines that make a mapping of a CSV file; what a test adds stands in line 1.
const REST: &str = "channel = 'store'\nkind = 'purchase_made'\ncustomer_id = '.who'\n";

/// Checks a mistake: code, line, the text under the label, and a part of message or help.
#[track_caller]
fn check(text: &str, code: &str, line: usize, excerpt: &str, said: &str) {
    let error = match parse_mapping(text, "shop.toml") {
        Ok(_) => panic!("accepted, where {code} was expected:\n{text}"),
        Err(error) => error,
    };
    assert_eq!(error.mistake().code(), code, "{error:?}");
    assert_eq!(error.line(), line, "{error:?}");
    assert_eq!(error.excerpt(), excerpt, "{error:?}");
    let (message, help) = (error.to_string(), error.help().unwrap().to_string());
    assert!(format!("{message}\n{help}").contains(said), "{said:?} is not in {error:?}");
    assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
    assert!(!help.is_empty() && error.labels().unwrap().count() == 1);
}

/// Checks a line that stands before what a mapping needs besides.
#[track_caller]
fn line(line: &str, code: &str, excerpt: &str, said: &str) {
    let rest: String = format!("time = '.at'\n{REST}")
        .lines()
        .filter(|other| other.split(' ').next() != line.split([' ', '.']).next())
        .map(|line| format!("{line}\n"))
        .collect();
    check(&format!("{line}\n{rest}"), code, 1, excerpt, said);
}

/// Checks the code of a line that stands before what a mapping needs, and a part of what is said.
#[track_caller]
fn refused(line: &str, code: &str, said: &str) {
    let own = line.split([' ', '.']).next();
    let rest = format!("time = '.at'\n{REST}");
    let rest: Vec<&str> = rest.lines().filter(|other| other.split(' ').next() != own).collect();
    let error = match parse_mapping(&format!("{line}\n{}\n", rest.join("\n")), "shop.toml") {
        Ok(_) => panic!("accepted, where {code} was expected: {line}"),
        Err(error) => error,
    };
    assert_eq!(error.mistake().code(), code, "{line}: {error:?}");
    assert_eq!(error.line(), 1, "{line}: {error:?}");
    let told = format!("{error}\n{}", error.help().unwrap());
    assert!(told.contains(said), "{said:?} is not in {told}");
}

/// Checks lines of `[file]`, the first of which is line 6.
#[track_caller]
fn file(lines: &str, code: &str, at: usize, excerpt: &str, said: &str) {
    check(&format!("time = '.at'\n{REST}[file]\n{lines}"), code, at, excerpt, said);
}

#[test]
fn what_is_not_toml_and_keys_that_are_not_known_are_refused() {
    line("time = at", "D0201", "at", "double quotes");
    line("custmer_id = '.who'", "D0202", "custmer_id", "did you mean \"customer_id\"?");
    line("time = { at = '.t', zon = 'UTC' }", "D0202", "zon", "did you mean \"zone\"?");
    line("drop = { wen = { '.a' = '' } }", "D0202", "wen", "did you mean \"when\"?");
    line("subject = { any = ['.a'], otherwise = 'b' }", "D0202", "otherwise", "any");
    let table = "subject = { of = '.a', tabel = { a = 'b' } }";
    line(table, "D0202", "tabel", "did you mean \"table\"?");
    let value = "value = { amount = '.a', unit = 'major', curency = 'EUR' }";
    line(value, "D0202", "curency", "did you mean \"currency\"?");
    file("format = 'csv'\nseparator = ';'", "D0202", 7, "separator", "delimiter");
}

#[test]
fn what_is_planned_is_refused_by_another_message() {
    for key in ["verify", "topic", "identities"] {
        line(&format!("{key} = 'x'"), "D0502", key, "webhooks");
    }
}

#[test]
fn an_expression_that_cannot_be_read_is_refused_at_its_place() {
    for (text, code, said) in [
        ("kind = '= body.a =='", "D0501", "no expression"),
        ("kind = '= (body.a'", "D0501", "no expression"),
        ("kind = '='", "D0501", "no expression"),
        ("subject = '= bodi.a'", "D0513", "did you mean \"body\"?"),
        ("subject = '= status'", "D0513", "like body.status"),
        ("subject = { any = ['.a', '= b'] }", "D0513", "nothing is called \"b\""),
        ("identifiers.email = '= body.email | emial'", "D0512", "did you mean \"email\"?"),
        ("drop = { when = '= not live', reason = 'test' }", "D0513", "\"live\""),
        ("drop = { when = { '.a' = '= b' } }", "D0501", "constants"),
        ("let = { o = '= body.a | nonsense' }", "D0512", "nonsense"),
        ("rule = [{ when = '= m.a' }]", "D0513", "\"m\""),
        ("each = 'body.m[] as body'", "D0503", "nothing else has"),
        ("each = 'body.m'", "D0503", "body.messages[] as m"),
    ] {
        refused(text, code, said);
    }
}

#[test]
fn a_path_that_leads_nowhere_is_refused() {
    for (path, said) in [
        (".", "a name is missing"),
        (".a..b", "a name is missing"),
        (".a.", "a name is missing"),
        (".a[]", "a path names one value"),
        (".a[x]", "a whole number"),
        (".a[-1]", "a whole number"),
        (".a[0", "not closed"),
        (".a[0]b", "a dot is missing"),
        (".a[\"b]", "no end"),
        (".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", "more than 16 steps"),
    ] {
        line(&format!("subject = '{path}'"), "D0503", &format!("'{path}'"), said);
    }
    line("drop = { when = { status = 'x' } }", "D0503", "status", "a dot is missing");
    let csv = format!("subject = '. '\ntime = '.at'\n{REST}[file]\nformat = 'csv'");
    check(&csv, "D0503", 1, "'. '", "names no column");
}

#[test]
fn a_column_that_the_file_does_not_have_is_refused() {
    let columns = "format = 'csv'\nheader = false\ncolumns = ['att', 'who', 'x']";
    file(columns, "D0504", 1, "'.at'", "did you mean \"att\"?");
    let text = format!("time = '.created'\n{REST}[file]\nformat = 'csv'");
    let columns = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let mapping = || parse_mapping(&text, "shop.toml").unwrap();
    let error = mapping().with_columns(&columns(&["id", "who"])).unwrap_err();
    assert_eq!((error.mistake().code(), error.line()), ("D0504", 1), "{error:?}");
    assert_eq!(error.excerpt(), "'.created'");
    assert!(error.help().unwrap().to_string().contains("id, who"));
    let error = mapping().with_columns(&columns(&["created", "who", "who"])).unwrap_err();
    assert_eq!((error.mistake().code(), error.line()), ("D0212", 4), "{error:?}");
}

#[test]
fn a_time_that_cannot_be_read_in_any_row_is_refused_at_once() {
    let time = |rest: &str| format!("time = {{ at = '.t', {rest} }}");
    line(&time("format = '%Q', zone = 'UTC'"), "D0505", "'%Q'", "not known");
    line(&time("format = '%H:%M', zone = 'UTC'"), "D0505", "'%H:%M'", "no whole date");
    line(&time("format = '%Y-%m', zone = 'UTC'"), "D0505", "'%Y-%m'", "no whole date");
    line(&time("format = '%F %I:%M', zone = 'UTC'"), "D0505", "'%F %I:%M'", "half a time");
    line(&time("format = '', zone = 'UTC'"), "D0505", "''", "no whole date");
    line(&time("format = '%Y%m%d'"), "D0506", "'%Y%m%d'", "zone = \"UTC\"");
    line(&time("zone = 'Europe/Berln'"), "D0209", "'Europe/Berln'", "did you mean");
    line(&time("unit = 's', zone = 'UTC'"), "D0507", "'UTC'", "take the zone out");
    line(&time("unit = 's', format = '%s'"), "D0507", "'%s'", "take one out");
    line(&time("unit = 'sec'"), "D0208", "'sec'", "s, ms, us");
    line("time = { unit = 's' }", "D0204", "{ unit = 's' }", "without `at`");
    line("time = '2026-03-25'", "D0511", "'2026-03-25'", "in every row");
    line("time = 5", "D0511", "5", "in every row");
    line("time = 1979-05-27", "D0203", "1979-05-27", "a path");
}

#[test]
fn a_value_that_cannot_be_right_is_refused() {
    let value = |rest: &str| format!("value = {{ amount = '.x', {rest} }}");
    let whole = "{ amount = '.x', currency = 'EUR' }";
    line(&format!("value = {whole}"), "D0204", whole, "without `unit`");
    line(&value("unit = 'cents', currency = 'EUR'"), "D0208", "'cents'", "minor, major");
    line(&value("unit = 'minor', currency = 'Euro'"), "D0509", "'Euro'", "ISO 4217");
    line(&value("unit = 'minor', currency = ''"), "D0509", "''", "ISO 4217");
    line(
        &value("unit = 'minor', currency = 'EUR', exponents = 'paypal'"),
        "D0208",
        "'paypal'",
        "iso",
    );
    line("value = '.x'", "D0203", "'.x'", "amount, unit and currency");
    let constant = "value = { amount = 'total', unit = 'major', currency = 'EUR' }";
    line(constant, "D0511", "'total'", "did you mean \".total\"?");
}

#[test]
fn what_would_be_the_same_for_everybody_is_refused() {
    line("customer_id = 'who'", "D0511", "'who'", "did you mean \".who\"?");
    line("event_id = 'id'", "D0511", "'id'", "in every row");
    line("identifiers = { email = 'mail' }", "D0511", "'mail'", "`identifiers.email`");
    let any = "{ any = ['.a', 'nobody'] }";
    line(&format!("customer_id = {any}"), "D0511", any, "nobody");
    line("subject = 'body.deal'", "D0511", "'body.deal'", "did you mean \".deal\"?");
    line("subject = { of = 'a', table = { a = 'b' } }", "D0511", "'a'", "`of`");
}

#[test]
fn what_is_empty_or_missing_is_refused() {
    line("subject = { any = [] }", "D0508", "[]", "nothing in it");
    line("subject = { of = '.a', table = {} }", "D0508", "{}", "nothing in it");
    line("drop = { when = {} }", "D0508", "{}", "nothing in it");
    line("drop = { when = { '.a' = [] } }", "D0508", "[]", "nothing in it");
    line("drop = {}", "D0204", "{}", "without `when`");
    line("subject = { of = '.a' }", "D0204", "{ of = '.a' }", "without `table`");
    let missing = [("time", ""), ("channel", "store"), ("kind", "made"), ("customer_id", "email")];
    for (key, said) in missing {
        let rest = format!("time = '.at'\n{REST}");
        let rest: Vec<&str> = rest.lines().filter(|line| !line.starts_with(key)).collect();
        check(&rest.join("\n"), "D0204", 1, "", if said.is_empty() { ".created_at" } else { said });
    }
}

#[test]
fn a_row_is_dropped_by_kind_channel_and_drop_alone() {
    let table = "{ of = '.a', table = { x = 'y' }, else = 'drop' }";
    line(&format!("subject = {table}"), "D0510", table, "would drop the whole row");
    line(&format!("customer_id = {table}"), "D0510", table, "`customer_id`");
    line(&format!("identifiers.email = {table}"), "D0510", table, "`identifiers.email`");
    line(&format!("properties.plan = {table}"), "D0510", table, "`properties.plan`");
    assert!(parse_mapping(&format!("time = '.at'\n{REST}").replace("'store'", table), "a").is_ok());
}

#[test]
fn a_name_that_cannot_be_kept_is_refused() {
    line("kind = ''", "D0217", "''", "is empty");
    line("kind = 'open'", "D0211", "'open'", "reserved");
    line("channel = 'a\tb'", "D0217", "'a\tb'", "control");
    line("properties = { ' a' = '.a' }", "D0217", "' a'", "spaces");
    line(
        "kind = { of = '.a', table = { x = 'total' } }",
        "D0211",
        "{ of = '.a', table = { x = 'total' } }",
        "reserved",
    );
    line("properties = '.a'", "D0203", "'.a'", "a table of names");
    line("subject = 1.5", "D0203", "1.5", "a constant");
}

#[test]
fn a_file_that_cannot_be_read_so_is_refused() {
    file("delimiter = ';'", "D0204", 5, "[file]", "without `format`");
    file("format = 'xlsx'", "D0208", 6, "'xlsx'", "csv, jsonl");
    file("format = 'csv'\ndelimiter = 'semicolon'", "D0208", 7, "'semicolon'", "tab, spaces");
    file("format = 'csv'\nencoding = 'utf8'", "D0208", 7, "'utf8'", "did you mean \"utf-8\"?");
    file("format = 'csv'\nheader = 'no'", "D0203", 7, "'no'", "true or false");
    file("format = 'csv'\nheader = false", "D0507", 7, "false", "name them in order");
    file("format = 'csv'\ncolumns = []", "D0508", 7, "[]", "nothing in it");
    file("format = 'csv'\ncolumns = ['at', 'at']", "D0212", 7, "'at'", "column \"at\"");
    file("format = 'csv'\ncolumns = ['at', '']", "D0217", 7, "''", "of a column is empty");
    file("format = 'csv'\ndecimal = ';'", "D0208", 7, "';'", "no value of `decimal`");
    let same = "format = 'csv'\ndecimal = ','\nthousands = ','";
    file(same, "D0507", 8, "','", "12.345,60");
    file("format = 'csv'\nthousands = '.'", "D0507", 7, "'.'", "12.345,60");
    for key in ["delimiter = ','", "header = true", "columns = ['a']", "encoding = 'utf-8'"] {
        let value = key.split_once(" = ").unwrap().1;
        file(&format!("format = 'jsonl'\n{key}"), "D0507", 7, value, "JSON lines are UTF-8");
    }
}

#[test]
fn a_mutated_mapping_is_read_or_refused_at_a_line_of_its_own() {
    const ODD: &[u8] = b"\"'.[]{}=,\n #0a";
    let texts = [
        include_str!("../../../../deploy/mappings/cdnow.toml"),
        include_str!("../../../../deploy/mappings/ecom.toml"),
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % limit as u64) as usize
    };
    for round in 0..4_000 {
        let mut bytes = texts[round % 2].as_bytes().to_vec();
        for _ in 0..=below(3) {
            let (at, odd) = (below(bytes.len()), ODD[below(ODD.len())]);
            match below(3) {
                0 => bytes[at] = odd,
                1 => bytes.insert(at, odd),
                _ => {
                    let end = (at + below(8)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        if let Err(error) = parse_mapping(&text, "mapping.toml") {
            assert!(error.line() <= text.lines().count() + 1, "{error:?}");
            assert!(!error.help().unwrap().to_string().is_empty(), "{error:?}");
        }
    }
}

#[test]
fn regions_lookups_and_patterns_that_are_none_are_refused() {
    line("region = 'Germany'", "D0515", "'Germany'", "ISO 3166");
    line("text = { lookup = 'x', key = '.a' }", "D0514", "'x'", "[lookup.x]");
    refused("lookup.x = { table = { a = 'b' }, key = 'c' }", "D0507", "take one out");
    refused("lookup.x = { file = 'x.csv', key = 'c' }", "D0204", "value");
    refused("lookup.x = { table = { a = [] } }", "D0203", "a table of words and constants");
    refused("text = { lookup = 'x' }\nlookup.x.table = { a = 'b' }", "D0204", "key");
    refused("text = { lookup = 'y', key = '.a' }\nlookup.x.table = { a = 'b' }", "D0514", "x");
    refused("text = \"= body.a | capture('(')\"", "D0516", "its syntax is wrong");
    refused("text = \"= body.a | capture('(?=x)')\"", "D0516", "look-around");
    refused("text = \"= body.a | capture('(a{1000}){1000}')\"", "D0516", "too large");
    refused(
        "value = { amount = '.a', unit = 'major', currency = 'EUR', exponents = 'stripe' }",
        "D0507",
        "whole units need no exponents",
    );
    refused("time = { at = '.t', format = 'rfc2822', zone = 'UTC' }", "D0507", "take the zone");
    refused("time = { at = '.t', format = [], zone = 'UTC' }", "D0508", "at least one");
    refused("revision = 'version'", "D0511", ".version");
}
