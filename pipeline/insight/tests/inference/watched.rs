//! A watched rate by tables of looks.

use insight::inference::{Cohort, Look, Pace, Watched, steady_rate};

fn cohort(window: i64, part: i64, whole: i64, revision: u64) -> Cohort {
    Cohort { window, whole, part, revision, is_final: true }
}

fn open(window: i64) -> Cohort {
    Cohort { is_final: false, ..cohort(window, 1, 20, 1) }
}

#[test]
fn windows_are_used_in_their_order_and_revisions_begin_a_new_edition() {
    let mut watched = Watched::new(0.05, Pace::Steady);
    assert_eq!(watched.interval(), None);
    let changed = |added, revised| Look { added, revised };
    type Row<'a> = (&'a str, &'a [Cohort], Look, (i64, i64), u32);
    let table: [Row; 9] = [
        ("nothing is final", &[open(1), open(2)], changed(0, 0), (0, 0), 1),
        ("the second before the first", &[open(1), cohort(2, 3, 9, 1)], changed(0, 0), (0, 0), 1),
        ("both", &[cohort(2, 3, 9, 1), cohort(1, 2, 8, 1)], changed(2, 0), (5, 17), 1),
        ("the same again", &[cohort(1, 2, 8, 1), cohort(2, 3, 9, 1)], changed(0, 0), (5, 17), 1),
        ("what was money alone", &[cohort(1, 2, 8, 7)], changed(0, 0), (5, 17), 1),
        ("an old answer", &[cohort(1, 0, 8, 3)], changed(0, 0), (5, 17), 1),
        ("open again", &[open(2), cohort(3, 1, 1, 1)], changed(1, 0), (6, 18), 1),
        (
            "two revised at once",
            &[cohort(1, 3, 8, 8), cohort(2, 2, 8, 2)],
            changed(0, 2),
            (6, 17),
            2,
        ),
        ("somebody in the past", &[cohort(0, 0, 1, 1), open(4)], changed(0, 1), (6, 18), 3),
    ];
    for (words, cohorts, look, sums, edition) in table {
        assert_eq!(watched.look(cohorts), look, "{words}");
        assert_eq!(watched.sums(), sums, "{words}");
        assert_eq!(watched.edition(), edition, "{words}");
    }
    assert_eq!(watched.last(), Some(3));
    // 0.05 / (3 · 4).
    assert_eq!(watched.level(), 0.05 / 12.0);
    assert_eq!(watched.interval(), steady_rate(6, 18, 0.05 / 12.0));
}

#[test]
fn all_editions_together_err_no_more_than_was_said() {
    let mut watched = Watched::new(0.05, Pace::Drifting);
    let mut spent = watched.level();
    watched.look(&[cohort(1, 0, 50, 0)]);
    for revision in 1..10_000 {
        watched.look(&[cohort(1, (revision % 2) as i64, 50, revision)]);
        spent += watched.level();
    }
    assert_eq!(watched.edition(), 10_000);
    assert!(0.0499 < spent && spent < 0.05, "{spent}");
}
