//! Avro for the hot path: a writer's schema compiled once into flat steps over borrowed bytes.

mod compile;
mod program;
mod schema;
mod skip;
mod view;

pub use compile::Names;
pub use program::Program;
pub use schema::SchemaError;
pub use view::{Pairs, Sealed, TouchpointView, ValueView};
