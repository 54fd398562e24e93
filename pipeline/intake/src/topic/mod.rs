//! Topics of other systems: one record after the other, each touchpoints or a reason why not.
//!
//! ```text
//! record ──► payload by its form ──► Row within its record ──► mapping ──► admit ──► Draft…
//!            (connect, debezium, cloud_event,                    └──► dropped   └──► Dead
//!             schemas ──► wanting, until the schema is learned)
//! ```

mod cloud_event;
mod connect;
mod debezium;
mod decimal;
mod form;
mod payload;
mod shape;

pub use codec::{Learned, Registered, SchemaId, Schemas};
pub use form::TopicForm;

use crate::import::by_mapping;
use codec::{DeadClass, Invalid, Limits, Unread, admit, too_large};
use model::{Draft, Timestamp};
use payload::Payload;
use rules::{Around, Mapping, Occurrences, Row};
use shape::Shapes;
use std::collections::BTreeMap;

/// Bytes of a record at most: envelopes with their schema are larger than touchpoints.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// A record of a topic of another system, borrowed from the client's memory.
#[derive(Clone, Copy, Debug)]
pub struct ForeignRecord<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition.
    pub partition: u32,
    /// The position in it.
    pub offset: u64,
    /// When the log took it.
    pub append_time: Timestamp,
    /// Key, empty when there is none.
    pub key: &'a [u8],
    /// Value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers, in their order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// These touchpoints.
    Touchpoints(Vec<Draft>),
    /// The mapping makes no touchpoint of it.
    Dropped,
    /// It says nothing: a tombstone, or a word between systems.
    Silent,
    /// It could not be read.
    Dead(DeadClass, Invalid),
    /// Its schema is to be learned first: nothing has become of it, and it is to be read again.
    Wanting(SchemaId),
}

/// A topic of another system, and how its records become touchpoints.
pub struct Topic {
    form: TopicForm,
    mapping: Mapping,
    is_history: bool,
    limits: Limits,
    seen: Occurrences,
    shapes: Shapes,
    schemas: Option<Schemas>,
}

impl Topic {
    /// A topic whose records have this form, one without a schema. `is_history`: they tell of the
    /// past and bear its flag.
    pub fn new(form: TopicForm, mapping: Mapping, is_history: bool) -> Topic {
        Topic {
            form,
            mapping,
            is_history,
            limits: Limits::default(),
            seen: Occurrences::default(),
            shapes: Shapes::default(),
            schemas: None,
        }
    }

    /// A topic whose records are read by schemas.
    pub fn with_schemas(self, schemas: Schemas) -> Topic {
        Topic { schemas: Some(schemas), ..self }
    }

    /// What its records are written by, where they are read by schemas.
    pub fn schemas(&mut self) -> Option<&mut Schemas> {
        self.schemas.as_mut()
    }

    /// The source that refusals count for, where the mapping says one.
    pub fn source(&self) -> &str {
        self.mapping.constant_source().unwrap_or_default()
    }

    /// What becomes of a record: the same, with the same ids, whenever it is read.
    pub fn read(&mut self, record: &ForeignRecord<'_>) -> Became {
        match self.touchpoints(record) {
            Ok(None) => Became::Silent,
            Ok(Some(drafts)) if drafts.is_empty() => Became::Dropped,
            Ok(Some(drafts)) => Became::Touchpoints(drafts),
            Err(Unread::Invalid(error)) => Became::Dead(error.class(), error),
            Err(Unread::Wanting(id) | Unread::Doubtful(id, _)) => Became::Wanting(id),
        }
    }

    fn touchpoints(&mut self, record: &ForeignRecord<'_>) -> Result<Option<Vec<Draft>>, Unread> {
        let size = record.value.map_or(0, <[u8]>::len);
        if size > RECORD_BYTES_MAX {
            return Err(too_large("record", size, RECORD_BYTES_MAX, "bytes").into());
        }
        let payload = self.form.payload(record, &mut self.shapes, self.schemas.as_mut())?;
        let Some(payload) = payload else { return Ok(None) };
        let Payload { text, key, id, is_history } = payload;
        let around = Around {
            topic: record.topic.to_owned(),
            key,
            headers: headers(record),
            received_at: record.append_time,
            id: id.unwrap_or_else(|| place(record)),
        };
        let row = Row::json(&text).map_err(|error| payload::no_object(&error.to_string()))?;
        let row = row.within(&around);
        let mut drafts =
            self.mapping.drafts(&row, record.offset, &mut self.seen).map_err(by_mapping)?;
        for draft in &mut drafts {
            draft.history |= is_history || self.is_history;
            admit(draft, &self.limits)?;
        }
        Ok(Some(drafts))
    }
}

/// The name of a record by where it lies: the same as long as the topic is the same.
fn place(record: &ForeignRecord<'_>) -> String {
    format!("{}-{}-{}", record.topic, record.partition, record.offset)
}

fn headers(record: &ForeignRecord<'_>) -> BTreeMap<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    record.headers.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect()
}
