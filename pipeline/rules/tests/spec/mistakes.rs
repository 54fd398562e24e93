//! Every mistake in a journey map, with its code, its line, what the label points at, and the fix.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use rules::parse_map;

/// The four lines before the lines of a test, so that these begin in line 5.
const STAGE: &str = "[[stage]]\nname = 'first'\nenter = ['page_viewed']\ncold_after = '7d'\n";
/// Four more, of a second and last stage.
const SECOND: &str = "[[stage]]\nname = 'second'\nenter = ['booking_made']\ncold_after = '7d'\n";

/// Checks a mistake: code, line, the text under the label, and a part of message or help.
#[track_caller]
fn check(text: &str, code: &str, line: usize, excerpt: &str, said: &str) {
    let error = match parse_map(text, "journey.toml") {
        Ok(_) => panic!("accepted, where {code} was expected:\n{text}"),
        Err(error) => error,
    };
    assert_eq!(error.mistake().code(), code, "{error:?}");
    assert_eq!(error.line(), line, "{error:?}");
    assert_eq!(error.excerpt(), excerpt, "{error:?}");
    let (message, help) = (error.to_string(), error.help().unwrap().to_string());
    assert!(format!("{message}\n{help}").contains(said), "{said:?} is not in {error:?}");
    assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
    assert!(!help.is_empty() && error.labels().unwrap().count() >= 1);
}

/// Checks lines that stand after one stage.
#[track_caller]
fn after(lines: &str, code: &str, line: usize, excerpt: &str, said: &str) {
    check(&format!("{STAGE}{lines}"), code, line, excerpt, said);
}

#[test]
fn what_is_not_toml_is_refused_where_reading_stopped() {
    let error = parse_map(&format!("{STAGE}[map]\nname = clinic"), "journey.toml").unwrap_err();
    assert_eq!((error.mistake().code(), error.line()), ("D0201", 6));
}

#[test]
fn an_unknown_key_gets_the_one_it_is_like() {
    after("[windows]", "D0202", 5, "windows", "did you mean \"window\"?");
    after("[map]\ntimezon = 'UTC'", "D0202", 6, "timezon", "did you mean \"timezone\"?");
    after("cold_afer = '1d'", "D0202", 5, "cold_afer", "did you mean \"cold_after\"?");
    after("[[kind]]\nname = 'a'\nwho = 'b'", "D0202", 7, "who", "name, by, stage, money");
    after("[history]\nbudget = 1", "D0202", 6, "budget", "retention, touchpoints_max");
}

#[test]
fn a_value_of_another_type_is_refused() {
    after("[map]\nname = 5", "D0203", 6, "5", "a text in double quotes");
    after("[map]\nversion = '1'", "D0203", 6, "'1'", "a whole number");
    after("[window]\nsizes = '1h'", "D0203", 6, "'1h'", "a list of texts");
    after("[window]\nsizes = [1]", "D0203", 6, "1", "a list of texts");
    after("[window]\nkeep = true", "D0203", 6, "true", "a table with a key per size");
    after("[kind]\nname = 'a'", "D0203", 5, "[kind]", "[[ ]]");
    after("[[map]]\nname = 'a'", "D0203", 5, "[[map]]", "a table");
}

#[test]
fn a_key_that_must_be_there_is_missed() {
    check("[[stage]]\ncold_after = '1d'", "D0204", 1, "[[stage]]", "without `name`");
    check("[[stage]]\nname = 'a'", "D0204", 1, "[[stage]]", "cold_after = \"14d\"");
    after("[[kind]]\nby = 'business'", "D0204", 5, "[[kind]]", "without `name`");
    after("[[channel]]", "D0204", 5, "[[channel]]", "without `name`");
}

#[test]
fn a_bare_number_is_no_length_of_time() {
    check("[[stage]]\nname = 'a'\ncold_after = 14", "D0205", 3, "14", "\"14d\"");
    after("repeat_after = 24", "D0205", 5, "24", "without a unit");
    after("[window]\ngrace = 48", "D0205", 6, "48", "without a unit");
    after("[window]\nkeep = 400", "D0205", 6, "400", "without a unit");
    after("[window]\nkeep = { '1h' = 4.5 }", "D0205", 6, "4.5", "without a unit");
    after("[history]\nretention = 730", "D0205", 6, "730", "without a unit");
    after("[credit]\nlookback = 30", "D0205", 6, "30", "without a unit");
}

#[test]
fn a_text_that_is_no_length_of_time_is_refused() {
    after("[window]\ngrace = '48'", "D0206", 6, "'48'", "ms, s, m, h, d, w");
    after("[window]\ngrace = '-1d'", "D0206", 6, "'-1d'", "no length of time");
    after("[credit]\nlookback = 'atempt'", "D0206", 6, "'atempt'", "no length of time");
    check("[[stage]]\nname = 'a'\ncold_after = '0d'", "D0222", 3, "'0d'", "would end at once");
}

