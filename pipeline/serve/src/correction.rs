//! What a person says that a touchpoint is about.

use serde_json::{Value, json};

/// A correction of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// The customer.
    pub customer_id: String,
    /// Source of the touchpoint; the empty one without it.
    pub source: String,
    /// Id of the touchpoint within its source.
    pub event_id: String,
    /// The class; `none` for no objection.
    pub label: String,
    /// The text of it, to learn from; where it is left out it is looked up in the log.
    pub text: Option<String>,
}

impl Correction {
    /// How one is written.
    pub const FORM: &'static str = "{\"customer_id\": \"c-1\", \"source\": \"crm\", \
        \"event_id\": \"m-17\", \"label\": \"price\"}, with the text if you have it";

    /// As it is sent to a running instance.
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "customer_id": self.customer_id, "source": self.source,
            "event_id": self.event_id, "label": self.label,
        });
        if let Some(text) = &self.text {
            value["text"] = text.clone().into();
        }
        value
    }

    /// Reads what `to_json` writes; why not, where it is something else.
    pub fn from_json(value: &Value, bytes_max: usize) -> Result<Correction, String> {
        const NAMES: [&str; 5] = ["customer_id", "source", "event_id", "label", "text"];
        let Some(object) = value.as_object() else { return Err("it is no object".to_owned()) };
        if let Some(name) = object.keys().find(|name| !NAMES.contains(&name.as_str())) {
            let name: String = name.chars().take(60).collect();
            return Err(format!("{name:?} is not known"));
        }
        let text = |name: &str| match object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if name == "text" || text.len() <= bytes_max => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(format!("{name} is no text of at most {bytes_max} bytes")),
        };
        let needed = |name: &str| {
            let text = text(name)?.filter(|text| !text.is_empty());
            text.ok_or_else(|| format!("{name} is missing or empty"))
        };
        Ok(Correction {
            customer_id: needed("customer_id")?,
            source: text("source")?.unwrap_or_default(),
            event_id: needed("event_id")?,
            label: needed("label")?,
            text: text("text")?.filter(|text| !text.trim().is_empty()),
        })
    }
}
