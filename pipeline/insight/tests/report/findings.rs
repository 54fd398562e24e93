//! The ledger of findings as a report: from counters by day, found by some and confirmed by others.

use crate::books::{Books, at, books, by, days, map, so_far};
use insight::findings::{Changed, Course};
use insight::inference::{Contrast, Direction, Language, Verdict};
use insight::report::{Cell, FindingRow, Findings, Mistake, Query, Wanted, findings};
use insight::{Counter, CounterId};
use model::{Civil, Family, FindingEvent, FindingType, JourneyMap, Series, Size};
use std::sync::LazyLock;

/// The map, read once: there are thousands of entries.
static MAP: LazyLock<JourneyMap> = LazyLock::new(map);

/// Monday, 4 November 2024.
const FIRST: i64 = 20_031;

fn of(books: &Books) -> Findings {
    findings(&map(), books.iter(), &so_far()).expect("a report")
}

/// Puts entries of a day into a book: who, converted, expired.
fn enter(books: &mut Books, day: i64, who: &str, [converted, expired]: [i64; 2]) {
    for (outcome, count) in [("converted", converted), ("expired", expired)] {
        let series = Series(format!("flow|{who}|outcome={outcome}").as_str().into());
        let start = Some(MAP.zone.day_start(Civil::from_days(day)));
        let counter = Counter { count, ..Counter::default() };
        books.insert(CounterId { series, size: Size::Days(1), start }, counter);
    }
}

/// Weeks in which each day so many come to *decision* by chat and by phone, and so many convert.
fn shop(weeks: i64, mut of_day: impl FnMut(i64) -> [[i64; 2]; 2]) -> Books {
    let mut books = Books::new();
    for day in 0..7 * weeks {
        for (channel, sums) in ["chat", "phone"].iter().zip(of_day(day)) {
            let who = format!("stage=decision|channel={channel}|entry=first");
            enter(&mut books, FIRST + day, &who, sums);
        }
    }
    books
}

/// Of ten by chat five convert, and of ten by phone three.
fn chat_is_better(_: i64) -> [[i64; 2]; 2] {
    [[5, 5], [3, 7]]
}

fn row<'a>(findings: &'a Findings, channel: &str) -> &'a FindingRow {
    let of = |row: &&FindingRow| row.channel.as_deref() == Some(channel);
    findings.rows.iter().find(of).expect("a finding")
}

#[test]
fn what_some_have_shown_is_confirmed_by_others_alone() {
    let four = of(&shop(4, chat_is_better));
    let chat = row(&four, "chat");
    assert_eq!((chat.found.direction, chat.found.course), (Direction::More, Course::Discovered));
    assert_eq!(chat.found.before.pot(), [(140, 280), (84, 280)]);
    assert_eq!(chat.found.since.pot(), [(0, 0), (0, 0)]);
    assert!(matches!(chat.verdict, Some(Verdict::NotEnough { more: Some(_) })), "{chat:?}");
    assert!(chat.plain(Language::English).contains("only later ones can confirm it"));
    let twenty = of(&shop(20, chat_is_better));
    let chat = row(&twenty, "chat");
    let Course::Confirmed(day) = chat.found.course else { panic!("{chat:?}") };
    assert_eq!(chat.found.discovered, FIRST + 27);
    assert!(chat.found.discovered < day && day < FIRST + 20 * 7, "{day}");
    assert_eq!(chat.found.since.pot(), [(16 * 35, 16 * 70), (16 * 21, 16 * 70)]);
    assert_eq!(chat.verdict, Some(Verdict::Act));
    let text = chat.plain(Language::English);
    let begin = "Came by chat, in decision: 50 % convert, 30 % of the others. The difference \
                 holds: act on it. Found on 2024-12-01, confirmed on ";
    assert!(text.starts_with(begin), "{text}");
    let german = row(&twenty, "phone").plain(Language::German);
    assert!(
        german.starts_with("Über phone, in decision: 30 % schließen ab, von den anderen 50 %.")
    );
    assert!(german.contains("bestätigt am"), "{german}");
    assert!(chat.technical(Language::English).contains("560 of 1,120 against 336 of 1,120"));
    // The same rates for both are no finding, and nothing has changed.
    let alike = of(&shop(40, |_| [[4, 6], [4, 6]]));
    assert_eq!((alike.rows.len(), alike.changes.len()), (0, 0));
}

