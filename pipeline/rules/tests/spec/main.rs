//! What the crate promises, as tables.

mod map;
mod mistakes;
mod windows;
mod zones;
