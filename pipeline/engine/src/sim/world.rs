//! The world: processes on one log, each with a disk and a clock, and whatever befalls them.
//!
//! While one waits for an answer, others act on top of its stack, at each request of a commit.

use super::broker::{Broker, Lane};
use super::log::{Kind, Place, SimLog};
use super::schedule::{At, NO_ANSWER, Plan, Step, name};
use super::store::{Disk, Pause, SimStore};
use super::{Random, Rule, Rules};
use crate::{Node, Pace, Produced, Settings, TaskId, Verdict, Worker};
use model::{Span, Timestamp};
use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A record that may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its partition of touchpoints.
    pub partition: u32,
    /// The record.
    pub record: Produced,
    /// What it is, in words.
    pub words: String,
}

/// A record that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its place in the list of inputs.
    pub input: usize,
    /// Where it lies.
    pub position: u64,
    /// When the log took it.
    pub time: Timestamp,
}

/// What does not change in a run.
#[derive(Clone)]
pub struct Setting {
    /// The log.
    pub kind: Kind,
    /// How many processes there are.
    pub processes: usize,
    /// What the tasks share.
    pub settings: Arc<Settings>,
    /// How the workers work.
    pub pace: Pace,
    /// By process: how far its clock is from the world's.
    pub clocks: Vec<Span>,
    /// When it begins.
    pub begins: Timestamp,
    /// The rules that hold.
    pub rules: Rules,
}

struct Seat {
    disk: Rc<RefCell<Disk>>,
    copy: RefCell<Option<Disk>>,
    plan: Rc<RefCell<Plan>>,
    points: Cell<u8>,
    process: RefCell<Option<Process>>,
}

/// A worker as it runs here.
pub type Process = Worker<SimLog, SimStore>;

/// Processes on one log, and what befalls them.
pub struct World {
    setting: Setting,
    inputs: Vec<Input>,
    broker: Rc<RefCell<Broker>>,
    seats: Vec<Seat>,
    clock: Cell<Timestamp>,
    latest_wall: Cell<Timestamp>,
    arrived: RefCell<Vec<Arrived>>,
    starts: Cell<u32>,
    /// What was done to disks that a process may refuse to work with.
    is_tampered: Cell<bool>,
    is_trimmed: Cell<bool>,
    is_lost: Cell<bool>,
    violation: RefCell<Option<String>>,
    /// What has happened, in words, and how deep the present event lies.
    trace: RefCell<Vec<String>>,
    is_traced: bool,
    depth: Cell<usize>,
    this: Weak<World>,
}

const DIED: &str = "died";

impl World {
    /// A world in which nothing has happened.
    pub fn new(setting: Setting, inputs: Vec<Input>, is_traced: bool) -> Rc<World> {
        Rc::new_cyclic(|this| {
            let seats = (0..setting.processes).map(|_| Seat {
                disk: Rc::default(),
                copy: RefCell::default(),
                plan: Rc::default(),
                points: Cell::default(),
                process: RefCell::default(),
            });
            World {
                inputs,
                broker: Rc::new(RefCell::new(Broker::new(setting.rules))),
                seats: seats.collect(),
                clock: Cell::new(setting.begins),
                latest_wall: Cell::new(Timestamp::NEVER),
                arrived: RefCell::default(),
                starts: Cell::default(),
                is_tampered: Cell::default(),
                is_trimmed: Cell::default(),
                is_lost: Cell::default(),
                violation: RefCell::default(),
                trace: RefCell::default(),
                is_traced,
                depth: Cell::default(),
                this: this.clone(),
                setting,
            }
        })
    }

