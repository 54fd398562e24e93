//! A run from a seed: the setting, the records, and everything that befalls the processes.

use crate::maps::map;
use codec::control::{Clock, Secret, write_clock, write_label};
use codec::encode::Label;
use engine::sim::{Answer, At, Input, Kind, Plan, Random, Rules, Setting, Step};
use engine::{Pace, Produced, Settings, Topics};
use model::{Draft, Span, Timestamp, Value};
use std::sync::{Arc, OnceLock};

const KINDS: [&str; 9] = [
    "page_viewed",
    "enquiry_received",
    "message_received",
    "quote_sent",
    "booking_made",
    "purchase_made",
    "follow_up_sent",
    "lost",
    "workshop_attended",
];

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How far a touchpoint may lie after its append.
pub const SKEW_MAX: i64 = HOUR;

/// What a record of the input is.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A touchpoint.
    Touchpoint(Box<Draft>),
    /// Nothing that can be read.
    Nonsense,
    /// Everything up to a time has been sent.
    Clock(Timestamp),
    /// What a touchpoint is about, if it lies where its customer's records do.
    Label(Box<Said>),
}

/// A label.
#[derive(Clone, Debug)]
pub struct Said {
    /// Customer, source and id of the touchpoint.
    pub of: [String; 3],
    /// The class.
    pub class: &'static str,
    /// The greatest counts.
    pub revision: u32,
}

/// A run: a function of these alone.
#[derive(Clone)]
pub struct Scenario {
    /// What does not change.
    pub setting: Setting,
    /// The records that may arrive.
    pub inputs: Vec<Input>,
    /// What they are, place by place.
    pub meanings: Vec<Meaning>,
    /// Whether some records lie on another partition than their customer's.
    pub misplaces: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

struct Author {
    random: Random,
    setting: Setting,
    inputs: Vec<Input>,
    meanings: Vec<Meaning>,
    /// Where the clock of the world stands, about.
    now: i64,
    customers: u64,
    /// Whether disks are exchanged, lost and damaged.
    has_bad_disks: bool,
    is_trimmed: bool,
    misplaces: bool,
    /// Whether somebody says what touchpoints are about.
    has_labels: bool,
}

/// The run of a seed.
pub fn scenario(seed: u64, rules: Rules) -> Scenario {
    let mut random = Random::new(seed);
    let kind = if random.once_in(3) { Kind::Embedded } else { Kind::Cluster };
    let processes = if kind == Kind::Embedded { 1 } else { 2 + random.below(2) as usize };
    let mut settings = Settings {
        topics: Topics::new("desirepath", "", 1 + random.below(3) as u32),
        map: map(random.below(3)),
        secret: secret(),
        clock_skew_max: Span::from_millis(SKEW_MAX),
    };
    let pace = Pace {
        commits_per_flush: 1 + random.below(4) as u32,
        customers_max: random.below(4) as usize,
        // Some changelogs never hold anything.
        flushes_per_sync: [1, 2, 1_000][random.below(3) as usize],
        slice_bytes: 1 + random.below(400) as usize,
        ..Pace::default()
    };
    let mut clock = || Span::from_millis(random.below(12) as i64 * HOUR - DAY / 4);
    let clocks = (0..processes).map(|_| clock()).collect();
    let begins = 1_767_571_200_000 + random.below(400) as i64 * DAY / 2;
    let customers = 1 + random.below(6);
    let (has_bad_disks, is_trimmed) = (random.once_in(4), random.once_in(2));
    let misplaces = random.once_in(4);
    if misplaces {
        // Seals go by the order in a customer's own partition, which the oracle does not know of
        // what is forwarded there.
        (settings.map.retention, settings.map.touchpoints_max) = (Span::NEVER, u32::MAX);
    }
    let setting = Setting {
        kind,
        processes,
        settings: Arc::new(settings),
        pace,
        clocks,
        begins: Timestamp::from_millis(begins),
        rules,
    };
    let mut author = Author {
        setting,
        inputs: Vec::new(),
        meanings: Vec::new(),
        now: begins,
        customers,
        has_bad_disks,
        is_trimmed,
        misplaces,
        has_labels: seed % 2 == 1,
        random,
    };
    let steps = author.steps();
    let Author { setting, inputs, meanings, misplaces, .. } = author;
    Scenario { setting, inputs, meanings, misplaces, steps }
}

fn secret() -> Secret {
    static SECRET: OnceLock<Secret> = OnceLock::new();
    SECRET.get_or_init(|| Secret::new(&[7; 32]).expect("a secret")).clone()
}

impl Author {
    fn steps(&mut self) -> Vec<Step> {
        let mut steps = vec![Step::Assign(self.random.number())];
        steps.extend((0..self.setting.processes).map(|who| Step::Start(who, Plan::default())));
        let count = 20 + self.random.below(80);
        for _ in 0..count {
            self.step(&mut steps, true);
        }
        steps
    }

