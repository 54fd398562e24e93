//! Drop-offs: how long it takes until an entry is decided, and what came last before it ended.
//!
//! What became of entries after so long is estimated from all of them, those that are still open
//! included, which are followed for as long as they have been waiting: Aalen and Johansen's
//! estimator of competing ends, by the buckets of *duration*. Of an entry that is open the counters
//! know the window in which it was entered; it counts as entered in the middle of it, and in the
//! bucket in which following it ends for a half (the actuarial convention of life tables). The band
//! of what is still open is Greenwood's, on the scale of log(−log) so that it stays from 0 to 1.

use super::facts::{Fact, facts};
use super::funnel::longest_kept;
use super::quartiles::bucket;
use super::query::{By, minute};
use super::table::{Cell, Kind, Table, column};
use super::{Group, Mistake, Query, Rate, Scope};
use crate::{Counter, CounterId};
use model::{Bucket, Family, JourneyMap, Size, Span, Timestamp, Zone};
use std::collections::BTreeMap;

/// What drop-offs can be divided by.
const DIMS: &[&str] = &["channel"];

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Shares are told in millionths.
const MILLION: f64 = 1_000_000.0;

/// With fewer entries followed to the beginning of a bucket the curve ends: a share of four people
/// is no estimate.
const AT_RISK_MIN: i64 = 5;

/// How entries were decided, and what came last before they ended.
#[derive(Clone, Debug, PartialEq)]
pub struct DropOffs {
    /// The period in words.
    pub period: String,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// The curve of each stage and group, bucket by bucket.
    pub curve: Vec<CurveRow>,
    /// What came last before an attempt ended, by stage, the most first: running totals.
    pub last: Vec<LastRow>,
    /// What has to be said about the windows.
    pub notes: Vec<String>,
}

/// One bucket of the curve of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveRow {
    /// The stage.
    pub stage: String,
    /// Which entries.
    pub group: Group,
    /// The bucket: everything below speaks of its end.
    pub bucket: Bucket,
    /// How many were open and followed when it began.
    pub at_risk: i64,
    /// Of them, how many went on within it.
    pub converted: i64,
    /// How many left within it.
    pub left: i64,
    /// How many are still open and have been followed for no longer.
    pub open: i64,
    /// The estimated share of those still open, and its 95 % band.
    pub still_open: [f64; 3],
    /// The estimated shares of those that have gone on and have left by then.
    pub decided: [f64; 2],
}

/// A kind of touchpoint after which attempts ended.
#[derive(Clone, Debug, PartialEq)]
pub struct LastRow {
    /// The stage in which they ended.
    pub stage: String,
    /// The kind of the last touchpoint.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Of all that ended in the stage.
    pub share: Option<Rate>,
}

/// What is known of the entries of a stage and group.
#[derive(Default)]
struct Tally {
    /// By bucket: how many went on, left, and are open.
    buckets: BTreeMap<Bucket, [i64; 3]>,
}

/// The drop-offs of the counters of one map, all judged at the query's as_of.
pub fn dropoffs<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<DropOffs, Mistake> {
    for family in [Family::Flow, Family::Duration] {
        if !map.counts(family) {
            return Err(Mistake::NotCounted(family));
        }
    }
    let by = By::parse(map, query, DIMS)?;
    if let By::Window(_) = by {
        let allowed = DIMS.iter().map(|dim| (*dim).to_owned()).collect();
        return Err(Mistake::By(query.by.clone().unwrap_or_default(), allowed));
    }
    let scope = Scope::of(map, query, by)?;
    // How long somebody has been waiting is known best from small windows that are kept.
    let pane = longest_kept(map);
    let facts = facts(counters, |family, id| match family {
        Family::Duration => scope.has(id),
        Family::Flow => Some(id.size) == pane && scope.holds(id.start),
        Family::Edge => id.size == Size::Total,
        Family::Admission | Family::Move | Family::Activity => false,
        Family::Credit | Family::Markov | Family::Cadence | Family::Value => false,
        Family::Coalition | Family::Chain | Family::Intensity | Family::Sequence => false,
    });
    let mut tallies: BTreeMap<(usize, Group), Tally> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family != Family::Edge) {
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("stage"));
        let Some((outcome, bucket)) = stage.and_then(|_| place(fact, map, query.as_of)) else {
            continue;
        };
        let tally = tallies.entry((stage.unwrap_or_default(), by.group(fact))).or_default();
        tally.buckets.entry(bucket).or_default()[outcome] += fact.count();
    }
    let mut notes = scope.notes(map, query.as_of);
    if pane.is_none() {
        notes.push(
            "The map keeps no windows, so nobody knows since when the open ones have been \
             waiting: the curve is of those decided alone, and leans towards the quick."
                .to_owned(),
        );
    }
    Ok(DropOffs {
        period: scope.words(&map.zone),
        as_of: query.as_of,
        curve: tallies
            .iter()
            .flat_map(|((at, group), tally)| tally.curve(map, *at, group))
            .collect(),
        last: last(map, &facts),
        notes,
    })
}

