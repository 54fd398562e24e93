//! Orders of steps as a report: what is true comes out with what it is worth, and what is no order
//! is told apart from one.

use crate::books::{Books, books, by, days, map, so_far};
use crate::walks::Walks;
use insight::inference::{Language, Verdict};
use insight::report::{Mistake, SequenceRow, Sequences, sequences};
use model::Family;

fn of(books: &Books) -> Sequences {
    sequences(&map(), books.iter(), &so_far()).expect("a report")
}

fn row<'a>(sequences: &'a Sequences, words: &str) -> &'a SequenceRow {
    let found = sequences.rows.iter().find(|row| row.words(Language::English) == words);
    let all = sequences.rows.iter().map(|row| row.words(Language::English));
    found.unwrap_or_else(|| panic!("no {words} among {:?}", all.collect::<Vec<_>>()))
}

#[track_caller]
fn is_near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

const FIRST: &str = "enquiry_received/chat>call_made/phone>message_sent/email";
const OTHER: &str = "enquiry_received/chat>message_sent/email>call_made/phone";

/// To call before writing doubles conversions; calling alone does nothing.
fn planted() -> Walks {
    let mut walks = Walks::default();
    walks.group(FIRST, "chat", [600, 1_400, 40]);
    walks.group(OTHER, "chat", [300, 1_700, 60]);
    walks.group("enquiry_received/chat>call_made/phone", "chat", [150, 850, 0]);
    walks.group("enquiry_received/chat>message_sent/email", "chat", [150, 850, 0]);
    walks
}

#[test]
fn an_order_that_doubles_conversions_is_found_and_is_the_order_itself() {
    let found = of(&planted().books());
    let best = &found.rows[0];
    assert_eq!(best.rank, 1);
    // The enquiry is where everything begins, so the longer order tells of the same entries.
    let words = "enquiry_received (chat), then call_made (phone), then message_sent (email)";
    let row = row(&found, words);
    let contrast = row.order.contrast.expect("both groups");
    is_near(contrast.exposed, 0.3, 1e-12);
    is_near(contrast.others, 0.15, 1e-12);
    assert_eq!((contrast.compared, contrast.open, row.order.entries()), (4_000, 100, 2_040));
    assert_eq!(row.verdict, Some(Verdict::Act));
    let (watched, verdict) = row.reordered.expect("another order");
    assert_eq!(verdict, Some(Verdict::Act));
    assert!(watched.expect("an interval").low > 0.0);
    // Drawn toward none, by little: there is no doubt.
    assert!(0.1 < row.shrunk && row.shrunk < contrast.difference.value, "{}", row.shrunk);
    assert_eq!(
        row.plain(Language::English),
        format!(
            "consideration: {words}: of those still open then 30 % convert, 15 % of the others; \
             {} points are to be expected next time. 4,000 compared, 2,000 of them with these \
             steps. The difference holds: act on it. The order itself matters: 30 % beside 15 % \
             of those who took the same steps in another one.",
            Language::English.points(row.shrunk)
        )
    );
    let german = row.plain(Language::German);
    assert!(german.contains("Auf die Reihenfolge selbst kommt es an: 30 % neben 15 %"), "{german}");
    assert!(german.contains("enquiry_received (chat), dann call_made (phone), dann"), "{german}");
    // A call, where nothing was written, does nothing: alike within the number of steps.
    let text = found.tables(&map().zone)[0].render(&map().zone);
    assert!(text.contains("This goes together; it is no experiment"), "{text}");
    assert!(text.contains("30 % (28–32)"), "{text}");
}

#[test]
fn an_order_that_is_told_by_its_steps_alone_is_no_order() {
    let mut walks = Walks::default();
    // Both orders convert alike; it is the call that goes with it.
    walks.group(FIRST, "chat", [6_000, 14_000, 0]);
    walks.group(OTHER, "chat", [6_000, 14_000, 0]);
    walks.group("enquiry_received/chat>a/x>b/y", "chat", [150, 850, 0]);
    let found = of(&walks.books());
    let row =
        row(&found, "enquiry_received (chat), then call_made (phone), then message_sent (email)");
    let verdict = row.reordered.expect("another order").1;
    assert_eq!(verdict, Some(Verdict::Alike), "{row:?}");
    let words = row.plain(Language::English);
    assert!(words.contains("Whether it is the order is not known: 30 % beside 30 %"), "{words}");
}

#[test]
fn busy_leads_are_compared_with_busy_leads() {
    let mut walks = Walks::default();
    // Who does four things converts three times as often, whatever they are.
    for steps in ["a/x>b/x>c/x>d/x", "a/x>e/x>f/x>g/x", "a/x>d/x>c/x>b/x"] {
        walks.group(steps, "chat", [300, 700, 0]);
    }
    for steps in ["a/x>b/x", "a/x>e/x", "a/x>h/x"] {
        walks.group(steps, "chat", [100, 900, 0]);
    }
    let found = of(&walks.books());
    assert!(!found.rows.is_empty());
    for row in &found.rows {
        let contrast = row.order.contrast.expect("both groups");
        is_near(contrast.difference.value, 0.0, 1e-12);
        assert_ne!(row.verdict, Some(Verdict::Act), "{row:?}");
    }
}

