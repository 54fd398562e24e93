//! When leads went cold, by the specification of the fold.
//!
//! The yardstick's job counts a drop-off when the customer comes back, on the channel of the
//! comeback; we count it when it is due, on the channel that was last heard on, whether or not the
//! customer ever comes back. So the answers have no figure for it, and this is ours: the
//! specification, which the pipeline does not run, over the same touchpoints.

use super::touchpoint::{CHANNELS, KINDS, STAGES, Touchpoint};
use codec::identity;
use journey::{Reading, contributions};
use model::{CurrencyId, Dictionary, Family, Flags, SourceId, Timestamp, ends};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The journey map of the yardstick.
const MAP: &str = include_str!("../journey.toml");

/// Sums by first instant of the hour, stage and channel.
type Dropped = BTreeMap<(i64, u8, u8), i64>;

/// Writes `dropped-due.csv`: of touchpoints by customer, each once.
pub fn write(all: &[Touchpoint], folder: &Path) -> std::io::Result<()> {
    let mut text = String::from("window_start,stage,channel,dropped\n");
    for ((start, stage, channel), count) in dropped(all) {
        let (stage, channel) = (STAGES[usize::from(stage)], CHANNELS[usize::from(channel)]);
        writeln!(text, "{start},{stage},{channel},{count}")
            .expect("invariant: a string takes everything");
    }
    std::fs::write(folder.join("dropped-due.csv"), text)
}

/// Moves to cold, each customer judged at the latest event time of the partition: nothing but the
/// load's own touchpoints moves as_of.
fn dropped(all: &[Touchpoint]) -> Dropped {
    let mut latest: BTreeMap<u32, i64> = BTreeMap::new();
    for touchpoint in all {
        let time = latest.entry(touchpoint.partition).or_insert(touchpoint.time);
        *time = (*time).max(touchpoint.time);
    }
    let map = rules::parse_map(MAP, "journey.toml").expect("the map of the yardstick");
    let mut reading = Reading::new(map, Dictionary::default());
    let kinds = KINDS.map(|kind| reading.kind_id(kind.0));
    let channels = CHANNELS.map(|channel| reading.channel_id(channel));
    let dims: Vec<u16> = channels.iter().map(|id| reading.channel(*id)).collect();
    let mut dropped = Dropped::new();
    let mut key = String::new();
    let mut history = Vec::new();
    for one in all.chunk_by(|a, b| a.customer == b.customer) {
        history.clear();
        history.extend(one.iter().map(|touchpoint| model::Touchpoint {
            identity: touchpoint.id,
            source: SourceId(0),
            time: Timestamp::from_millis(touchpoint.time),
            kind: kinds[usize::from(touchpoint.kind)],
            channel: channels[usize::from(touchpoint.channel)],
            // Money does not move anybody.
            currency: CurrencyId(0),
            amount: 0,
            subject: 0,
            label: model::Label::default(),
            flags: Flags::default(),
            revision: 0,
            position: 0,
        }));
        journey::sort(&reading, &mut history);
        super::touchpoint::key(one[0].customer, &mut key);
        let now = Timestamp::from_millis(latest[&one[0].partition]);
        let sums = contributions(&reading, identity::group(key.as_bytes()), &history, now);
        for ((counter, _), count) in &sums.counters {
            let [from, to, channel, ..] = counter.dims;
            let is_drop = counter.family == Family::Move && to == ends::COLD;
            let Some(start) = counter.start().filter(|_| is_drop) else { continue };
            let at = dims.iter().position(|dim| *dim == channel).expect("a channel of the load");
            // The map's stages begin with awareness, those of the load with none.
            let cell = (start.millis(), from as u8 + 1, at as u8);
            *dropped.entry(cell).or_default() += count;
        }
    }
    dropped
}
