//! Bodies of requests: one touchpoint, an array of them, or one a line.

use codec::{Invalid, Limits, draft_from_bytes};
use flate2::bufread::MultiGzDecoder;
use model::Draft;
use serde::Deserializer as _;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

/// How much a body may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes of the body, decompressed.
    pub body_bytes: usize,
    /// How many bytes a compressed one may become, beyond the first 64 KiB.
    pub ratio: usize,
    /// Touchpoints in one body.
    pub touchpoints_count: usize,
    /// Of each touchpoint.
    pub touchpoint: Limits,
}

impl Default for BodyLimits {
    fn default() -> Self {
        BodyLimits {
            body_bytes: 4 * 1_024 * 1_024,
            ratio: 100,
            touchpoints_count: 10_000,
            touchpoint: Limits::default(),
        }
    }
}

/// What a body holds, in its order: touchpoints, and of each that is refused its index and why.
pub type Parsed = Vec<Result<Draft, (usize, Invalid)>>;

/// Compressed bodies up to so many bytes may be as alike as they like.
const FREE_BYTES: usize = 64 * 1_024;

/// Why a body is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing in it can be read.
    #[error(
        "body holds no touchpoint that can be read: {0}; send one object, an array of objects, or \
         one object a line [D0551]"
    )]
    Unreadable(String),
    /// It is larger than a body may be.
    #[error("body has more than {limit} bytes; send it in parts [D0552]")]
    TooLarge {
        /// The limit, decompressed.
        limit: usize,
    },
    /// It is not the gzip that it says it is.
    #[error("body is no whole gzip: {0}; compress it again, or leave Content-Encoding out [D0553]")]
    NotGzip(String),
    /// It becomes far larger than touchpoints do.
    #[error("body grows to more than {ratio} times its size; send it without compression [D0554]")]
    Bomb {
        /// The limit.
        ratio: usize,
    },
    /// It holds more touchpoints than a body may.
    #[error("body holds more than {limit} touchpoints; send it in parts [D0555]")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl BodyError {
    /// The status that answers it: 400, or 413 where less would be taken.
    pub fn status(&self) -> u16 {
        match self {
            BodyError::Unreadable(_) | BodyError::NotGzip(_) => 400,
            BodyError::TooLarge { .. } | BodyError::Bomb { .. } | BodyError::TooMany { .. } => 413,
        }
    }
}

/// Reads the touchpoints of a body.
///
/// A body that begins as gzip is decompressed also where its header does not say so. An array that
/// is broken is refused whole, of lines only those that are.
pub fn parse_body(
    bytes: &[u8],
    content_encoding_gzip: bool,
    limits: &BodyLimits,
) -> Result<Parsed, BodyError> {
    let is_gzip = content_encoding_gzip || bytes.starts_with(b"\x1f\x8b");
    let body = if is_gzip { Cow::Owned(inflated(bytes, limits)?) } else { Cow::Borrowed(bytes) };
    if body.len() > limits.body_bytes {
        return Err(BodyError::TooLarge { limit: limits.body_bytes });
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body).trim_ascii();
    let read = |(index, bytes): (usize, &[u8])| {
        draft_from_bytes(bytes, &limits.touchpoint).map_err(|invalid| (index, invalid))
    };
    match body.first() {
        None => Err(BodyError::Unreadable("it is empty".to_owned())),
        Some(b'[') => {
            let items = items(body, limits)?;
            let items = items.iter().map(|item| item.get().as_bytes());
            Ok(items.enumerate().map(read).collect())
        }
        // One object may go on over several lines, of which none is an object.
        Some(_) if is_object(body) => Ok(vec![read((0, body))]),
        Some(_) => {
            let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            let lines = lines.filter(|line| !line.is_empty()).enumerate();
            let mut all = Vec::new();
            for line in lines {
                if all.len() == limits.touchpoints_count {
                    return Err(BodyError::TooMany { limit: limits.touchpoints_count });
                }
                all.push(read(line));
            }
            // Where no line is an object, the body is none that was cut or mistyped.
            match serde_json::from_slice::<IgnoredAny>(body) {
                Err(error) if !all.iter().any(is_object_line) => {
                    Err(BodyError::Unreadable(format!("not json ({error})")))
                }
                Ok(_) => Err(BodyError::Unreadable("it is no object".to_owned())),
                Err(_) => Ok(all),
            }
        }
    }
}

/// Whether a line was an object, if perhaps no touchpoint.
fn is_object_line(line: &Result<Draft, (usize, Invalid)>) -> bool {
    match line {
        Ok(_) => true,
        Err((_, invalid)) => invalid.field != "record" || invalid.code == "D0124",
    }
}

fn is_object(body: &[u8]) -> bool {
    body.first() == Some(&b'{') && serde_json::from_slice::<&RawValue>(body).is_ok()
}

fn inflated(bytes: &[u8], limits: &BodyLimits) -> Result<Vec<u8>, BodyError> {
    let by_ratio = bytes.len().saturating_mul(limits.ratio).max(FREE_BYTES);
    let most = by_ratio.min(limits.body_bytes);
    let mut body = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes).take(most as u64 + 1);
    decoder.read_to_end(&mut body).map_err(|error| BodyError::NotGzip(error.to_string()))?;
    if body.len() <= most {
        Ok(body)
    } else if most == limits.body_bytes {
        Err(BodyError::TooLarge { limit: limits.body_bytes })
    } else {
        Err(BodyError::Bomb { ratio: limits.ratio })
    }
}

/// The items of an array, as they are written; no more than a body may hold.
fn items<'a>(body: &'a [u8], limits: &BodyLimits) -> Result<Vec<&'a RawValue>, BodyError> {
    let (limit, mut is_over) = (limits.touchpoints_count, false);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let items = deserializer.deserialize_seq(Items { limit, is_over: &mut is_over });
    let items = items.and_then(|items| deserializer.end().map(|()| items));
    match items {
        Ok(items) => Ok(items),
        Err(_) if is_over => Err(BodyError::TooMany { limit }),
        Err(error) => Err(BodyError::Unreadable(format!("not json ({error})"))),
    }
}

/// Collects the items of an array, and stops at the first that is too many.
struct Items<'a> {
    limit: usize,
    is_over: &'a mut bool,
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an array of touchpoints")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = array.next_element::<&'de RawValue>()? {
            if items.len() == self.limit {
                *self.is_over = true;
                return Err(A::Error::custom("too many"));
            }
            items.push(item);
        }
        Ok(items)
    }
}
