//! A control as a process of its own, so that its CPU and memory are nobody else's.

use super::clock::Clock;
use super::process::Usage;
use super::{Flags, Sample};
use crate::bare::{Extent, has_outputs};
use crate::check::{Whose, totals};
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a control once and checks what it has counted or written.
pub fn run(flags: &Flags, own: &Path, extent: Extent, round: u32) -> Result<Sample, String> {
    let name = extent.to_possible_value().expect("invariant: every extent has a name");
    let prefix = format!("bare-{}-{round}-", name.get_name());
    let clock = Clock::start(flags.broker_process);
    let output = Command::new(own)
        .arg("bare")
        .args(["--brokers", &flags.brokers, "--topic", &flags.topic()])
        .args(["--records", &flags.records.to_string()])
        .args(["--partitions", &flags.partitions.to_string()])
        .args(["--extent", name.get_name(), "--prefix", &prefix])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("ended with {}", output.status));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let said: BTreeMap<&str, f64> = (said.split_whitespace())
        .filter_map(|word| word.split_once('='))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let figure = |name: &str| said.get(name).copied().ok_or(format!("says no {name}"));
    let usage = Usage { cpu: figure("cpu")?, peak_mib: figure("peak_mib")? };
    let sample = clock.sample(flags.millions(), figure("seconds")?, usage);
    if extent != Extent::Consume {
        let counted = (figure("transitions")? as u64, figure("duplicates")? as u64);
        let wanted = totals(&flags.expected(), "totals-arrival.csv");
        if counted != wanted {
            return Err(format!("FAIL: {counted:?} transitions and duplicates of {wanted:?}"));
        }
    }
    if has_outputs(extent) {
        let checked = flags.check(Whose::Arrival, &prefix);
        flags.clear(&prefix);
        checked?;
    }
    Ok(sample)
}