#[test]
fn it_is_a_function_of_final_weeks_and_not_of_what_comes_after_them() {
    let mut books = shop(20, chat_is_better);
    let before = of(&books);
    // Somebody is open since the Tuesday of the last week: that week is not final.
    let open = Series("flow|stage=decision|channel=ads|entry=first|outcome=open".into());
    let start = Some(map().zone.day_start(Civil::from_days(FIRST + 19 * 7 + 1)));
    let id = CounterId { series: open, size: Size::Days(1), start };
    books.insert(id.clone(), Counter { count: 1, ..Counter::default() });
    assert_eq!(of(&books).rows, of(&shop(19, chat_is_better)).rows);
    books.insert(id, Counter { count: 0, corrections: 1, ..Counter::default() });
    let after = of(&books);
    assert_eq!((&after.rows, after.corrections), (&before.rows, 1));
    // What each look has said of a day is what every later look says of it.
    let days: Vec<(i64, Option<i64>)> = (5..24)
        .map(|weeks| {
            let found = of(&shop(weeks, chat_is_better));
            let chat = row(&found, "chat");
            let confirmed = match chat.found.course {
                Course::Confirmed(day) => Some(day),
                _ => None,
            };
            (chat.found.discovered, confirmed)
        })
        .collect();
    let first = days.iter().find_map(|(_, confirmed)| *confirmed);
    assert!(first.is_some());
    for (discovered, confirmed) in &days {
        assert_eq!(*discovered, FIRST + 27);
        assert!(confirmed.is_none() || *confirmed == first, "{days:?}");
    }
}

#[test]
fn what_was_confirmed_and_turns_round_is_retired() {
    let turned = of(&shop(60, |day| if day < 140 { [[5, 5], [3, 7]] } else { [[2, 8], [5, 5]] }));
    let chat = row(&turned, "chat");
    assert!(matches!(chat.found.course, Course::Retired(..)), "{chat:?}");
    assert_eq!(chat.verdict, None);
    assert!(chat.plain(Language::English).contains("no longer true"));
}

#[test]
fn a_rate_that_has_changed_is_said_with_the_week_since_when() {
    let changed = of(&shop(30, |day| if day < 105 { [[1, 9]; 2] } else { [[4, 6]; 2] }));
    let change = &changed.changes.last().expect("a change").1;
    assert_eq!((change.what, change.since), (Changed::Rate, FIRST + 105));
    assert_eq!((change.before, change.after), ((210, 2_100), (840, 2_100)));
    assert!(change.discovered > change.since);
    let mixed = of(&shop(30, |day| if day < 105 { [[3, 7], [0, 1]] } else { [[0, 1], [3, 7]] }));
    let mix = mixed.changes.iter().find(|(_, change)| matches!(change.what, Changed::Mix(_)));
    assert_eq!(mix.expect("another mix").1.since, FIRST + 105);
    let text = mixed.render(&map());
    assert!(text.contains("they come by other channels"), "{text}");
}

