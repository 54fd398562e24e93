//! The worker's thread: turn after turn, with answers in between.

use crate::cadence::Cadence;
use crate::clock;
use crate::logs::MeteredLog;
use crate::pulse::Pulse;
use crate::restoration::Restoration;
use crate::retention::Retention;
use engine::{Verdict, Watch, Watched, Worker};
use model::{Span, Timestamp};
use rocks::RocksStore;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};
use telemetry::{Audit, Metrics};

/// The tasks of this instance.
pub type Tasks = Worker<MeteredLog, RocksStore>;

/// Something to do between two turns; `false` ends the thread.
pub type Ask = Box<dyn FnOnce(&mut Tasks) -> bool + Send>;

/// How long a turn waits for a first record, and so an answer for its turn at most.
const WAIT_MILLIS: u32 = 5;

/// How far the wall clock must move before it alone makes a commit.
const CLOCK_STEP_MILLIS: i64 = 1_000;

/// How often the audit that never ends goes on, and by how many customers at most: about one
/// hundredth of a processor.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);
const WATCH_CUSTOMERS: usize = 64;

/// How long after a log that did not answer it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// How often within a time another process may take the place of this one before it gives in.
const FENCES_MAX: usize = 8;
const FENCES_WITHIN: Duration = Duration::from_secs(60);

/// What a worker does besides turns and answers.
pub struct Duties<'a> {
    /// How far as_of stays behind the wall clock at the end of the log.
    pub idle_bound: Span,
    /// How long between two commits at least.
    pub commit_interval: Duration,
    /// Who is told of the audit that never ends; without one there is none.
    pub metrics: Option<&'a Metrics>,
    /// Who is told after each commit that something may have changed.
    pub pulse: &'a Pulse,
    /// What deletes old records, where this log is ours to delete from.
    pub retention: Option<Retention>,
}

/// Works until it is told to stop, then writes behind. A worker that lost its tasks to another is
/// made anew, which joins again; so is one whose log does not answer, for as long as that takes and
/// somebody wants it, and one whose states were damaged, if `heal` has done away with them.
pub fn work(
    make: &dyn Fn() -> Result<Tasks, Verdict>,
    heal: &dyn Fn(&str) -> Result<bool, Verdict>,
    asked: &Receiver<Ask>,
    mut duties: Duties<'_>,
    is_closing: &AtomicBool,
) -> Result<(), Verdict> {
    let mut fences = Fences::default();
    loop {
        duties.pulse.live();
        // Whatever ended them, the tasks are gone before others are made.
        let ended = make().and_then(|mut tasks| turns(&mut tasks, asked, &mut duties));
        duties.pulse.lose_tasks();
        match ended {
            Err(Verdict::Fenced(why)) => {
                if fences.are_too_many(Instant::now()) {
                    return Err(Verdict::Fatal(format!(
                        "{FENCES_MAX} times within a minute another process took the place of this \
                         instance: is its data folder a copy that runs elsewhere? {why} [D0486]"
                    )));
                }
                tracing::warn!("tasks were lost, joining again: {why}");
            }
            Err(Verdict::Retry(why) | Verdict::Abort(why)) => {
                tracing::warn!("the log does not answer, beginning again: {why}");
                // Nothing is lost by ending here: what is not written is read from the log again.
                if is_closing.load(Ordering::Relaxed) {
                    return Ok(());
                }
                std::thread::sleep(PAUSE);
            }
            Err(Verdict::Corrupted(why)) if heal(&why)? => {}
            ended => return ended,
        }
    }
}

/// When tasks were lost. Two processes under one name take them from each other for ever; one that
/// was silent for too long loses them once.
#[derive(Default)]
struct Fences(VecDeque<Instant>);

impl Fences {
    /// Notes that it happened once more; whether that was too often for what goes by.
    fn are_too_many(&mut self, now: Instant) -> bool {
        self.0.push_back(now);
        self.0.retain(|then| now.duration_since(*then) < FENCES_WITHIN);
        self.0.len() >= FENCES_MAX
    }
}

/// Writes behind for the last time. Damage that is met here is healed by the next start.
fn stop(tasks: &mut Tasks) -> Result<(), Verdict> {
    match tasks.flush() {
        Err(Verdict::Corrupted(why)) if tasks.store().is_damaged() => {
            tracing::warn!("{why}; the next start makes states anew");
            Ok(())
        }
        flushed => flushed,
    }
}

fn turns(tasks: &mut Tasks, asked: &Receiver<Ask>, duties: &mut Duties<'_>) -> Result<(), Verdict> {
    let mut cadence = Cadence::new(duties.commit_interval);
    let mut watching = Watching::new(duties.metrics);
    let mut restoration = Restoration::default();
    let (idle_bound, pulse) = (duties.idle_bound, duties.pulse);
    let mut last_told = i64::MIN;
    let mut assignment = tasks.assignment();
    pulse.beat(tasks);
    loop {
        pulse.live();
        if let Some(why) = pulse.forbidden() {
            return Err(Verdict::Refuse(why.to_owned()));
        }
        match asked.try_recv() {
            Ok(ask) => {
                // Whoever asks is told what is committed, and nothing uncommitted is written.
                commit(tasks, &mut cadence, pulse)?;
                if !ask(tasks) {
                    return stop(tasks);
                }
                continue;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                commit(tasks, &mut cadence, pulse)?;
                return stop(tasks);
            }
        }
        if tasks.store().is_damaged() {
            return Err(Verdict::Corrupted("an answer met a damaged state [D0301]".to_owned()));
        }
        let now = clock::now().millis();
        let mut wall = None;
        if idle_bound != Span::NEVER && now.saturating_sub(last_told) >= CLOCK_STEP_MILLIS {
            last_told = now;
            wall = Some(Timestamp::from_millis(now - idle_bound.millis()));
        }
        cadence.applied(tasks.apply(wall, WAIT_MILLIS)?);
        if assignment != tasks.assignment() {
            assignment = tasks.assignment();
            pulse.beat(tasks);
        }
        restoration.look(tasks);
        if tasks.is_full() || cadence.left(Instant::now()).is_zero() {
            commit(tasks, &mut cadence, pulse)?;
            watching.go_on(tasks)?;
            if let Some(retention) = &mut duties.retention {
                retention.go_on(tasks)?;
            }
        }
    }
}

