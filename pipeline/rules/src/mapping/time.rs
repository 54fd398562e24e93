//! When a row happened: RFC 3339, a number since 1970, or a clock on a wall of a named zone.

use super::decimal::{Decimal, Punctuation};
use super::mistake::MappingMistake;
use super::row_error::{FieldFault, RowError};
use super::value::{Compiler, Reading, Value, missing};
use crate::map::error::Fault;
use crate::map::fields::{Fields, Word};
use crate::map::zone_named;
use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Timelike};
use model::{Timestamp, Zone};
use std::fmt::Write;
use toml::Spanned;
use toml::de::DeValue;

const KEYS: &[&str] = &["at", "unit", "format", "zone"];
/// Every word of `time`.
pub(super) const WORDS: &[&str] =
    &["at", "unit", "format", "zone", "s", "ms", "us", "ns", "rfc2822"];
const UNITS: &[&str] = &["s", "ms", "us", "ns"];
/// The word for times of mail, RFC 2822.
const MAIL: &str = "rfc2822";
const DAY: i64 = 86_400_000;
const RANGE: &str = "touchpoints lie between 1990 and 2199";

/// How the time of a row is read.
#[derive(Clone, Debug)]
pub(super) struct Time {
    at: Value,
    clock: Clock,
}

/// How times are written.
#[derive(Clone, Debug)]
enum Clock {
    /// RFC 3339 with its offset, or milliseconds since 1970; with a zone also without an offset.
    Stated(Option<Zone>),
    /// So many of a thousandth of a millisecond since 1970, as ten to this power.
    Since { exponent: u32, divisor: i128 },
    /// By the first of several formats that reads it.
    Written(Vec<Written>),
    /// As mail writes it: `Wed, 25 Mar 2026 09:14:03 +0100`.
    Mail,
}

#[derive(Clone, Debug)]
struct Written {
    items: Vec<Item<'static>>,
    /// `None`: the format has an offset.
    zone: Option<Zone>,
    /// Without one, midnight is meant.
    has_hour: bool,
}

impl Time {
    pub(super) fn read(
        compiler: &mut Compiler,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Time, Fault> {
        let DeValue::Table(table) = value.get_ref() else {
            let at = compiler.differing("time", value)?;
            return Ok(Time { at, clock: Clock::Stated(None) });
        };
        if table.contains_key("any") || table.contains_key("of") {
            let at = compiler.differing("time", value)?;
            return Ok(Time { at, clock: Clock::Stated(None) });
        }
        let fields = Fields::new("`time`", value.span(), table, KEYS)?;
        let example = "time = { at = \".created\", unit = \"s\" }";
        let at = fields.get("at").ok_or_else(|| missing("`time`", "at", example, &value.span()))?;
        let at = compiler.differing("time.at", at)?;
        Ok(Time { at, clock: clock(&fields)? })
    }

    /// What of it is more than paths and tables; `None` where nothing is.
    pub(super) fn beyond_plain(&self) -> Option<&'static str> {
        self.at.beyond_plain()
    }

    /// The time of a row.
    pub(super) fn of(&self, reading: &Reading<'_>) -> Result<Timestamp, RowError> {
        let fix = "every touchpoint happened at some time: fill the column, or drop such rows";
        let text = reading.required("time", &self.at, fix)?;
        let fault = |fault| reading.fault("time", fault);
        let time = self.clock.read(&text).map_err(fault)?;
        if !time.is_admissible() {
            let is_seconds = Timestamp::from_millis(time.millis().saturating_mul(1_000));
            let fix = match self.clock {
                Clock::Stated(_) if is_seconds.is_admissible() => {
                    "it may be in seconds: time = { at = \"…\", unit = \"s\" }"
                }
                Clock::Since { .. } => "another `unit` may be right: s, ms, us or ns",
                Clock::Stated(_) | Clock::Written(_) | Clock::Mail => RANGE,
            };
            return Err(fault(FieldFault::time(&text, "lies outside 1990 to 2199", fix)));
        }
        Ok(time)
    }
}

fn clock(fields: &Fields<'_>) -> Result<Clock, Fault> {
    let zone = fields.word("zone")?.map(|word| zone_named(&word)).transpose()?;
    let formats = formats(fields)?;
    if let Some(unit) = fields.choice("unit", UNITS)? {
        for (key, other, fix) in [
            ("format", "`unit`", "a number has a unit, a written time a format: take one out"),
            ("zone", "`unit`", "numbers count from 1970 in UTC: take the zone out"),
        ] {
            if let Some(value) = fields.get(key) {
                let mistake = MappingMistake::Together { key, other, fix };
                return Err(Fault::new(mistake, &value.span()));
            }
        }
        let (exponent, divisor) = [(3, 1), (0, 1), (0, 1_000), (0, 1_000_000)][unit];
        return Ok(Clock::Since { exponent, divisor });
    }
    match formats.as_slice() {
        [] => Ok(Clock::Stated(zone)),
        [format] if format.text == MAIL => match fields.get("zone") {
            Some(value) => {
                let fix = "mail writes its offset with the time: take the zone out";
                let mistake = MappingMistake::Together { key: "zone", other: "rfc2822", fix };
                Err(Fault::new(mistake, &value.span()))
            }
            None => Ok(Clock::Mail),
        },
        formats => {
            let read = formats.iter().map(|format| Written::read(format, zone.clone()));
            read.collect::<Result<_, _>>().map(Clock::Written)
        }
    }
}

