//! Bytes: the only crate that knows how touchpoints, counters, moves and deltas are written.
//!
//! `frame` splits a message into schema id and value; `avro` compiles a writer's schema once and
//! reads touchpoints without copying, and data of other systems into JSON; `encode` writes what
//! this pipeline publishes; `json` is the form that people write and read; `delta` is what journey
//! tells insight; `identity` and `murmur2` are the two hashes that must never change.
//!
//! Nothing here panics on input, reads beyond it or takes longer than its length and a limit allow.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod avro;
pub mod control;
mod cost;
mod cursor;
pub mod decimal;
mod delta;
pub mod encode;
mod fault;
mod finding;
mod format;
pub mod frame;
pub mod identity;
mod json;
mod letter;
mod murmur2;
mod partitioner;
mod pass;
pub mod schemas;
pub mod slice;
pub mod state;

pub use avro::{
    DatumFault, Names, Pairs, Program, Reader, SchemaError, Sealed, TouchpointView, Unreadable,
    ValueView,
};
pub use cost::{InvalidCost, cost_from_json, cost_key, cost_to_json, read_cost};
pub use delta::{DeltaCell, DeltaFrame};
pub use encode::{Counter, DeadClass, LateClass, Letter, Move, MoveType};
pub use fault::Fault;
pub use finding::{finding_key, read_finding};
pub use format::Format;
pub use json::{
    Invalid, Limits, counter_to_json, draft_from_bytes, draft_from_json, draft_from_text,
    draft_to_json,
};
pub use letter::letter_head;
pub use murmur2::{murmur2, partition};
pub use partitioner::Partitioner;