#[test]
fn a_window_of_five_hours_is_refused() {
    for size in ["5h", "24h", "0d", "367d", "1w", "01h", "total", ""] {
        let (lines, excerpt) = (format!("[window]\nsizes = ['{size}']"), format!("'{size}'"));
        after(&lines, "D0207", 6, &excerpt, "1h, 2h, 3h, 4h, 6h, 8h or 12h");
    }
    after("[window]\nkeep = { 5h = '1d' }", "D0207", 6, "5h", "hours must divide the day");
    after("[window]\nsizes = ['1d', '1d']", "D0212", 6, "'1d'", "twice");
    after("[window]\nkeep = { 2h = '1d' }", "D0221", 6, "2h", "add \"2h\" to `sizes`");
}

#[test]
fn a_word_that_is_none_of_those_allowed_is_refused() {
    after("[window]\nlate = 'revize'", "D0208", 6, "'revize'", "did you mean \"revise\"?");
    after("[[kind]]\nname = 'a'\nby = 'us'", "D0208", 7, "'us'", "customer, business");
    after("[[kind]]\nname = 'a'\nmoney = 'costs'", "D0208", 7, "'costs'", "did you mean \"cost\"?");
    after("[counters]\nfamilies = ['flows']", "D0208", 6, "'flows'", "did you mean \"flow\"?");
}

#[test]
fn an_unknown_timezone_gets_the_one_it_is_like() {
    let rows = [
        ("Europe/Berln", "did you mean \"Europe/Berlin\"?"),
        ("berlin", "did you mean \"Europe/Berlin\"?"),
        ("Middle Earth", "IANA"),
    ];
    for (name, said) in rows {
        let lines = format!("[map]\ntimezone = '{name}'");
        after(&lines, "D0209", 6, &format!("'{name}'"), said);
    }
}

#[test]
fn a_map_without_a_stage_is_refused() {
    check("", "D0210", 1, "", "[[stage]]");
    check("[map]\nname = 'a'", "D0210", 1, "", "[[stage]]");
    check("stage = []", "D0210", 1, "[]", "[[stage]]");
}

#[test]
fn reserved_words_name_nothing() {
    for word in model::defaults::RESERVED {
        let quoted = format!("'{word}'");
        check(&format!("[[stage]]\nname = {quoted}"), "D0211", 2, &quoted, "no stage may");
        after(&format!("[[kind]]\nname = {quoted}"), "D0211", 6, &quoted, "no kind may");
        after(&format!("[[channel]]\nname = {quoted}"), "D0211", 6, &quoted, "no channel may");
        let entering = format!("[[stage]]\nname = 'a'\ncold_after = '1d'\nenter = [{quoted}]");
        check(&entering, "D0211", 4, &quoted, "no kind may");
    }
}

#[test]
fn lost_is_no_stage_and_enters_none() {
    check("[[stage]]\nname = 'lost'", "D0211", 2, "'lost'", "no stage may");
    let entering = "[[stage]]\nname = 'a'\ncold_after = '1d'\nenter = ['lost']";
    check(entering, "D0216", 4, "'lost'", "ends the attempt");
    after("[[kind]]\nname = 'lost'\nstage = 'first'", "D0216", 7, "'first'", "ends the attempt");
}

#[test]
fn two_of_one_name_are_refused() {
    after("[[stage]]\nname = 'first'\ncold_after = '1d'", "D0212", 6, "'first'", "stage \"first\"");
    after("[[kind]]\nname = 'a'\n[[kind]]\nname = 'a'", "D0212", 8, "'a'", "kind \"a\"");
    after("[[channel]]\nname = 'a'\n[[channel]]\nname = 'a'", "D0212", 8, "'a'", "channel \"a\"");
    let twice = "[[stage]]\nname = 'a'\ncold_after = '1d'\nenter = ['b',\n'b']";
    check(twice, "D0212", 5, "'b'", "kind \"b\"");
}

#[test]
fn an_unknown_stage_is_refused() {
    after("[map]\nconversion = 'frist'", "D0213", 6, "'frist'", "did you mean \"first\"?");
    after("[map]\nconversion = 'retention'", "D0213", 6, "'retention'", "this map are first");
    after("[[kind]]\nname = 'a'\nstage = 'second'", "D0213", 7, "'second'", "unknown stage");
}

#[test]
fn a_kind_that_enters_two_stages_is_refused_with_both_places() {
    let second = SECOND.replace("booking_made", "page_viewed");
    after(&second, "D0214", 7, "'page_viewed'", "\"first\" and \"second\"");
    let lines = format!("{SECOND}[[kind]]\nname = 'page_viewed'\nstage = 'second'");
    after(&lines, "D0214", 11, "'second'", "out of \"first\" or out of \"second\"");
    let error = parse_map(&format!("{STAGE}{second}"), "journey.toml").unwrap_err();
    assert_eq!(error.labels().unwrap().count(), 2);
}

#[test]
fn only_the_last_stage_repeats() {
    let lines = format!("repeat_after = '24h'\n{SECOND}");
    after(&lines, "D0215", 5, "'24h'", "move the line to stage \"second\"");
}

