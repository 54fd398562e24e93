//! Whatever is killed, held up, given away, lost or damaged, and whenever: the counters are those
//! of the batch fold, each move is told once, and everything is read at last.
//!
//! `SEED=7 cargo test --release -p engine --test simulation` repeats one run and tells it;
//! `SEEDS=100000` makes so many. A run that fails is made as short as it gets before it is told.
//! `RULE=clock` takes away only the rules that say so;
//! `TELL=1` says for each rule of `engine::sim::Rule` which seed finds it missing, and how.

mod maps;
mod oracle;
mod reader;
mod run;
mod scenario;
mod shrink;

use engine::sim::{Rule, Rules};
use run::run;
use scenario::scenario;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Runs that are made where no number is given.
const SEEDS: u64 = 10_000;

/// Rules that few runs need, and the seed where such a run is looked for.
const RARE: [(Rule, u64); 1] = [(Rule::WholeRestored, 62_716)];

/// A failure: its seed, what went against the rules, and the shortest way there.
fn shortest(seed: u64, rules: Rules) -> Option<String> {
    let mut scenario = scenario(seed, rules);
    let steps = scenario.steps.clone();
    scenario.steps = shrink::shrink(&steps, |steps| {
        let tried = scenario::Scenario { steps: steps.to_vec(), ..scenario.clone() };
        run(&tried, false).violation.is_some()
    });
    let ran = run(&scenario, true);
    let way = ran.trace.join("\n");
    let (of, all) = (scenario.steps.len(), steps.len());
    ran.violation.map(|what| {
        format!("SEED={seed}, the shortest way found, {of} of {all} steps:\n{way}\n{what}\n")
    })
}

/// The first seed of a range whose run goes against the rules.
fn first_failure(seeds: std::ops::Range<u64>, rules: Rules) -> Option<u64> {
    let (next, failed) = (AtomicU64::new(seeds.start), AtomicU64::new(u64::MAX));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || failed.load(Ordering::Relaxed) < seed {
                        return;
                    }
                    if run(&scenario(seed, rules), false).violation.is_some() {
                        failed.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    Some(failed.into_inner()).filter(|seed| *seed != u64::MAX)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn counters_are_those_of_the_batch_fold_whatever_happens() {
    let failed = match number("SEED") {
        Some(seed) => {
            let ran = run(&scenario(seed, Rules::default()), true);
            tell(&ran.trace.join("\n"));
            ran.violation.map(|_| seed)
        }
        None => first_failure(0..number("SEEDS").unwrap_or(SEEDS), Rules::default()),
    };
    if let Some(text) = failed.and_then(|seed| shortest(seed, Rules::default())) {
        panic!("{text}");
    }
}

/// Says something whether or not the test fails.
fn tell(text: &str) {
    // Nobody is hurt when it cannot be said.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
fn each_rule_taken_away_is_found_out() {
    let tells = std::env::var("TELL").is_ok();
    let only = std::env::var("RULE").unwrap_or_default();
    for rule in Rule::ALL.iter().filter(|rule| rule.text().contains(&only)) {
        let (rules, text) = (Rules::without(*rule), rule.text());
        let begin = RARE.iter().find(|(rare, _)| rare == rule).map_or(0, |(_, seed)| *seed);
        let found = first_failure(begin..begin + SEEDS * 2, rules);
        let seed = found.unwrap_or_else(|| panic!("without this nothing fails: {text}"));
        if tells {
            let way = shortest(seed, rules).unwrap_or_default();
            tell(&format!("without this seed {seed} fails: {text}\n{way}"));
        }
    }
}

#[test]
fn a_seed_repeats_a_run_to_the_byte() {
    for seed in 0..100 {
        let scenario = scenario(seed, Rules::default());
        let (one, two, untold) =
            (run(&scenario, true), run(&scenario, true), run(&scenario, false));
        assert_eq!(one.trace, two.trace, "SEED={seed}");
        assert_eq!((one.digest, one.digest), (two.digest, untold.digest), "SEED={seed}");
    }
}
