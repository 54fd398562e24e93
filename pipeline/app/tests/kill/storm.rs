//! Instances come and go faster than a group settles.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::{Over, Random};
use crate::program::{Program, shared_broker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often somebody comes or goes; `STORM` says otherwise.
const TURNS: u64 = 12;

#[test]
fn a_storm_of_joins_and_leaves_stops_nobody_and_changes_no_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (seed, turns) = (number("SEED").unwrap_or(1), number("STORM").unwrap_or(TURNS));
    let mut random = Random(seed);
    let program = |name| Program::instance(folder.path(), shared_broker(), "storm", name, SESSION);
    let mut steady = Running::start(program("steady"));
    let (mut running, mut resting) = ([None, None], ["second", "third"].map(|n| Some(program(n))));
    let is_over = AtomicBool::new(false);
    let (written, before, after) = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(shared_broker(), "storm", seed, &is_over));
        let counted = || steady.program.settled_lines(&["insights", "--family", "admission"]);
        let before = counted();
        for turn in 0..turns {
            let at = (turn % 2) as usize;
            match running[at].take() {
                None => running[at] = resting[at].take().map(Running::begin),
                Some(instance) if random.below(2) == 0 => resting[at] = Some(instance.end()),
                Some(instance) => {
                    let program = kill(instance);
                    // What it begins with next time it may also lose while it is given back.
                    if random.below(2) == 0 {
                        program.lose_states();
                    }
                    resting[at] = Some(program);
                }
            }
            std::thread::sleep(Duration::from_secs(2));
        }
        let ended = steady.child.try_wait().expect("a look");
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        is_over.store(true, Ordering::Relaxed);
        (writer.join().expect("the writer"), before, counted())
    });
    assert_ne!(before, after, "nothing was counted meanwhile");
    running.into_iter().flatten().for_each(|instance| _ = kill(instance));
    steady.wait_for_owners(1);
    steady.wait_until_caught_up();
    verify(&[&steady.program], shared_broker(), "storm", written, seed);
    steady.end();
}

fn kill(mut instance: Running) -> Program {
    instance.child.kill().expect("a kill");
    instance.child.wait().expect("an end");
    instance.program
}
