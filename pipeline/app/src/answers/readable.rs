//! Values of our own topics as JSON.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use codec::{DeltaFrame, frame};
use serde_json::{Value, json};

/// A value by the id of its schema; `None` where it cannot be read.
pub fn readable(id: u32, mut datum: &[u8]) -> Option<Value> {
    let schema = Schema::parse_str(codec::schemas::of(id)?.json).ok()?;
    let reader = GenericDatumReader::builder(&schema).build().ok()?;
    Value::try_from(reader.read_value(&mut datum).ok()?).ok()
}

/// The reader of one schema, compiled once.
pub struct Readable(u32, Schema);

impl Readable {
    /// The reader of a schema of ours by its id.
    pub fn of(id: u32) -> Option<Readable> {
        Some(Readable(id, Schema::parse_str(codec::schemas::of(id)?.json).ok()?))
    }

    /// A framed value of this schema, or JSON; `None` where it is something else.
    pub fn read(&self, value: &[u8]) -> Option<Value> {
        let Readable(id, schema) = self;
        match frame::split(value) {
            Ok((known, mut datum)) if known == *id => {
                let reader = GenericDatumReader::builder(schema).build().ok()?;
                Value::try_from(reader.read_value(&mut datum).ok()?).ok()
            }
            Ok(_) => None,
            Err(_) => serde_json::from_slice(value).ok(),
        }
    }
}

/// A delta frame.
pub fn delta(bytes: &[u8]) -> Option<Value> {
    let frame = DeltaFrame::decode(bytes).ok()?;
    let cells: Vec<Value> = frame
        .cells
        .iter()
        .map(|cell| {
            json!({
                "series": frame.series.get(cell.series as usize),
                "pane": cell.pane,
                "currency": cell.currency,
                "amount": cell.amount,
            })
        })
        .collect();
    Some(json!({
        "partition": frame.partition,
        "position": frame.position,
        "as_of": frame.as_of.to_string(),
        "sequence": frame.sequence,
        "map": frame.map,
        "version": frame.version,
        "fold": frame.fold,
        "cells": cells,
    }))
}