#[test]
fn a_pot_that_says_the_opposite_is_marked() {
    let mut walks = Walks::default();
    // On each channel the call helps; it is made where nobody buys.
    walks.group("a/x>call_made/phone", "ads", [100, 900, 0]);
    walks.group("a/x>b/x", "ads", [2, 98, 0]);
    walks.group("a/x>call_made/phone", "chat", [60, 40, 0]);
    walks.group("a/x>b/x", "chat", [450, 550, 0]);
    let found = of(&walks.books());
    let row = row(&found, "a (x), then call_made (phone)");
    let paradox = row.order.paradox.as_ref().expect("a paradox");
    assert!(paradox.in_one_pot < 0.0 && paradox.like_with_like.value > 0.0, "{paradox:?}");
    let words = row.plain(Language::English);
    assert!(words.contains("the difference is the other way round"), "{words}");
    let divided = sequences(&map(), walks.books().iter(), &by(so_far(), "channel"));
    let divided = divided.expect("a report");
    let channels: Vec<&str> =
        divided.stages.iter().filter_map(|it| it.channel.as_deref()).collect();
    assert_eq!(channels, ["ads", "chat"]);
    assert!(divided.rows.iter().all(|row| row.order.paradox.is_none()));
}

#[test]
fn what_was_paid_and_what_a_new_customer_brings_is_said_for_each() {
    let mut walks = Walks::default();
    let (with, without) = ("a/x>b/x", "a/x>c/x");
    for (steps, bought, left, paid) in [(with, 400, 600, 5_000), (without, 200, 800, 4_000)] {
        walks.add(steps, "chat", "converted", Some(paid), bought);
        walks.add(steps, "chat", "expired", None, left);
    }
    let found = of(&walks.books());
    assert_eq!((found.currency.as_deref(), found.newcomer), (Some("EUR"), None));
    let first = row(&found, "a (x), then b (x)");
    let revenue = first.revenue.expect("revenue");
    is_near(revenue.value, 0.4 * 5_000.0 - 0.2 * 4_000.0, 1e-9);
    assert!(revenue.interval.low > 0.0, "{revenue:?}");
    assert_eq!(first.lifetime, None);
    // Customers who come back: with them it is known what a new one brings.
    let mut all = walks.books();
    let mut lines = String::new();
    for (repeats, last, spend, count) in [
        (0, "2025-06-01", 0, 500),
        (1, "2025-09-01", 6_000, 160),
        (2, "2025-12-01", 11_000, 90),
        (3, "2026-02-01", 19_000, 40),
        (5, "2026-03-01", 26_000, 15),
    ] {
        lines +=
            &format!("value chat · {repeats} · 2025-06-01 · {last} · EUR · {spend} = {count}\n");
    }
    all.extend(books(&lines));
    let found = of(&all);
    let newcomer = found.newcomer.expect("what a new one brings");
    let first = row(&found, "a (x), then b (x)");
    let lifetime = first.lifetime.expect("lifetime value");
    is_near(lifetime.value, revenue.value + 0.2 * newcomer.value, 1e-6);
    let table = &found.tables(&map().zone)[0];
    assert!(
        table.notes.iter().any(|note| note.starts_with("Lifetime value: with each")),
        "{table:?}"
    );
}

#[test]
fn a_small_shop_is_told_how_many_leads_are_missing() {
    let mut walks = Walks::default();
    walks.group("a/x>b/x", "chat", [3, 12, 5]);
    walks.group("a/x>c/x", "chat", [2, 18, 0]);
    let mut all = walks.books();
    all.extend(books("flow consideration · chat · first · expired = 100"));
    let found = of(&all);
    assert_eq!(found.rows, []);
    let stage = &found.stages[0];
    // 20 of 40 entries, of 100 leads: two and a half times as many have to come.
    assert_eq!((stage.entries, stage.tried, stage.more), (40, 0, 150));
    assert_eq!(
        stage.plain(Language::English),
        "consideration: Not enough data: of 40 entries still open then no order has 50 with it and \
         50 without; about 150 more leads are needed."
    );
    assert!(stage.plain(Language::German).contains("Zu wenig Daten: Von 40"), "{stage:?}");
    let text = found.tables(&map().zone)[0].render(&map().zone);
    assert!(text.contains("Not enough data: of 40 entries still open then"), "{text}");
}

#[test]
fn where_nobody_stays_it_says_so_and_what_is_no_question_is_refused() {
    let tables = of(&Books::new()).tables(&map().zone);
    assert_eq!((tables.len(), tables[0].rows.len()), (1, 0));
    let text = tables[0].render(&map().zone);
    assert!(text.contains("Nobody has been open for 7d after entering a stage."), "{text}");
    let ask = |query| sequences(&map(), Books::new().iter(), &query).err();
    assert_eq!(ask(days("2026-01-05", "2026-01-07")), Some(Mistake::NoPeriod));
    assert!(matches!(ask(by(so_far(), "stage")), Some(Mistake::By(..))));
    assert_eq!(ask(by(so_far(), "channel")), None);
    let mut without = map();
    without.families.retain(|family| *family != Family::Sequence);
    let refused = sequences(&without, Books::new().iter(), &so_far()).err();
    assert!(matches!(refused, Some(Mistake::NotCounted(_))), "{refused:?}");
}
