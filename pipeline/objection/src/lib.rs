//! Objections: what in a message stops a customer, by a taxonomy that the map may extend.
//!
//! ```text
//! text ─► words (language, stems, clauses, negation) ─► phrases ─┐
//!                                  └─► hashed n-grams ───────────┴─► linear model ─► class
//! ```
//!
//! Pure: a text and a model go in, a class with its probability comes out. A model is fitted from
//! examples that ship with the program, learns from corrections one by one, and is the same to the
//! bit wherever that is done in the same order. It keeps weights of hashed n-grams and no text.

mod common;
mod correction;
mod features;
mod fit;
mod fold;
mod judge;
mod keyword;
mod language;
mod model;
mod negation;
mod phrase;
mod shipped;
mod snapshot;
mod taxonomy;
mod words;

pub use judge::Judgement;
pub use keyword::Keywords;
pub use language::Language;
pub use model::Model;
pub use shipped::{Example, SHIPPED_VERSION, parse_examples};
pub use snapshot::SnapshotError;
pub use taxonomy::{Addition, NONE, Taxonomy, TaxonomyError};
