//! Follow-ups as a report: nothing comes out where nothing is true, and what is true comes out.

use crate::books::{Books, books, by, days, map, so_far};
use crate::leads::{GOLDEN, Leads, leads};
use insight::inference::{Language, Outcomes, Verdict};
use insight::report::{HabitRow, Habits, Mistake, cadence};
use model::{Family, JourneyMap};
use std::collections::BTreeMap;

/// By channel alone, as these counters are.
fn of(books: &Books) -> Habits {
    cadence(&without_intensity(), books.iter(), &so_far()).expect("a report")
}

fn without_intensity() -> JourneyMap {
    let mut map = map();
    map.families.retain(|family| *family != Family::Intensity);
    map
}

/// Counters of entries of consideration on a channel.
fn counters(channel: &str, leads: &Leads, all: f64) -> String {
    let mut text = String::new();
    for (at, (naive, landmark)) in leads.expected(all).iter().enumerate() {
        text += &lines("naive", ["0", "1", "2", "3", "4+"][at], channel, naive);
        text += &lines("landmark", ["0", "1", "2", "3", "4+"][at], channel, landmark);
    }
    text
}

fn lines(basis: &str, follow_ups: &str, channel: &str, of: &Outcomes) -> String {
    let line = |(outcome, count): (&str, i64)| match count {
        0 => String::new(),
        _ => format!("cadence {basis} consideration {follow_ups} {outcome} {channel} = {count}\n"),
    };
    [("converted", of.converted), ("expired", of.expired), ("open", of.open)].map(line).concat()
}

fn row(habits: &Habits, least: u8) -> &HabitRow {
    habits.rows.iter().find(|row| row.habit.least == least).expect("a habit")
}

#[track_caller]
fn is_near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} is not {expected}");
}

#[test]
fn the_usual_count_says_what_is_not_true_and_like_with_like_says_nothing() {
    for (days_to_buy, days_to_loss, three, one, naive, landmark) in GOLDEN {
        let habits = of(&books(&counters("chat", &leads(days_to_buy, days_to_loss), 1e9)));
        assert_eq!(habits.rows.len(), 4, "every habit of the family, and no other");
        let found = row(&habits, 3);
        let usual = found.comparison.naive.expect("both groups");
        is_near(usual.exposed, three, 5e-7);
        is_near(usual.others, one, 5e-7);
        is_near(usual.ratio.expect("a ratio").value, naive, 5e-5);
        for found in &habits.rows {
            let corrected = found.comparison.landmark.expect("both groups");
            is_near(corrected.exposed, landmark, 1e-6);
            is_near(corrected.others, landmark, 1e-6);
            is_near(corrected.ratio.expect("a ratio").value, 1.0, 1e-6);
            assert_eq!(found.comparison.confounding.expect("a strength").limit, 1.0);
            assert!(found.watched.expect("an interval").has(0.0), "{found:?}");
            assert_eq!(found.verdict, Some(Verdict::Alike), "{found:?}");
        }
        let strength = found.comparison.naive_confounding.expect("a strength");
        assert!(strength.limit > 2.0, "the usual count looks strong: {strength:?}");
        let text = habits.tables(&map().zone)[0].render(&map().zone);
        assert!(text.contains(&format!("{naive:.2} ({naive:.2}–{naive:.2})")), "{text}");
        assert!(text.contains("1.00 (1.00–1.00)"), "{text}");
    }
}

#[test]
fn warm_channels_that_are_chased_more_are_compared_with_themselves() {
    let warm = Leads { share: 0.3, buys: 0.5, a_day: 0.9, ..leads(14.0, 7.0) };
    let cold = Leads { share: 0.7, buys: 0.1, a_day: 0.3, ..leads(14.0, 7.0) };
    let both = books(&(counters("chat", &warm, 1e6) + &counters("ads", &cold, 1e6)));
    let habits = of(&both);
    let ratio = row(&habits, 3).comparison.landmark.expect("groups").ratio.expect("a ratio");
    is_near(ratio.value, 1.0, 1e-3);
    assert!(ratio.interval.has(1.0), "{ratio:?}");
    let divided =
        cadence(&without_intensity(), both.iter(), &by(so_far(), "channel")).expect("a report");
    let channels: Vec<&str> =
        divided.rows.iter().filter_map(|row| row.channel.as_deref()).collect();
    assert_eq!(channels, [["ads"; 4], ["chat"; 4]].concat());
    let all = |of: &Habits| of.rows.iter().map(|row| row.entries).sum::<i64>();
    assert_eq!(all(&habits), all(&divided), "nobody is lost by dividing");
}

