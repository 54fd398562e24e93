//! The forms in which other systems write their records.

use super::payload::{self, Payload};
use super::shape::Shapes;
use super::{ForeignRecord, cloud_event, connect, debezium};
use codec::{Schemas, Unread};
use std::borrow::Cow;

/// How the records of a topic are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicForm {
    /// An object of JSON.
    Json,
    /// JSON of a converter of Kafka Connect, with or without the envelope of its schema.
    ConnectJson,
    /// A change of a row, as Debezium tells it.
    Debezium,
    /// An event of CloudEvents 1.0, its attributes in the value or in headers.
    CloudEvents,
    /// Avro, by a schema.
    Avro,
    /// A change of a row, as Debezium tells it, in Avro.
    DebeziumAvro,
}

impl TopicForm {
    /// Every form, by its name in the configuration.
    pub const ALL: [(&'static str, TopicForm); 6] = [
        ("json", TopicForm::Json),
        ("connect-json", TopicForm::ConnectJson),
        ("debezium", TopicForm::Debezium),
        ("cloudevents", TopicForm::CloudEvents),
        ("avro", TopicForm::Avro),
        ("debezium-avro", TopicForm::DebeziumAvro),
    ];

    /// A form by its name.
    pub fn parse(name: &str) -> Option<TopicForm> {
        TopicForm::ALL.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
    }

    /// Whether its records are read by a schema.
    pub fn has_schema(self) -> bool {
        match self {
            TopicForm::Avro | TopicForm::DebeziumAvro => true,
            TopicForm::Json
            | TopicForm::ConnectJson
            | TopicForm::Debezium
            | TopicForm::CloudEvents => false,
        }
    }

    /// What a mapping is given of a record; `None` where it says nothing.
    pub(super) fn payload<'a>(
        self,
        record: &ForeignRecord<'a>,
        shapes: &mut Shapes,
        schemas: Option<&mut Schemas>,
    ) -> Result<Option<Payload<'a>>, Unread> {
        let by_schema = || match (record.value, schemas) {
            (Some(value), Some(schemas)) => {
                let text = schemas.value(value)?;
                let key = schemas.key(record.key)?.unwrap_or_else(|| payload::key(record.key));
                Ok::<_, Unread>((text != "null").then_some((Cow::Owned(text), key)))
            }
            _ => Ok(None),
        };
        Ok(match (self, record.value) {
            (TopicForm::CloudEvents, _) => cloud_event::payload(record)?,
            (_, None) => None,
            (TopicForm::Json, Some(value)) => {
                let (text, key) = (payload::object(value)?, payload::key(record.key));
                Some(Payload { text, key, id: None, is_history: false })
            }
            (TopicForm::ConnectJson, Some(value)) => connect::payload(record, value, shapes)?,
            (TopicForm::Debezium, Some(value)) => debezium::payload(record, value, shapes)?,
            (TopicForm::Avro, Some(_)) => {
                by_schema()?.map(|(text, key)| Payload { text, key, id: None, is_history: false })
            }
            (TopicForm::DebeziumAvro, Some(_)) => match by_schema()? {
                Some((text, key)) => debezium::change(record, text, key, "avro")?,
                None => None,
            },
        })
    }
}
