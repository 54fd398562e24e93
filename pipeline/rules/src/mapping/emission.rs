//! One touchpoint of an input: where each of its fields comes from.

use super::condition::Condition;
use super::each::Each;
use super::file::FileShape;
use super::money::Money;
use super::occurrences::Occurrences;
use super::row::Cell;
use super::row_error::{FieldFault, RowError};
use super::time::Time;
use super::value::{Compiler, Found, Reading, Value, missing, plain_text};
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word, wrong_type};
use crate::map::name;
use model::Draft;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// Nesting of an object or a list that a property may hold.
const DEPTH_MAX: usize = 16;

/// A rule of a mapping, or the mapping where it has none.
#[derive(Clone, Debug)]
pub(super) struct Emission {
    pub(super) each: Vec<Each>,
    pub(super) when: Option<Condition>,
    event_id: Option<Value>,
    time: Time,
    channel: Value,
    kind: Value,
    customer_id: Option<Value>,
    identifiers: Vec<Named>,
    properties: Vec<Named>,
    value: Option<Money>,
    subject: Option<Value>,
    said: Option<Value>,
    revision: Option<Value>,
}

/// An identifier or a property: its name, what errors call it, and where it comes from.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    field: String,
    value: Value,
}

/// The fields of a rule, and behind them those of the mapping, which hold for every rule.
pub(super) struct Layers<'a> {
    pub(super) rule: Option<Fields<'a>>,
    pub(super) root: &'a Fields<'a>,
}

impl<'a> Layers<'a> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let own = self.rule.as_ref().and_then(|rule| rule.get(key));
        own.or_else(|| self.root.get(key))
    }

    fn place(&self) -> (&'static str, Range<usize>) {
        match &self.rule {
            Some(rule) => ("the rule", rule.span.clone()),
            None => ("the mapping", 0..0),
        }
    }

    fn must(
        &self,
        key: &'static str,
        example: &'static str,
    ) -> Result<&'a Spanned<DeValue<'a>>, Fault> {
        let (place, span) = self.place();
        self.get(key).ok_or_else(|| missing(place, key, example, &span))
    }

    fn keeping(&self, compiler: &mut Compiler, key: &'static str) -> Result<Option<Value>, Fault> {
        self.get(key).map(|value| compiler.keeping(key, value)).transpose()
    }

    fn differing(
        &self,
        compiler: &mut Compiler,
        key: &'static str,
    ) -> Result<Option<Value>, Fault> {
        self.get(key).map(|value| compiler.differing(key, value)).transpose()
    }
}

impl Emission {
    pub(super) fn read(
        compiler: &mut Compiler,
        layers: &Layers<'_>,
        file: &FileShape,
    ) -> Result<Emission, Fault> {
        let (each, when) = match &layers.rule {
            None => (Vec::new(), None),
            Some(rule) => {
                let each = Each::read(compiler, rule)?;
                let when = rule.get("when").map(|when| Condition::read(compiler, when));
                (each, when.transpose()?)
            }
        };
        let time = Time::read(compiler, layers.must("time", "time = \".created_at\"")?)?;
        let channel = word(layers, compiler, "channel", "channel = \"store\"")?;
        let kind = word(layers, compiler, "kind", "kind = \"purchase_made\"")?;
        let event_id = layers.differing(compiler, "event_id")?;
        let customer_id = layers.differing(compiler, "customer_id")?;
        let identifiers = named(layers, compiler, "identifiers", true)?;
        if customer_id.is_none() && identifiers.is_empty() {
            let example = "customer_id = \".customer\", or identifiers = { email = \".email\" }";
            let (place, span) = layers.place();
            return Err(missing(place, "customer_id", example, &span));
        }
        let properties = named(layers, compiler, "properties", false)?;
        let value = layers.get("value").map(|value| Money::read(compiler, value, file.signs));
        Ok(Emission {
            each,
            when,
            event_id,
            time,
            channel,
            kind,
            customer_id,
            identifiers,
            properties,
            value: value.transpose()?,
            subject: layers.keeping(compiler, "subject")?,
            said: layers.keeping(compiler, "text")?,
            revision: layers.differing(compiler, "revision")?,
        })
    }

    /// The touchpoint of an input, its id left out; `None` where a table drops it, which `seen`
    /// counts.
    pub(super) fn draft(
        &self,
        reading: &Reading<'_>,
        source: &Value,
        seen: &mut Occurrences,
    ) -> Result<Option<Draft>, RowError> {
        let Some(kind) = word_of(reading, "kind", &self.kind, seen)? else { return Ok(None) };
        let channel = word_of(reading, "channel", &self.channel, seen)?;
        let Some(channel) = channel else { return Ok(None) };
        let optional = |field, value: &Option<Value>| match value {
            Some(value) => {
                let text = reading.text(field, value)?;
                Ok(text.map(|text| text.into_owned()).unwrap_or_default())
            }
            None => Ok(String::new()),
        };
        let draft = Draft {
            source: reading.text("source", source)?.unwrap_or_default().into_owned(),
            time: self.time.of(reading)?,
            customer_id: optional("customer_id", &self.customer_id)?,
            identifiers: self.identifiers(reading)?,
            value: self.value.as_ref().map(|money| money.of(reading)).transpose()?.flatten(),
            subject: optional("subject", &self.subject)?,
            text: optional("text", &self.said)?,
            properties: self.properties(reading)?,
            revision: self.revision(reading)?,
            channel,
            kind,
            ..Draft::default()
        };
        if draft.customer_id.is_empty() && draft.identifiers.is_empty() {
            let fix = "fill the column of the customer or of one identifier, or drop such rows";
            return Err(reading.fault("customer_id", FieldFault::missing(fix)));
        }
        Ok(Some(draft))
    }

