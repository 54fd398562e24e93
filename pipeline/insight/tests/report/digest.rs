//! A day in short: its moves, the worst leak, who is about to go cold.

use crate::books::{at, books, map};
use insight::report::{ColdLead, ColdSoon, Digest, Kind, Leak, digest, html};
use model::{Family, JourneyMap, Keep, Size, Span, Timestamp};

/// Asked on Wednesday, 25 March 2026.
pub const BOOKS: &str = "
    move 1d 2026-03-24 none awareness · website = 5
    move 1d 2026-03-24 none consideration · chat = 1
    move 1d 2026-03-24 none retention · store = 1 1000 EUR
    move 1d 2026-03-24 consideration retention · store = 2 9800 EUR
    move 1d 2026-03-24 decision retention · store = 3 14700 EUR
    move 1d 2026-03-24 retention retention · store = 4 400 EUR
    move 1d 2026-03-24 awareness cold · website = 7
    move 1d 2026-03-17 none awareness · website = 6
    move 1d 2026-03-17 decision retention · store = 1 4900 EUR
    move 1d 2026-03-25 none awareness · website = 99
    move 1d 2026-03-23 none awareness · website = 99
    activity 1d 2026-03-24 retention · store · purchase_made = 10 25900 EUR
    activity 1d 2026-03-24 retention · store · refund_made = 1 900 EUR
    activity 1d 2026-03-24 decision · chat · quote_sent = 1 77700 EUR
    activity 1d 2026-03-17 retention · store · purchase_made = 1 4900 EUR
    flow awareness · website · first · converted = 40
    flow awareness · website · first · expired = 60
    flow consideration · chat · first · converted = 10
    flow consideration · chat · first · expired = 27
    flow consideration · chat · first · open = 3
    flow decision · chat · first · converted = 9
    flow decision · chat · first · expired = 20
    flow 1h 2026-03-01T10:00 consideration · chat · first · converted = 8
    flow 1h 2026-03-01T10:00 consideration · chat · first · expired = 22
    flow 1h 2026-03-20T10:00 consideration · chat · first · converted = 2
    flow 1h 2026-03-20T10:00 consideration · chat · first · expired = 5
    flow 1h 2026-03-20T10:00 consideration · chat · first · open = 3
";

const AS_OF: &str = "2026-03-25T09:14";

fn cold(customers: &[(&str, &str)]) -> ColdSoon {
    let mut cold = ColdSoon::new(at(AS_OF), ColdSoon::WITHIN);
    for (customer, cold_at) in customers {
        let word = |word: &str| word.to_owned();
        cold.add(ColdLead {
            cold_at: at(cold_at),
            customer: word(customer),
            stage: word("decision"),
            channel: word("chat"),
            kind: word("quote_sent"),
        });
    }
    cold
}

fn of(map: &JourneyMap, text: &str, cold: ColdSoon) -> Digest {
    digest(map, books(text).iter(), at(AS_OF), cold).expect("a digest")
}

pub fn asked(text: &str) -> Digest {
    of(&map(), text, cold(&[("ann", "2026-03-26T10:00")]))
}

#[test]
fn a_day_stands_beside_the_same_weekday_a_week_before() {
    let Digest { day, before, .. } = asked(BOOKS);
    assert_eq!((&*day.date.to_string(), &*before.date.to_string()), ("2026-03-24", "2026-03-17"));
    let moves = day.moves.expect("moves");
    let counts: Vec<(&str, i64)> = moves.iter().map(|(to, (n, _))| (&**to, *n)).collect();
    let expected = [("awareness", 5), ("cold", 7), ("consideration", 1), ("retention", 10)];
    assert_eq!(counts, expected);
    assert_eq!(moves["retention"].1.get("EUR"), Some(&25_900));
    let moves = before.moves.expect("moves");
    assert_eq!((moves["awareness"].0, moves["retention"].0), (6, 1));
    // What is given back is taken off, what is only offered does not count.
    assert_eq!(day.revenue.expect("money").get("EUR"), Some(&25_000));
    assert_eq!(before.revenue.expect("money").get("EUR"), Some(&4_900));
}

/// The first entry beyond the conversion stage in an attempt; of the last stage each repeat as
/// well.
#[test]
fn conversions_are_counted_as_the_map_means_them() {
    for (conversion, expected) in [("retention", 10), ("decision", 3), ("consideration", 2)] {
        let mut map = map();
        let stage = map.stages.iter().position(|stage| stage.name == conversion);
        map.conversion = u8::try_from(stage.expect("a stage")).expect("few stages");
        let digest = of(&map, BOOKS, cold(&[]));
        assert_eq!(digest.day.conversions, Some(expected), "{conversion}");
    }
}

#[test]
fn the_worst_leak_is_the_largest_share_lost_in_a_mature_cohort() {
    let leaks = asked(BOOKS).leaks.expect("leaks");
    let rows: Vec<_> = leaks
        .iter()
        .map(|leak| (&*leak.stage, leak.decided, leak.lost.map(|rate| (rate.part, rate.whole))))
        .collect();
    let expected = [
        // 27 of 37 of those decided so far, but the slow of 20 March are not.
        ("consideration", 30, Some((22, 30))),
        ("awareness", 100, Some((60, 100))),
        ("decision", 29, None),
        ("retention", 0, None),
    ];
    assert_eq!(rows, expected);
    assert!(leaks[0].meets(&leaks[1]) && !leaks[0].meets(&leaks[2]), "{leaks:?}");
}

