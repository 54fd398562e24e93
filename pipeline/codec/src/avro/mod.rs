//! Avro, twice: for the hot path a writer's schema compiled once into flat steps over borrowed
//! bytes, and `reader`, which makes a row of JSON of any datum of any other system.

mod compile;
mod program;
mod reader;
mod schema;
mod skip;
mod view;

pub use compile::Names;
pub use program::Program;
pub use reader::{DatumFault, Reader, Unreadable};
pub use schema::SchemaError;
pub use view::{Pairs, Sealed, TouchpointView, ValueView};
