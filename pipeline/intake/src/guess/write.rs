//! A guess as the text of a mapping, each key under the reason for it.

use super::dates::Written;
use super::numbers::Amounts;
use super::roles::{Place, Roles};
use super::sample::{Column, Sample};
use super::words::{CHANNELS, KINDS, currency, meaning, region};
use super::{Guess, Hints, Question};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Words of a column that are named as unknown at most.
const TOLD_MAX: usize = 5;

/// A mapping in the making: lines of it, and what people are told.
struct Page<'a> {
    sample: &'a Sample,
    lines: String,
    said: Vec<String>,
}

/// Writes the mapping.
pub(super) fn mapping(
    path: &Path,
    sample: &Sample,
    roles: &Roles,
    hints: &Hints,
) -> Result<Guess, Question> {
    let mut page = Page { sample, lines: String::new(), said: Vec::new() };
    let source = source(path);
    page.key("source", &quoted(&source), "part of the identity of every row: keep it");
    // Nobody else writes the month first.
    let is_us = matches!(&roles.time, Some((_, Written::Formats(formats), _))
        if formats.iter().any(|format| format.starts_with("%m")));
    let region = if is_us { Some("US") } else { region(&hints.zone) };
    if let (Some(region), true) = (region, roles.phone.is_some()) {
        let from = if is_us { "the month before the day" } else { &*hints.zone };
        let why = format!("numbers of phones without a country, by {from}");
        page.key("region", &quoted(region), &why);
    }
    page.time(roles, hints);
    page.who(roles);
    page.kind(roles, hints);
    page.channel(roles);
    page.amount(roles, region);
    page.rest(roles);
    page.file(roles);
    let unused: Vec<&str> = sample
        .columns
        .iter()
        .enumerate()
        .filter(|(place, column)| !roles.used.contains(place) && !column.name.is_empty())
        .map(|(_, column)| &*column.name)
        .collect();
    if !unused.is_empty() {
        page.said.push(format!("not used: {}", unused.join(", ")));
    }
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let rows = match sample.is_whole {
        true => format!("its {} rows", sample.rows),
        false => format!("its first {} rows", sample.rows),
    };
    let head = format!("# Guessed by desirepath from {rows} of {name}. Mend what is wrong.\n\n");
    Ok(Guess { mapping: head + &page.lines, said: page.said })
}

