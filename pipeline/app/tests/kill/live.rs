//! The audit of a busy instance: it cuts where the counters stand, so nothing that arrives
//! meanwhile is a difference.

use crate::load::{Over, Random, touchpoint};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const AUDITS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(300);

fn configure(folder: &Path, kind: &str, brokers: &str, port: u16) -> std::path::PathBuf {
    let (config, data) = (folder.join(format!("{kind}.toml")), folder.join(kind));
    let text = format!(
        "[log]\nkind = {kind:?}\ndata = {data:?}\npartitions = 3\n\
         [kafka]\nbrokers = {brokers:?}\napplication_id = \"live\"\ntopic_prefix = \"live-\"\n\
         [http]\nlisten = \"127.0.0.1:{port}\"\n"
    );
    std::fs::write(&config, text).expect("a file");
    config
}

/// Lets the writers end, also where a check before it fails: a scope waits for its threads.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Posts fifty touchpoints at a time until it is over.
fn write(port: u16, bearer: &str, seed: u64, is_over: &AtomicBool) {
    let agent = ureq::Agent::new_with_defaults();
    let (mut random, mut number) = (Random(seed), seed << 32);
    while !is_over.load(Ordering::Relaxed) {
        let mut lines = String::new();
        for _ in 0..50 {
            lines += &touchpoint(&mut random, number).1;
            lines.push('\n');
            number += 1;
        }
        let url = format!("http://127.0.0.1:{port}/v1/touchpoints");
        let request = agent.post(&url).header("content-type", "application/x-ndjson");
        let sent = request.header("authorization", bearer).send(&lines);
        assert_eq!(sent.expect("an answer").status(), 202);
        std::thread::sleep(Duration::from_millis(25));
    }
}

fn audit(config: &Path) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    let output = command.args(["audit", "--json", "--config"]).arg(config).output();
    let output = output.expect("the program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).expect("json")
}

#[test]
fn an_audit_of_a_busy_instance_finds_no_difference_on_either_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(&folder.path().join("broker"));
    for kind in ["embedded", "kafka"] {
        let port = tests::free_ports();
        let config = configure(folder.path(), kind, &broker.address, port);
        let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        run.args(["run", "--config"]).arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = run.spawn().expect("the program");
        let ready = format!("http://127.0.0.1:{port}/readyz");
        let begun = Instant::now();
        while ureq::get(&ready).call().is_err() {
            assert!(begun.elapsed() < PATIENCE, "{kind}: never ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        let is_over = AtomicBool::new(false);
        let bearer = tests::bearer(&folder.path().join(kind));
        let audits: Vec<serde_json::Value> = std::thread::scope(|scope| {
            let _over = Over(&is_over);
            let _ending = Ending(&is_over);
            (1..=2).for_each(|seed| {
                _ = scope.spawn({
                    let (is_over, bearer) = (&is_over, &bearer);
                    move || write(port, bearer, seed, is_over)
                })
            });
            // The group has given the tasks, and touchpoints are counted.
            while audit(&config)["records"] == 0 {
                assert!(begun.elapsed() < PATIENCE, "{kind}: nothing is counted");
            }
            let audits = (0..AUDITS).map(|_| {
                std::thread::sleep(Duration::from_millis(300));
                audit(&config)
            });
            audits.collect()
        });
        run.kill().expect("a kill");
        run.wait().expect("an end");
        let records: Vec<u64> =
            audits.iter().map(|audit| audit["records"].as_u64().expect("a count")).collect();
        assert!(records.is_sorted_by(|a, b| a < b), "{kind}: it was not busy: {records:?}");
        for audit in &audits {
            assert_eq!(audit["differences"], 0, "{kind}: {audit}");
            assert!(audit["counters"].as_u64() > Some(100), "{kind}: {audit}");
        }
        eprintln!("{kind}: {AUDITS} audits at {records:?} records");
    }
}
