//! What the crate promises, as tables.
#![allow(clippy::unwrap_used)]

mod documentation;
mod expressions;
mod funnel;
mod joined;
mod map;
mod mapping;
mod mapping_mistakes;
mod mistakes;
mod plain;
mod windows;
mod zones;
