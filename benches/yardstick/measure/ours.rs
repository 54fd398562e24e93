//! The product: a configuration, a journey map and a mapping, run as users run it.

use super::clock::Clock;
use super::process::Usage;
use super::{Flags, Sample, fresh};
use crate::broker;
use crate::check::{Whose, goal, reached};
use kafka::{Reader, Start};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::RegistryDouble;

/// How long nothing may have come before it is asked whether all is counted.
const QUIET: Duration = Duration::from_secs(2);

/// How long nothing may come at all.
const STUCK: Duration = Duration::from_secs(180);

/// Runs it once: from the start of the process until the last counter is committed. So its start is
/// in the time, which peers leave out.
pub fn run(flags: &Flags, round: u32) -> Result<Sample, String> {
    // A name of its own: the offsets of an application outlive its topics.
    let application = format!("ours-{}-{round}", std::process::id());
    let prefix = format!("{application}-");
    let folder = flags.work.join("ours");
    fresh(&folder);
    // The load's records name their schema by a number; whoever reads them asks what that is.
    let registry = RegistryDouble::start();
    registry.give(1, include_str!("../touchpoint.avsc"));
    settle(&folder, flags, &application, &registry.url);
    let goal = goal(&flags.expected());
    let log = File::create(flags.work.join(format!("{application}.log")));
    let log = log.map_err(|error| format!("no log: {error}"))?;
    let (clock, begun) = (Clock::start(flags.broker_process), Instant::now());
    let mut child = Command::new(&flags.program)
        .args(["run", "--config", "desirepath.toml"])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|error| format!("could not be run: {error}"))?;
    let ended = watch(flags, &format!("{prefix}insights"), goal, &mut child);
    let usage = Usage::of(child.id());
    let sample = ended.map(|ended| {
        let seconds = ended.duration_since(begun).as_secs_f64();
        clock.sample(flags.millions(), seconds, usage)
    });
    // Where it has ended by itself there is nobody to be told.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    child.wait().map_err(|error| format!("did not end: {error}"))?;
    let checked = sample.and_then(|sample| {
        flags.check(Whose::Ours, &prefix)?;
        Ok(sample)
    });
    flags.clear(&prefix);
    checked
}

/// Writes what the program is told.
fn settle(folder: &Path, flags: &Flags, application: &str, registry: &str) {
    let Flags { brokers, partitions, .. } = flags;
    let (port, topic) = (tests::free_ports(), flags.topic());
    // A commit interval as the peers': 100 ms is the yardstick's.
    let config = format!(
        r#"
[log]
kind = "kafka"
data = "states"
partitions = {partitions}

[http]
listen = "127.0.0.1:{port}"

[map]
file = "journey.toml"

[time]
idle_bound = "never"                # the load's past is not judged by today's clock

[kafka]
brokers = "{brokers}"
application_id = "{application}"
topic_prefix = "{application}-"
commit_interval = "100ms"
append_time = "create"              # the load bears its generator's time

[registry]
url = "{registry}"

[[source]]
topic = "{topic}"
format = "avro"
mapping = "mapping.toml"
"#
    );
    for (name, text) in [
        ("desirepath.toml", config.as_str()),
        ("journey.toml", include_str!("../journey.toml")),
        ("mapping.toml", include_str!("../mapping.toml")),
    ] {
        fs::write(folder.join(name), text).expect("a file of the configuration");
    }
}

/// Reads the counters as they are committed; when the last of all came.
fn watch(flags: &Flags, topic: &str, goal: i64, child: &mut Child) -> Result<Instant, String> {
    let (mut values, mut last) = (BTreeMap::new(), Instant::now());
    let mut reader: Option<Reader> = None;
    let mut is_new = false;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("ended with {status}"));
        }
        let Some(open) = &mut reader else {
            std::thread::sleep(Duration::from_millis(100));
            // Until the topic is made there is nothing to read.
            let settings = broker::settings(&flags.brokers);
            reader = Reader::open(&settings, topic, &[], Start::First).ok();
            if last.elapsed() > STUCK {
                return Err("has made no counters".to_owned());
            }
            continue;
        };
        let mut has_come = false;
        let mut each = |_, record: &engine::Record<'_>| {
            has_come = true;
            let value = record.value.unwrap_or_default().to_vec();
            values.insert(record.key.to_vec(), value);
        };
        open.poll(Duration::from_millis(50), &mut each).map_err(|error| error.to_string())?;
        if has_come {
            (last, is_new) = (Instant::now(), true);
        }
        if is_new && last.elapsed() > QUIET {
            is_new = false;
            if reached(&values) == goal {
                return Ok(last);
            }
        }
        if last.elapsed() > STUCK {
            return Err(format!("is stuck at {} of {goal}", reached(&values)));
        }
    }
}
