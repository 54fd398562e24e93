//! `demo`: a simulated clinic feeds everything, its past at once and then live.

use super::print;
use super::run::run_with;
use crate::bar::Bar;
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::installation::Installation;
use crate::target::Target;
use clap::Args;
use clinic::{Clinic, Truth};
use intake::Progress;
use model::{Draft, Span, Timestamp};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const DAY_MILLIS: i64 = 86_400_000;
/// Monday 5 January 1970.
const FIRST_MONDAY: i64 = 4;
/// Touchpoints that are appended at once.
const BATCH: usize = 1_000;
/// How often the clinic sends what has happened.
const TICK: Duration = Duration::from_millis(200);
/// How long a lead is followed, longer than any past that is played.
const DAYS_FOLLOWED: f64 = 1_000.0;
/// After so many days a lead has booked or will not.
const DECIDED_DAYS: i64 = 60;
/// What is told of each lead: messages of the first day, follow-ups of the first seven.
const LEAD_COLUMNS: [&str; 8] = [
    "customer",
    "channel",
    "messages",
    "follow_ups",
    "is_open_at_day_7",
    "has_booked",
    "has_visited",
    "objections",
];
/// The past: so many days at least and at most, whatever the number of leads.
const DAYS: [u64; 2] = [28, 730];

/// How the demo is played.
#[derive(Args)]
pub struct Demo {
    /// Equal seeds play the same clinic.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leads of the past, about forty a day.
    #[arg(long, value_name = "N", default_value_t = 6_000)]
    leads: u64,
    /// How fast time goes once the past is played: 60 is an hour a minute.
    #[arg(long, value_name = "X", default_value_t = 60.0)]
    speed: f64,
    /// Plays the past, prints the report, ends.
    #[arg(long)]
    once: bool,
    /// Writes what was planted, and what became of every lead, as JSON.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Address of the doors, on loopback [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// Plays the clinic into a folder of its own: the one that is named, or one that goes afterwards.
pub fn demo(mut config: Config, is_named: bool, demo: &Demo) -> Result<(), Failure> {
    if config.is_kafka() {
        let why = "the demo plays on the embedded log; leave out [log] kind = \"kafka\" [D0730]";
        return Err(Failure::Configuration(why.to_owned()));
    }
    if !(1.0..=100_000.0).contains(&demo.speed) {
        let why = format!("--speed {} is not between 1 and 100000 [D0730]", demo.speed);
        return Err(Failure::Usage(why));
    }
    let passing = match is_named {
        true => None,
        false => Some(passing_folder()?),
    };
    if let Some(folder) = &passing {
        config.log.data.clone_from(&folder.0);
    }
    refuse_used(&config.log.data)?;
    let (mut clinic, now) = (open_clinic(demo), clock::now());
    play_past(&config, &mut clinic, now)?;
    if let Some(file) = &demo.truth {
        write_truth(file, demo, &clinic, now)?;
    }
    if demo.once {
        return Ok(());
    }
    clock::go(demo.speed);
    if let Some(address) = &demo.listen {
        config.http.listen.clone_from(address);
    }
    eprintln!("the clinic goes on, {} times as fast as life", demo.speed);
    // Its customers are invented: whoever is on this machine may look.
    run_with(&config, true, move |installation| {
        std::thread::spawn(move || feed(&installation, clinic));
    })
}

/// A folder that goes when the demo ends.
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn passing_folder() -> Result<Passing, Failure> {
    let name = format!("desirepath-demo-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir(&path).map_err(|error| {
        Failure::Write(format!("could not make {}: {error} [D0303]", path.display()))
    })?;
    Ok(Passing(path))
}

/// The demo never mixes with what is there.
fn refuse_used(data: &Path) -> Result<(), Failure> {
    let is_used = data.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    match is_used {
        true => Err(Failure::Write(format!(
            "folder {} is not empty, and the demo mixes with nothing: name another by --data, or \
             look at this one by desirepath run --data {0} [D0730]",
            data.display()
        ))),
        false => Ok(()),
    }
}

fn open_clinic(demo: &Demo) -> Clinic {
    let mut truth = Truth::default();
    let days = (demo.leads as f64 / truth.leads_per_day) as u64;
    let days = days.clamp(DAYS[0], DAYS[1]);
    truth.leads_per_day = demo.leads as f64 / days as f64;
    let today = clock::now().millis().div_euclid(DAY_MILLIS);
    let opening = today - days as i64;
    let monday = opening - (opening - FIRST_MONDAY).rem_euclid(7);
    let opening = Timestamp::from_millis(monday * DAY_MILLIS);
    Clinic::open(truth, demo.seed, opening, DAYS_FOLLOWED, u64::MAX)
}

/// Plays everything up to now, and prints what the clinic's owner sees.
fn play_past(config: &Config, clinic: &mut Clinic, now: Timestamp) -> Result<(), Failure> {
    let installation = Installation::open(config, Span::NEVER, None)?;
    let target = Target::Folder(Arc::clone(&installation));
    let bar = Bar::new(Path::new("the clinic's past"), None);
    let mut progress = Progress::default();
    loop {
        let batch = take_until(clinic, now);
        if batch.is_empty() {
            break;
        }
        progress.rows += batch.len() as u64;
        installation.append(batch)?;
        bar.show(&progress);
    }
    bar.finish(&progress);
    installation.append_clock("demo", now)?;
    target.catch_up()?;
    let report = target.report("summary", None, None, [None; 4])?;
    drop(target);
    installation.close()?;
    print(|out| writeln!(out, "{}", report["text"].as_str().unwrap_or_default().trim_end()))
}

/// What has reached the log by a time, a batch at most.
fn take_until(clinic: &mut Clinic, now: Timestamp) -> Vec<Draft> {
    let due = std::iter::from_fn(|| clinic.next_by(now));
    due.take(BATCH).map(|delivery| delivery.touchpoint).collect()
}

/// Sends what happens as it happens, until the installation is closed.
fn feed(installation: &Installation, mut clinic: Clinic) {
    loop {
        let batch = take_until(&mut clinic, clock::now());
        if batch.is_empty() {
            std::thread::sleep(TICK);
        } else if installation.append(batch).is_err() || installation.has_stopped() {
            return;
        }
    }
}

/// What was planted, and what became of the leads that came early enough to have decided; counted
/// by who played them, and by no report.
fn write_truth(file: &Path, demo: &Demo, clinic: &Clinic, now: Timestamp) -> Result<(), Failure> {
    let until = Timestamp::from_millis(now.millis() - DECIDED_DAYS * DAY_MILLIS);
    let decided = clinic.courses().iter().enumerate().filter(|(_, lead)| lead.arrival <= until);
    let leads: Vec<Value> = decided
        .map(|(number, lead)| {
            json!([
                clinic::customer(number as u64),
                lead.channel,
                lead.intensity,
                lead.sent,
                lead.is_open_at_landmark,
                lead.has_booked,
                lead.visits > 0,
                lead.objections,
            ])
        })
        .collect();
    let truth = json!({
        "seed": demo.seed,
        "now": now.to_string(),
        "planted": clinic.truth(),
        "leads_until": until.to_string(),
        "columns": LEAD_COLUMNS,
        "leads": leads,
    });
    std::fs::write(file, format!("{truth:#}\n")).map_err(|error| {
        Failure::Write(format!("could not write {}: {error} [D0701]", file.display()))
    })
}
