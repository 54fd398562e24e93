//! What users write: journey maps and mappings, read from TOML, and funnels that they ask for, all
//! into checked values.
//!
//! Text goes in, a value of `model` or one mistake comes out: with its code, its place in the file
//! and the fix. No file is opened here and no clock is read.

mod funnel;
mod map;
mod mapping;
mod zone;

pub use funnel::{FunnelMistake, KnownWords, WINDOW_DEFAULT, parse_funnel};
pub use map::{
    DEFAULT_MAP, MapError, Mistake, Objection, default_map, parse_map, parse_objections, suggestion,
};
pub use mapping::{
    Around, Encoding, FileShape, Format, LOOKUP_WORDS_MAX, LookupFile, Mapping, MappingMistake,
    NotPlain, Occurrences, Plain, Row, RowError, Step, exponent, mapping_words, parse_mapping,
};
pub use zone::{zone, zone_names};
