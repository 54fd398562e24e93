//! States on a disk that has gone bad, beside a cluster: they are made anew from it.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::{Over, Random};
use crate::program::{Program, shared_broker};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The files of a folder with an ending, or with a name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no file {ending} in {}", folder.display());
    paths
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).expect("a file");
    change(&mut bytes);
    std::fs::write(path, bytes).expect("a file");
}

/// What may be wrong with a folder of states.
fn damages() -> [(&'static str, fn(&Path, &mut Random)); 4] {
    [
        ("a bit is flipped", |states, random| {
            for path in files(states, ".sst") {
                change(&path, |bytes| {
                    // In the blocks, not in what stands behind them.
                    let at = random.below(bytes.len() as u64 / 2) as usize;
                    bytes[at] ^= 1 << random.below(8);
                });
            }
        }),
        ("files are cut off", |states, _| {
            for path in files(states, ".sst") {
                change(&path, |bytes| bytes.truncate(bytes.len() / 2));
            }
        }),
        ("a file is lost", |states, _| {
            std::fs::remove_file(&files(states, ".sst")[0]).expect("removed");
        }),
        ("it does not say what is current", |states, _| {
            std::fs::remove_file(states.join("CURRENT")).expect("removed");
        }),
    ]
}

#[test]
fn damaged_states_are_made_anew_from_the_cluster() {
    let folder = tempfile::tempdir().expect("a folder");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let mut program = Program::instance(folder.path(), shared_broker(), "damaged", "one", SESSION);
    let mut written = 0;
    for (turn, (what, damage)) in damages().into_iter().enumerate() {
        let running = Running::start(program);
        let is_over = AtomicBool::new(false);
        let (seed, is_over) = (seed + turn as u64, &is_over);
        written += std::thread::scope(|scope| {
            let _over = Over(&is_over);
            let writer = scope.spawn(move || write(shared_broker(), "damaged", seed, is_over));
            std::thread::sleep(Duration::from_secs(1));
            is_over.store(true, Ordering::Relaxed);
            writer.join().expect("the writer")
        });
        running.wait_until_caught_up();
        // Ended well, it has written everything behind.
        program = running.end();
        let before = program.settled_lines(&["insights"]);
        damage(&program.states(), &mut random);
        let after = program.settled_lines(&["insights"]);
        assert_eq!(before, after, "SEED={seed}: {what}");
    }
    verify(&[&program], shared_broker(), "damaged", written, seed);
}
