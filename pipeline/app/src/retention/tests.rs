//! What is old goes, and no counter with it, even where the power fails right after.

use super::{Keep, Retention};
use crate::config::Config;
use crate::installation::Installation;
use crate::logs::DoorLog;
use crate::place::Place;
use crate::work::Tasks;
use codec::control::Secret;
use engine::{Append, Produced, Settings, Topics, Verdict};
use model::{Draft, Span, Timestamp};
use rocks::{EmbeddedLog, LogOptions, RocksStore, StoreOptions, TopicSpec};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const HOUR: i64 = 3_600_000;
/// 2026-03-25T00:00:00Z
const BEGIN: i64 = 1_774_396_800_000;

/// A folder with one partition, whose hours are set by hand.
struct Shop {
    place: Place,
    log: Arc<EmbeddedLog>,
    settings: Arc<Settings>,
    now: Arc<AtomicI64>,
}

impl Shop {
    fn open(folder: &Path) -> Shop {
        let now = Arc::new(AtomicI64::new(BEGIN));
        let clock = Arc::clone(&now);
        let topics = Topics::new("desirepath", "", 1);
        let specs = topics.all().map(|(name, compacted)| TopicSpec {
            name: name.to_owned(),
            partitions: 1,
            compacted,
        });
        let time = move || Timestamp::from_millis(clock.load(Ordering::Relaxed));
        let log = EmbeddedLog::open(folder, &specs, LogOptions::default(), time).expect("a log");
        let settings = Arc::new(Settings {
            secret: Secret::new(&[7; 32]).expect("a secret"),
            map: rules::default_map(),
            clock_skew_max: Span::NEVER,
            direct: None,
            topics: topics.clone(),
        });
        Shop { place: Place::Embedded(Arc::clone(&log), topics), log, settings, now }
    }

    fn tasks(&self, folder: &Path) -> Result<Tasks, Verdict> {
        let store = RocksStore::open(folder, &StoreOptions::default())?;
        let mut tasks = self.place.worker(store, &self.settings, None)?;
        while !tasks.is_caught_up()? {
            tasks.turn(None, 0)?;
        }
        Ok(tasks)
    }

    /// One enquiry an hour, each by another customer.
    fn enquiries(&self, hours: std::ops::Range<i64>, tasks: &mut Tasks) {
        for hour in hours {
            let millis = BEGIN + hour * HOUR;
            self.now.store(millis, Ordering::Relaxed);
            let draft = Draft {
                event_id: format!("e{hour}"),
                time: Timestamp::from_millis(millis),
                customer_id: format!("c{hour}"),
                channel: "chat".to_owned(),
                kind: "enquiry_received".to_owned(),
                ..Draft::default()
            };
            let key = draft.customer_id.clone().into_bytes();
            let value = Some(self.settings.topics.format.touchpoint(&draft));
            let records = vec![Produced { key, value }];
            let topic = self.settings.topics.touchpoints.clone();
            assert_eq!(self.log.append(&[Append { topic, partition: 0, records }]), Verdict::Done);
            while !tasks.is_caught_up().expect("bounds") {
                tasks.turn(None, 0).expect("a turn");
            }
        }
    }

    /// The latest of every counter, as a reader of the topic has it from the beginning.
    fn told(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let topic = &self.settings.topics.insights;
        let mut told = BTreeMap::new();
        let start = self.log.start(topic, 0).expect("a start");
        let mut take = |batch: &[engine::Record<'_>]| {
            for record in batch {
                told.insert(record.key.to_vec(), record.value.unwrap_or_default().to_vec());
            }
        };
        self.log.read(topic, 0, start, usize::MAX, &mut take).expect("a topic");
        told
    }

    fn starts(&self) -> Vec<u64> {
        let topics = self.settings.topics.all();
        topics.iter().map(|(name, _)| self.log.start(name, 0).expect("a start")).collect()
    }
}

/// Every counter, as text.
fn counters(tasks: &Tasks) -> Vec<String> {
    let all = tasks.insights().values().flat_map(|task| task.counters());
    let mut all: Vec<String> =
        all.filter(|(_, c)| !c.is_zero()).map(|(id, c)| format!("{id:?} {}", c.count)).collect();
    all.sort_unstable();
    all
}

