//! Avro, twice: for the hot path a writer's schema compiled once into flat steps over borrowed
//! bytes, and `reader`, which makes a row of JSON of any datum of any other system, or reads some
//! values of it. `learned` is what the schemas of these are known by.

mod compile;
mod learned;
mod program;
mod reader;
mod schema;
mod skip;
mod view;

pub use compile::Names;
pub use learned::{Learned, Registered, SchemaId, Schemas, Unread};
pub use program::Program;
pub use reader::{Choice, Chosen, DatumFault, PathStep, Reader, Unreadable};
pub use schema::SchemaError;
pub use view::{Pairs, Sealed, TouchpointView, ValueView};
