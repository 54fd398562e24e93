//! The forms in which other systems write their records.

use super::payload::{self, Payload};
use super::shape::Shapes;
use super::{ForeignRecord, cloud_event, connect, debezium};
use codec::Invalid;

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
}

impl TopicForm {
    /// Every form, by its name in the configuration.
    pub const ALL: [(&'static str, TopicForm); 4] = [
        ("json", TopicForm::Json),
        ("connect-json", TopicForm::ConnectJson),
        ("debezium", TopicForm::Debezium),
        ("cloudevents", TopicForm::CloudEvents),
    ];

    /// A form by its name.
    pub fn parse(name: &str) -> Option<TopicForm> {
        TopicForm::ALL.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
    }

    /// What a mapping is given of a record; `None` where it says nothing.
    pub(super) fn payload<'a>(
        self,
        record: &ForeignRecord<'a>,
        shapes: &mut Shapes,
    ) -> Result<Option<Payload<'a>>, Invalid> {
        match (self, record.value) {
            (TopicForm::CloudEvents, _) => cloud_event::payload(record),
            (_, None) => Ok(None),
            (TopicForm::Json, Some(value)) => {
                let (text, key) = (payload::object(value)?, payload::key(record.key));
                Ok(Some(Payload { text, key, id: None, is_history: false }))
            }
            (TopicForm::ConnectJson, Some(value)) => connect::payload(record, value, shapes),
            (TopicForm::Debezium, Some(value)) => debezium::payload(record, value, shapes),
        }
    }
}
