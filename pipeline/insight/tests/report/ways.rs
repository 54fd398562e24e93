//! Funnels that somebody asked for, added up way by way.

use crate::books::{at, by, days, map, so_far};
use insight::report::{Group, Mistake, Query, WayRow, WaySums, Ways};
use model::{
    ChannelId, Exclusion, Funnel, FunnelCount, FunnelStep, Order, Passage, PassageEnd, Pattern,
    Search, Span, WindowFunnelModes,
};

fn step(name: &str) -> FunnelStep {
    let is_optional = name.ends_with('?');
    FunnelStep { name: name.to_owned(), pattern: Pattern::default(), is_optional }
}

pub fn funnel(steps: &[&str], order: Order) -> Funnel {
    Funnel {
        steps: steps.iter().map(|name| step(name)).collect(),
        window: Span::from_days(30),
        exclusions: Vec::new(),
        holds_subject: false,
        search: Search::Ways {
            order,
            count: FunnelCount::Uniques,
            has_reentry: true,
            removes_excluded: false,
        },
    }
}

/// `0 5 -`: hours after a day at which steps were reached.
pub fn way(hours: &[Option<i64>], end: PassageEnd) -> Passage {
    let begun = at("2026-01-05");
    let mut way = Passage::begin(begun, ChannelId(0));
    for (step, hour) in hours.iter().enumerate() {
        if let Some(hour) = hour {
            way.reach(step, begun.plus(Span::from_hours(*hour)));
        }
    }
    way.end = end;
    way
}

fn add_up(funnel: &Funnel, query: &Query, ways: &[(&str, Passage)]) -> Ways {
    let mut sums = WaySums::new(&map(), funnel, query).expect("sums");
    ways.iter().for_each(|(channel, way)| sums.add(way, channel));
    sums.finish(query.as_of)
}

/// Step, reached, of the step before, left, open.
fn told(row: &WayRow) -> (usize, i64, Option<(i64, i64)>, Option<i64>, Option<i64>) {
    let rate = row.of_before.map(|rate| (rate.part, rate.whole));
    (row.step, row.reached, rate, row.left, row.open)
}

#[test]
fn reached_is_reached_the_next_and_left_and_may_still_go_on() {
    use PassageEnd::{Broken, Converted, Excluded, Open, Overtaken, TimedOut};
    let mut asked = funnel(&["enquiry", "quote", "purchase"], Order::Sequential);
    let hours = |hours: &[i64]| hours.iter().map(|hour| Some(*hour)).collect::<Vec<_>>();
    let ways = [
        ("chat", way(&hours(&[0, 5, 30]), Converted)),
        ("chat", way(&hours(&[0, 5]), Open)),
        ("chat", way(&hours(&[0, 5]), TimedOut)),
        ("phone", way(&hours(&[0]), Excluded)),
        ("phone", way(&hours(&[0]), Broken)),
        ("phone", way(&hours(&[0]), Overtaken)),
        ("phone", way(&hours(&[0]), Open)),
    ];
    let found = add_up(&asked, &so_far(), &ways);
    let rows: Vec<_> = found.rows.iter().map(told).collect();
    let expected = [
        (1, 7, None, Some(3), Some(1)),
        (2, 3, Some((3, 7)), Some(1), Some(1)),
        (3, 1, Some((1, 3)), None, None),
    ];
    assert_eq!(rows, expected);
    assert!(found.rows.iter().all(|row| row.excluded.is_none()));
    let pattern = Pattern::default();
    let name = "lost".to_owned();
    asked.exclusions.push(Exclusion { name, pattern, after: 1, before: 3 });
    let found = add_up(&asked, &so_far(), &ways);
    assert_eq!(found.rows[0].excluded, Some(1));
    let found = add_up(&asked, &by(so_far(), "channel"), &ways);
    let first = found.rows.iter().filter(|row| row.step == 1);
    let first: Vec<_> = first.map(|row| (row.group.clone(), row.reached)).collect();
    let word = |word: &str| Group::Word(word.to_owned());
    assert_eq!(first, [(word("chat"), 3), (word("phone"), 4)]);
    let found = add_up(&asked, &by(so_far(), "1d"), &ways);
    assert_eq!(found.rows[0].group, Group::Window(at("2026-01-05")));
}

