//! What the codec promises, held against an implementation that is not ours.

#![allow(clippy::unwrap_used)]

mod decoder;
mod delta;
mod encoded;
mod examples;
mod format;
mod golden;
mod json;
mod mutation;
mod random;
mod reader;
mod reader_random;
mod slice;
mod state;
