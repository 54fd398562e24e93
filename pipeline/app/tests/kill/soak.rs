//! One fault after the other: instances are killed, lose their states, are silent or end; the
//! broker is killed or silent. Each kind once; at random for so many minutes where `SOAK` says how
//! many.
//! `SEED` repeats which.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::{Over, Random};
use crate::program::Program;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tests::Broker;

/// Instances that run at most.
const INSTANCES: usize = 3;

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// An instance is killed and begins again.
    Kill,
    /// It is killed and finds an empty disk.
    LoseDisk,
    /// It ends as it should and begins again.
    Restart,
    /// It is silent for longer than its session, or for less.
    Silence,
    /// One instance less, until another fault begins it again.
    Leave,
    /// The broker is killed and begins again.
    KillBroker,
    /// The broker is silent.
    SilenceBroker,
}

const FAULTS: [Fault; 7] = [
    Fault::Kill,
    Fault::LoseDisk,
    Fault::Restart,
    Fault::Silence,
    Fault::Leave,
    Fault::KillBroker,
    Fault::SilenceBroker,
];

/// The instances, running or not.
struct Cluster {
    running: Vec<Option<Running>>,
    resting: Vec<Option<Program>>,
    broker: Broker,
}

impl Cluster {
    /// The instance at a place, begun if it did not run.
    fn running(&mut self, at: usize) -> Running {
        match (self.running[at].take(), self.resting[at].take()) {
            (Some(running), _) => running,
            (None, program) => Running::begin(program.expect("it rests")),
        }
    }

    fn suffer(&mut self, fault: Fault, random: &mut Random) {
        let at = random.below(INSTANCES as u64) as usize;
        let pause = Duration::from_millis(500 + random.below(14_500));
        match fault {
            Fault::Kill | Fault::LoseDisk => {
                let mut instance = self.running(at);
                instance.child.kill().expect("a kill");
                instance.child.wait().expect("an end");
                if fault == Fault::LoseDisk {
                    instance.program.lose_states();
                }
                self.running[at] = Some(Running::begin(instance.program));
            }
            Fault::Restart => {
                let program = self.running(at).end();
                self.running[at] = Some(Running::begin(program));
            }
            Fault::Silence => {
                let instance = self.running(at);
                instance.signal("-STOP");
                std::thread::sleep(pause);
                instance.signal("-CONT");
                self.running[at] = Some(instance);
            }
            Fault::Leave => {
                let program = self.running(at).end();
                self.resting[at] = Some(program);
                // One at least goes on.
                if self.running.iter().all(Option::is_none) {
                    self.running[at] = Some(self.running(at));
                }
            }
            Fault::KillBroker => {
                self.broker.signal("-KILL");
                std::thread::sleep(pause / 3);
                self.broker.start_again();
            }
            Fault::SilenceBroker => {
                self.broker.signal("-STOP");
                std::thread::sleep(pause);
                self.broker.signal("-CONT");
            }
        }
    }
}

/// So many faults, or for so long; what happened how often, and how many records were written.
fn soak(minutes: Option<u64>, faults: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let broker = Broker::start(&folder.path().join("broker"));
    let brokers = broker.address.clone();
    let program =
        |n: usize| Program::instance(folder.path(), &brokers, "soak", &format!("i{n}"), SESSION);
    let running = (0..INSTANCES).map(|n| Some(Running::start(program(n)))).collect();
    let mut cluster = Cluster { running, resting: vec![None, None, None], broker };
    let is_over = AtomicBool::new(false);
    let begun = Instant::now();
    let mut happened: BTreeMap<Fault, usize> = BTreeMap::new();
    let written = std::thread::scope(|scope| {
        let _over = Over(&is_over);
        let writer = scope.spawn(|| write(&brokers, "soak", seed, &is_over));
        loop {
            let count: usize = happened.values().sum();
            let is_enough = match minutes {
                Some(minutes) => begun.elapsed() > Duration::from_secs(60 * minutes),
                None => count >= faults,
            };
            if is_enough {
                break;
            }
            // Each kind once before any comes again.
            let fault = match FAULTS.get(count) {
                Some(fault) => *fault,
                None => FAULTS[random.below(FAULTS.len() as u64) as usize],
            };
            eprintln!("{:?}: {fault:?}", begun.elapsed());
            cluster.suffer(fault, &mut random);
            *happened.entry(fault).or_default() += 1;
            let pause = if minutes.is_some() { 5_000 + random.below(15_000) } else { 3_000 };
            std::thread::sleep(Duration::from_millis(pause));
        }
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer")
    });
    let running: Vec<Running> = (0..INSTANCES).map(|at| cluster.running(at)).collect();
    running.iter().for_each(|instance| instance.program.wait_until_ready());
    running[0].wait_until_caught_up();
    let programs: Vec<&Program> = running.iter().map(|running| &running.program).collect();
    verify(&programs, &brokers, "soak", written, seed);
    eprintln!("{written} records, {happened:?} in {:?}: every number is right", begun.elapsed());
    running.into_iter().for_each(|running| _ = running.end());
}

#[test]
fn whatever_fails_no_number_changes() {
    let minutes = std::env::var("SOAK").ok().and_then(|text| text.parse().ok());
    soak(minutes, FAULTS.len());
}
