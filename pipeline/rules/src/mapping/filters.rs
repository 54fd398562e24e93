//! Filters of expressions: words behind `|`. Something undefined stays undefined through all of
//! ours.

use super::pattern;
use super::phone::{self, Region};
use super::scope::REGION;
use data_encoding::HEXLOWER;
use minijinja::filters as builtin;
use minijinja::tests;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Every filter.
pub(super) const NAMES: &[&str] = &[
    "bool",
    "capture",
    "default",
    "e164",
    "email",
    "first",
    "float",
    "index_by",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "map",
    "reject",
    "rejectattr",
    "replace",
    "round",
    "select",
    "selectattr",
    "short_hash",
    "sort",
    "split",
    "string",
    "sum",
    "text_of_html",
    "trim",
    "unique",
    "upper",
];

/// Adds filters and tests; functions there are none.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("bool", builtin::bool);
    environment.add_filter("default", builtin::default);
    environment.add_filter("first", builtin::first);
    environment.add_filter("float", builtin::float);
    environment.add_filter("int", builtin::int);
    environment.add_filter("join", builtin::join);
    environment.add_filter("last", builtin::last);
    environment.add_filter("length", builtin::length);
    environment.add_filter("map", builtin::map);
    environment.add_filter("reject", builtin::reject);
    environment.add_filter("rejectattr", builtin::rejectattr);
    environment.add_filter("round", builtin::round);
    environment.add_filter("select", builtin::select);
    environment.add_filter("selectattr", builtin::selectattr);
    environment.add_filter("sort", builtin::sort);
    environment.add_filter("sum", builtin::sum);
    environment.add_filter("unique", builtin::unique);
    environment.add_filter("lower", |value: &Value| mapped(value, |text| text.to_lowercase()));
    environment.add_filter("upper", |value: &Value| mapped(value, |text| text.to_uppercase()));
    environment.add_filter("trim", |value: &Value| mapped(value, |text| text.trim().to_owned()));
    environment.add_filter("string", |value: &Value| mapped(value, str::to_owned));
    environment.add_filter("email", |value: &Value| mapped(value, email));
    environment.add_filter("text_of_html", |value: &Value| mapped(value, text_of_html));
    environment.add_filter("short_hash", |value: &Value| mapped(value, short_hash));
    environment.add_filter("replace", |value: &Value, from: &str, to: &str| {
        mapped(value, |text| text.replace(from, to))
    });
    environment.add_filter("split", split);
    environment.add_filter("capture", capture);
    environment.add_filter("e164", e164);
    environment.add_filter("index_by", index_by);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("string", tests::is_string);
    environment.add_test("number", tests::is_number);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("in", tests::is_in);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("ne", tests::is_ne);
}

/// The first word behind `|` that is no filter.
pub(super) fn unknown_in(expression: &str) -> Option<String> {
    let mut quote = None;
    let mut rest = expression.char_indices();
    while let Some((at, c)) = rest.next() {
        match quote {
            Some(_) if c == '\\' => _ = rest.next(),
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '|' => {
                let word = expression[at + 1..].trim_start();
                let is_name = |c: char| c.is_alphanumeric() || c == '_';
                let word = &word[..word.find(|c| !is_name(c)).unwrap_or(word.len())];
                if !word.is_empty() && !NAMES.contains(&word) {
                    return Some(word.to_owned());
                }
            }
            None => {}
        }
    }
    None
}

fn is_nothing(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Undefined | ValueKind::None)
}

/// A text or a number, changed.
fn mapped(value: &Value, change: impl FnOnce(&str) -> String) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(Value::UNDEFINED),
        ValueKind::String => Ok(Value::from(change(value.as_str().unwrap_or_default()))),
        ValueKind::Number | ValueKind::Bool => Ok(Value::from(change(&value.to_string()))),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "a text belongs before this filter")),
    }
}

/// An address in lower case and without spaces around it; what is none becomes empty, so that it
/// identifies nobody. Dots and what follows a plus stay: at some providers they are other people.
fn email(text: &str) -> String {
    let address = text.trim().trim_start_matches("mailto:").to_lowercase();
    let is_address = address.split_once('@').is_some_and(|(local, domain)| {
        let is_plain = |part: &str| !part.contains(|c: char| c.is_whitespace() || c == '@');
        !local.is_empty() && domain.contains('.') && is_plain(local) && is_plain(domain)
    });
    if is_address { address } else { String::new() }
}

/// A number of a phone in E.164; one without a country is read as one of `region`, which is the
/// mapping's where the expression names none.
fn e164(state: &State<'_, '_>, value: &Value, region: Option<&Value>) -> Result<Value, Error> {
    let said = region.and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let region = match said {
        Some(text) => Region::of(text),
        None => state.lookup(REGION).and_then(|code| Region::of(code.as_str()?)),
    };
    mapped(value, |text| phone::e164(text, region))
}

/// The first group of a pattern, or all that it matches where it has none; undefined where it does
/// not match.
fn capture(value: &Value, wanted: &str) -> Result<Value, Error> {
    if is_nothing(value) {
        return Ok(Value::UNDEFINED);
    }
    let pattern = pattern::compiled(wanted)
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "the pattern cannot be read"))?;
    let text = value.to_string();
    let found = pattern.captures(&text).and_then(|groups| groups.get(1).or(groups.get(0)));
    Ok(found.map_or(Value::UNDEFINED, |found| Value::from(found.as_str())))
}

/// Sixteen hex digits of SHA-256. Stored in logs as part of ids: it must never change.
fn short_hash(text: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    HEXLOWER.encode(&hash[..8])
}

/// The words of a text without its tags; breaks and paragraphs become line ends.
fn text_of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let Some((name, after)) = tag.split_once('>') else {
            text.push('<');
            rest = tag;
            continue;
        };
        let name = name.trim_matches('/').to_ascii_lowercase();
        if ["br", "p", "div", "li", "tr"].iter().any(|block| {
            name.strip_prefix(block).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        }) && !text.ends_with('\n')
        {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    let entities =
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'")];
    let text = entities.into_iter().fold(text, |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&").trim().to_owned()
}

fn split(value: &Value, at: &str) -> Result<Value, Error> {
    if is_nothing(value) {
        return Ok(Value::UNDEFINED);
    }
    let text = value.to_string();
    Ok(text.split(at).map(str::to_owned).collect())
}

/// The items of a list by one of their fields, `'field.ref'`; of several alike the first.
fn index_by(list: &Value, path: &str) -> Result<Value, Error> {
    if is_nothing(list) {
        return Ok(Value::UNDEFINED);
    }
    let mut items: BTreeMap<String, Value> = BTreeMap::new();
    for item in list.try_iter()? {
        let mut key = item.clone();
        for step in path.split('.') {
            key = if is_nothing(&key) { Value::UNDEFINED } else { key.get_attr(step)? };
        }
        if !is_nothing(&key) {
            items.entry(key.to_string()).or_insert(item);
        }
    }
    Ok(Value::from(items))
}