impl Page<'_> {
    fn key(&mut self, key: &str, value: &str, why: &str) {
        // A reason repeats values of the file, which may hold anything.
        let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(self.lines, "# {why}\n{key} = {value}");
        self.said.push(format!("{key} = {value}   ({why})"));
    }

    fn name(&self, place: Place) -> &str {
        self.sample.columns.get(place).map_or("", |column| &*column.name)
    }

    fn path(&self, place: Place) -> String {
        quoted(&self.sample.columns.get(place).map_or(String::new(), Column::path))
    }

    fn body(&self, place: Place) -> String {
        self.sample.columns.get(place).map_or(String::new(), Column::body)
    }

    fn time(&mut self, roles: &Roles, hints: &Hints) {
        let Some((place, written, why)) = &roles.time else { return };
        let zone = quoted(&hints.zone);
        let at = match roles.clock {
            Some(clock) => quoted(&format!("= {} ~ ' ' ~ {}", self.body(*place), self.body(clock))),
            None => self.path(*place),
        };
        let value = match written {
            Written::Whole => at,
            Written::Local => format!("{{ at = {at}, zone = {zone} }}"),
            Written::Since(unit) => format!("{{ at = {at}, unit = {} }}", quoted(unit)),
            Written::Formats(formats) => {
                let with_clock = |format: &String| match roles.clock {
                    Some(_) => vec![format!("{format} %H:%M:%S"), format!("{format} %H:%M")],
                    None => vec![format.clone()],
                };
                let formats: Vec<String> =
                    formats.iter().flat_map(with_clock).map(|format| quoted(&format)).collect();
                let formats = formats.join(", ");
                format!("{{ at = {at}, zone = {zone}, format = [{formats}] }}")
            }
        };
        let why = match written {
            Written::Whole | Written::Since(_) => format!("{}: {why}", self.name(*place)),
            Written::Local | Written::Formats(_) => {
                format!("{}: {why}; the zone is the journey map's", self.name(*place))
            }
        };
        self.key("time", &value, &why);
    }

    fn who(&mut self, roles: &Roles) {
        let (mut identifiers, mut names) = (Vec::new(), Vec::new());
        if let Some(place) = roles.customer {
            let name = self.name(place).to_owned();
            match roles.is_name && (roles.email.is_some() || roles.phone.is_some()) {
                // Two people may have one name; an address tells them apart.
                true => {}
                false if roles.is_name => {
                    identifiers.push(format!("name = {}", self.path(place)));
                    names.push(name.clone());
                    self.said.push(format!("{name}: two people of one name become one customer"));
                }
                false => {
                    let (path, why) = (self.path(place), format!("{name}: the customer"));
                    self.key("customer_id", &path, &why);
                }
            }
        }
        for (key, filter, place) in
            [("email", "email", roles.email), ("phone", "e164", roles.phone)]
        {
            if let Some(place) = place {
                let value = quoted(&format!("= {} | {filter}", self.body(place)));
                identifiers.push(format!("{key} = {value}"));
                names.push(self.name(place).to_owned());
            }
        }
        if !identifiers.is_empty() {
            let value = format!("{{ {} }}", identifiers.join(", "));
            let why = format!("{}: whose a row is; what is empty is left out", names.join(", "));
            self.key("identifiers", &value, &why);
        }
    }

    /// A column of words as a table; words that nothing is known of stay as they are.
    fn table(&self, place: Place, table: &[(&'static str, &[&str])]) -> (String, String) {
        let words = self.sample.columns.get(place).and_then(|column| column.words.as_ref());
        let (mut known, mut unknown) = (BTreeMap::new(), Vec::new());
        for word in words.into_iter().flatten().map(|(word, _)| word) {
            match meaning(table, word) {
                Some(name) => _ = known.insert(word.clone(), name),
                None => unknown.push(word.clone()),
            }
        }
        let listed: Vec<String> = known
            .iter()
            .map(|(word, name)| format!("{} = {}", quoted(word), quoted(name)))
            .collect();
        let path = self.path(place);
        let value =
            format!("{{ of = {path}, table = {{ {} }}, else = {path} }}", listed.join(", "));
        let mut why = self.name(place).to_owned();
        if !unknown.is_empty() {
            let told = unknown.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join(", ");
            why = format!("{why}: other words keep their name and count as other: {told}");
        }
        (value, why)
    }

    fn kind(&mut self, roles: &Roles, hints: &Hints) {
        if let Some(place) = roles.kind {
            let (value, why) = self.table(place, &KINDS);
            self.key("kind", &value, &why);
        } else if let Some(kind) = &hints.kind {
            self.key("kind", &quoted(kind), "as you said");
        } else {
            let why = "assumed: there is an amount, and no column says what happened";
            self.key("kind", "\"purchase_made\"", why);
        }
    }

    fn channel(&mut self, roles: &Roles) {
        if let Some(place) = roles.channel {
            let (value, why) = self.table(place, &CHANNELS);
            self.key("channel", &value, &why);
        } else {
            let value = if roles.amount.is_some() { "store" } else { "website" };
            self.key("channel", &quoted(value), "assumed: no column says where it happened");
        }
    }

    fn amount(&mut self, roles: &Roles, region: Option<&str>) {
        let Some((place, amounts)) = &roles.amount else { return };
        let amount = match amounts.signs.as_slice() {
            [] => self.path(*place),
            signs => {
                let without = signs
                    .iter()
                    .map(|(sign, _)| format!(" | replace({}, '')", quoted(sign)))
                    .collect::<String>();
                quoted(&format!("= {}{without} | trim", self.body(*place)))
            }
        };
        let name = self.name(*place).to_owned();
        let folded = name.to_uppercase();
        let in_name = ["EUR", "USD", "CHF", "GBP"].into_iter().find(|code| folded.contains(code));
        let in_name = in_name.or_else(|| name.contains('€').then_some("EUR"));
        let (currency, from) = match (roles.currency, amounts.signs.as_slice(), in_name) {
            (Some(place), ..) => {
                (self.path(place), format!("the currency is {}", self.name(place)))
            }
            (None, [(sign, code)], _) => (quoted(code), format!("{sign} stands beside it")),
            (None, _, Some(code)) => (quoted(code), "its name says the currency".to_owned()),
            (None, ..) => {
                let code = region.and_then(currency).unwrap_or("EUR");
                (quoted(code), "the currency is assumed: no column names it".to_owned())
            }
        };
        let value = format!("{{ amount = {amount}, unit = \"major\", currency = {currency} }}");
        let decimal = if amounts.decimal == ',' { "decimal comma" } else { "decimal point" };
        self.key("value", &value, &format!("{name}: {decimal}, {}; {from}", amounts.why));
    }

    fn rest(&mut self, roles: &Roles) {
        if let Some(place) = roles.event_id {
            let (path, name) = (self.path(place), self.name(place).to_owned());
            let rows = self.sample.rows;
            let why = format!("{name}: another in each of {rows} rows");
            self.key("event_id", &path, &why);
        } else {
            let why =
                "event_id: rows are named by their content, so a row that changes counts anew";
            self.said.push(why.to_owned());
        }
        for (key, place) in [("subject", roles.subject), ("text", roles.text)] {
            if let Some(place) = place {
                let (path, name) = (self.path(place), self.name(place).to_owned());
                self.key(key, &path, &name);
            }
        }
        if let Some(place) = roles.campaign {
            let (path, name) = (self.path(place), self.name(place).to_owned());
            self.key("properties", &format!("{{ campaign = {path} }}"), &name);
        }
    }

    fn file(&mut self, roles: &Roles) {
        let Sample { encoding: (encoding, why), delimiter, has_header, columns, .. } = self.sample;
        let is_plain = |place: Place| columns.get(place).is_some_and(Column::is_plain);
        if self.sample.is_objects {
            self.lines.push_str("\n[file]\nformat = \"jsonl\"\n");
            return match &roles.amount {
                Some((place, amounts)) if !is_plain(*place) => self.signs(amounts),
                _ => {}
            };
        }
        self.lines.push_str("\n[file]\nformat = \"csv\"\n");
        let (encoding, why) = (quoted(encoding), why.clone());
        self.key("encoding", &encoding, &why);
        let (delimiter, count) = (quoted(delimiter), columns.len());
        self.key("delimiter", &delimiter, &format!("it divides rows into {count} columns"));
        if !has_header {
            let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
            self.key("columns", &format!("[{}]", names.join(", ")), "the first row is no header");
        }
        if let Some((_, amounts)) = &roles.amount {
            self.signs(amounts);
        }
    }

    fn signs(&mut self, amounts: &Amounts) {
        let decimal = quoted(&amounts.decimal.to_string());
        self.key("decimal", &decimal, &amounts.why);
        if let Some(thousands) = amounts.thousands {
            let thousands = quoted(&thousands.to_string());
            self.key("thousands", &thousands, &amounts.why);
        }
    }
}

/// A text as TOML writes one; JSON escapes the same and no more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The source of a file: its name without dates and ends, so that the next export has the same.
fn source(path: &Path) -> String {
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let letters: String = stem.chars().filter(|c| !c.is_numeric() && !c.is_control()).collect();
    let source = letters.trim_matches(|c: char| !c.is_alphanumeric());
    if source.is_empty() { "import".to_owned() } else { source.to_owned() }
}