#[test]
fn with_too_few_decided_nothing_is_said_of_leaks() {
    let few = "
        flow awareness · website · first · converted = 1
        flow awareness · website · first · expired = 28
    ";
    let tables = asked(few).tables(&map());
    assert!(tables[2].notes[0].starts_with("Not enough data: no stage has 30 "), "{tables:?}");
    let enough = few.replace("= 28", "= 29");
    let tables = asked(&enough).tables(&map());
    let expected = "The worst leak is awareness: 29 of 30 = 97 % (83–99) lost.";
    assert!(tables[2].notes[0].starts_with(expected), "{tables:?}");
    assert_eq!(Leak::DECIDED_MIN, 30);
}

#[test]
fn what_no_window_says_is_not_said() {
    type Change = fn(&mut JourneyMap);
    let keep_a_week: Change = |map| {
        map.keep = vec![Keep { size: Size::Days(1), span: Span::from_days(6) }];
    };
    for (name, change, expected) in [
        ("as it ships", (|_| ()) as Change, [true, true, true]),
        ("days are kept for six days", keep_a_week, [true, false, true]),
        ("weeks alone", |map| map.sizes = vec![Size::Days(7)], [false, false, true]),
        ("no windows", |map| map.sizes.clear(), [false, false, true]),
        ("no flow", |map| map.families.retain(|f| *f != Family::Flow), [true, true, false]),
        ("no moves", |map| map.families.retain(|f| *f != Family::Move), [false, false, true]),
    ] {
        let mut map = map();
        change(&mut map);
        let digest = of(&map, BOOKS, cold(&[]));
        let said =
            [digest.day.moves.is_some(), digest.before.moves.is_some(), digest.leaks.is_some()];
        assert_eq!(said, expected, "{name}");
        let tables = digest.tables(&map);
        assert!(tables.iter().flat_map(|t| &t.rows).all(|row| !row.is_empty()), "{name}");
    }
}

#[test]
fn who_goes_cold_within_two_days_is_listed_and_the_others_are_counted() {
    for (cold_at, expected) in [
        ("2026-03-25T09:14", 0),
        ("2026-03-25T09:15", 1),
        ("2026-03-27T09:14", 1),
        ("2026-03-27T09:15", 0),
    ] {
        assert_eq!(cold(&[("ann", cold_at)]).count, expected, "{cold_at}");
    }
    let mut many = cold(&[]);
    for lead in (0..25).rev() {
        let more = cold(&[(&format!("c-{lead:02}"), &format!("2026-03-26T{:02}:00", lead / 2))]);
        many.count += more.count - 1;
        many.add(more.leads.into_iter().next().expect("a lead"));
    }
    assert_eq!((many.count, many.leads.len(), many.more()), (25, 20, 5));
    let listed: Vec<&str> = many.leads.iter().map(|lead| &*lead.customer).collect();
    assert_eq!((listed[0], listed[19]), ("c-00", "c-19"));
    let tables = of(&map(), BOOKS, many).tables(&map());
    assert_eq!((tables[3].rows.len(), &*tables[3].notes[0]), (20, "And 5 more."));
}

#[test]
fn the_digest_as_its_owner_reads_it() {
    let tables = asked(BOOKS).tables(&map());
    let text: Vec<String> = tables.iter().map(|table| table.render_narrow(&map().zone)).collect();
    let text = text.join("\n");
    let expected = include_str!("digest.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
    assert_eq!(asked(BOOKS).line(), "Tuesday, 2026-03-24: 10 conversions (1 a week before)");
}

#[test]
fn no_line_is_wider_than_a_mail_and_no_word_is_obeyed() {
    let long = "long ".repeat(40);
    let names =
        ["<script>alert(1)</script>", "a\u{1b}[2Jb\r\nBcc: x", "\u{202e}evil", &long, "&\"'"];
    let cold = cold(&names.map(|name| (name, "2026-03-26T10:00")));
    let tables = of(&map(), BOOKS, cold).tables(&map());
    for table in &tables {
        let text = table.render_narrow(&map().zone);
        assert!(text.lines().all(|line| line.chars().count() <= 78), "{text}");
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(obeyed) && !text.contains("\nBcc"), "{text:?}");
    }
    let page = html("<b>", &tables, &map().zone);
    for word in ["<script", "<b>", "\u{1b}", "\u{202e}", "&\"", "'</td>", "http:", "https:", "src="]
    {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(
        page.contains("<h1>&lt;b&gt;</h1>")
            && page.contains("<td align=\"left\">&amp;&quot;&#39;</td>")
    );
}

/// Every element that is opened is closed, in its turn.
#[test]
fn the_document_is_well_formed() {
    let page = html("a", &asked(BOOKS).tables(&map()), &map().zone);
    let mut open: Vec<&str> = Vec::new();
    for element in page.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ']).next()) {
        match element.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if ["meta", "!doctype"].contains(&element) => {}
            None => open.push(element),
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn the_columns_of_money_and_times_are_of_their_kind() {
    let tables = asked(BOOKS).tables(&map());
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    assert_eq!(names, ["moves", "sums", "leaks", "cold_soon"]);
    let is_money = |table: usize, name: &str| {
        tables[table].columns.iter().any(|c| c.name == name && c.kind == Kind::Money)
    };
    assert!(is_money(0, "money_before") && is_money(1, "revenue"));
    assert!(asked(BOOKS).as_of > Timestamp::FIRST);
}
