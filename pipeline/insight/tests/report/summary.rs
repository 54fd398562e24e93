//! One screen of what stands out, and reports by their name.

use crate::books::{books, by, days, map, so_far};
use crate::funnel::SO_FAR;
use insight::report::{NAMES, report, summary};

#[test]
fn the_summary_as_its_owner_reads_it() {
    let books = books(&SO_FAR.replace(" → ", " "));
    let summary = summary(&map(), books.iter(), &so_far()).expect("a summary");
    let text = summary.render(&map().zone);
    let expected = include_str!("summary.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
    assert!(text.lines().all(|line| line.chars().count() <= 100) && text.lines().count() < 24);
}

#[test]
fn of_equal_leaks_the_earlier_stage_is_named() {
    let books = books(
        "flow awareness · website · first · expired = 3
         flow decision · website · first · expired = 3
         flow consideration · website · first · expired = 2",
    );
    let summary = summary(&map(), books.iter(), &so_far()).expect("a summary");
    assert_eq!(summary.leak().map(|(row, _)| row.stage.as_str()), Some("awareness"));
    assert_eq!(summary.converted().map(|rate| (rate.part, rate.whole)), Some((0, 8)));
}

#[test]
fn a_period_has_no_rate_over_journeys() {
    let books = books("flow 1d 2026-01-06 awareness · website · first · expired = 3");
    let query = days("2026-01-06", "2026-01-06");
    let summary = summary(&map(), books.iter(), &query).expect("a summary");
    assert_eq!(summary.converted(), None);
    assert_eq!(summary.leak().map(|(_, rate)| (rate.part, rate.whole)), Some((3, 3)));
}

#[test]
fn every_report_is_found_by_its_name_and_no_other() {
    let books = books(&SO_FAR.replace(" → ", " "));
    for name in NAMES {
        let tables = report(name, &map(), books.iter(), &so_far(), &[]).expect(name);
        assert!(!tables.is_empty(), "{name}");
        for table in &tables {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{name}");
        }
    }
    let mistake = report("funnels", &map(), books.iter(), &so_far(), &[]).expect_err("a mistake");
    let expected = format!("no report is called \"funnels\"; there are {}", NAMES.join(", "));
    assert_eq!(mistake.to_string(), expected);
    let mistake = report("summary", &map(), books.iter(), &by(so_far(), "channel"), &[]);
    assert!(mistake.is_err());
}
