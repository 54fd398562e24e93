//! What metrics say, read from the tasks when they are scraped.

use crate::clock;
use crate::installation::Installation;
use crate::restoration;
use crate::waiting::Waiting;
use crate::work::Tasks;
use engine::{Node, Tally, TaskId, Verdict};
use insight::CounterId;
use model::{Family, Size, Timestamp};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use telemetry::{Batch, Lookups, Metrics, Task, TaskState};

/// How long a scrape waits for the worker: well within the time that Prometheus gives it.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// What the tasks said: running totals by family and the dimensions that metrics have, and how
/// each task stands.
#[derive(Clone, Default)]
struct Totals {
    admission: BTreeMap<String, i64>,
    journeys: BTreeMap<(String, String), i64>,
    moves: BTreeMap<(String, String), i64>,
    as_of: Option<Timestamp>,
    final_revised: u64,
    tasks: Vec<Stand>,
    tally: Tally,
    /// By task: what of its changelog is read, of those that are being restored.
    restored: BTreeMap<String, f64>,
    /// By task: slices that its changelog lacks, and the position up to which its input may go.
    changelogs: BTreeMap<String, (i64, i64)>,
}

/// How a task stands.
#[derive(Clone)]
struct Stand {
    id: TaskId,
    state: TaskState,
    /// Records that it has not committed; not known where the log does not say.
    lag: Option<u64>,
    /// When the log took the last record that it applied.
    append_time: Timestamp,
}

/// Brings metrics up to what the tasks say, and waits for them no longer than a scrape may.
#[derive(Default)]
pub struct Measures(Mutex<State>);

#[derive(Default)]
struct State {
    /// What was told at the last scrape: counters of metrics only ever grow by the difference.
    told: Totals,
    /// A question that was not answered in time. There is never a second one.
    asked: Option<Receiver<Result<Totals, Verdict>>>,
    waiting: Waiting,
}

impl Measures {
    /// Asks the worker and tells what it says; what tasks say is left out where it says nothing.
    pub fn refresh(&self, installation: &Installation, metrics: &Metrics) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state
            .asked
            .take()
            .map_or_else(|| installation.ask_later(|tasks: &mut Tasks| Ok(totals(tasks))), Ok);
        let answer = match asked {
            Ok(asked) => match asked.recv_timeout(ANSWER_WAIT) {
                Ok(answer) => answer.ok(),
                Err(RecvTimeoutError::Timeout) => {
                    state.asked = Some(asked);
                    None
                }
                Err(RecvTimeoutError::Disconnected) => None,
            },
            Err(_) => None,
        };
        metrics.set_worker_answers(answer.is_some());
        match answer {
            Some(now) => state.tell(now, metrics),
            None => metrics.set_tasks([]),
        }
        // Of a disk that cannot be asked the last that was known stays.
        if let Ok(disk) = rustix::fs::statvfs(installation.data()) {
            metrics.set_disk(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
        }
    }
}

impl State {
    fn tell(&mut self, now: Totals, metrics: &Metrics) {
        let before = &self.told;
        let grown = |result: &str| {
            let of = |totals: &Totals| totals.admission.get(result).copied().unwrap_or(0);
            u64::try_from(of(&now) - of(before)).unwrap_or(0)
        };
        metrics.add_touchpoints(Batch {
            accepted: grown("counted"),
            duplicate: grown("duplicate"),
            late: grown("late"),
            dead: grown("dead"),
        });
        let journeys = now.journeys.iter();
        metrics.set_journeys(journeys.map(|((stage, outcome), n)| (&**stage, &**outcome, *n)));
        let moves = now.moves.iter().map(|(key, count)| {
            let more = count - before.moves.get(key).copied().unwrap_or(0);
            (&*key.0, &*key.1, u64::try_from(more).unwrap_or(0))
        });
        metrics.add_moves(moves);
        metrics.add_final_revised(more(now.final_revised, before.final_revised));
        tell_tally(&now.tally, &before.tally, metrics);
        let wall = clock::now();
        if let Some(as_of) = now.as_of.filter(|as_of| *as_of != Timestamp::NEVER) {
            let age = wall.since(as_of).millis();
            metrics.set_freshness(Duration::from_millis(u64::try_from(age).unwrap_or(0)));
        }
        let stands = now.tasks.iter().map(|stand| {
            let seconds = stand
                .lag
                .and_then(|lag| self.waiting.seconds(stand.id, lag, stand.append_time, wall));
            (restoration::name(stand.id), stand, seconds)
        });
        let stands: Vec<_> = stands.collect();
        metrics.set_tasks(stands.iter().map(|(name, stand, lag_seconds)| Task {
            name,
            state: stand.state,
            lag_records: stand.lag.map(|records| i64::try_from(records).unwrap_or(i64::MAX)),
            lag_seconds: *lag_seconds,
        }));
        metrics.set_restored(now.restored.iter().map(|(task, share)| (&**task, *share)));
        let changelogs = now.changelogs.iter();
        metrics.set_changelogs(changelogs.map(|(task, (waiting, low))| (&**task, *waiting, *low)));
        self.told = now;
    }
}

