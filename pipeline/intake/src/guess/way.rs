//! How a mapping names a column, or a value within objects; and what such a name says.

use super::roles::Role;
use super::sample::Column;
use super::words::{self, folded};

/// Objects that only wrap what they hold.
const WRAPPERS: [&str; 16] = [
    "data",
    "object",
    "attributes",
    "properties",
    "payload",
    "body",
    "event",
    "record",
    "fields",
    "item",
    "node",
    "result",
    "details",
    "meta",
    "context",
    "traits",
];

/// A name that says a role less surely than every name of the level before.
const LEVEL: usize = 1_000;

impl Column {
    /// As a path.
    pub(super) fn path(&self) -> String {
        if self.way.is_empty() {
            return format!(".{}", self.name);
        }
        self.way.iter().fold(String::new(), |path, key| match key.contains(['.', '[', ']', '"']) {
            true => format!("{path}[\"{key}\"]"),
            false => format!("{path}.{key}"),
        })
    }

    /// In an expression.
    pub(super) fn body(&self) -> String {
        let quoted = |key: &String| format!("[{}]", serde_json::Value::from(key.as_str()));
        match self.way.is_empty() {
            true => format!("body{}", quoted(&self.name)),
            false => format!("body{}", self.way.iter().map(quoted).collect::<String>()),
        }
    }

    /// The place that its name has among those of a role: less is surer.
    ///
    /// `customer.email` is read as one name, and so is what wrappers hold. Behind other objects a
    /// last name alone says something only where the values prove it: `product.name` is nobody.
    pub(super) fn rank(&self, role: Role) -> Option<usize> {
        if self.way.is_empty() {
            return words::rank(role, &self.name);
        }
        let is_wrapper = |key: &&String| WRAPPERS.contains(&&*folded(key));
        let last = self.way.len() - 1;
        let wrappers = self.way.iter().take(last).take_while(is_wrapper).count();
        let way = self.way.get(wrappers..).unwrap_or_default();
        (0..way.len()).find_map(|dropped| {
            let rest = way.get(dropped..).unwrap_or_default();
            let is_proved =
                matches!(role, Role::Email | Role::Phone | Role::Amount | Role::Currency);
            let is_said = dropped == 0 || rest.len() > 1 || is_proved;
            let rank = is_said.then(|| words::rank(role, &rest.concat())).flatten()?;
            Some(rank + LEVEL * dropped)
        })
    }
}
