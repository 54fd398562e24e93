//! The forecast as a report: from counters by day, refused where there are none.

use crate::books::{Books, at, books, by, days, map, so_far};
use insight::inference::Language;
use insight::report::{Forecast, Mistake, Wanted, forecast};
use model::{Civil, Family, Size};

fn of(books: &Books) -> Forecast {
    forecast(&map(), books.iter(), &so_far()).expect("a report")
}

/// A shop that has the same day over and over: ten ask by chat, four of them book after a day and
/// a half, three of these come after two days and a half and pay 50 euros; the others go cold.
fn shop(count: usize) -> Books {
    let first = Civil::parse("2026-03-25").expect("a date").days() - count as i64;
    let mut text = String::new();
    for day in 0..count as i64 {
        let date = |after: i64| Civil::from_days(first + day + after);
        let is_over = |after: i64| day + after < count as i64;
        let mut line = |entry: String| text.push_str(&(entry + "\n"));
        line(format!("move 1d {} none consideration · chat = 10", date(0)));
        for (stage, all, done, took, bucket) in
            [("consideration", 10, 4, 2, "1d-2d"), ("decision", 4, 3, 3, "2d-3d")]
        {
            let entered = if stage == "decision" { 2 } else { 0 };
            if !is_over(entered) {
                continue;
            }
            let (on, when) = (date(entered), entered + took);
            let lost = entered + 7;
            let open = all
                - if is_over(when) { done } else { 0 }
                - if is_over(lost) { all - done } else { 0 };
            if is_over(when) {
                line(format!("flow 1d {on} {stage} · chat · first · converted = {done}"));
                line(format!("duration 1d {on} {stage} · chat · converted · {bucket} = {done}"));
                let next = if stage == "decision" { "retention" } else { "decision" };
                let paid = if next == "retention" { " 15000 EUR" } else { "" };
                line(format!("move 1d {} {stage} {next} · booking = {done}{paid}", date(when)));
            }
            if is_over(lost) {
                let lost_ones = all - done;
                line(format!("flow 1d {on} {stage} · chat · first · expired = {lost_ones}"));
                line(format!("duration 1d {on} {stage} · chat · cold · 5d-7d = {lost_ones}"));
                line(format!("move 1d {} {stage} cold · chat = {lost_ones}", date(lost)));
            }
            if open > 0 {
                line(format!("flow 1d {on} {stage} · chat · first · open = {open}"));
            }
        }
    }
    books(&text)
}

#[test]
fn a_shop_whose_days_are_alike_goes_on_as_it_is() {
    let report = of(&shop(160));
    assert_eq!(report.evening.to_string(), "2026-03-24");
    assert_eq!(report.days, 160);
    assert_eq!(report.coming.len(), 15, "three measures, tomorrow and four weeks");
    for coming in &report.coming {
        let each = coming.expected / (coming.days.1 - coming.days.0 + 1) as f64;
        let expected = match &coming.measure {
            insight::forecast::Measure::Conversions => 3.0,
            insight::forecast::Measure::DropOffs => 7.0,
            insight::forecast::Measure::Revenue(currency) => {
                assert_eq!(currency, "EUR");
                15_000.0
            }
        };
        assert!((each / expected - 1.0).abs() < 0.05, "{each} is not {expected}");
        let intervals = coming.intervals;
        assert!(intervals.iter().all(|it| it.low <= coming.expected && coming.expected <= it.high));
        assert!(coming.plain(Language::German).contains("Woche davor"));
    }
    assert_eq!(report.alarms, []);
    let considering: i64 =
        report.leads.iter().filter(|row| row.stage == "consideration").map(|row| row.open).sum();
    assert_eq!(considering, 10 + 10 + 6 * 5, "of today's eve, of the day before, and those left");
    for row in &report.leads {
        assert!((0.0..=1.0).contains(&row.moves_on), "{row:?}");
        assert!((0.0..=1.0).contains(&row.converts), "{row:?}");
        assert!(row.stage != "consideration" || row.converts <= 0.4, "{row:?}");
    }
    let fresh = &report.leads[0];
    assert!((fresh.moves_on - 0.4).abs() < 0.05, "{fresh:?}");
    assert!((fresh.converts - 0.3).abs() < 0.05, "{fresh:?}");
}

#[test]
fn before_four_weeks_are_over_nothing_is_said() {
    let report = of(&shop(27));
    assert_eq!(report.coming, []);
    let text = report.tables(&map().zone)[0].render(&map().zone);
    assert!(text.contains("Not enough data: 27 days are over, four weeks are needed."), "{text}");
    let report = of(&shop(40));
    assert_eq!(report.coming.len(), 15);
    let text = report.coming[0].plain(Language::English);
    assert!(text.contains("12 of 60 forecasts are over."), "{text}");
    assert_eq!(of(&Books::new()).days, 0);
}

#[test]
fn what_happens_today_changes_nothing_that_was_forecast_for_it() {
    let calm = shop(120);
    let mut busy = calm.clone();
    busy.extend(books(
        "move 1d 2026-03-25 none consideration · chat = 500
         flow 1d 2026-03-25 consideration · chat · first · open = 500",
    ));
    let (calm, busy) = (of(&calm), of(&busy));
    assert_eq!(calm.coming, busy.coming);
    assert_eq!(at("2026-03-25T09:14"), so_far().as_of);
}

#[test]
fn it_is_made_of_days_and_has_no_period() {
    let ask = |query| forecast(&map(), Books::new().iter(), &query).err();
    assert_eq!(ask(days("2026-01-05", "2026-01-07")), Some(Mistake::NoPeriod));
    assert!(matches!(ask(by(so_far(), "channel")), Some(Mistake::By(..))));
    let mut by_weeks = map();
    by_weeks.sizes = vec![Size::Days(7)];
    let refused = forecast(&by_weeks, Books::new().iter(), &so_far()).err();
    assert_eq!(refused, Some(Mistake::NoDays));
    let mut without = map();
    without.families.retain(|family| *family != Family::Duration);
    let refused = forecast(&without, Books::new().iter(), &so_far()).err();
    assert_eq!(refused, Some(Mistake::NotCounted(Family::Duration)));
    // What it looks at is brought to it.
    let books = shop(30);
    let wanted = Wanted::of("forecast", &map(), &so_far());
    assert!(books.keys().all(|id| wanted.has(id)));
    assert!(!books.keys().all(|id| Wanted::of("funnel", &map(), &so_far()).has(id)));
}
