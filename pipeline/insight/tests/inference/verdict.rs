//! Drifts, paradoxes and verdicts, and how they are said.

use crate::is_near;
use insight::inference::{
    Language, Outcomes, Statement, Stratum, Verdict, difference, drift, paradox,
};

#[test]
fn a_drift_is_what_another_program_makes_of_the_same_windows() {
    // By the same formula in scipy.
    let found = |windows: &[&[i64]]| {
        let windows: Vec<Vec<i64>> = windows.iter().map(|window| window.to_vec()).collect();
        drift(&windows)
    };
    let changed: &[&[i64]] = &[&[10, 90], &[12, 88], &[9, 91], &[25, 75], &[28, 72]];
    let drift = found(changed).expect("evidence");
    is_near(drift.ln_evidence, 2.774_463_361_715_533, 1e-9);
    assert_eq!(drift.since, 3);
    is_near(found(&changed[..3]).expect("evidence").ln_evidence, -3.603_825_114_156_055, 1e-9);
    // A mix of three channels.
    let mix = found(&[&[30, 20, 0], &[10, 35, 5], &[12, 30, 8]]).expect("evidence");
    is_near(mix.ln_evidence, 3.339_046_125_531_581, 1e-9);
    assert_eq!(mix.since, 1);
    assert_eq!(found(&[&[1, 2]]), None);
    assert_eq!(found(&[&[1, 2], &[1, 2, 3]]), None);
}

fn stratum(exposed: (i64, i64), others: (i64, i64)) -> Stratum {
    let group = |(converted, decided): (i64, i64)| Outcomes {
        converted,
        expired: decided - converted,
        open: 0,
    };
    Stratum { exposed: group(exposed), others: group(others) }
}

#[test]
fn a_paradox_is_a_sign_that_turns() {
    // Kidney stones (Charig and others 1986) turn in the whole, Berkeley's largest departments
    // (Bickel, Hammel and O'Connell 1975) at A alone.
    let stones = [stratum((81, 87), (234, 270)), stratum((192, 263), (55, 80))];
    let found = paradox(&stones).expect("a paradox");
    is_near(found.in_one_pot, 273.0 / 350.0 - 289.0 / 350.0, 1e-12);
    assert!(found.like_with_like.value > 0.05);
    // In each stratum by itself it might be chance.
    assert!(found.against.is_empty());
    let berkeley = [
        stratum((512, 825), (89, 108)),
        stratum((353, 560), (17, 25)),
        stratum((120, 325), (202, 593)),
        stratum((138, 417), (131, 375)),
        stratum((53, 191), (94, 393)),
        stratum((22, 373), (24, 341)),
    ];
    let found = paradox(&berkeley).expect("a paradox");
    assert!(found.in_one_pot > 0.13 && found.like_with_like.value < 0.0, "{found:?}");
    assert_eq!(found.against, [0]);
    // What points one way everywhere, or is small, is none.
    assert_eq!(paradox(&[stratum((30, 100), (20, 100)), stratum((9, 10), (7, 10))]), None);
    assert_eq!(paradox(&[stratum((300, 1_000), (200, 1_000)), stratum((1, 30), (20, 30))]), None);
    assert_eq!(paradox(&[]), None);
}

#[test]
fn a_verdict_holds_at_every_look_or_says_how_many_leads_are_missing() {
    let of = |one, other| Verdict::of(one, other, 0.05, 0.05).expect("a verdict");
    assert_eq!(of((60, 200), (40, 300)), Verdict::Act);
    let Verdict::Promising { more: Some(more) } = of((30, 100), (36, 200)) else { panic!() };
    // With so many more at the same rates it holds, with half as many it does not.
    let grown = |times: f64| {
        let part = |count: f64| (count * times).round() as i64;
        difference((part(30.0), part(100.0)), (part(36.0), part(200.0)), 0.05).expect("one")
    };
    assert!(!grown((300 + more) as f64 / 300.0).interval.has(0.0), "{more}");
    assert!(grown((300 + more / 2) as f64 / 300.0).interval.has(0.0), "{more}");
    let Verdict::NotEnough { more: Some(few) } = of((3, 20), (5, 40)) else { panic!() };
    assert!((1_000..10_000).contains(&few), "{few}");
    // Enough to know that there is nothing.
    assert_eq!(of((3_000, 30_000), (2_990, 30_000)), Verdict::Alike);
    assert_eq!(of((300, 3_000), (299, 3_000)).name(), "no difference");
    // A thousandth more is not worth waiting for.
    let tiny = Verdict::of((300, 3_000), (299, 3_000), 0.001, 0.05);
    assert_eq!(tiny, Some(Verdict::NotEnough { more: None }));
    assert_eq!(Verdict::of((0, 0), (5, 40), 0.05, 0.05), None);
    // One of five leads is compared: five times as many must come.
    let leads = Verdict::NotEnough { more: Some(130) }.of_leads(5.0);
    assert_eq!(leads.more(), Some(650));
    assert_eq!(leads.of_leads(1e6).more(), None);
}

#[test]
fn a_verdict_is_a_sentence_in_two_languages() {
    let statement = |one, other, verdict| {
        let interval = difference(one, other, 0.05).expect("a difference").interval;
        Statement { what: "{one} follow-ups", one, other, interval, verdict }
    };
    let act = statement((60, 200), (40, 300), Verdict::Act);
    for (statement, english, german) in [
        (
            act.clone(),
            "{one} follow-ups: 30 % convert, 13 % of the others. The difference holds: act on it.",
            "{one} follow-ups: 30 % schließen ab, von den anderen 13 %. Der Unterschied ist \
             gesichert: Danach kann man handeln.",
        ),
        (
            statement((13, 170), (12, 300), Verdict::Promising { more: Some(1_300) }),
            "{one} follow-ups: 7.6 % convert, 4.0 % of the others. Promising: about 1,300 more \
             leads are needed to be sure.",
            "{one} follow-ups: 7,6 % schließen ab, von den anderen 4,0 %. Vielversprechend: Für \
             Gewissheit fehlen noch etwa 1.300 Anfragen.",
        ),
        (
            statement((90, 300), (89, 300), Verdict::Alike),
            "{one} follow-ups: 30 % convert, 30 % of the others. No difference worth acting on.",
            "{one} follow-ups: 30 % schließen ab, von den anderen 30 %. Kein Unterschied, nach \
             dem zu handeln sich lohnt.",
        ),
        (
            statement((0, 3), (2, 9), Verdict::NotEnough { more: None }),
            "{one} follow-ups: 0 % convert, 22 % of the others. Not enough data, and no number of \
             leads that is likely to come would be enough.",
            "{one} follow-ups: 0 % schließen ab, von den anderen 22 %. Zu wenig Daten, und so \
             viele Anfragen, wie nötig wären, kommen kaum zusammen.",
        ),
    ] {
        assert_eq!(statement.plain(Language::English), english);
        assert_eq!(statement.plain(Language::German), german);
    }
    assert_eq!(
        act.technical(Language::English),
        "60 of 200 against 40 of 300; difference +16.7 points, +1.4 to +32.7 (95 %, holds at every \
         look)"
    );
    assert_eq!(
        act.technical(Language::German),
        "60 von 200 gegen 40 von 300; Unterschied +16,7 Punkte, +1,4 bis +32,7 (95 %, gilt bei \
         jedem Hinsehen)"
    );
}