    fn who(&mut self) -> usize {
        self.random.below(self.setting.processes as u64) as usize
    }

    fn step(&mut self, steps: &mut Vec<Step>, may_nest: bool) {
        let is_cluster = self.setting.kind == Kind::Cluster;
        let who = self.who();
        let step = match self.random.below(100) {
            0..20 => {
                let count = 1 + self.random.below(4);
                return steps.extend((0..count).map(|_| self.append()));
            }
            20..60 => Step::Turn(who, self.plan(who, may_nest)),
            60..68 => Step::Start(who, self.plan(who, may_nest)),
            68..72 => Step::Crash(who, self.share()),
            72..76 => Step::Sync(who, self.share()),
            76..80 => self.clock(),
            80..87 if is_cluster => Step::Assign(self.random.number()),
            87..90 if is_cluster => Step::Expire(who),
            90..93 if is_cluster => Step::Deliver(self.random.below(4) as usize),
            93..95 if is_cluster && self.is_trimmed => Step::Trim,
            80..90 if self.is_trimmed => Step::Trim,
            95.. if self.has_bad_disks => self.disk(who),
            _ => Step::Turn(who, self.plan(who, may_nest)),
        };
        steps.push(step);
    }

    fn share(&mut self) -> u8 {
        [0, 255, self.random.below(256) as u8][self.random.below(3) as usize]
    }

    fn plan(&mut self, who: usize, may_nest: bool) -> Plan {
        let random = &mut self.random;
        let take = [0; 4].map(|_: u8| random.below(6) as u8);
        let answer = match random.below(24) {
            0 => Answer::Refused,
            1 => Answer::LostBefore,
            2 => Answer::LostAfter,
            3 | 4 => Answer::UnderWay,
            _ => Answer::Received,
        };
        let mut plan = Plan {
            take,
            reads_clock: random.once_in(5),
            commits_later: random.once_in(6),
            is_deaf: random.once_in(8),
            answer,
            dies_at: random.once_in(12).then(|| 1 + random.below(12) as u8),
            keep: 0,
            meanwhile: None,
        };
        plan.keep = self.share();
        if may_nest && (plan.answer != Answer::Received || self.random.once_in(6)) {
            plan.meanwhile = Some(self.meanwhile(who, plan.answer));
        }
        plan
    }

    /// What others do while a process is held up: anything, and often what takes its tasks away.
    fn meanwhile(&mut self, who: usize, answer: Answer) -> (At, Vec<Step>) {
        let has_answer = matches!(answer, Answer::Received | Answer::Refused);
        let at = match self.random.below(4) {
            0..3 if !has_answer => At::NoAnswer,
            _ => At::Point(1 + self.random.below(9) as u8),
        };
        let mut steps = Vec::new();
        if self.setting.kind == Kind::Cluster && self.random.once_in(2) {
            if self.random.once_in(2) {
                steps.push(Step::Expire(who));
            }
            steps.push(Step::Assign(self.random.number()));
            let other = self.who();
            steps.push(Step::Turn(other, self.plan(other, false)));
            if self.random.once_in(2) {
                steps.push(Step::Assign(self.random.number()));
                return (at, steps);
            }
        }
        let count = 1 + self.random.below(4);
        (0..count).for_each(|_| self.step(&mut steps, false));
        (at, steps)
    }

    fn clock(&mut self) -> Step {
        let minutes = match self.random.below(8) {
            0 => -(self.random.below(40 * 60) as i64),
            1 => self.random.below(30 * 24 * 60) as i64,
            _ => self.random.below(8 * 60) as i64,
        };
        self.now += minutes * MINUTE;
        Step::Clock(minutes as i32)
    }

