//! From the bytes of a body to touchpoints: one object, an array, or one object a line, plain or
//! gzip.
//!
//! A body is cut into records before any is parsed: a record that cannot be read costs only itself,
//! and no more than one record's worth of JSON is ever taken apart at once.

use crate::options::ServeOptions;
use codec::draft_from_bytes;
use flate2::read::MultiGzDecoder;
use model::Draft;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::io::Read;

/// Below this size a body may be as many times larger than its gzip as it likes.
const RATIO_FREE_BYTES: usize = 1_024 * 1_024;

/// Refused records that an answer lists; how many more there were is said beside them.
const LISTED_MAX: usize = 1_000;

/// What a body held.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub drafts: Vec<Draft>,
    /// The first of the refused records: index, code and error each.
    pub refused: Vec<Value>,
    pub refused_count: usize,
}

/// Why nothing of a body can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Larger than may be, in itself, after decompression, or by the number of its records.
    TooLarge(String),
    /// Says that it is gzip and is not, or not whole.
    Damaged(String),
    /// Not touchpoints.
    Unreadable(String),
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// By gzip.
    pub is_gzip: bool,
    /// One record a line, whatever the first byte looks like.
    pub is_lines: bool,
}

/// Reads the touchpoints of a body.
pub(crate) fn parse(body: &[u8], form: Form, options: &ServeOptions) -> Result<Parsed, Fault> {
    let body = if form.is_gzip { Cow::Owned(gunzip(body, options)?) } else { Cow::Borrowed(body) };
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body).trim_ascii();
    if text.is_empty() {
        let detail = "the body is empty: send one touchpoint, an array, or one a line";
        return Err(Fault::Unreadable(detail.to_owned()));
    }
    let mut parsed = Parsed::default();
    for (index, record) in records(text, form.is_lines, options.records_max)?.iter().enumerate() {
        match draft_from_bytes(record, &options.limits) {
            Ok(draft) => parsed.drafts.push(draft),
            Err(invalid) => {
                parsed.refused_count += 1;
                if parsed.refused.len() < LISTED_MAX {
                    let error = invalid.to_string();
                    let row = json!({ "index": index, "code": invalid.code, "error": error });
                    parsed.refused.push(row);
                }
            }
        }
    }
    Ok(parsed)
}

/// Decompresses as far as the limits allow and no byte further.
fn gunzip(body: &[u8], options: &ServeOptions) -> Result<Vec<u8>, Fault> {
    let by_ratio = body.len().saturating_mul(options.body_ratio_max).max(RATIO_FREE_BYTES);
    let limit = by_ratio.min(options.body_bytes_max);
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut bytes);
    if bytes.len() > limit {
        let detail = format!("decompressed, the body is larger than {limit} bytes");
        return Err(Fault::TooLarge(detail));
    }
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Fault::Damaged(format!("the body is not gzip, or damaged: {error}"))),
    }
}

fn records(text: &[u8], is_lines: bool, count_max: usize) -> Result<Vec<&[u8]>, Fault> {
    let mut records = Vec::new();
    let mut push = |record| {
        if records.len() == count_max {
            let detail = format!("the body has more than {count_max} touchpoints");
            return Err(Fault::TooLarge(detail));
        }
        records.push(record);
        Ok(())
    };
    if !is_lines && text.starts_with(b"[") {
        cut_array(text, &mut push)?;
    } else if !is_lines && value_end(text) == Some(text.len()) {
        push(text)?;
    } else {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).try_for_each(push)?;
    }
    Ok(records)
}

/// Follows brackets and text through JSON. Says what a byte means, not whether it may stand there:
/// that is for the parser of the record.
#[derive(Default)]
struct Nesting {
    depth: usize,
    is_text: bool,
    is_escaped: bool,
}

impl Nesting {
    /// Takes the next byte; whether it is structure and not the inside of a text.
    fn is_structure(&mut self, byte: u8) -> bool {
        if self.is_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.is_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        !self.is_text
    }
}

/// Where the object that a text begins with ends.
fn value_end(text: &[u8]) -> Option<usize> {
    let mut nesting = Nesting::default();
    let closes = |byte: &u8| nesting.is_structure(*byte) && nesting.depth == 0;
    text.starts_with(b"{").then(|| text.iter().position(closes)).flatten().map(|at| at + 1)
}

/// Cuts an array at its commas. One that is not closed was cut off on its way: nothing is taken of
/// it, so that its sender learns of it.
fn cut_array<'a>(
    text: &'a [u8],
    push: &mut impl FnMut(&'a [u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut nesting = Nesting::default();
    let (mut from, mut count) = (1, 0);
    for (at, byte) in text.iter().enumerate() {
        if !nesting.is_structure(*byte) {
            continue;
        }
        let is_end = nesting.depth == 0;
        if is_end || (*byte == b',' && nesting.depth == 1) {
            let record = text[from..at].trim_ascii();
            if !(is_end && count == 0 && record.is_empty()) {
                push(record)?;
            }
            count += 1;
            from = at + 1;
        }
        if is_end {
            let is_all = from == text.len();
            let detail = "something follows the array: send one array, or one object a line";
            return if is_all { Ok(()) } else { Err(Fault::Unreadable(detail.to_owned())) };
        }
    }
    let detail = "the array is not closed: its end is missing";
    Err(Fault::Unreadable(detail.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cuts(text: &str, expected: &[&str]) {
        let found = records(text.as_bytes(), false, 10).expect("records");
        let found: Vec<_> = found.into_iter().map(String::from_utf8_lossy).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[track_caller]
    fn refuses(text: &str) {
        assert!(records(text.as_bytes(), false, 10).is_err(), "{text}");
    }

    #[test]
    fn bodies_are_cut_where_records_end() {
        cuts(r#"{"a": 1}"#, &[r#"{"a": 1}"#]);
        cuts("{\n \"a\": 1\n}", &["{\n \"a\": 1\n}"]);
        cuts("{}\n\n{}\r\n", &["{}", "{}"]);
        cuts("[]", &[]);
        cuts("[ ]", &[]);
        cuts("[{}, {\"a\": [1, 2]}]", &["{}", "{\"a\": [1, 2]}"]);
        cuts("[{},]", &["{}", ""]);
        cuts("[,]", &["", ""]);
        cuts(r#"["a,]\"", {}]"#, &[r#""a,]\"""#, "{}"]);
        cuts("{\"a\": \n{}", &["{\"a\":", "{}"]);
        cuts("NaN", &["NaN"]);
        refuses("[{}");
        refuses("[{}] {}");
        refuses("[\"");
        refuses(&"[".repeat(1_000));
        refuses(&"{}\n".repeat(11));
        refuses(&format!("[{}]", "0,".repeat(11)));
    }

    #[test]
    fn any_bytes_are_cut_without_harm() {
        let bytes: Vec<u8> = b"[]{}\",\\\n 0".to_vec();
        let mut state = 7_u64;
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    bytes[(state >> 33) as usize % bytes.len()]
                })
                .collect();
            let _ = records(text.trim_ascii(), false, 100);
        }
    }
}
