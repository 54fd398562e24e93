//! A topic of another system as the input of the journey tasks, as it lies.
//!
//! Its mapping and the schema of a writer are a decoder: of a datum the values of the mapping's
//! paths are read and the rest is passed over, without a row between. What is not known yet is
//! never guessed: before a record whose schema must be learned first a task stands still.

use crate::{Breaker, Record};
use codec::{Choice, Invalid, Learned, Limits, PathStep, SchemaId, Schemas, Unread};
use codec::{admit, too_large};
use model::Draft;
use rules::{Around, Mapping, Occurrences, Plain, Row, RowError, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

/// Bytes of a record at most, as of any topic of another system.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// Bytes of a record that a dead letter keeps: as many as a touchpoint may have.
pub(crate) const LETTER_BYTES: usize = 65_536;

/// What a record of the topic says.
pub(crate) enum Said {
    /// A touchpoint.
    Touchpoint(Box<Draft>),
    /// Nothing: a tombstone, or what the mapping drops.
    Nothing,
    /// It could not be read.
    Unreadable(Invalid),
    /// Its schema is to be learned first.
    Wanting(SchemaId),
    /// The schema of its number does not fit it: it could not be read, unless that number means
    /// another one by now.
    Doubtful(SchemaId, Invalid),
}

/// Why a task stands still before its next record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The schema of this number is to be learned first.
    Schema(SchemaId),
    /// A record does not fit the schema of this number: the registry is asked once more.
    Doubt(SchemaId),
    /// So many of the latest records could not be read that the next would not be either.
    Poison(usize),
}

/// What the tasks and whoever learns schemas for them tell each other.
#[derive(Default)]
struct Board {
    wanted: BTreeSet<SchemaId>,
    /// Partitions that are held for good, with how many of their latest records were dead.
    poisoned: BTreeMap<u32, usize>,
}

/// How the records of the topic are read. Shared by the tasks of an instance, its audit and the
/// thread that learns schemas.
pub struct Direct {
    topic: String,
    mapping: Mapping,
    choice: Choice,
    schemas: RwLock<Schemas>,
    limits: Limits,
    poison_percent_max: u8,
    board: Mutex<Board>,
}

