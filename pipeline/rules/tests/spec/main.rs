//! What the crate promises, as tables.
#![allow(clippy::unwrap_used)]

mod map;
mod mistakes;
mod windows;
mod zones;