/// Which of went on, left and open an entry is, and in which bucket.
fn place(fact: &Fact<'_>, map: &JourneyMap, as_of: Timestamp) -> Option<(usize, Bucket)> {
    if fact.family == Family::Duration {
        let outcome = if fact.dim("outcome") == "converted" { 0 } else { 1 };
        return Some((outcome, bucket(fact.dim("bucket"))?));
    }
    let window =
        fact.size.window(&map.zone, fact.start?).filter(|_| fact.dim("outcome") == "open")?;
    let end = window.end.min(as_of).max(window.start);
    let middle = window.start.millis() + end.since(window.start).millis() / 2;
    let waited = as_of.since(Timestamp::from_millis(middle)).millis().max(0);
    Some((2, Bucket::of(Span::from_millis(waited))))
}

impl Tally {
    fn curve(&self, map: &JourneyMap, stage: usize, group: &Group) -> Vec<CurveRow> {
        let mut at_risk: i64 = self.buckets.values().flatten().sum();
        let (mut open, mut variance) = (1.0, 0.0);
        let mut decided = [0.0, 0.0];
        let mut rows = Vec::new();
        for (bucket, counts) in &self.buckets {
            if at_risk < AT_RISK_MIN {
                break;
            }
            let [converted, left, waiting] = *counts;
            let followed = at_risk as f64 - waiting as f64 / 2.0;
            let ends = (converted + left) as f64;
            decided[0] += open * converted as f64 / followed;
            decided[1] += open * left as f64 / followed;
            variance += if followed > ends { ends / (followed * (followed - ends)) } else { 0.0 };
            open = (1.0 - decided[0] - decided[1]).clamp(0.0, 1.0);
            rows.push(CurveRow {
                stage: map.stages[stage].name.clone(),
                group: group.clone(),
                bucket: *bucket,
                at_risk,
                converted,
                left,
                open: waiting,
                still_open: band(open, variance),
                decided,
            });
            at_risk -= converted + left + waiting;
        }
        rows
    }
}

/// A share and its 95 % band.
fn band(share: f64, variance: f64) -> [f64; 3] {
    if share <= 0.0 || share >= 1.0 || variance <= 0.0 {
        return [share, share, share];
    }
    let theta = (Z * variance.sqrt() / share.ln()).exp();
    let (one, other) = (share.powf(theta), share.powf(1.0 / theta));
    [share, one.min(other), one.max(other)]
}