#[test]
fn an_optional_step_is_no_denominator_and_nobody_leaves_there() {
    use PassageEnd::{Converted, TimedOut};
    let asked = funnel(&["enquiry", "call?", "purchase"], Order::Sequential);
    let ways = [
        ("chat", way(&[Some(0), None, Some(9)], Converted)),
        ("chat", way(&[Some(0), Some(1), Some(9)], Converted)),
        ("chat", way(&[Some(0), Some(1)], TimedOut)),
        ("chat", way(&[Some(0)], TimedOut)),
    ];
    let found = add_up(&asked, &so_far(), &ways);
    let rows: Vec<_> = found.rows.iter().map(told).collect();
    let expected = [
        (1, 4, None, Some(2), Some(0)),
        (2, 2, Some((2, 4)), None, None),
        (3, 2, Some((2, 4)), None, None),
    ];
    assert_eq!(rows, expected);
}

/// The report of n ways through all steps of a funnel and m that stay at the first.
fn text(asked: &Funnel, through: usize, stay: usize) -> String {
    let hours: Vec<_> = (0..asked.steps.len() as i64).map(|step| Some(step * 26)).collect();
    let mut ways = vec![("chat", way(&hours, PassageEnd::Converted)); through];
    ways.extend(vec![("chat", way(&[Some(0)], PassageEnd::TimedOut)); stay]);
    add_up(asked, &so_far(), &ways).render(&map().zone)
}

#[test]
fn a_few_people_are_not_enough_data() {
    let asked = funnel(&["enquiry", "purchase"], Order::Sequential);
    let few = text(&asked, 2, 2);
    assert!(few.contains("Not enough data: 2 of 4 = 50 % (15–85) came through"), "{few}");
    assert!(few.contains("not enough data"), "{few}");
    let many = text(&asked, 40, 160);
    assert!(!many.contains("Not enough data"), "{many}");
    assert!(many.contains("40 of 200 = 20 % (15–26)"), "{many}");
    assert!(many.contains("1d-2d"), "{many}");
    assert!(text(&asked, 0, 0).contains("Nobody began."));
}

#[test]
fn the_title_says_what_was_counted() {
    let mut asked = funnel(&["enquiry", "purchase"], Order::Any);
    let any = text(&asked, 9, 1);
    assert!(any.starts_with("Funnel of 2 steps, in any order, each customer once, within 30d of"));
    assert!(any.contains("any 2") && any.contains("The steps: enquiry, purchase."), "{any}");
    asked.holds_subject = true;
    asked.window = Span::NEVER;
    assert!(text(&asked, 1, 1).contains("however long it took, of one subject"));
    let modes = WindowFunnelModes { strict_order: true, ..WindowFunnelModes::default() };
    asked.search = Search::WindowFunnel(modes);
    let mut sums = WaySums::new(&map(), &asked, &so_far()).expect("sums");
    let end = PassageEnd::TimedOut;
    sums.add(&Passage { times: None, end, ..way(&[Some(0)], end) }, "chat");
    let found = sums.finish(so_far().as_of);
    assert_eq!(told(&found.rows[0]), (1, 1, None, Some(1), None));
    assert!(found.render(&map().zone).contains("by windowFunnel (strict_order)"));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let asked = funnel(&["enquiry", "purchase"], Order::Sequential);
    let refused = |query: &Query| WaySums::new(&map(), &asked, query).err();
    assert!(matches!(refused(&by(so_far(), "entry")), Some(Mistake::By(..))));
    assert_eq!(refused(&days("2026-01-06", "2026-01-04")), Some(Mistake::Backwards));
    let period = add_up(&asked, &days("2026-01-05", "2026-01-06"), &[]).render(&map().zone);
    assert!(period.contains("begun: from 2026-01-05 to 2026-01-06."), "{period}");
}
