//! Funnels by all modes of `windowFunnel`, and plain ones, over random and over real histories.
//! `SEED=42` repeats a run.

use crate::clickhouse::ask;
use crate::histories::{Histories, ecom, random};
use journey::{Lens, Period, passages};
use model::{Funnel, Timestamp, WindowFunnelModes};
use rules::{KnownWords, parse_funnel};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::Random;

/// Words of a funnel, and what ClickHouse is asked for it.
struct Case {
    funnel: Funnel,
    words: String,
    query: String,
}

fn case(
    histories: &Histories,
    table: &str,
    steps: &[&str],
    millis: i64,
    mode: Option<&str>,
) -> Case {
    let mut words = BTreeMap::from([("steps".to_owned(), steps.join(", "))]);
    words.insert("window".to_owned(), format!("{millis}ms"));
    words.extend(mode.map(|mode| ("mode".to_owned(), format!("windowFunnel:{mode}"))));
    let dictionary = histories.reading.dictionary();
    let kinds: BTreeSet<String> = dictionary.kinds.iter().map(str::to_owned).collect();
    let channels: BTreeSet<String> = dictionary.channels.iter().map(str::to_owned).collect();
    let map = histories.reading.map();
    let known = KnownWords { map, kinds: &kinds, channels: &channels };
    let funnel = parse_funnel(&words, known).expect("a funnel");
    let list = |words: &str| format!("'{}'", words.replace('|', "', '"));
    let condition = |step: &&str| match step.split_once('@') {
        Some((kinds, channels)) => {
            format!("kind IN ({}) AND channel IN ({})", list(kinds), list(channels))
        }
        None => format!("kind IN ({})", list(step)),
    };
    let conditions: Vec<String> = steps.iter().map(condition).collect();
    let modes = mode.unwrap_or_default().split(',').filter(|mode| !mode.is_empty());
    let modes: String = modes.map(|mode| format!(", '{mode}'")).collect();
    let query = format!(
        "SELECT customer, windowFunnel({millis}{modes})(t, {}) FROM {table} GROUP BY customer",
        conditions.join(", ")
    );
    Case { funnel, words: format!("{words:?}"), query }
}

/// Every case, by us and by ClickHouse, must give each customer the same level.
fn compare(histories: &Histories, cases: &[Case], folder: &Path, label: &str) -> Vec<Vec<u64>> {
    let queries: Vec<String> = cases.iter().map(|case| case.query.clone()).collect();
    let answers = ask(folder, &queries);
    assert_eq!(answers.len(), cases.len());
    let by_customer = histories.in_order();
    let mut levels = Vec::new();
    for (case, rows) in cases.iter().zip(answers) {
        let lens = Lens::new(&case.funnel, &histories.reading);
        assert_eq!(rows.len(), by_customer.len(), "{label}: {}", case.words);
        let mut reached = vec![0; case.funnel.steps.len() + 1];
        for (customer, expected) in rows {
            let history = &by_customer[customer.as_str()];
            let ways = passages(&lens, history, Period::default(), Timestamp::LAST);
            let level = ways.first().map_or(0, |way| way.step() as u64 + 1);
            assert!(
                level == expected,
                "{label}, {customer}: {level} here, {expected} there; {} over {:?}\n{}",
                case.words,
                history.iter().map(|touch| histories.words(touch)).collect::<Vec<_>>(),
                case.query
            );
            reached[..=level as usize].iter_mut().for_each(|count| *count += 1);
        }
        levels.push(reached.split_off(1));
    }
    levels
}

/// Every combination of modes that there is.
fn modes() -> Vec<String> {
    let names = |bits: u32| WindowFunnelModes {
        strict_deduplication: bits & 1 != 0,
        strict_order: bits & 2 != 0,
        strict_increase: bits & 4 != 0,
        strict_once: bits & 8 != 0,
        allow_reentry: bits & 16 != 0,
    };
    let modes = (0..32).map(names).filter(|modes| modes.strict_order || !modes.allow_reentry);
    modes.map(|modes| modes.names().collect::<Vec<_>>().join(",")).collect()
}

const STEPS: [&[&str]; 8] = [
    &["a", "b", "c"],
    &["a", "b", "a", "c"],
    &["a", "a", "a"],
    &["a|b", "b|c", "c", "d|a"],
    &["a@chat", "b", "c@email|chat", "d", "e"],
    &["a|b|c", "b|c|d", "a|b|c|d", "e|a"],
    &["x"],
    &["d", "c", "b", "a"],
];

#[test]
fn every_mode_of_window_funnel_gives_each_history_the_level_that_clickhouse_gives() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let folder = tempfile::tempdir().expect("a folder");
    let histories = random(seed, 3_000);
    let table = histories.write(folder.path());
    let mut numbers = Random(seed);
    let mut cases = Vec::new();
    for steps in STEPS {
        for mode in modes() {
            let window = [1, 3, 40_000, 120_000, 100_000_000][numbers.below(5) as usize];
            cases.push(case(&histories, &table, steps, window, Some(&mode)));
        }
    }
    assert_eq!(cases.len(), 8 * 24);
    let levels = compare(&histories, &cases, folder.path(), &format!("SEED={seed}"));
    // The comparison compares something: most cases reach most steps.
    let reached = levels.iter().flatten().filter(|count| **count > 0).count();
    assert!(reached * 10 > levels.iter().flatten().count() * 8, "{levels:?}");
}

#[test]
fn a_plain_funnel_of_different_steps_comes_as_far_as_clickhouse_says() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2);
    let folder = tempfile::tempdir().expect("a folder");
    let histories = random(seed, 3_000);
    let table = histories.write(folder.path());
    let steps: [&[&str]; 5] = [
        &["a", "b"],
        &["a", "b", "c", "d", "e"],
        &["d", "a|x", "b"],
        &["a@chat", "b", "a@email"],
        &["e|d", "c|b", "a"],
    ];
    let windows = [1, 20_000, 60_000, 180_000, 100_000_000];
    let cases = steps.iter().flat_map(|steps| windows.map(|window| (*steps, window)));
    let cases: Vec<Case> =
        cases.map(|(steps, window)| case(&histories, &table, steps, window, None)).collect();
    compare(&histories, &cases, folder.path(), &format!("SEED={seed}"));
}

fn ecom_text() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fetch = Command::new(root.join("deploy/data/fetch.sh")).output();
    assert!(fetch.expect("the script runs").status.success());
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    let file = cache.unwrap_or_else(home).join("desirepath/data/ecom.csv.gz");
    let text = Command::new("gzip").arg("-dc").arg(file).output().expect("gzip");
    String::from_utf8(text.stdout).expect("text")
}

#[test]
fn a_shop_of_600_people_has_the_funnels_that_clickhouse_and_others_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let histories = ecom(&ecom_text());
    let table = histories.write(folder.path());
    let day = 86_400_000;
    let shop: &[&str] = &["catalog", "add_to_cart", "purchase"];
    let mut cases = vec![case(&histories, &table, shop, 365 * day, None)];
    for mode in modes() {
        for window in [600_000, day, 30 * day] {
            cases.push(case(&histories, &table, shop, window, Some(&mode)));
        }
    }
    let pages: &[&str] = &["home|catalog|search", "product_view", "cart|add_to_cart", "purchase"];
    for mode in modes() {
        cases.push(case(&histories, &table, pages, 7 * day, Some(&mode)));
    }
    let levels = compare(&histories, &cases, folder.path(), "ecom");
    // What the package that the data set comes from counts itself.
    assert_eq!(levels[0], [600, 511, 285]);
}