impl Direct {
    /// The decoder of a mapping and of the schemas that records are written by. A task is held
    /// when more than this share of its latest records cannot be read.
    pub fn new(topic: &str, plain: Plain, schemas: Schemas, poison_percent_max: u8) -> Direct {
        let step = |step: Step| match step {
            Step::Key(name) => PathStep::Field(name),
            Step::Item(index) => PathStep::Item(index),
        };
        let paths = plain.paths.into_iter().map(|path| path.into_iter().map(step).collect());
        Direct {
            topic: topic.to_owned(),
            mapping: plain.mapping,
            choice: Choice::new(&paths.collect::<Vec<Vec<PathStep>>>()),
            schemas: RwLock::new(schemas),
            limits: Limits::default(),
            poison_percent_max,
            board: Mutex::new(Board::default()),
        }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The source that refusals count for, where the mapping says one.
    pub(crate) fn source(&self) -> &str {
        self.mapping.constant_source().unwrap_or_default()
    }

    pub(crate) fn breaker(&self) -> Breaker {
        Breaker::new(self.poison_percent_max)
    }

    /// What a record says: the same whenever it is read, once its schema is known.
    pub(crate) fn read(&self, partition: u32, record: &Record<'_>) -> Said {
        match self.draft(partition, record) {
            Ok(Some(draft)) => Said::Touchpoint(Box::new(draft)),
            Ok(None) => Said::Nothing,
            Err(Unread::Invalid(invalid)) => Said::Unreadable(invalid),
            Err(Unread::Wanting(id)) => Said::Wanting(id),
            Err(Unread::Doubtful(id, invalid)) => Said::Doubtful(id, invalid),
        }
    }

    fn draft(&self, partition: u32, record: &Record<'_>) -> Result<Option<Draft>, Unread> {
        let Some(value) = record.value else { return Ok(None) };
        if value.len() > RECORD_BYTES_MAX {
            return Err(too_large("record", value.len(), RECORD_BYTES_MAX, "bytes").into());
        }
        let chosen = {
            let schemas = self.schemas.read().unwrap_or_else(PoisonError::into_inner);
            schemas.choose(value, &self.choice)?
        };
        let Some(chosen) = chosen else { return Ok(None) };
        let leaves: Vec<Option<&str>> = chosen.values().collect();
        let around = Around {
            topic: String::new(),
            key: None,
            headers: BTreeMap::new(),
            received_at: record.append_time,
            id: match self.mapping.names_rows() {
                true => format!("{}-{partition}-{}", self.topic, record.position),
                false => String::new(),
            },
        };
        let row = Row::leaves(&leaves).within(&around);
        let drafts = self.mapping.drafts(&row, record.position, &mut Occurrences::default());
        let Some(mut draft) = drafts.map_err(by_mapping)?.pop() else { return Ok(None) };
        if draft.customer_id.is_empty() {
            return Err(nobody().into());
        }
        admit(&mut draft, &self.limits)?;
        Ok(Some(draft))
    }

    /// The schema that is to be learned before a record can be read, if one is.
    pub fn wants(&self, partition: u32, record: &Record<'_>) -> Option<SchemaId> {
        match self.draft(partition, record) {
            Err(Unread::Wanting(id)) => Some(id),
            Ok(_) | Err(Unread::Invalid(_) | Unread::Doubtful(..)) => None,
        }
    }

    /// Takes what a registry says of a number. That it has none says nothing of a record: whoever
    /// reads it again once it has one would count something else. Nor is another schema taken than
    /// it has said before: whoever doubted stands still.
    pub fn learn(&self, id: SchemaId, learned: &Learned) {
        let mut schemas = self.schemas.write().unwrap_or_else(PoisonError::into_inner);
        if schemas.learn(id, learned) {
            self.board().wanted.remove(&id);
        }
    }

    /// Whether the schema of a number was learned.
    pub fn knows(&self, id: SchemaId) -> bool {
        self.schemas.read().unwrap_or_else(PoisonError::into_inner).knows(id)
    }

    /// Asks for a schema, which whoever learns them is told by `wanted`.
    pub fn want(&self, id: SchemaId) {
        self.board().wanted.insert(id);
    }

    /// Schemas that somebody waits for.
    pub fn wanted(&self) -> BTreeSet<SchemaId> {
        self.board().wanted.clone()
    }

    /// Partitions that are held until the next start, with how many of their latest records could
    /// not be read.
    pub fn poisoned(&self) -> BTreeMap<u32, usize> {
        self.board().poisoned.clone()
    }

    /// Whether what held a task is over.
    pub(crate) fn is_over(&self, hold: Hold) -> bool {
        match hold {
            Hold::Schema(id) => self.knows(id),
            Hold::Doubt(id) => !self.board().wanted.contains(&id),
            Hold::Poison(_) => false,
        }
    }

    /// Why the task of a partition is held from the beginning, if it is.
    pub(crate) fn hold_of(&self, partition: u32) -> Option<Hold> {
        self.board().poisoned.get(&partition).map(|dead| Hold::Poison(*dead))
    }

    /// Notes why the task of a partition is held.
    pub(crate) fn note(&self, partition: u32, hold: Hold) {
        match hold {
            Hold::Schema(id) | Hold::Doubt(id) => self.want(id),
            Hold::Poison(dead) => {
                self.board().poisoned.insert(partition, dead);
            }
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn by_mapping(error: RowError) -> Invalid {
    let RowError { code, field, problem, fix, .. } = error;
    Invalid { code, field, problem, fix, of_source: String::new() }
}

/// The refusal of a record that names no customer: an identifier would be looked for elsewhere.
fn nobody() -> Invalid {
    Invalid {
        code: "D0475",
        field: "customer_id".to_owned(),
        problem: "is empty".to_owned(),
        fix: "a direct source is keyed by its customers: let each record name one".to_owned(),
        of_source: String::new(),
    }
}