    /// The broker, or the embedded log.
    pub fn broker(&self) -> Ref<'_, Broker> {
        self.broker.borrow()
    }

    /// What has arrived, in order.
    pub fn arrived(&self) -> Ref<'_, Vec<Arrived>> {
        self.arrived.borrow()
    }

    /// What has happened, in words; empty unless the world is traced.
    pub fn trace(&self) -> Ref<'_, Vec<String>> {
        self.trace.borrow()
    }

    /// The processes that are alive.
    pub fn processes(&self) -> Vec<Ref<'_, Process>> {
        let processes = self.seats.iter().map(|seat| seat.process.borrow());
        processes.filter_map(|process| Ref::filter_map(process, Option::as_ref).ok()).collect()
    }

    /// Whether the state is gone and cannot be made again: its input is deleted.
    pub fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    /// The latest time that anybody has read off a clock.
    pub fn latest_wall(&self) -> Timestamp {
        self.latest_wall.get()
    }

    fn tell(&self, words: impl FnOnce() -> String) {
        if self.is_traced {
            let indent = "  ".repeat(self.depth.get());
            self.trace.borrow_mut().push(format!("{indent}{}", words()));
        }
    }

    fn violate(&self, what: String) {
        self.violation.borrow_mut().get_or_insert(what);
    }

    /// The first thing that went against the rules.
    pub fn violation(&self) -> Option<String> {
        let broken = self.broker.borrow().violations().first().cloned();
        broken.or_else(|| self.violation.borrow().clone())
    }

    /// Lets steps happen, one after the other, until something goes against the rules.
    pub fn run(&self, steps: &[Step]) {
        for step in steps {
            if self.violation().is_some() || self.is_lost() {
                return;
            }
            self.step(step);
        }
    }

    fn step(&self, step: &Step) {
        match step {
            Step::Append(input) => self.append(*input),
            Step::Start(who, plan) => self.start(*who, plan),
            Step::Turn(who, plan) => {
                let process = self.seats[*who].process.try_borrow();
                if process.is_ok_and(|process| process.is_some()) {
                    self.tell(|| self.describe(*who, plan));
                }
                self.turn(*who, plan);
            }
            Step::Crash(who, keep) => self.crash(*who, *keep),
            Step::Sync(who, share) => self.seats[*who].disk.borrow_mut().sync(*share),
            Step::Assign(bits) => self.assign(*bits),
            Step::Expire(who) => {
                if self.broker.borrow_mut().expire(*who) {
                    self.tell(|| format!("the time of {}'s transaction is over", name(*who)));
                }
            }
            Step::Deliver(which) => {
                if let Some((who, is_taken)) = self.broker.borrow_mut().deliver(*which) {
                    let became = if is_taken { "is committed" } else { "is refused" };
                    self.tell(|| format!("{}'s late end of a transaction {became}", name(who)));
                }
            }
            Step::Clock(minutes) => {
                let moved = self.clock.get().plus(Span::from_millis(i64::from(*minutes) * 60_000));
                self.clock.set(moved);
                self.tell(|| format!("the clock moves by {minutes} minutes to {moved}"));
            }
            Step::Trim => self.trim(),
            Step::SwapDisks(one, two) => self.swap_disks(*one, *two),
            Step::CopyDisk(who) => self.copy_disk(*who),
            Step::RestoreDisk(who) => {
                if self.is_dead(*who)
                    && let Some(disk) = self.seats[*who].copy.borrow().clone()
                {
                    self.tell(|| format!("somebody puts the copy back to {}", name(*who)));
                    self.is_tampered.set(true);
                    *self.seats[*who].disk.borrow_mut() = disk;
                }
            }
            Step::LoseDisk(who) => {
                if self.is_dead(*who) {
                    self.tell(|| format!("the disk of {} is lost", name(*who)));
                    self.is_tampered.set(true);
                    *self.seats[*who].disk.borrow_mut() = Disk::default();
                }
            }
            Step::Damage(who, place) => {
                if self.seats[*who].disk.borrow_mut().damage(*place) {
                    self.tell(|| format!("a bit on the disk of {} turns over", name(*who)));
                    self.is_tampered.set(true);
                }
            }
        }
    }

    fn is_dead(&self, who: usize) -> bool {
        self.seats[who].process.try_borrow().is_ok_and(|process| process.is_none())
    }

    fn append(&self, input: usize) {
        let Input { partition, record, words } = &self.inputs[input];
        let time = match (self.setting.kind, self.arrived.borrow().last()) {
            // The embedded log never lets append times go back.
            (Kind::Embedded, Some(last)) => last.time.max(self.clock.get()),
            _ => self.clock.get(),
        };
        let lane = (self.setting.settings.topics.touchpoints.clone(), *partition);
        let position = self.broker.borrow_mut().append(lane, time, record.clone());
        self.tell(|| format!("record {position} of partition {partition}, at {time}: {words}"));
        self.arrived.borrow_mut().push(Arrived { input, position, time });
    }

    fn tasks(&self) -> impl Iterator<Item = TaskId> {
        let partitions = self.setting.settings.topics.partitions;
        [Node::Journey, Node::Insight]
            .into_iter()
            .flat_map(move |node| (0..partitions).map(move |partition| TaskId { node, partition }))
    }

    fn input(&self, task: TaskId) -> Lane {
        let topics = &self.setting.settings.topics;
        let topic = if task.node == Node::Journey { &topics.touchpoints } else { &topics.frames };
        (topic.clone(), task.partition)
    }

    fn assign(&self, bits: u64) {
        let mut random = Random::new(bits);
        let count = self.setting.processes as u64;
        let owners: BTreeMap<TaskId, usize> =
            self.tasks().map(|task| (task, random.below(count) as usize)).collect();
        self.tell(|| {
            let tell = |(task, who): (&TaskId, &usize)| {
                format!("{:?}/{} to {}", task.node, task.partition, name(*who))
            };
            let owners: Vec<String> = owners.iter().map(tell).collect();
            format!("the group gives tasks: {}", owners.join(", "))
        });
        self.broker.borrow_mut().assign(owners);
    }

    fn trim(&self) {
        let mut deleted = Vec::new();
        for task in self.tasks() {
            let (durable, written) = self.seats[0].disk.borrow().low(task);
            let low = match self.setting.kind {
                Kind::Cluster => self.broker.borrow().last_mark(task).sliced.low,
                Kind::Embedded if self.setting.rules.hold(Rule::DurableLow) => durable,
                Kind::Embedded => written,
            };
            let lane = self.input(task);
            if low > self.broker.borrow().bounds(&lane).0 {
                self.broker.borrow_mut().trim(&lane, low);
                self.is_trimmed.set(true);
                deleted.push(format!("before {low} of {}/{}", lane.0, lane.1));
            }
        }
        if !deleted.is_empty() {
            self.tell(|| format!("input is deleted: {}", deleted.join(", ")));
        }
    }

    fn copy_disk(&self, who: usize) {
        if self.is_dead(who) {
            self.tell(|| format!("somebody copies the disk of {}", name(who)));
            let seat = &self.seats[who];
            *seat.copy.borrow_mut() = Some(seat.disk.borrow().clone());
        }
    }

    fn swap_disks(&self, one: usize, two: usize) {
        if one != two && self.is_dead(one) && self.is_dead(two) {
            self.tell(|| format!("{} and {} change disks", name(one), name(two)));
            self.seats[one].disk.swap(&self.seats[two].disk);
        }
    }

    /// A point on the way of a process: others may act, and it may die.
    fn pause(&self, who: usize, what: &str) -> Result<(), Verdict> {
        let seat = &self.seats[who];
        let point = seat.points.get().saturating_add(1);
        seat.points.set(point);
        let (dies_at, meanwhile) = {
            let mut plan = seat.plan.borrow_mut();
            let is_here = plan.meanwhile.as_ref().is_some_and(|(at, _)| match at {
                At::Point(at) => *at == point,
                At::NoAnswer => what == NO_ANSWER,
            });
            let steps = if is_here { plan.meanwhile.take() } else { None };
            (plan.dies_at, steps)
        };
        if let Some((_, steps)) = meanwhile {
            self.tell(|| format!("{}, when it {what}, is held up:", name(who)));
            self.depth.set(self.depth.get() + 1);
            self.run(&steps);
            self.depth.set(self.depth.get() - 1);
        }
        if dies_at.is_some_and(|at| point >= at) {
            self.tell(|| format!("{} dies when it {what}", name(who)));
            return Err(Verdict::Fatal(DIED.to_owned()));
        }
        Ok(())
    }

    fn begin(&self, who: usize, plan: &Plan) -> Pause {
        self.seats[who].points.set(0);
        *self.seats[who].plan.borrow_mut() = plan.clone();
        let this = self.this.clone();
        Rc::new(move |what| this.upgrade().map_or(Ok(()), |world| world.pause(who, what)))
    }

    fn start(&self, who: usize, plan: &Plan) {
        let seat = &self.seats[who];
        let Ok(mut process) = seat.process.try_borrow_mut() else { return };
        if process.is_some() {
            return;
        }
        self.tell(|| format!("{} starts", name(who)));
        let pause = self.begin(who, plan);
        let (broker, rules) = (&self.broker, self.setting.rules);
        let place = Place {
            who,
            kind: self.setting.kind,
            broker: Rc::clone(broker),
            plan: Rc::clone(&seat.plan),
            pause: Rc::clone(&pause),
            rules,
        };
        let settings = &self.setting.settings;
        let log = SimLog::open(place, &settings.topics);
        let store = SimStore::new(&seat.disk, broker, rules, pause);
        self.starts.set(self.starts.get() + 1);
        let (pace, instance) = (self.setting.pace, self.starts.get());
        match Worker::new(log, store, Arc::clone(settings), pace, instance) {
            Ok(worker) => *process = Some(worker),
            Err(verdict) => self.ended(who, verdict, plan.keep),
        }
    }

    fn turn(&self, who: usize, plan: &Plan) {
        let seat = &self.seats[who];
        let Ok(mut process) = seat.process.try_borrow_mut() else { return };
        let Some(worker) = process.as_mut() else { return };
        let wall = plan.reads_clock.then(|| self.wall(who));
        self.latest_wall.set(self.latest_wall.get().max(wall.unwrap_or(Timestamp::NEVER)));
        self.begin(who, plan);
        let done = match plan.commits_later {
            true => worker.apply(wall, 0).map(|_| ()),
            false => worker.turn(wall, 0).map(|_| ()),
        };
        let Err(verdict) = done else { return };
        *process = None;
        drop(process);
        let is_fenced = matches!(verdict, Verdict::Fenced(_));
        self.ended(who, verdict, plan.keep);
        if is_fenced {
            self.start(who, &Plan::default());
        }
    }

    fn wall(&self, who: usize) -> Timestamp {
        self.clock.get().plus(self.setting.clocks[who])
    }

    fn describe(&self, who: usize, plan: &Plan) -> String {
        let mut words = format!("{} takes up to {:?} records", name(who), plan.take);
        if plan.reads_clock {
            words += &format!(", reads {} off the clock", self.wall(who));
        }
        if plan.commits_later {
            words += ", commits later";
        }
        if plan.is_deaf {
            words += ", hears nothing of the group";
        }
        words += plan.answer.text();
        words
    }

    /// A process has ended by itself.
    fn ended(&self, who: usize, verdict: Verdict, keep: u8) {
        self.tell(|| format!("{} ends: {verdict:?}", name(who)));
        let disk = &self.seats[who].disk;
        match verdict {
            // The same process joins again.
            Verdict::Fenced(_) => {}
            Verdict::Retry(_) | Verdict::Abort(_) | Verdict::Fatal(_) => {
                disk.borrow_mut().crash(keep, self.setting.rules);
            }
            Verdict::Corrupted(text) => {
                // What a changelog reaches is never lost, whatever befalls a disk.
                let is_lost = text.contains("[D0404]") || text.contains("[D0405]");
                if !self.is_tampered.get() || is_lost {
                    self.violate(format!("{} refuses its state: {text}", name(who)));
                }
                // The operator does what the error's page says; but what is deleted is gone.
                self.is_lost.set(self.is_trimmed.get() && self.setting.kind == Kind::Embedded);
                *disk.borrow_mut() = Disk::default();
            }
            Verdict::Done | Verdict::Refuse(_) => {
                self.violate(format!("{} ends: {verdict:?}", name(who)));
            }
        }
    }

    fn crash(&self, who: usize, keep: u8) {
        let Ok(mut process) = self.seats[who].process.try_borrow_mut() else { return };
        if process.take().is_some() {
            self.tell(|| format!("{} dies, {keep}/255 of its last writes survive", name(who)));
            self.seats[who].disk.borrow_mut().crash(keep, self.setting.rules);
        }
    }

    /// The world heals: everybody starts, nothing fails any more, until everything is read, and
    /// once more after everybody has seen a time on the clock.
    pub fn settle(&self, wall: Option<Timestamp>) {
        const TURNS_MAX: usize = 200;
        while self.broker.borrow_mut().deliver(0).is_some() {}
        (0..self.seats.len()).for_each(|who| _ = self.broker.borrow_mut().expire(who));
        if wall.is_none() {
            self.assign(1);
        }
        self.tell(|| "everybody works until everything is read".to_owned());
        let plan = Plan { take: [16; 4], ..Plan::default() };
        for _ in 0..TURNS_MAX {
            for who in 0..self.seats.len() {
                self.start(who, &Plan::default());
                self.turn(who, &plan);
            }
            if self.violation().is_some() || self.is_lost() || self.is_caught_up() {
                break;
            }
        }
        if !self.is_lost() && !self.is_caught_up() {
            self.violate(format!("not everything is read after {TURNS_MAX} turns"));
        }
        let Some(wall) = wall.filter(|_| self.violation().is_none()) else { return };
        self.tell(|| format!("everybody reads {wall} off the clock"));
        self.latest_wall.set(wall);
        for seat in &self.seats {
            if let Some(worker) = seat.process.borrow_mut().as_mut()
                && let Err(verdict) = worker.turn(Some(wall), 0)
            {
                self.violate(format!("a turn fails for no reason: {verdict:?}"));
            }
        }
        self.settle(None);
    }

    fn is_caught_up(&self) -> bool {
        self.seats.iter().all(|seat| {
            let mut process = seat.process.borrow_mut();
            process.as_mut().is_some_and(|worker| worker.is_caught_up().unwrap_or(false))
        })
    }
}
