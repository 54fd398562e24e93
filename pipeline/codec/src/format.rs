//! The form in which topics carry what this pipeline publishes: Avro, or JSON.

use crate::cost::{cost_to_json, write_cost};
use crate::encode::{Counter, DeadClass, LateClass, Letter, Move};
use crate::finding::{finding_to_json, write_finding};
use crate::frame::ids;
use crate::json::{counter_to_json, draft_to_json, letter_to_json, move_to_json};
use crate::letter::read_dead_letter;
use crate::{Fault, encode};
use model::{Cost, Draft, FindingEvent, Zone};

/// A form of values. Control records and delta frames have one of their own and are not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Avro in the Confluent wire format, by the schemas in `schemas/`.
    #[default]
    Avro,
    /// One JSON object with the fields of the schema; times as RFC 3339, bytes as base64.
    Json,
}

impl Format {
    /// A form by its name in the configuration.
    pub fn parse(name: &str) -> Option<Format> {
        match name {
            "avro" => Some(Format::Avro),
            "json" => Some(Format::Json),
            _ => None,
        }
    }

    /// A touchpoint.
    pub fn touchpoint(self, draft: &Draft) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| encode::touchpoint(draft, ids::TOUCHPOINT, out)),
            Format::Json => draft_to_json(draft).to_string().into_bytes(),
        }
    }

    /// A move.
    pub fn transition(self, moved: &Move<'_>) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| encode::transition(moved, ids::TRANSITION, out)),
            Format::Json => json(|out| move_to_json(moved, out)),
        }
    }

    /// A counter; windows in JSON have the zone's offset.
    pub fn insight(self, counter: &Counter<'_>, zone: &Zone) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| encode::insight(counter, ids::INSIGHT, out)),
            Format::Json => json(|out| counter_to_json(counter, zone, out)),
        }
    }

    /// A dead letter.
    pub fn dead_letter(self, letter: &Letter<'_>, class: DeadClass) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| encode::dead_letter(letter, class, ids::DEAD_LETTER, out)),
            Format::Json => json(|out| letter_to_json(letter, class.word(), out)),
        }
    }

    /// A touchpoint that came too late.
    pub fn late(self, letter: &Letter<'_>, class: LateClass) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| encode::late(letter, class, ids::LATE, out)),
            Format::Json => json(|out| letter_to_json(letter, class.word(), out)),
        }
    }

    /// What a channel has cost.
    pub fn cost(self, cost: &Cost) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| write_cost(cost, ids::COST, out)),
            Format::Json => cost_to_json(cost).to_string().into_bytes(),
        }
    }

    /// A line of the ledger of findings.
    pub fn finding(self, event: &FindingEvent) -> Vec<u8> {
        match self {
            Format::Avro => avro(|out| write_finding(event, ids::FINDING, out)),
            Format::Json => finding_to_json(event).to_string().into_bytes(),
        }
    }

    /// A dead letter that a door has written in Avro, framed; what cannot be read stays as it is.
    pub fn passed_on(self, message: &[u8]) -> Vec<u8> {
        let read = |message| -> Result<(Letter<'_>, DeadClass), Fault> {
            read_dead_letter(crate::frame::split(message)?.1)
        };
        match (self, read(message)) {
            (Format::Json, Ok((letter, class))) => self.dead_letter(&letter, class),
            (Format::Avro, _) | (Format::Json, Err(_)) => message.to_vec(),
        }
    }
}

fn avro(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    // Most are shorter: one allocation each.
    let mut out = Vec::with_capacity(192);
    write(&mut out);
    out
}

fn json(write: impl FnOnce(&mut String)) -> Vec<u8> {
    let mut out = String::new();
    write(&mut out);
    out.into_bytes()
}
