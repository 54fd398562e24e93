//! How values are written into a row, which is JSON.
//!
//! Times are written as RFC 3339, which a mapping reads without being told more; decimals as
//! numbers to their last digit, bytes as base64, both as Kafka Connect's JSON has them: one mapping
//! reads a topic whichever way it is written.

use super::logical::{Logical, Unit};
use crate::decimal::{unscaled, written};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::Civil;
use std::fmt::Write;

/// What a value is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// A whole number.
    Whole,
    /// A number of single precision.
    Float,
    /// A number of double precision.
    Double,
    /// Text.
    Text,
    /// Base64.
    Base64,
    /// What it stands for.
    Of(Logical),
}

/// A text in quotes.
pub(super) fn text(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}

/// A whole number by its spelling. What lies outside of the calendar or of a day stays a number: a
/// date that somebody means as "never" is no reason to lose its record.
pub(super) fn whole(number: i64, spelling: Spelling, out: &mut String) {
    let spelled = match spelling {
        Spelling::Float => return float(number as f32, out),
        Spelling::Double => return double(number as f64, out),
        Spelling::Of(Logical::Date) => date(number),
        Spelling::Of(Logical::Time(unit)) => time(number, unit),
        Spelling::Of(Logical::Instant(unit)) => instant(number, unit).map(|text| text + "Z"),
        Spelling::Of(Logical::Local(unit)) => instant(number, unit),
        Spelling::Of(Logical::Decimal(_) | Logical::Uuid | Logical::Duration)
        | Spelling::Whole
        | Spelling::Text
        | Spelling::Base64 => None,
    };
    let _ = match spelled {
        Some(text) => write!(out, "\"{text}\""),
        None => write!(out, "{number}"),
    };
}

fn date(days: i64) -> Option<String> {
    // Of years with four digits.
    let is_known = (-719_528..=2_932_896).contains(&days);
    is_known.then(|| Civil::from_days(days).to_string())
}

fn time(number: i64, unit: Unit) -> Option<String> {
    let (seconds, part) =
        (number.div_euclid(unit.of_second()), number.rem_euclid(unit.of_second()));
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let digits = unit.digits();
    let is_of_day = (0..86_400).contains(&seconds);
    is_of_day.then(|| format!("{hour:02}:{minute:02}:{second:02}.{part:0digits$}"))
}

fn instant(number: i64, unit: Unit) -> Option<String> {
    let day = unit.of_second() * 86_400;
    let (date, time) = (date(number.div_euclid(day))?, time(number.rem_euclid(day), unit)?);
    Some(format!("{date}T{time}"))
}

/// A number of single precision, by the fewest digits that are it.
pub(super) fn float(number: f32, out: &mut String) {
    match serde_json::to_string(&number) {
        Ok(text) if number.is_finite() => out.push_str(&text),
        _ => odd(f64::from(number), out),
    }
}

/// A number of double precision, likewise.
pub(super) fn double(number: f64, out: &mut String) {
    match serde_json::to_string(&number) {
        Ok(text) if number.is_finite() => out.push_str(&text),
        _ => odd(number, out),
    }
}

/// What JSON has no number for is a text, which no mapping takes for one.
fn odd(number: f64, out: &mut String) {
    out.push_str(match () {
        () if number.is_nan() => "\"NaN\"",
        () if number > 0.0 => "\"Infinity\"",
        () => "\"-Infinity\"",
    });
}

/// Bytes that are no text of their spelling, or no number that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misspelt {
    /// Not UTF-8.
    Text,
    /// Not a decimal, or a larger one than any amount.
    Decimal,
}

/// Bytes by their spelling.
pub(super) fn bytes(raw: &[u8], spelling: Spelling, out: &mut String) -> Result<(), Misspelt> {
    match spelling {
        Spelling::Text => text(std::str::from_utf8(raw).map_err(|_| Misspelt::Text)?, out),
        Spelling::Of(Logical::Decimal(scale)) => decimal(raw, scale, out)?,
        Spelling::Of(Logical::Uuid) => match <[u8; 16]>::try_from(raw) {
            Ok(raw) => uuid(raw, out),
            Err(_) => base64(raw, out),
        },
        Spelling::Of(Logical::Duration) => match <[u8; 12]>::try_from(raw) {
            Ok(raw) => duration(raw, out),
            Err(_) => base64(raw, out),
        },
        Spelling::Of(
            Logical::Date | Logical::Time(_) | Logical::Instant(_) | Logical::Local(_),
        )
        | Spelling::Base64
        | Spelling::Whole
        | Spelling::Float
        | Spelling::Double => base64(raw, out),
    }
    Ok(())
}

fn base64(raw: &[u8], out: &mut String) {
    out.push('"');
    BASE64_STANDARD.encode_string(raw, out);
    out.push('"');
}

/// A number whose last digits stand behind the point.
pub(super) fn decimal(raw: &[u8], scale: i32, out: &mut String) -> Result<(), Misspelt> {
    let number = unscaled(raw).and_then(|number| written(number, scale));
    out.push_str(&number.ok_or(Misspelt::Decimal)?);
    Ok(())
}

fn uuid(raw: [u8; 16], out: &mut String) {
    out.push('"');
    for (at, byte) in raw.iter().enumerate() {
        let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
        let _ = write!(out, "{hyphen}{byte:02x}");
    }
    out.push('"');
}

/// As ISO 8601 writes a length of time: months, days, seconds.
fn duration(raw: [u8; 12], out: &mut String) {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = raw;
    let months = u32::from_le_bytes([a, b, c, d]);
    let days = u32::from_le_bytes([e, f, g, h]);
    let millis = u32::from_le_bytes([i, j, k, l]);
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let _ = write!(out, "\"P{months}M{days}DT{seconds}.{millis:03}S\"");
}
