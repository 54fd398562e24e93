//! A peer: a folder with a `measure.py` that runs one system at saturation and says what it took.
//!
//! The folder is copied before anything is built in it. Its layout: `pom.xml`, which Maven builds
//! into `target`, and `measure.py saturate` with the flags that stand in `command`, which prints a
//! line such as `saturate …: 186593 records/s; startup 2.4 s, processing 53.6 s; CPU s per
//! million: processor 8.56, broker 1.77; peak RSS 1841 MiB; other processes 4.9 CPU s`, and writes
//! `insights` and `transitions` as the controls do.

use super::{Flags, Sample, must};
use crate::check::Whose;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A group of consumers is empty only so long after its last member has gone.
const FAREWELL: Duration = Duration::from_secs(12);

/// A peer that can be run.
pub struct Peer {
    /// Its folder's name, and its settings.
    pub title: String,
    folder: PathBuf,
    settings: Vec<String>,
    load: PathBuf,
}

impl Peer {
    /// Copies and builds it.
    pub fn prepare(text: &str, flags: &Flags) -> Peer {
        let mut parts = text.split(',');
        let from = Path::new(parts.next().unwrap_or_default());
        let settings: Vec<String> = parts.map(str::to_owned).collect();
        let name = from.file_name().map_or(text.into(), |name| name.to_string_lossy());
        let folder = flags.work.join(format!("peer-{name}"));
        if !folder.exists() {
            must(Command::new("cp").arg("-r").arg(from).arg(&folder));
            must(Command::new("chmod").args(["-R", "u+w"]).arg(&folder));
            must(Command::new("mvn").args(["-q", "-B", "package"]).current_dir(&folder));
        }
        let title = [name.as_ref()].into_iter().chain(settings.iter().map(String::as_str));
        let title = title.collect::<Vec<&str>>().join(", ");
        Peer { title, folder, settings, load: generator(&flags.work) }
    }

    /// Runs it once.
    pub fn run(&self, flags: &Flags) -> Result<Sample, String> {
        let output = self.command(flags).output();
        let output = output.map_err(|error| format!("could not be run: {error}"))?;
        std::thread::sleep(FAREWELL);
        let said = String::from_utf8_lossy(&output.stdout);
        let sample = said.lines().find_map(read).ok_or_else(|| format!("says only: {said}"))?;
        flags.check(Whose::Arrival, "")?;
        Ok(sample)
    }

    fn command(&self, flags: &Flags) -> Command {
        let mut command = Command::new("python3");
        command.current_dir(&self.folder).stderr(Stdio::inherit());
        command
            .args(["measure.py", "saturate", "--broker", &flags.brokers])
            .args(["--broker-pid", &flags.broker_process.to_string()])
            .args(["--topic", &flags.topic(), "--records", &flags.records.to_string()])
            .arg("--expected")
            .arg(flags.expected())
            .arg("--load")
            .arg(&self.load)
            .arg("--work")
            .arg(self.folder.join("run"))
            .args(["--set", "num.stream.threads=2"]);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command
    }
}

/// A program that peers call as the generator: ours, with the word before the flags.
fn generator(work: &Path) -> PathBuf {
    let path = work.join("load.sh");
    let own = std::env::current_exe().expect("this program");
    let text = format!("#!/bin/sh\nexec '{}' load \"$@\"\n", own.display());
    std::fs::write(&path, text).expect("a program for peers");
    let everybody = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, everybody).expect("a program for peers");
    path
}

/// Reads what a peer says of a run.
fn read(line: &str) -> Option<Sample> {
    let (_, said) = line.strip_prefix("saturate ")?.split_once(": ")?;
    // The number before a word, or behind one.
    let before = |word: &str| number(said.split_once(word)?.0.rsplit(' ').next()?);
    let behind = |word: &str| number(said.split_once(word)?.1.trim_start().split(' ').next()?);
    let seconds = behind("startup")? + behind("processing")?;
    Some(Sample {
        rate: before(" records/s")?,
        processor: behind("processor")?,
        broker: behind(", broker")?,
        peak_mib: behind("peak RSS")?,
        foreign: behind("other processes")? / seconds,
    })
}

fn number(text: &str) -> Option<f64> {
    text.trim_end_matches([',', ';']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Sample, read};

    #[test]
    fn what_a_peer_says_of_a_run_is_read() {
        let line = "saturate expert ['num.stream.threads=2'] : 186593 records/s; startup 2.4 s, \
                    processing 53.6 s; CPU s per million: processor 8.56, broker 1.77; peak RSS \
                    1841 MiB; other processes 5.6 CPU s";
        let said = Sample {
            rate: 186_593.0,
            processor: 8.56,
            broker: 1.77,
            peak_mib: 1_841.0,
            foreign: 5.6 / 56.0,
        };
        assert_eq!(read(line), Some(said));
        assert_eq!(read("PASS: 30000 cells expected"), None);
    }
}
