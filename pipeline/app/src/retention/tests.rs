//! What is old goes, and no counter with it, even where the power fails right after.

use super::{Keep, Retention};
use crate::place::Place;
use crate::work::Tasks;
use codec::control::Secret;
use engine::{Append, Produced, Settings, Topics, Verdict};
use model::{Draft, Span, Timestamp};
use rocks::{EmbeddedLog, LogOptions, RocksStore, StoreOptions, TopicSpec};
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
        let before = counters(&tasks);
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
        let copy = crashed(folder.path());
        let again = Shop::open(copy.path());
        let mut tasks = again.tasks(copy.path()).expect("tasks after the crash");
        assert_eq!(counters(&tasks), before, "{case}");
        again.enquiries(10..11, &mut tasks);
        assert!(counters(&tasks).len() >= before.len(), "{case}");
    }
}
