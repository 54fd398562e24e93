//! Objections as a report: shares of entries, what came of them, after which answer.

use crate::books::{Books, books, by, days, map, so_far};
use insight::inference::{Language, Verdict};
use insight::report::{Fate, Group, Mistake, Objections, objections};
use model::Family;

fn of(books: &Books) -> Objections {
    objections(&map(), books.iter(), &so_far()).expect("a report")
}

/// A hundred ask by chat, forty of whom object to the price, ten of these to trust too.
const CLINIC: &str = "
    flow consideration · chat · first · converted = 50
    flow consideration · chat · first · expired = 40
    flow consideration · chat · first · open = 10
    objection consideration · chat · all · follow_up_sent · converted = 8
    objection consideration · chat · all · follow_up_sent · cold = 12
    objection consideration · chat · all · none · lost = 15
    objection consideration · chat · all · none · open = 5
    objection consideration · chat · price · follow_up_sent · converted = 8
    objection consideration · chat · price · follow_up_sent · cold = 12
    objection consideration · chat · price · none · lost = 15
    objection consideration · chat · price · none · open = 5
    objection consideration · chat · trust · none · lost = 10
    flow decision · chat · first · open = 50";

#[test]
fn entries_with_an_objection_are_a_share_of_all_and_beside_the_others() {
    let report = of(&books(CLINIC));
    let told: Vec<_> = report.rows.iter().map(|row| (&*row.stage, &*row.objection)).collect();
    let stage = "consideration";
    assert_eq!(told, [(stage, "all"), (stage, "price"), (stage, "trust")]);
    let all = &report.rows[0];
    assert_eq!(all.fate, Fate { open: 5, converted: 8, cold: 12, lost: 15 });
    let share = all.share.expect("a share");
    assert_eq!((share.part, share.whole), (40, 100));
    assert_eq!(all.others, (42, 55), "converted and decided of the sixty without one");
    assert_eq!(report.rows[2].others, (50, 80));
    let found = all.found.expect("a difference");
    assert_eq!(found.verdict, Verdict::Act, "8 of 35 against 42 of 55");
    let english = all.plain(Language::English);
    assert!(
        english.starts_with("Any objection in consideration: 23 % convert, 76 % of"),
        "{english}"
    );
    let german = report.rows[1].plain(Language::German);
    assert!(german.starts_with("Einwand Preis in consideration: 23 % schließen ab"), "{german}");
}

#[test]
fn answers_are_held_against_each_other_and_little_is_called_little() {
    let more = format!(
        "{CLINIC}
         objection consideration · chat · timing · message_sent · converted = 1
         objection consideration · chat · timing · follow_up_sent · cold = 1"
    );
    let report = of(&books(&more));
    let told: Vec<_> =
        report.answers.iter().map(|row| (&*row.objection, &*row.next, row.fate.all())).collect();
    let expected = [
        ("all", "follow_up_sent", 20),
        ("all", "none", 20),
        ("price", "follow_up_sent", 20),
        ("price", "none", 20),
        ("trust", "none", 10),
        ("timing", "follow_up_sent", 1),
        ("timing", "message_sent", 1),
    ];
    assert_eq!(told, expected);
    assert_eq!(report.answers[0].found, None, "there is no other answer");
    assert_eq!(report.answers[1].plain(Language::English), "");
    let timing = report.answers[6].found.expect("two answers");
    assert_eq!((timing.one, timing.other), ((1, 1), (0, 1)));
    assert!(matches!(timing.verdict, Verdict::NotEnough { .. }), "{timing:?}");
    let plain = report.answers[6].plain(Language::English);
    assert!(plain.starts_with("Objection timing in consideration, then message_sent: "), "{plain}");
    assert!(plain.contains("Not enough data"), "{plain}");
}

#[test]
fn a_period_and_a_channel_divide_it_and_other_families_are_not_asked() {
    let daily = books(
        "flow 1d 2026-01-05 consideration · chat · first · expired = 4
         flow 1d 2026-01-05 consideration · phone · first · expired = 2
         flow 1d 2026-01-06 consideration · chat · first · expired = 1
         objection 1d 2026-01-05 consideration · chat · all · none · cold = 1
         objection 1d 2026-01-05 consideration · chat · need · none · cold = 1
         objection 1d 2026-01-06 consideration · chat · all · none · cold = 1",
    );
    let ask = |query| objections(&map(), daily.iter(), &query);
    let first = ask(by(days("2026-01-05", "2026-01-05"), "channel")).expect("a report");
    assert_eq!(first.rows.len(), 2);
    assert_eq!(first.rows[0].group, Group::Word("chat".to_owned()));
    assert_eq!(first.rows[0].share.map(|share| (share.part, share.whole)), Some((1, 4)));
    assert_eq!(first.rows[0].others, (0, 3));
    let days = ask(by(so_far(), "1d")).expect("a report");
    assert_eq!(days.rows.len(), 3);
    assert!(ask(by(so_far(), "kind")).is_err());
    let mut map = map();
    map.families.retain(|family| *family != Family::Objection);
    let refused = objections(&map, daily.iter(), &so_far());
    assert_eq!(refused, Err(Mistake::NotCounted(Family::Objection)));
    let nothing = of(&books("flow consideration · chat · first · open = 5"));
    assert!(nothing.rows.is_empty() && nothing.tables(&map.zone).len() == 1);
}