    /// The first key of it that is more than paths, constants and tables, and what it is.
    pub(super) fn beyond_plain(&self) -> Option<(&str, &'static str)> {
        let one = [
            ("event_id", self.event_id.as_ref()),
            ("channel", Some(&self.channel)),
            ("kind", Some(&self.kind)),
            ("customer_id", self.customer_id.as_ref()),
            ("subject", self.subject.as_ref()),
            ("text", self.said.as_ref()),
            ("revision", self.revision.as_ref()),
        ];
        let one = one.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let named = self.identifiers.iter().chain(&self.properties);
        let named = named.map(|named| (&*named.field, &named.value));
        let values = one.chain(named);
        let said = |key, what: Option<&'static str>| what.map(|what| (key, what));
        (self.each.first().map(|_| ("each", "several touchpoints of one record")))
            .or_else(|| said("when", self.when.as_ref()?.beyond_plain()))
            .or_else(|| said("time", self.time.beyond_plain()))
            .or_else(|| said("value", self.value.as_ref()?.beyond_plain()))
            .or_else(|| values.into_iter().find_map(|(key, value)| said(key, value.beyond_plain())))
    }

    /// Whether it says whose its touchpoints are without looking at identifiers.
    pub(super) fn names_customer(&self) -> bool {
        self.customer_id.is_some()
    }

    /// Whether touchpoints of this rule are named by the content of their row.
    pub(super) fn is_unnamed(&self) -> bool {
        self.event_id.is_none()
    }

    /// The id that the mapping gives; `None` where it gives none.
    pub(super) fn event_id(&self, reading: &Reading<'_>) -> Result<Option<String>, RowError> {
        let Some(value) = &self.event_id else { return Ok(None) };
        let fix = "fill the column, or take `event_id` out: rows are then named by their content";
        Ok(Some(reading.required("event_id", value, fix)?.into_owned()))
    }

    /// Which of several records of one id it is: the greatest counts.
    fn revision(&self, reading: &Reading<'_>) -> Result<u32, RowError> {
        let Some(value) = &self.revision else { return Ok(0) };
        let Some(text) = reading.text("revision", value)? else { return Ok(0) };
        let fix = "a whole number from 0 to 2147483647 belongs there";
        let fault = || FieldFault::number(&text, "is no revision", fix);
        let number = text.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok());
        number.ok_or_else(|| reading.fault("revision", fault()))
    }

    /// Identifiers; those that are empty say nothing and are dropped.
    fn identifiers(&self, reading: &Reading<'_>) -> Result<BTreeMap<String, String>, RowError> {
        let mut identifiers = BTreeMap::new();
        for Named { name, field, value } in &self.identifiers {
            if let Some(text) = reading.text(field, value)? {
                identifiers.insert(name.clone(), text.into_owned());
            }
        }
        Ok(identifiers)
    }

    /// Properties; an object or a list is kept as JSON.
    fn properties(&self, reading: &Reading<'_>) -> Result<BTreeMap<String, String>, RowError> {
        let mut properties = BTreeMap::new();
        for Named { name, field, value } in &self.properties {
            let fault = |fault| reading.fault(field, fault);
            let text = match reading.find(value) {
                Found::Cell(Cell::Nested(raw)) if depth(raw) > DEPTH_MAX => {
                    let fix = "nest at most 16 levels, or name a field within it";
                    return Err(fault(FieldFault::shape("is nested too deeply", fix)));
                }
                Found::Cell(Cell::Nested(raw)) => Some(raw.to_owned()),
                Found::Cell(cell) => plain_text(cell).map_err(fault)?.map(|text| text.into_owned()),
                Found::Fault(found) => return Err(fault(found)),
                Found::Unlisted(..) | Found::Drop => None,
            };
            if let Some(text) = text {
                properties.insert(name.clone(), text);
            }
        }
        Ok(properties)
    }
}

/// Kind or channel: must be there, and what stands in the mapping must be a name.
fn word(
    layers: &Layers<'_>,
    compiler: &mut Compiler,
    key: &'static str,
    example: &'static str,
) -> Result<Value, Fault> {
    let value = layers.must(key, example)?;
    let compiled = compiler.value(key, value)?;
    for text in compiled.constants() {
        name::check_free(key, &Word { text, span: value.span() })?;
    }
    Ok(compiled)
}

/// A table of names and values: identifiers, properties.
fn named(
    layers: &Layers<'_>,
    compiler: &mut Compiler,
    key: &'static str,
    must_differ: bool,
) -> Result<Vec<Named>, Fault> {
    let Some(value) = layers.get(key) else { return Ok(Vec::new()) };
    let DeValue::Table(table) = value.get_ref() else {
        return Err(wrong_type(key, value, "a table of names and values"));
    };
    let mut all = Vec::new();
    for (name, value) in table {
        let word = Word { text: name.get_ref().as_ref(), span: name.span() };
        name::check(if must_differ { "identifier" } else { "property" }, &word)?;
        let field = format!("{key}.{}", word.text);
        let value = match must_differ {
            true => compiler.differing(&field, value)?,
            false => compiler.keeping(&field, value)?,
        };
        all.push(Named { name: word.text.to_owned(), field, value });
    }
    Ok(all)
}

/// Kind or channel of a row; `None` where its table drops the row.
fn word_of(
    reading: &Reading<'_>,
    field: &'static str,
    value: &Value,
    seen: &mut Occurrences,
) -> Result<Option<String>, RowError> {
    if matches!(reading.find(value), Found::Drop) {
        seen.drop(&format!("{field} dropped by its table"));
        return Ok(None);
    }
    let text = reading.required(field, value, "fill the column, or drop such rows")?;
    Ok(Some(text.into_owned()))
}

/// How deeply an object or a list of JSON is nested.
fn depth(raw: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in raw.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