fn commit(tasks: &mut Tasks, cadence: &mut Cadence, pulse: &Pulse) -> Result<(), Verdict> {
    let begun = Instant::now();
    if tasks.commit()? {
        cadence.committed(begun, Instant::now());
        pulse.beat(tasks);
    }
    Ok(())
}

/// The audit that never ends, and what was told of it.
struct Watching<'a> {
    watch: Watch,
    told: Watched,
    last: Instant,
    metrics: Option<&'a Metrics>,
}

impl<'a> Watching<'a> {
    fn new(metrics: Option<&'a Metrics>) -> Watching<'a> {
        let (watch, told) = (Watch::default(), Watched::default());
        Watching { watch, told, last: Instant::now(), metrics }
    }

    /// Goes on where somebody is told and it is time; nothing is uncommitted.
    fn go_on(&mut self, tasks: &mut Tasks) -> Result<(), Verdict> {
        let Some(metrics) = self.metrics.filter(|_| self.last.elapsed() >= WATCH_INTERVAL) else {
            return Ok(());
        };
        tasks.watch(&mut self.watch, WATCH_CUSTOMERS)?;
        let now = self.watch.watched();
        if now != self.told {
            let since = |count: fn(&Watched) -> u64| count(&now) - count(&self.told);
            let audit = Audit {
                counters: since(|watched| watched.counters),
                differences: since(|watched| watched.differences),
                lists: since(|watched| watched.lists),
                list_differences: since(|watched| watched.list_differences),
                violations: now.violations,
                unaccounted: now.unaccounted,
            };
            tell(&audit, self.told.unaccounted);
            metrics.add_audit(audit);
            self.told = now;
        }
        self.last = Instant::now();
        Ok(())
    }
}

/// A fault of ours, or of the disk: nobody should learn of it from a chart alone.
fn tell(audit: &Audit, unaccounted_before: i64) {
    let Audit { differences, list_differences, unaccounted, .. } = *audit;
    if differences > 0 {
        tracing::error!("{differences} counters are not what the histories say");
    }
    if list_differences > 0 {
        tracing::error!("{list_differences} counters do not count the rows of their list");
    }
    if unaccounted != 0 && unaccounted != unaccounted_before {
        tracing::error!("{unaccounted} records were not counted, duplicates, late or dead");
    }
}

#[cfg(test)]
mod tests {
    use super::{Duties, Pulse, work};
    use engine::Verdict;
    use model::Span;
    use std::cell::Cell;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// How the work ends, and how often it was begun, where no attempt comes up; the installation
    /// is closed during the attempt of that number.
    fn ends(attempts: &[Verdict], closing: usize) -> (Result<(), Verdict>, usize) {
        let (begun, is_closing) = (Cell::new(0), AtomicBool::new(false));
        let (_asks, asked) = channel();
        let make = || {
            begun.set(begun.get() + 1);
            is_closing.store(begun.get() == closing, Ordering::Relaxed);
            Err(attempts[begun.get() - 1].clone())
        };
        let heal = |_: &str| Ok(false);
        let pulse = Pulse::default();
        let duties = Duties {
            idle_bound: Span::NEVER,
            commit_interval: Duration::ZERO,
            metrics: None,
            pulse: &pulse,
            retention: None,
        };
        let ended = work(&make, &heal, &asked, duties, &is_closing);
        (ended, begun.get())
    }

    #[test]
    fn a_log_that_does_not_answer_is_asked_again_until_nobody_wants_it_any_more() {
        let away = || Verdict::Retry("away".to_owned());
        let broken = || Verdict::Fatal("broken".to_owned());
        assert_eq!(ends(&[away(), broken()], 9), (Err(broken()), 2));
        assert_eq!(ends(&[Verdict::Abort("away".to_owned()), broken()], 9), (Err(broken()), 2));
        assert_eq!(ends(&[away(), broken()], 1), (Ok(()), 1));
    }

    #[test]
    fn one_that_loses_its_tasks_joins_again_but_not_for_ever() {
        let fenced = || Verdict::Fenced("taken".to_owned());
        let broken = || Verdict::Fatal("broken".to_owned());
        assert_eq!(ends(&[fenced(), fenced(), broken()], 99), (Err(broken()), 3));
        let (ended, begun) = ends(&vec![fenced(); 99], 999);
        assert!(matches!(&ended, Err(Verdict::Fatal(why)) if why.contains("D0486")), "{ended:?}");
        assert_eq!(begun, super::FENCES_MAX);
        let mut fences = super::Fences::default();
        let now = std::time::Instant::now();
        let seldom = (0..99).map(|minute| now + Duration::from_secs(10 * minute));
        assert!(seldom.into_iter().all(|at| !fences.are_too_many(at)));
    }
}
