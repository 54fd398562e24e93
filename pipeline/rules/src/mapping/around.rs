//! What stands around an input that came as a record of a topic.

use minijinja::value::Value;
use model::Timestamp;
use std::collections::BTreeMap;

/// What stands around an input that came as a record of a topic: what expressions call `topic`,
/// `key`, `headers` and `received_at`, and the name that it has without one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The topic.
    pub topic: String,
    /// The key as JSON: an object, or a text.
    pub key: Option<String>,
    /// Headers by their names; of several alike the last.
    pub headers: BTreeMap<String, String>,
    /// When the log took it.
    pub received_at: Timestamp,
    /// What its touchpoint is called where the mapping does not say: the same whenever the record
    /// is read again.
    pub id: String,
}

impl Around {
    /// What expressions see.
    pub(super) fn names(&self) -> [(String, Value); 4] {
        let key = self.key.as_deref().and_then(|key| serde_json::from_str::<Value>(key).ok());
        [
            ("topic".to_owned(), Value::from(self.topic.as_str())),
            ("key".to_owned(), key.unwrap_or(Value::UNDEFINED)),
            ("headers".to_owned(), Value::from(self.headers.clone())),
            ("received_at".to_owned(), Value::from(self.received_at.millis())),
        ]
    }
}