/// What a crash of the machine would leave: the files, without what is in memory.
fn crashed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for database in ["log", "state"] {
        std::fs::create_dir(copy.path().join(database)).expect("a folder");
        for file in std::fs::read_dir(folder.join(database)).expect("a folder") {
            let file = file.expect("a file");
            let to = copy.path().join(database).join(file.file_name());
            std::fs::copy(file.path(), to).expect("a copy");
        }
    }
    copy
}

/// Touchpoints whose append is two hours old, and a retention of one.
#[test]
fn a_backup_of_a_log_that_was_trimmed_is_restored_and_not_recomputed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = Config::default();
    config.log.data = folder.path().join("data");
    let installation = Installation::open(&config, Span::NEVER, None).expect("an installation");
    let draft = |number: i64| Draft {
        event_id: format!("e{number}"),
        time: Timestamp::from_millis(BEGIN + number),
        customer_id: format!("c{number}"),
        channel: "chat".to_owned(),
        kind: "enquiry_received".to_owned(),
        ..Draft::default()
    };
    installation.append((0..40).map(draft).collect()).expect("an append");
    installation.catch_up().expect("counters");
    let DoorLog::Embedded(log) = installation.log() else { panic!("a log in the folder") };
    let (log, topics) = (Arc::clone(log), installation.settings().topics.clone());
    let keep = Keep { inputs: Span::from_hours(1), outputs: Span::NEVER };
    let now = Timestamp::from_millis(crate::clock::now().millis() + 2 * HOUR);
    let sweep = move |tasks: &mut Tasks| Retention::new(log, topics, keep).sweep(tasks, now);
    installation.ask(sweep).expect("a sweep");
    let counted = installation.ask(|tasks| Ok(counters(tasks))).expect("counters");

    let backup = folder.path().join("backup");
    let place = backup.to_str().expect("a path");
    installation.backups().begin(&installation, place).expect("a backup");
    let told = loop {
        let told = installation.backups().progress().expect("a backup");
        if told["state"] != "running" {
            break told;
        }
        std::thread::yield_now();
    };
    assert_eq!(told["state"], "done", "{told}");
    installation.close().expect("an end");

    config.log.data = folder.path().join("copy");
    let restored = crate::backup::restore(&backup, &config, &mut |_, _| {});
    let (manifest, audit) = restored.expect("a restored folder");
    assert_eq!((manifest.begins_at_zero("touchpoints"), audit), (false, None));
    let copy = Installation::open(&config, Span::NEVER, None).expect("an installation");
    assert_eq!(copy.ask(|tasks| Ok(counters(tasks))).expect("counters"), counted);
    copy.close().expect("an end");
}

#[test]
fn what_is_older_than_the_retention_goes_and_the_counters_stay_even_after_a_crash() {
    let hours = |hours| Span::from_hours(hours);
    // For how long inputs and outputs are kept; then where each topic begins after ten hours.
    for (inputs, outputs, expected) in [
        (Span::NEVER, Span::NEVER, [0, 0, 0, 0]),
        (hours(4), Span::NEVER, [5, 5, 0, 0]),
        (Span::NEVER, hours(3), [0, 0, 6, 6]),
        (hours(1), hours(1), [8, 8, 8, 8]),
        (hours(100), hours(100), [0, 0, 0, 0]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let shop = Shop::open(folder.path());
        let mut tasks = shop.tasks(folder.path()).expect("tasks");
        shop.enquiries(0..10, &mut tasks);
        let (before, told) = (counters(&tasks), shop.told());
        assert!(before.len() > 10, "{before:?}");
        let keep = Keep { inputs, outputs };
        let retention = Retention::new(Arc::clone(&shop.log), shop.settings.topics.clone(), keep);
        let now = Timestamp::from_millis(BEGIN + 9 * HOUR);
        retention.sweep(&mut tasks, now).expect("a sweep");
        let case = format!("inputs {inputs}, outputs {outputs}");
        let starts = shop.starts();
        assert_eq!(starts[..2], expected[..2], "{case}");
        // A commit may be one chunk of several records there, and goes as a whole.
        for (start, expected) in starts[2..4].iter().zip(&expected[2..]) {
            assert_eq!(*start > 0, *expected > 0, "{case}");
        }
        assert_eq!(shop.told(), told, "{case}");
        let copy = crashed(folder.path());
        let again = Shop::open(copy.path());
        let mut tasks = again.tasks(copy.path()).expect("tasks after the crash");
        assert_eq!(counters(&tasks), before, "{case}");
        again.enquiries(10..11, &mut tasks);
        assert!(counters(&tasks).len() >= before.len(), "{case}");
    }
}
