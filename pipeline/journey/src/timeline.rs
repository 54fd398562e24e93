//! One customer's timeline: each touchpoint, and what it changed.

use crate::contributions::{Trail, attempts, visits};
use crate::{End, Reading};
use model::{Entry, Timestamp, Touchpoint, ends};
use std::collections::BTreeMap;

/// What a touchpoint, or the silence after one, changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An attempt began.
    Began,
    /// The entry of this stage was converted: a later one was entered, or the last one again.
    Converted {
        /// The stage.
        stage: u8,
    },
    /// This stage was entered.
    Entered {
        /// The stage.
        stage: u8,
        /// For the first time in any attempt, or again.
        entry: Entry,
    },
    /// The last stage was entered again, long enough after its last entry.
    Repeated {
        /// The stage.
        stage: u8,
    },
    /// It was a conversion of the map.
    Conversion,
    /// The attempt ended here: cold or lost.
    Ended {
        /// The stage that it ended in.
        stage: u8,
        /// Cold or lost.
        end: End,
    },
}

/// A touchpoint, or the moment at which an attempt went cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    /// When.
    pub at: Timestamp,
    /// The touchpoint; `None` where silence made an attempt go cold.
    pub touchpoint: Option<Touchpoint>,
    /// The attempt that it belongs to, by the identity of its first touchpoint.
    pub attempt: Option<u64>,
    /// The stage after it; of `lost` the one where it ended the attempt; `ends::NONE` outside
    /// every attempt and once one has gone cold.
    pub stage: u16,
    /// What it changed, in the order of happening; nothing for most touchpoints.
    pub changes: Vec<Change>,
}

/// The timeline of a history that is judged at `now`, in the order of happening.
///
/// As for `contributions`, the history is in order, has one touchpoint an identity, and all of it
/// has happened by `now`.
pub fn timeline(reading: &Reading, history: &[Touchpoint], now: Timestamp) -> Vec<TimelineRow> {
    let (trails, _) = attempts(reading, history, now);
    let mut inside: BTreeMap<u64, TimelineRow> = BTreeMap::new();
    let mut silence: BTreeMap<u64, TimelineRow> = BTreeMap::new();
    let mut entered = 0_u32;
    for trail in &trails {
        let rows = touchpoint_rows(reading, trail, &mut entered);
        inside.extend(rows.into_iter().map(|(touchpoint, row)| (touchpoint.identity, row)));
        let last = trail.touchpoints.last().map(|last| last.identity);
        silence.extend(last.zip(cold_row(trail)));
    }
    let mut rows = Vec::new();
    for touchpoint in history {
        let row = inside.remove(&touchpoint.identity);
        rows.push(row.unwrap_or_else(|| outside_row(touchpoint)));
        // What comes after the deadline is no part of the attempt, and nothing is between.
        rows.extend(silence.remove(&touchpoint.identity));
    }
    rows
}

fn outside_row(touchpoint: &Touchpoint) -> TimelineRow {
    TimelineRow {
        at: touchpoint.time,
        touchpoint: Some(*touchpoint),
        attempt: None,
        stage: ends::NONE,
        changes: Vec::new(),
    }
}

fn touchpoint_rows<'a>(
    reading: &Reading,
    trail: &Trail<'a>,
    entered: &mut u32,
) -> Vec<(&'a Touchpoint, TimelineRow)> {
    let attempt = Some(trail.touchpoints[0].identity);
    let steps = trail.touchpoints.iter().zip(&trail.stages);
    let mut rows: Vec<_> = steps
        .map(|(touchpoint, stage)| {
            let row = outside_row(touchpoint);
            (*touchpoint, TimelineRow { attempt, stage: u16::from(*stage), ..row })
        })
        .collect();
    let conversion = reading.map().conversion;
    let counts_again = conversion == reading.map().last_stage();
    let mut has_converted = false;
    for visit in visits(reading, trail) {
        let stage = trail.stages[visit.at];
        let entry = if *entered & 1 << stage == 0 { Entry::First } else { Entry::Again };
        *entered |= 1 << stage;
        let changes = &mut rows[visit.at].1.changes;
        changes.push(match visit.from {
            ends::NONE => Change::Began,
            _ => Change::Converted { stage: trail.stages[visit.at - 1] },
        });
        changes.push(match visit.from == u16::from(stage) {
            true => Change::Repeated { stage },
            false => Change::Entered { stage, entry },
        });
        if stage >= conversion && (!has_converted || counts_again) {
            has_converted = true;
            changes.push(Change::Conversion);
        }
    }
    if let (Some((_, ends::LOST)), Some((_, row))) = (trail.end, rows.last_mut()) {
        row.changes.extend(ended(trail, End::Lost));
    }
    rows
}

/// The row of an attempt that went cold.
fn cold_row(trail: &Trail<'_>) -> Option<TimelineRow> {
    let (at, _) = trail.end.filter(|(_, end)| *end == ends::COLD)?;
    Some(TimelineRow {
        at,
        touchpoint: None,
        attempt: trail.touchpoints.first().map(|first| first.identity),
        stage: ends::NONE,
        changes: ended(trail, End::Cold).into_iter().collect(),
    })
}

fn ended(trail: &Trail<'_>, end: End) -> Option<Change> {
    trail.stages.last().map(|stage| Change::Ended { stage: *stage, end })
}
