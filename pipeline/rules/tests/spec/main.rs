//! What the crate promises, as tables.

mod windows;
mod zones;