#[test]
fn the_warm_of_one_channel_are_compared_with_the_warm_where_the_map_counts_it() {
    // The landmark's counters again, by how often the customer was heard of before.
    let of = |early: &str, leads: &Leads| {
        let text = counters("chat", leads, 1e6);
        let lines = text.lines().filter(|line| line.contains("landmark"));
        let intense = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let (stage, follow_ups, rest) = (words[2], words[3], words[4..].join(" "));
            format!("intensity {stage} {follow_ups} {early} {rest}\n")
        };
        lines.map(intense).collect::<String>()
    };
    let warm = Leads { share: 0.3, buys: 0.5, a_day: 0.9, ..leads(14.0, 7.0) };
    let cold = Leads { share: 0.7, buys: 0.1, a_day: 0.3, ..leads(14.0, 7.0) };
    let mut pot = counters("ads", &warm, 1e6) + &counters("chat", &cold, 1e6);
    pot = pot.replace(" ads = ", " chat = ");
    let mut all: BTreeMap<String, i64> = BTreeMap::new();
    for line in pot.lines() {
        let (name, count) = line.split_once(" = ").expect("a count");
        *all.entry(name.to_owned()).or_default() += count.parse::<i64>().expect("a number");
    }
    let pot: String = all.iter().map(|(name, count)| format!("{name} = {count}\n")).collect();
    let books = books(&(pot + &of("2", &warm) + &of("0", &cold)));
    let ratio = |map: &JourneyMap| {
        let habits = cadence(map, books.iter(), &so_far()).expect("a report");
        let contrast = row(&habits, 3).comparison.landmark.expect("both groups");
        (contrast.ratio.expect("a ratio").value, habits.tables(&map.zone)[0].notes.join(" "))
    };
    let (like_with_like, notes) = ratio(&map());
    is_near(like_with_like, 1.0, 1e-3);
    assert!(notes.contains("how often the customer was heard of in the first 12h"), "{notes}");
    let (in_one_pot, notes) = ratio(&without_intensity());
    assert!(in_one_pot > 2.0, "{in_one_pot}");
    assert!(notes.contains("The map does not count intensity"), "{notes}");
}

#[test]
fn a_true_doubling_comes_out_and_who_is_open_is_in_no_rate() {
    let group = |basis, follow_ups, converted, expired, open| {
        lines(basis, follow_ups, "chat", &Outcomes { converted, expired, open })
    };
    let text = group("naive", "1", 400, 1_700, 60)
        + &group("naive", "3", 700, 1_200, 60)
        + &group("landmark", "1", 200, 1_000, 50)
        + &group("landmark", "3", 400, 800, 50);
    let habits = of(&books(&text));
    let found = row(&habits, 3);
    let corrected = found.comparison.landmark.expect("both groups");
    is_near(corrected.ratio.expect("a ratio").value, 2.0, 1e-12);
    assert_eq!((corrected.compared, corrected.open), (2_400, 100));
    assert_eq!(found.entries, 4_120);
    assert_eq!(found.verdict, Some(Verdict::Act));
    assert_eq!(
        found.plain(Language::English, habits.landmark),
        "consideration: 3 follow-ups or more within 7d, beside 1: of those still open then 33 % \
         convert, 17 % of the others: × 2.00, where the usual count says × 1.93. 2,400 compared, \
         1,200 of them with the habit. The difference holds: act on it."
    );
    assert_eq!(
        found.plain(Language::German, habits.landmark),
        "consideration: 3 Mal Nachfassen oder mehr binnen 7d, neben 1: Von denen, die dann noch \
         offen sind, schließen 33 % ab, von den anderen 17 %: × 2,00, wo die übliche Zählung \
         × 1,93 sagt. 2.400 verglichen, davon 1.200 mit der Gewohnheit. Der Unterschied ist \
         gesichert: Danach kann man handeln."
    );
    // Nobody had none, and nobody four: nothing is compared, and it is said so.
    for least in [1, 4] {
        let none = row(&habits, least);
        assert_eq!((none.verdict, none.watched), (None, None));
        let words = none.plain(Language::English, habits.landmark);
        assert!(words.contains("Not enough data: one of the groups has nobody"), "{words}");
    }
}

#[test]
fn a_small_shop_is_told_how_many_leads_are_missing() {
    let group = |basis, follow_ups, converted, expired| {
        lines(basis, follow_ups, "chat", &Outcomes { converted, expired, open: 0 })
    };
    let text = group("naive", "0", 20, 60)
        + &group("naive", "1", 5, 25)
        + &group("naive", "3", 5, 9)
        + &group("landmark", "1", 3, 17)
        + &group("landmark", "3", 3, 7);
    let habits = of(&books(&text));
    let found = row(&habits, 3);
    let Some(Verdict::NotEnough { more: Some(more) }) = found.verdict else { panic!("{found:?}") };
    // 30 of 124 leads are compared: about four times as many have to come as must be compared.
    assert!((500..10_000).contains(&more), "{more}");
    let words = found.plain(Language::English, habits.landmark);
    assert!(words.contains("Not enough data: about "), "{words}");
    assert!(found.watched.expect("an interval").has(0.0));
}

#[test]
fn where_nobody_is_followed_up_it_says_so_and_what_is_no_question_is_refused() {
    let nobody = books("cadence naive awareness 0 open ads = 40");
    let tables = of(&nobody).tables(&map().zone);
    assert_eq!((tables.len(), tables[0].rows.len()), (1, 0));
    let text = tables[0].render(&map().zone);
    assert!(text.contains("Nobody was followed up: no follow_up_sent within 7d"), "{text}");
    let ask = |query| cadence(&map(), Books::new().iter(), &query).err();
    assert_eq!(ask(days("2026-01-05", "2026-01-07")), Some(Mistake::NoPeriod));
    assert!(matches!(ask(by(so_far(), "stage")), Some(Mistake::By(..))));
    assert_eq!(ask(by(so_far(), "channel")), None);
    let mut without = map();
    without.families.retain(|family| *family != Family::Cadence);
    let refused = cadence(&without, Books::new().iter(), &so_far()).err();
    assert!(matches!(refused, Some(Mistake::NotCounted(_))), "{refused:?}");
}
