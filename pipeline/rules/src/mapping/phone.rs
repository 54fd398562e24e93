//! Numbers of phones as identifiers: E.164, so that one number is written in one way.
//!
//! Normalised, not validated: whether a number is in use is nobody's business here. A national
//! number needs a region; without one nothing is guessed.

use super::mistake::MappingMistake;
use crate::map::error::Fault;
use crate::map::fields::Word;
use phonelib::PhoneNumber;

/// Length of what may be a number, in bytes: the longest with its signs and an extension.
const LENGTH_MAX: usize = 64;
/// Digits of a number, its country's among them.
const DIGITS: std::ops::RangeInclusive<usize> = 6..=15;

/// The region whose national numbers are meant: two letters of ISO 3166.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region(&'static str);

impl Region {
    /// The region of a mapping.
    pub(super) fn read(word: &Word<'_>) -> Result<Region, Fault> {
        let refused = || Fault::new(MappingMistake::Region(word.text.to_owned()), &word.span);
        Region::of(word.text).ok_or_else(refused)
    }

    /// The region of two letters, in either case.
    pub(super) fn of(text: &str) -> Option<Region> {
        let code = text.trim().to_ascii_uppercase();
        phonelib::country_by_code(&code).map(|country| Region(country.code))
    }

    /// Its two letters.
    pub(super) fn code(self) -> &'static str {
        self.0
    }
}

/// A number in E.164, without its extension; empty where it is none, so that it identifies nobody.
pub(super) fn e164(text: &str, region: Option<Region>) -> String {
    let text = text.trim();
    let number = text.strip_prefix("tel:").unwrap_or(text);
    let is_like_one = text.len() <= LENGTH_MAX
        && number.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '(');
    // Whoever writes a country in front needs no region.
    let is_whole = number.starts_with('+') || number.starts_with("00");
    let parsed = match region {
        _ if !is_like_one => return String::new(),
        Some(Region(code)) => PhoneNumber::try_parse_with_country(text, code),
        None if is_whole => PhoneNumber::try_parse(text),
        None => return String::new(),
    };
    match parsed {
        Ok(number) => number.e164().to_owned(),
        Err(_) => as_written(number),
    }
}

/// A number with its country that no plan of numbers knows: its digits as they are.
fn as_written(number: &str) -> String {
    let Some(rest) = number.strip_prefix('+') else { return String::new() };
    if rest.contains(|c: char| !c.is_ascii_digit() && !" -./()\u{a0}".contains(c)) {
        return String::new();
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let is_number = DIGITS.contains(&digits.len()) && !digits.starts_with('0');
    if is_number { format!("+{digits}") } else { String::new() }
}