/// By how much a number has grown that begins at zero when tasks are made anew.
fn more(now: u64, before: u64) -> u64 {
    now.checked_sub(before).unwrap_or(now)
}

fn tell_tally(now: &Tally, before: &Tally, metrics: &Metrics) {
    metrics.add_lookups(Lookups {
        hot: more(now.hot, before.hot),
        stored: more(now.stored, before.stored),
        new: more(now.nowhere, before.nowhere),
    });
    for ((class, count), (_, earlier)) in now.dead().zip(before.dead()) {
        metrics.add_letters("dead-letters", class.word(), more(count, earlier));
    }
    for ((class, count), (_, earlier)) in now.late().zip(before.late()) {
        metrics.add_letters("late", class.word(), more(count, earlier));
    }
}

fn totals(tasks: &mut Tasks) -> Totals {
    let mut totals = Totals { tally: tasks.tally(), ..Totals::default() };
    // A log that does not answer now leaves unknown how much is waiting.
    let lag = tasks.lag().unwrap_or_default();
    let stand = |node, partition: u32, is_replaying, append_time| {
        let id = TaskId { node, partition };
        let state = if is_replaying { TaskState::Replaying } else { TaskState::Running };
        Stand { id, state, lag: lag.get(&id).copied(), append_time }
    };
    let journeys = tasks.journeys().iter().map(|(partition, task)| {
        stand(Node::Journey, *partition, task.is_replaying(), task.append_time())
    });
    let insights = tasks.insights().iter().map(|(partition, task)| {
        stand(Node::Insight, *partition, task.is_replaying(), task.append_time())
    });
    let restoring = tasks.restoring();
    let restored = restoring.iter().map(|at| Stand {
        id: at.task,
        state: TaskState::Restoring,
        lag: None,
        append_time: Timestamp::NEVER,
    });
    totals.tasks = journeys.chain(insights).chain(restored).collect();
    totals.restored =
        restoring.iter().map(|at| (restoration::name(at.task), restoration::share(at))).collect();
    totals.changelogs = (tasks.changelogs().into_iter())
        .map(|(task, (waiting, low))| {
            let numbers = (waiting as i64, i64::try_from(low).unwrap_or(i64::MAX));
            (restoration::name(task), numbers)
        })
        .collect();
    let insights = tasks.insights().values();
    totals.final_revised = insights.clone().map(|task| task.final_revised()).sum();
    totals.as_of = insights.clone().map(|task| task.as_of()).min();
    for (id, counter) in insights.flat_map(|task| task.counters()) {
        if id.size == Size::Total {
            add(&mut totals, id, counter.count);
        }
    }
    totals
}

fn add(totals: &mut Totals, id: &CounterId, count: i64) {
    let dims: BTreeMap<&str, _> = id.series.dims().collect();
    let dim = |name: &str| dims.get(name).map_or(String::new(), |value| value.to_string());
    match id.series.family() {
        Some(Family::Admission) => *totals.admission.entry(dim("result")).or_default() += count,
        Some(Family::Flow) => {
            *totals.journeys.entry((dim("stage"), dim("outcome"))).or_default() += count;
        }
        Some(Family::Move) => {
            *totals.moves.entry((dim("from"), dim("to"))).or_default() += count;
        }
        Some(Family::Activity | Family::Edge | Family::Duration) | None => {}
        Some(Family::Credit | Family::Markov | Family::Cadence | Family::Value) => {}
        Some(Family::Coalition | Family::Chain | Family::Intensity | Family::Sequence) => {}
    }
}