    fn disk(&mut self, who: usize) -> Step {
        match self.random.below(6) {
            0 => Step::SwapDisks(who, self.who()),
            1 | 2 => Step::CopyDisk(who),
            3 => Step::RestoreDisk(who),
            4 => Step::LoseDisk(who),
            _ => Step::Damage(who, self.random.below(1 << 16) as u16),
        }
    }

    fn append(&mut self) -> Step {
        let draft = self.draft();
        let secret = secret();
        let (mut value, mut key) = (Vec::new(), draft.customer_id.clone().into_bytes());
        let topics = &self.setting.settings.topics;
        let mut partition = codec::partition(&key, topics.partitions);
        if self.misplaces && self.random.once_in(6) {
            // A producer that places otherwise.
            partition = self.random.below(u64::from(topics.partitions)) as u32;
        }
        let (meaning, words) = match self.random.below(16) {
            0 => {
                value.extend_from_slice(b"\0\0nonsense");
                (Meaning::Nonsense, "nonsense".to_owned())
            }
            1 => {
                let time =
                    Timestamp::from_millis(self.now - self.random.below(120) as i64 * MINUTE);
                write_clock(Clock { source: "shop", time }, &secret, &mut value);
                key.clear();
                partition = self.random.below(u64::from(topics.partitions)) as u32;
                (Meaning::Clock(time), format!("everything before {time} is sent"))
            }
            3 | 4 if self.has_labels => {
                let class = ["price", "trust", "whatever", "none"][self.random.below(4) as usize];
                let revision = 1 + self.random.below(3) as u32;
                let Draft { customer_id, source, event_id, .. } = draft;
                let label = Label {
                    customer_id: &customer_id,
                    source: &source,
                    event_id: &event_id,
                    label: class,
                    by: "model:1",
                    revision,
                    time: Timestamp::from_millis(self.now),
                };
                write_label(&label, &secret, &mut value);
                let words = format!("{event_id}{source} of {customer_id} is {class}, {revision}");
                let said = Said { of: [customer_id, source, event_id], class, revision };
                (Meaning::Label(Box::new(said)), words)
            }
            form => {
                if form == 2 {
                    value.extend(codec::draft_to_json(&draft).to_string().bytes());
                } else {
                    let id = codec::frame::ids::TOUCHPOINT;
                    codec::encode::touchpoint(&draft, id, &mut value);
                }
                let words = describe(&draft);
                (Meaning::Touchpoint(Box::new(draft)), words)
            }
        };
        self.inputs.push(Input { partition, record: Produced { key, value: Some(value) }, words });
        self.meanings.push(meaning);
        Step::Append(self.inputs.len() - 1)
    }

    fn draft(&mut self) -> Draft {
        let random = &mut self.random;
        let minutes = match random.below(20) {
            0..11 => -(random.below(120) as i64),
            11..14 => -(random.below(72 * 60) as i64),
            14..16 => -(random.below(60 * 24 * 60) as i64),
            16..19 => random.below(60) as i64,
            _ => 61 + random.below(30 * 60) as i64,
        };
        let amount_minor = random.below(5_000) as i64 - 100;
        let currency = if random.once_in(2) { "EUR" } else { "USD" };
        Draft {
            event_id: format!("e{}", random.below(30)),
            source: if random.once_in(3) { "shop".to_owned() } else { String::new() },
            time: Timestamp::from_millis(self.now + minutes * MINUTE),
            customer_id: format!("c{}", random.below(self.customers)),
            channel: ["chat", "email", "store", "fax"][random.below(4) as usize].to_owned(),
            kind: KINDS[random.below(KINDS.len() as u64) as usize].to_owned(),
            value: random.once_in(3).then(|| Value { amount_minor, currency: currency.to_owned() }),
            revision: if random.once_in(6) { random.below(3) as u32 } else { 0 },
            history: random.once_in(6),
            ..Draft::default()
        }
    }
}

fn describe(draft: &Draft) -> String {
    let Draft { customer_id, kind, channel, time, event_id, source, revision, .. } = draft;
    let history = if draft.history { ", history" } else { "" };
    format!(
        "{event_id}{source} of {customer_id}, {kind} by {channel} at {time}, \
             revision {revision}{history}"
    )
}
