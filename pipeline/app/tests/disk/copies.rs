//! A data folder that is copied file by file while touchpoints arrive, as `cp -r` does: started
//! elsewhere it counts everything accepted before the copy began, or it is refused with a page.

use crate::disk::Disk;
use crate::program::Program;
use crate::written::{Writers, Written};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tests::Random;

/// The names of a folder first, then file by file, in any order and with pauses. What has gone
/// meanwhile is passed over.
fn copy(from: &Path, to: &Path, random: &mut Random) {
    std::fs::create_dir_all(to).expect("a folder");
    let entries = std::fs::read_dir(from).expect("a folder").flatten();
    let mut names: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    names.sort();
    while !names.is_empty() {
        let path = names.swap_remove(random.below(names.len() as u64) as usize);
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target, random);
        } else {
            let _ = std::fs::copy(&path, &target);
        }
        std::thread::sleep(Duration::from_millis(random.below(15)));
    }
}

#[test]
fn a_folder_copied_while_touchpoints_arrive_counts_them_or_is_refused_with_a_page() {
    let seeds: u64 = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let home = tempfile::tempdir().expect("a folder");
    let mut copies = Vec::new();
    let written = Writers::around(port, &disk.data(), |writers| {
        let program = Program::start(&mut disk, port);
        program.wait_until_ready();
        for seed in 1..=seeds {
            let enough = writers.accepted() + 60;
            let begun = Instant::now();
            while writers.accepted() < enough {
                assert!(begun.elapsed() < Duration::from_secs(20), "nothing is accepted");
                std::thread::sleep(Duration::from_millis(2));
            }
            let folder = home.path().join(format!("copy{seed}"));
            let before = writers.accepted_so_far();
            copy(&disk.data(), &folder, &mut Random(seed));
            copies.push((folder, before));
        }
        program.kill();
    });
    let (mut whole, mut refused) = (0, 0);
    for (folder, accepted) in copies {
        let sent = written.sent.clone();
        match (Written { sent, accepted, ..Written::default() }).judge(&folder) {
            Ok(_) => whole += 1,
            Err(why) => {
                let page = ["D0301", "D0312", "D0401"].iter().find(|code| why.contains(*code));
                let is_told = page.is_some() && why.contains("What to do: ");
                assert!(is_told, "{folder:?}: {why}");
                refused += 1;
            }
        }
    }
    eprintln!("{seeds} copies: {whole} whole, {refused} refused");
    assert!(refused > 0, "no copy was torn: nothing was tried");
}