/// The last kinds before an end, by stage.
fn last(map: &JourneyMap, facts: &[Fact<'_>]) -> Vec<LastRow> {
    let mut sums: BTreeMap<(usize, String), i64> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.dim("to_kind") == "expired") {
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("from_stage"));
        let (stage, kind) = match stage {
            Some(stage) => (stage, fact.dim("from_kind")),
            // A conversion was the last thing: where, only the last stage can tell.
            None if map.conversion == map.last_stage() => {
                (usize::from(map.conversion), "conversion")
            }
            None => continue,
        };
        *sums.entry((stage, kind.to_owned())).or_default() += fact.count();
    }
    let whole = |stage: usize| -> i64 {
        sums.iter().filter(|((at, _), _)| *at == stage).map(|(_, count)| *count).sum()
    };
    let mut rows: Vec<(usize, LastRow)> = sums
        .iter()
        .map(|((stage, kind), count)| {
            let (name, kind) = (map.stages[*stage].name.clone(), kind.clone());
            let share = Rate::of(*count, whole(*stage));
            (*stage, LastRow { stage: name, kind, count: *count, share })
        })
        .collect();
    rows.sort_by(|(a, one), (b, other)| {
        (a, other.count, &one.kind).cmp(&(b, one.count, &other.kind))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

impl DropOffs {
    /// The report as tables: the curves, and what came last.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        let mut tables = vec![self.curve_table(zone)];
        if !self.last.is_empty() {
            tables.push(self.last_table());
        }
        tables
    }

    fn curve_table(&self, zone: &Zone) -> Table {
        let is_divided = self.curve.first().is_some_and(|row| row.group != Group::All);
        let mut columns = vec![column("stage", "Stage", Kind::Text)];
        if is_divided {
            columns.push(column("channel", "Entry channel", Kind::Text));
        }
        columns.push(column("within", "Within", Kind::Text));
        let keys = columns.len();
        columns.extend([
            column("seconds", "", Kind::Count),
            column("at_risk", "Followed", Kind::Count),
            column("converted", "Went on", Kind::Count),
            column("left", "Left", Kind::Count),
            column("open", "Open", Kind::Count),
            column("still_open", "Still open", Kind::Share),
            column("low", "at least", Kind::Share),
            column("high", "at most", Kind::Share),
            column("converted_by", "Gone on by then", Kind::Share),
            column("left_by", "Left by then", Kind::Share),
        ]);
        Table {
            name: "curve",
            title: format!(
                "What became of those who entered, after so long, {}. As of {} ({}).",
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns,
            keys,
            rows: self.curve.iter().map(curve_cells).collect(),
            notes: self.curve_notes(),
        }
    }

    fn curve_notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if self.curve.is_empty() {
            notes.push("Nobody entered a stage.".to_owned());
        }
        notes.push(format!(
            "Estimated from all entries, those still open for as long as they have been followed \
             (Aalen–Johansen, by buckets, the band Greenwood's at 95 %); a curve ends where \
             fewer than {AT_RISK_MIN} are left to follow."
        ));
        notes
    }

    fn last_table(&self) -> Table {
        let row = |row: &LastRow| {
            vec![
                Cell::Text(row.stage.clone()),
                Cell::Text(row.kind.clone()),
                Cell::Count(row.count),
                Cell::from(row.share),
            ]
        };
        Table {
            name: "last",
            title: "The last touchpoint before an attempt ended, everything so far.".to_owned(),
            columns: vec![
                column("stage", "Ended in", Kind::Text),
                column("kind", "Last touchpoint", Kind::Text),
                column("count", "How often", Kind::Count),
                column("share", "Of all that ended there", Kind::Rate),
            ],
            keys: 2,
            rows: self.last.iter().map(row).collect(),
            notes: vec![
                "That something came last does not say that it made them leave.".to_owned(),
            ],
        }
    }
}

fn curve_cells(row: &CurveRow) -> Vec<Cell> {
    let millionths = |share: f64| Cell::Share((share * MILLION).round() as i64);
    let mut cells = vec![Cell::Text(row.stage.clone())];
    if row.group != Group::All {
        cells.push(Cell::from(&row.group));
    }
    let [open, low, high] = row.still_open;
    cells.extend([
        Cell::Text(row.bucket.word().to_owned()),
        Cell::from(row.bucket.end().map(|end| end.millis() / 1_000)),
        Cell::Count(row.at_risk),
        Cell::Count(row.converted),
        Cell::Count(row.left),
        Cell::Count(row.open),
        millionths(open),
        millionths(low),
        millionths(high),
        millionths(row.decided[0]),
        millionths(row.decided[1]),
    ]);
    cells
}