/// `format`: one or several.
fn formats<'a>(fields: &Fields<'a>) -> Result<Vec<Word<'a>>, Fault> {
    match fields.get("format").map(|value| (value.span(), value.get_ref())) {
        None => Ok(Vec::new()),
        Some((span, DeValue::Array(items))) if items.is_empty() => {
            Err(Fault::new(MappingMistake::Nothing("format".into()), &span))
        }
        Some((_, DeValue::Array(_))) => Ok(fields.words("format")?.unwrap_or_default()),
        Some(_) => Ok(fields.word("format")?.into_iter().collect()),
    }
}

impl Clock {
    fn read(&self, text: &str) -> Result<Timestamp, FieldFault> {
        match self {
            Clock::Stated(zone) => stated(text, zone.as_ref()),
            Clock::Since { exponent, divisor } => {
                let number = Decimal::parse(text, Punctuation::PLAIN);
                let millis = number.and_then(|number| number.floor(*exponent, *divisor));
                let fix = "a number since 1970 belongs there, or take `unit` out";
                let fault = |_| FieldFault::time(text, "is no number of its unit", fix);
                millis.map(Timestamp::from_millis).map_err(fault)
            }
            Clock::Mail => {
                let time = DateTime::parse_from_rfc2822(text).map_err(|_| {
                    let fix = "write it like \"Wed, 25 Mar 2026 09:14:03 +0100\"";
                    FieldFault::time(text, "is no time as mail writes it", fix)
                })?;
                Ok(Timestamp::from_millis(time.timestamp_millis()))
            }
            Clock::Written(formats) => formats.iter().find_map(|f| f.time(text)).ok_or_else(|| {
                let fix = "write it as the `format` of the mapping says, or mend the format";
                FieldFault::time(text, "does not follow the format", fix)
            }),
        }
    }
}

/// RFC 3339 or milliseconds; where a zone says whose clock it is, a date and a time without offset.
fn stated(text: &str, zone: Option<&Zone>) -> Result<Timestamp, FieldFault> {
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        return Ok(time);
    }
    // A number with a plus is one of a phone, in a column that the mapping takes for another.
    if !text.starts_with('+')
        && let Ok(number) = Decimal::parse(text, Punctuation::PLAIN)
        && let Ok(millis) = number.exact(0)
    {
        return Ok(Timestamp::from_millis(millis));
    }
    match (local(text), zone) {
        (Some(millis), Some(zone)) => Ok(zone.first_instant(millis)),
        (Some(_), None) => {
            let fix = "say in which zone it was written: time = { at = \"…\", zone = \"UTC\" }";
            Err(FieldFault::time(text, "has no offset", fix))
        }
        (None, _) => {
            let fix = "RFC 3339 or a number is read as it is; other times need a `format`, \
                       numbers a `unit`";
            Err(FieldFault::time(text, "cannot be read", fix))
        }
    }
}

/// A time without an offset, in milliseconds of its own clock.
fn local(text: &str) -> Option<i64> {
    let with_rest = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => format!("{text}Z"),
    };
    Timestamp::parse_rfc3339(&with_rest).map(Timestamp::millis)
}

impl Written {
    /// Reads a format, and tries it on a time: what cannot read what it wrote reads no file.
    fn read(format: &Word<'_>, zone: Option<Zone>) -> Result<Written, Fault> {
        let refused = |problem| {
            let format_text = format.text.to_owned();
            Fault::new(MappingMistake::Format { format: format_text, problem }, &format.span)
        };
        let items = StrftimeItems::new(format.text).parse_to_owned();
        let items = items.map_err(|_| refused("has a part that is not known"))?;
        let sample = DateTime::from_timestamp_millis(1_774_430_043_120).unwrap_or_default();
        let mut text = String::new();
        write!(text, "{}", sample.fixed_offset().format_with_items(items.iter()))
            .map_err(|_| refused("has a part that is not known"))?;
        let mut parsed = Parsed::new();
        parse(&mut parsed, &text, items.iter()).map_err(|_| refused("cannot be read back"))?;
        let has_offset = parsed.offset().is_some() || parsed.timestamp().is_some();
        if !has_offset && zone.is_none() {
            let mistake = MappingMistake::NoZone(format.text.to_owned());
            return Err(Fault::new(mistake, &format.span));
        }
        let has_hour = parsed.hour_mod_12().is_some() || parsed.minute().is_some();
        let zone = if has_offset { None } else { zone };
        let written = Written { items, zone, has_hour };
        match written.time(&text) {
            Some(_) => Ok(written),
            None => Err(refused("says no whole date, or half a time")),
        }
    }

    fn time(&self, text: &str) -> Option<Timestamp> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok()?;
        let Some(zone) = &self.zone else {
            let time = parsed.to_datetime().ok()?;
            return Some(Timestamp::from_millis(time.timestamp_millis()));
        };
        let days = i64::from(parsed.to_naive_date().ok()?.to_epoch_days());
        let millis = match self.has_hour {
            true => {
                let time = parsed.to_naive_time().ok()?;
                let seconds = i64::from(time.num_seconds_from_midnight());
                seconds * 1_000 + i64::from(time.nanosecond() / 1_000_000)
            }
            false => 0,
        };
        Some(zone.first_instant(days * DAY + millis))
    }
}