#[test]
fn a_class_of_objections_is_a_name_of_its_own_with_phrases() {
    let lines = |rest: &str| format!("[[objection]]\n{rest}");
    after(&lines("phrases = ['a']"), "D0204", 5, "[[objection]]", "name = \"delivery\"");
    after(&lines("name = 'none'"), "D0211", 6, "'none'", "another name");
    after(
        &lines("name = 'a'\n[[objection]]\nname = 'a'"),
        "D0212",
        8,
        "'a'",
        "\"a\" is there twice",
    );
    after(&lines("name = 'a'\nphrases = ['...']"), "D0820", 7, "'...'", "as customers write them");
    let long = format!("'{}'", "x".repeat(201));
    after(&lines(&format!("name = 'a'\nphrases = [{long}]")), "D0820", 7, &long, "200 bytes");
    let many: String = (0..25).map(|i| format!("[[objection]]\nname = 'x{i}'\n")).collect();
    after(&many, "D0218", 54, "'x24'", "more than 31 objections");
}

#[test]
fn a_name_is_1_to_100_bytes_of_print() {
    for (name, said) in [("", "is empty"), (" a", "spaces"), ("a\tb", "control")] {
        after(&format!("[[channel]]\nname = '{name}'"), "D0217", 6, &format!("'{name}'"), said);
    }
    let long = format!("'{}'", "ü".repeat(51));
    after(&format!("[[channel]]\nname = {long}"), "D0217", 6, &long, "has 102 bytes");
    after(&format!("[[kind]]\nname = {long}"), "D0217", 6, &long, "of a kind");
    after(&format!("[map]\nname = {long}"), "D0217", 6, &long, "of a map");
    check(&format!("[[stage]]\nname = {long}"), "D0217", 2, &long, "of a stage");
}

#[test]
fn more_than_a_map_may_have_is_refused_at_the_first_too_many() {
    let many = |head: &str, count: usize, rest: &str| -> String {
        (0..count).map(|i| format!("[[{head}]]\nname = 'x{i}'{rest}\n")).collect()
    };
    let stages = many("stage", 33, "\ncold_after = '1d'");
    check(&stages, "D0218", 32 * 3 + 1, "[[stage]]", "more than 32 stages");
    let kinds = 1_001 - model::defaults::kinds().len();
    let last = format!("'x{}'", kinds - 1);
    after(&many("kind", kinds, ""), "D0218", 4 + 2 * kinds, &last, "more than 1000 kinds");
    let channels = 1_001 - model::defaults::CHANNELS.len();
    let last = format!("'x{}'", channels - 1);
    let text = many("channel", channels, "");
    after(&text, "D0218", 4 + 2 * channels, &last, "more than 1000 channels");
}

#[test]
fn cadence_counts_known_kinds_until_a_landmark_that_comes() {
    let line = "[cadence]\nfollow_ups = ['folow_up_sent']";
    after(line, "D0237", 6, "'folow_up_sent'", "did you mean \"follow_up_sent\"?");
    after("[cadence]\nfollow_ups = ['lost']", "D0238", 6, "'lost'", "take it out");
    for weights in ["[30, 20]", "[30, 20, 51]", "[50.0, 0, 50]", "[-1, 1, 100]"] {
        after(&format!("[credit]\ncustom = {weights}"), "D0240", 6, weights, "like [30, 20, 50]");
    }
    after("[credit]\npath = ['second']", "D0208", 6, "'second'", "it may be");
    after("[credit]\npath = ['first', 'first']", "D0212", 6, "'first'", "remove one");
    after("[cadence]\nlandmark = '0d'", "D0222", 6, "'0d'", "nobody has heard anything by then");
    let late = "[cadence]\nlandmark = '8h'\nintensity = '9h'";
    after(late, "D0250", 7, "'9h'", "say at most 8h, or a later landmark");
    after("[cadence]\nlandmark = 7", "D0205", 6, "7", "without a unit");
}

#[test]
fn credit_passes_over_known_channels_only() {
    after("[credit]\ndirect = ['web_site']", "D0219", 6, "'web_site'", "did you mean \"website\"?");
}

#[test]
fn a_number_out_of_range_is_refused() {
    for number in ["0", "-1", "4294967296"] {
        after(&format!("[map]\nversion = {number}"), "D0220", 6, number, "from 1 to 4294967295");
    }
    after("[history]\ntouchpoints_max = 0", "D0220", 6, "0", "touchpoints_max");
}

#[test]
fn a_mistake_is_shown_with_its_line_and_its_fix() {
    let text = format!("{STAGE}[window]\nsizes = ['1h', '5h']");
    let error = parse_map(&text, "journey.toml").unwrap_err();
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::none())
        .render_report(&mut shown, &error)
        .unwrap();
    for part in ["D0207", "journey.toml:6:", "sizes = ['1h', '5h']", "no such size", "12h"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}