#[test]
fn a_difference_that_turns_round_like_with_like_says_so() {
    // Kidney stones (Charig and others 1986): chat is better among both, and worse in one pot.
    let mut books = Books::new();
    for week in 0..4 {
        for (who, sums) in [
            ("stage=decision|channel=chat|entry=first", [81, 6]),
            ("stage=decision|channel=phone|entry=first", [234, 36]),
            ("stage=decision|channel=chat|entry=again", [192, 71]),
            ("stage=decision|channel=phone|entry=again", [55, 25]),
        ] {
            enter(&mut books, FIRST + 7 * week, who, sums);
        }
    }
    let found = of(&books);
    let chat = row(&found, "chat");
    assert!(chat.found.paradox.is_some(), "{chat:?}");
    // What is said is like with like; the pot stands beside it as what misleads.
    let (pot, like) = (chat.groups().naive(), chat.contrast);
    let sign = |contrast: Option<Contrast>| contrast.expect("a contrast").difference.value > 0.0;
    assert_eq!((sign(pot), sign(like)), (false, true));
    assert_eq!(chat.found.direction, Direction::More);
    assert!(chat.plain(Language::English).contains("in one pot"));
    assert!(chat.plain(Language::German).contains("In einem Topf"));
    let table = &found.tables(&map())[0];
    let flag = table.columns.iter().position(|column| column.name == "turns_round");
    let flag = flag.expect("a flag");
    assert!(table.rows.iter().any(|row| row[flag] == Cell::Count(1)));
}

#[test]
fn the_ledger_as_its_owner_reads_it() {
    let text = of(&shop(20, chat_is_better)).render(&map());
    let expected = include_str!("findings.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
    let empty = of(&Books::new()).render(&map());
    assert!(empty.contains("Nothing has been found."), "{empty}");
}

#[test]
fn a_line_of_the_ledger_stays_what_it_is_whenever_it_is_asked_for() {
    let turns = |day: i64| if day < 140 { [[5, 5], [3, 7]] } else { [[0, 10], [2, 8]] };
    let whole = of(&shop(60, turns)).events(&map());
    let told = |event: &FindingEvent| (event.finding.clone(), event.event.word());
    let chat: Vec<(String, &str)> =
        whole.iter().filter(|event| event.about == "chat").map(told).collect();
    let id = "default|1|decision|channel=chat".to_owned();
    let steps = ["discovered", "confirmed", "retired"].map(|word| (id.clone(), word));
    assert_eq!(chat[..3], steps, "{chat:?}");
    for weeks in 4..60 {
        let events = of(&shop(weeks, turns)).events(&map());
        let last = Civil::from_days(FIRST + 7 * weeks);
        let known: Vec<&FindingEvent> = whole.iter().filter(|event| event.on < last).collect();
        assert_eq!(events.iter().collect::<Vec<_>>(), known, "after {weeks} weeks");
    }
    assert!(whole.iter().any(|event| event.event == FindingType::Changed));
    let by_evidence = [FindingType::Confirmed, FindingType::Retired, FindingType::Changed];
    let mut by_evidence = whole.iter().filter(|event| by_evidence.contains(&event.event));
    assert!(by_evidence.all(|event| event.ln_evidence >= event.ln_needed));
}

#[test]
fn it_is_made_of_days_and_has_no_period() {
    let ask = |query| findings(&map(), Books::new().iter(), &query).err();
    assert_eq!(ask(days("2026-01-05", "2026-01-07")), Some(Mistake::NoPeriod));
    assert!(matches!(ask(by(so_far(), "channel")), Some(Mistake::By(..))));
    let mut by_weeks = map();
    by_weeks.sizes = vec![Size::Days(7)];
    let refused = findings(&by_weeks, Books::new().iter(), &so_far()).err();
    assert_eq!(refused, Some(Mistake::NoDays));
    let mut without = map();
    without.families.retain(|family| *family != Family::Flow);
    let refused = findings(&without, Books::new().iter(), &so_far()).err();
    assert_eq!(refused, Some(Mistake::NotCounted(Family::Flow)));
    let books = books("flow 1d 2026-01-06 awareness · website · first · expired = 3");
    let wanted = Wanted::of("findings", &map(), &so_far());
    assert!(books.keys().all(|id| wanted.has(id)), "what it looks at is brought to it");
    let early = Query { as_of: at("2026-01-07"), ..so_far() };
    assert!(findings(&map(), books.iter(), &early).expect("a report").rows.is_empty());
}
