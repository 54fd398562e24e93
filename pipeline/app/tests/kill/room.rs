//! The broker's disk is full: it ends or refuses, and the instance waits until there is room again.
//!
//! The disk is a small file system in memory, which only root may make: where nobody here is root,
//! and sudo asks for a password, the test says so on the standard error and tries nothing.

use crate::cluster::{Running, SESSION, verify, write};
use crate::load::Over;
use crate::program::Program;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tests::Broker;

/// How large the disk is, and what is left of it once it is stuffed.
const DISK: u64 = 256 << 20;
const LEFT: u64 = 1 << 20;

/// Longer than the broker's writes are waited for.
const OUTAGE: Duration = Duration::from_secs(10);

/// How long a broker may hold out on what is left.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command of root's.
pub fn as_root(command: &[&str]) -> Result<(), String> {
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    let sudo: &[&str] = if id.stdout == b"0\n" { &[] } else { &["sudo", "-n"] };
    let words = [sudo, command].concat();
    let output = Command::new(words[0]).args(&words[1..]).output();
    let output = output.map_err(|error| format!("{words:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{words:?}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// Says that something could not be tried, to whoever reads what a test that passed does not tell.
pub fn say_untried(what: &str, why: &str) {
    // Nobody is hurt when it cannot be said.
    let _ = writeln!(std::io::stderr(), "NOT TRIED: {what}: {why}");
}

/// A file system of its own, which is gone with this.
struct Disk(PathBuf);

impl Disk {
    fn make(at: &Path) -> Result<Disk, String> {
        std::fs::create_dir_all(at).expect("a folder");
        let text = at.to_str().expect("a path");
        let options = format!("size={DISK},mode=777");
        as_root(&["mount", "-t", "tmpfs", "-o", &options, "desirepath-test", text])?;
        Ok(Disk(at.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Takes all but a little of what is free.
    fn stuff(&self) {
        let output = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.0).output();
        let text = String::from_utf8(output.expect("df").stdout).expect("text");
        let free: u64 = text.lines().nth(1).expect("a line").trim().parse().expect("a number");
        let mut ballast = std::fs::File::create(self.ballast()).expect("a file");
        let block = vec![1; 64 << 10];
        for _ in 0..free.saturating_sub(LEFT) / block.len() as u64 {
            // What is left the broker may have taken meanwhile.
            if ballast.write_all(&block).is_err() {
                return;
            }
        }
    }

    fn clear(&self) {
        std::fs::remove_file(self.ballast()).expect("removed");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a broker that still runs has files open on it.
        let _ = as_root(&["umount", "-l", self.0.to_str().expect("a path")]);
    }
}

#[test]
fn a_broker_whose_disk_is_full_is_waited_for_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("broker");
    let disk = match Disk::make(&place.join("data")) {
        Ok(disk) => disk,
        Err(why) => return say_untried("a broker whose disk is full", &why),
    };
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let broker = Broker::start(&place);
    let program = Program::instance(folder.path(), &broker.address, "full", "one", SESSION);
    let mut running = Running::start(program);
    let is_over = AtomicBool::new(false);
    let (written, held_out) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&broker.address, "full", seed, &is_over));
        let over = Over(&is_over);
        std::thread::sleep(Duration::from_secs(2));
        disk.stuff();
        // Its only disk has failed it: by its own rules it ends.
        let begun = Instant::now();
        while broker.is_running() {
            assert!(begun.elapsed() < PATIENCE, "SEED={seed}: its disk is not full");
            std::thread::sleep(Duration::from_millis(100));
        }
        let held_out = begun.elapsed();
        let begun = Instant::now();
        while begun.elapsed() < OUTAGE {
            let ended = running.child.try_wait().expect("a look");
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
        disk.clear();
        broker.start_again();
        std::thread::sleep(Duration::from_secs(2));
        drop(over);
        (writer.join().expect("the writer"), held_out)
    });
    running.wait_until_caught_up();
    verify(&[&running.program], &broker.address, "full", written, seed);
    running.end();
    eprintln!("{written} written; the broker held out for {held_out:?} on {LEFT} bytes");
    broker.signal("-KILL");
}
