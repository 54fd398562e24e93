//! The file and the environment, put over each other; each mistake with its place and its fix.

use super::Config;
use crate::failure::Failure;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The beginning of a variable that sets a key.
const PREFIX: &str = "DESIREPATH__";

/// Keys whose value is the place of a secret; a setting of the client, with dots in its name, may
/// be one as well.
const SECRETS: [&str; 3] = ["secret", "password", "token"];

/// Under this a variable has the name of a setting with `_` in the place of its dots.
const CLIENT: [&str; 2] = ["kafka", "client"];

/// Where a key that is not the default was set: `http.listen` → the file or the variable.
pub type Origins = BTreeMap<String, String>;

/// The text of a file, called `name`, and variables such as `DESIREPATH__HTTP__LISTEN`.
pub fn merged(
    name: &str,
    text: &str,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<(Config, Origins), Failure> {
    let read = |error: toml::de::Error| {
        refuse(&format!("{}: {}", place(name, text, &error), said(&error)))
    };
    // Read as a whole first: only so does a mistake have its place.
    toml::from_str::<Config>(text).map_err(read)?;
    let mut table: Table = toml::from_str(text).map_err(read)?;
    let mut origins = Origins::new();
    leaves("", &table, &mut |key, _| {
        origins.insert(key, name.to_owned());
    });
    for (variable, value) in variables {
        let Some(path) = variable.strip_prefix(PREFIX) else { continue };
        let path = path.to_ascii_lowercase();
        let mut keys: Vec<String> = path.split("__").map(str::to_owned).collect();
        if keys.len() < 2 || keys.iter().any(String::is_empty) {
            return Err(refuse(&format!("{variable} names no key: {PREFIX}SECTION__KEY")));
        }
        let is_client = keys.len() > CLIENT.len() && keys.starts_with(&CLIENT.map(str::to_owned));
        if let Some(name) = keys.get_mut(CLIENT.len()).filter(|_| is_client) {
            *name = name.replace('_', ".");
        }
        let set = match &keys[..] {
            // It is read when it is needed, from where it is.
            [.., name] if is_client && kafka::property::is_secret(name) => {
                let place = Table::from_iter([("env".to_owned(), variable.clone().into())]);
                alone(&keys, place.into())
            }
            keys => typed(keys, &value)
                .map_err(|error| refuse(&format!("{variable}: {}", said(&error))))?,
        };
        leaves("", &set, &mut |key, _| {
            origins.insert(key, variable.clone());
        });
        put(&mut table, set);
    }
    let config: Config =
        table.try_into().map_err(|error: toml::de::Error| refuse(&said(&error)))?;
    Ok((config.checked()?, origins))
}

pub(super) fn refuse(text: &str) -> Failure {
    Failure::Configuration(format!("{text} [D0702]"))
}

/// Every key of a table that holds a value, by its path, with that value.
pub fn leaves(path: &str, table: &Table, visit: &mut impl FnMut(String, &Value)) {
    for (name, value) in table {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match value {
            // An empty section holds no key; an empty table within one is the value of a key.
            Value::Table(table) if !table.is_empty() || !path.contains('.') => {
                leaves(&path, table, visit);
            }
            _ => visit(path, value),
        }
    }
}

/// The value of a variable in the type that its key has, alone in a table: a variable is text, and
/// only the key says whether `42` is a number.
fn typed(keys: &[String], value: &str) -> Result<Table, toml::de::Error> {
    let as_text = alone(keys, Value::String(value.to_owned()));
    let Err(error) = as_text.clone().try_into::<Config>() else { return Ok(as_text) };
    let written = toml::from_str::<Table>(&format!("value = {value}"));
    let written = written.ok().and_then(|mut table| table.remove("value"));
    match written.map(|value| alone(keys, value)) {
        Some(table) if table.clone().try_into::<Config>().is_ok() => Ok(table),
        _ => Err(error),
    }
}

/// A table that holds one value.
fn alone(keys: &[String], value: Value) -> Table {
    let mut keys = keys.iter().rev();
    let last = keys.next().map(|key| Table::from_iter([(key.clone(), value)]));
    keys.fold(last.unwrap_or_default(), |inner, key| {
        Table::from_iter([(key.clone(), Value::Table(inner))])
    })
}

/// Puts a table over another, key by key.
fn put(table: &mut Table, over: Table) {
    for (name, value) in over {
        match (table.get_mut(&name), value) {
            // The place of a secret is one value: another one stands in its place.
            (Some(Value::Table(inner)), Value::Table(over)) if !is_place(&name) => {
                put(inner, over);
            }
            (_, value) => {
                table.insert(name, value);
            }
        }
    }
}

/// Whether a table under this name would be the place of a secret.
fn is_place(name: &str) -> bool {
    SECRETS.contains(&name) || name.contains('.')
}

/// `desirepath.toml line 3`
fn place(name: &str, text: &str, error: &toml::de::Error) -> String {
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("{name} line {}", before.matches('\n').count() + 1),
        None => name.to_owned(),
    }
}

/// What is wrong, in one line; of a key that is not known the nearest that is.
fn said(error: &toml::de::Error) -> String {
    let message = error.message().trim().replace('\n', " ");
    let mut words = message.split('`').skip(1).step_by(2);
    match (message.strip_prefix("unknown field"), words.next()) {
        (Some(_), Some(unknown)) => {
            let known: Vec<&str> = words.collect();
            let fix = rules::suggestion(unknown, &known, "here there are");
            format!("key {unknown:?} is not known: {fix}")
        }
        _ => message,
    }
}
