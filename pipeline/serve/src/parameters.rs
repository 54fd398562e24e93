//! Parameters of a request: each at most once, none that is not known, each with its fix.

use crate::listing::{PAGE_DEFAULT, PAGE_MAX};
use crate::problem::{Code, Problem};
use axum::extract::FromRequestParts;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use model::{Civil, Size, Span, Timestamp, Zone};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Partitions that a cut may speak of.
const PARTITIONS_MAX: usize = 1_024;

/// How far ahead may be looked.
const AHEAD: RangeInclusive<Span> = Span::from_hours(1)..=Span::from_days(31);

/// The parameters that have not been taken yet.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) = query.map_err(|error| bad(error.body_text()))?;
        let mut parameters = BTreeMap::new();
        for (name, value) in pairs {
            if parameters.contains_key(&name) {
                return Err(bad(format!("{} is said twice", shown(&name))));
            }
            parameters.insert(name, value);
        }
        Ok(Parameters(parameters))
    }
}

impl Parameters {
    /// A text; an empty one is as good as none.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }

    /// Those of these texts that are said.
    pub(crate) fn texts(&mut self, names: &[&str]) -> BTreeMap<String, String> {
        let said = names.iter().filter_map(|name| Some(((*name).to_owned(), self.text(name)?)));
        said.collect()
    }

    /// A whole number.
    pub(crate) fn number<T: std::str::FromStr>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text
            .parse()
            .map_err(|_| bad(format!("{name} is {}: write a whole number", shown(&text))))?;
        Ok(Some(number))
    }

    /// Rows at most.
    pub(crate) fn limit(&mut self) -> Result<usize, Problem> {
        match self.number("limit")?.unwrap_or(PAGE_DEFAULT) {
            limit @ 1..=PAGE_MAX => Ok(limit),
            other => Err(bad(format!("limit is {other}: write a number from 1 to {PAGE_MAX}"))),
        }
    }

    /// A time; a date is its first instant in the business's zone.
    pub(crate) fn time_from(
        &mut self,
        name: &str,
        zone: &Zone,
    ) -> Result<Option<Timestamp>, Problem> {
        self.time(name, |date| zone.day_start(date))
    }

    /// A time; a date is its last instant in the business's zone.
    pub(crate) fn time_to(
        &mut self,
        name: &str,
        zone: &Zone,
    ) -> Result<Option<Timestamp>, Problem> {
        self.time(name, |date| zone.day_end(date))
    }

    fn time(
        &mut self,
        name: &str,
        of_date: impl Fn(Civil) -> Timestamp,
    ) -> Result<Option<Timestamp>, Problem> {
        let text = self.text(name);
        text.map(|text| parse_time(name, &text, of_date)).transpose()
    }

    /// How far ahead: an hour to a month.
    pub(crate) fn span(&mut self, name: &str) -> Result<Option<Span>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let span = Span::parse(&text).filter(|span| AHEAD.contains(span));
        let refuse = || bad(format!("{name} is {}: write 1h to 31d, such as 48h", shown(&text)));
        Ok(Some(span.ok_or_else(refuse)?))
    }

    /// A window as its size and an instant in it: `1d@2026-01-05`.
    pub(crate) fn window(&mut self, zone: &Zone) -> Result<Option<(Size, Timestamp)>, Problem> {
        let Some(text) = self.text("window") else { return Ok(None) };
        let fix = "write a size and a date or a time in it, such as 1d@2026-01-05";
        let refuse = || bad(format!("window is {}: {fix}", shown(&text)));
        let (size, at) = text.split_once('@').ok_or_else(refuse)?;
        let size = Size::parse(size).filter(|size| *size != Size::Total).ok_or_else(refuse)?;
        Ok(Some((size, parse_time("window", at, |date| zone.day_start(date))?)))
    }

    /// How much further than as_of each partition was judged, in milliseconds: `0,250,0,9000`.
    pub(crate) fn cut(&mut self) -> Result<Vec<u32>, Problem> {
        let Some(text) = self.text("cut") else { return Ok(Vec::new()) };
        let numbers = text.split(',').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>();
        numbers
            .filter(|numbers| numbers.len() <= PARTITIONS_MAX)
            .ok_or_else(|| bad(format!("cut is {}: repeat it as a report said it", shown(&text))))
    }

    /// One of these words, or none.
    pub(crate) fn one_of(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match words.contains(&&*text) {
            true => Ok(Some(text)),
            false => Err(bad(format!("{name} is {}: say {}", shown(&text), words.join(" or ")))),
        }
    }

    /// What is left: values of dimensions, `flow-stage=decision`.
    pub(crate) fn filters(self) -> Result<BTreeMap<String, String>, Problem> {
        match self.0.keys().find(|name| !name.contains('-')) {
            None => Ok(self.0),
            Some(name) => Err(bad(format!(
                "{} is not known: say window, from, to, as_of, cut, sort, limit, cursor, or a \
                 family and its dimension, such as flow-stage",
                shown(name)
            ))),
        }
    }

    /// Refuses what is left: a typing error must not be silently without effect.
    pub(crate) fn none_left(self, known: &str) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(bad(format!("{} is not known: say {known}", shown(name)))),
        }
    }
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(Code::Parameter, detail)
}

/// What an error repeats of a value.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

fn parse_time(
    name: &str,
    text: &str,
    of_date: impl Fn(Civil) -> Timestamp,
) -> Result<Timestamp, Problem> {
    // The plus of an offset that was not percent-encoded arrives as a space.
    let mended = match text.rfind(' ') {
        Some(at) if at > 10 => format!("{}+{}", &text[..at], &text[at + 1..]),
        _ => text.to_owned(),
    };
    let time = Civil::parse(text).map(of_date).or_else(|| Timestamp::parse_rfc3339(&mended));
    let time = time.or_else(|| text.parse().ok().map(Timestamp::from_millis));
    time.filter(|time| time.is_admissible()).ok_or_else(|| {
        let fix = "write a date, RFC 3339 with its offset or epoch milliseconds, from 1990 to 2199";
        bad(format!("{name} is {}: {fix}", shown(text)))
    })
}
