//! Follow-ups and what comes of them: as it is usually counted, and like with like.

use super::facts::{Fact, facts};
use super::{Mistake, Query};
use crate::inference::{
    Basis, Cadence, Comparison, Interval, Outcomes, Stratum, Verdict, difference,
};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Span, Timestamp};
use std::collections::BTreeMap;

/// Whether a habit of following up goes with more conversions, by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// The event time that the counters were judged at.
    pub as_of: Timestamp,
    /// Kinds that count as follow-ups.
    pub kinds: Vec<String>,
    /// How long after an entry follow-ups are counted, and the entry is asked whether it is open.
    pub landmark: Span,
    /// How long after an entry it is counted what the customer does; `None` where that is not.
    pub intensity: Option<Span>,
    /// Each habit in each stage where anybody is followed up, by channel if that was asked.
    pub rows: Vec<HabitRow>,
    /// What became of entries with each number of follow-ups, in the same order.
    pub counts: Vec<FollowUpRow>,
}

/// So many follow-ups or more, beside fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    /// At least so many, from 1.
    pub least: u8,
    /// Exactly so many.
    pub beside: u8,
}

impl Habit {
    /// Every habit that is tried, always all of them: none is chosen after its outcome was seen.
    pub const FAMILY: [Habit; 4] = [
        Habit { least: 1, beside: 0 },
        Habit { least: 2, beside: 1 },
        Habit { least: 3, beside: 1 },
        Habit { least: 4, beside: 1 },
    ];
}

/// One habit in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct HabitRow {
    /// The stage that was entered.
    pub stage: String,
    /// The channel of the attempt's first touchpoint; `None` of all.
    pub channel: Option<String>,
    /// Who is compared.
    pub habit: Habit,
    /// Entries of the stage, whatever became of them.
    pub entries: i64,
    /// The two ways of counting beside each other.
    pub comparison: Comparison,
    /// How much more often the exposed convert, like with like, at every look and over all rows
    /// together; `None` where one of the groups is empty.
    pub watched: Option<Interval>,
    /// What the difference allows; `None` likewise.
    pub verdict: Option<Verdict>,
}

/// Entries with one number of follow-ups.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowUpRow {
    /// The stage that was entered.
    pub stage: String,
    /// The channel; `None` of all.
    pub channel: Option<String>,
    /// How many; the greatest stands for "or more".
    pub follow_ups: u8,
    /// Counted until the entry is decided.
    pub naive: Outcomes,
    /// Counted of those still open at the landmark.
    pub landmark: Outcomes,
}

/// A difference of rates that somebody would act on.
const WORTH: f64 = 0.05;
/// The error of all verdicts of a report together.
const ALPHA: f64 = 0.05;

/// Follow-ups from the counters of one map, all judged at the query's as_of.
pub fn cadence<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Habits, Mistake> {
    if !map.counts(Family::Cadence) {
        return Err(Mistake::NotCounted(Family::Cadence));
    }
    if let Some(by) = query.by.as_ref().filter(|by| *by != "channel") {
        return Err(Mistake::By(by.clone(), vec!["channel".to_owned()]));
    }
    if query.from.is_some() || query.to.is_some() {
        return Err(Mistake::NoPeriod);
    }
    let has_intensity = map.counts(Family::Intensity);
    let is_wanted = |family| match family {
        Family::Cadence => true,
        Family::Intensity => has_intensity,
        _ => false,
    };
    let mut groups: BTreeMap<(usize, Option<String>), Cadence> = BTreeMap::new();
    for fact in facts(counters, |family, _| is_wanted(family)) {
        let Some(read) = Read::of(map, &fact) else { continue };
        // The same entries, without what tells the warm from the others.
        if has_intensity && fact.family == Family::Cadence && read.basis == Basis::Landmark {
            continue;
        }
        let channel = query.by.as_ref().map(|_| fact.dim("channel").to_owned());
        let group = groups.entry((read.stage, channel)).or_default();
        group.add(read.basis, &read.stratum, read.follow_ups, &read.outcomes);
    }
    groups.retain(|_, group| group.outcomes(Basis::Naive).keys().any(|count| *count > 0));
    let name = |stage: usize| map.stages[stage].name.clone();
    let counts = groups.iter().flat_map(|((stage, channel), group)| {
        let (naive, landmark) = (group.outcomes(Basis::Naive), group.outcomes(Basis::Landmark));
        let row = |(follow_ups, naive): (u8, Outcomes)| FollowUpRow {
            stage: name(*stage),
            channel: channel.clone(),
            follow_ups,
            naive,
            landmark: landmark.get(&follow_ups).copied().unwrap_or_default(),
        };
        naive.into_iter().map(row).collect::<Vec<FollowUpRow>>()
    });
    let rows = groups.iter().flat_map(|((stage, channel), group)| {
        Habit::FAMILY.map(|habit| HabitRow::of(name(*stage), channel.clone(), habit, group))
    });
    let mut habits = Habits {
        as_of: query.as_of,
        kinds: map.cadence_follow_ups.clone(),
        landmark: map.cadence_landmark,
        intensity: has_intensity.then_some(map.cadence_intensity),
        rows: rows.collect(),
        counts: counts.collect(),
    };
    habits.judge();
    Ok(habits)
}

/// A counter of follow-ups, read.
struct Read {
    stage: usize,
    basis: Basis,
    stratum: String,
    follow_ups: u8,
    outcomes: Outcomes,
}

impl Read {
    /// `None` where its names are none of this map.
    fn of(map: &JourneyMap, fact: &Fact<'_>) -> Option<Read> {
        let count = fact.count();
        let mut outcomes = Outcomes::default();
        match fact.dim("outcome") {
            "converted" => outcomes.converted = count,
            "expired" => outcomes.expired = count,
            _ => outcomes.open = count,
        }
        Some(Read {
            stage: map.stages.iter().position(|stage| stage.name == fact.dim("stage"))?,
            basis: match fact.dim("basis") {
                "naive" => Basis::Naive,
                _ => Basis::Landmark,
            },
            stratum: format!("{} {}", fact.dim("early"), fact.dim("channel")),
            follow_ups: fact.dim("follow_ups").trim_end_matches('+').parse().ok()?,
            outcomes,
        })
    }
}

impl HabitRow {
    fn of(stage: String, channel: Option<String>, habit: Habit, group: &Cadence) -> HabitRow {
        let entries = group.outcomes(Basis::Naive).values().map(everybody).sum();
        let comparison = group.compare(|count| count >= habit.least, |count| count == habit.beside);
        HabitRow { stage, channel, habit, entries, comparison, watched: None, verdict: None }
    }

    /// Whether both groups have somebody who was open at the landmark and is decided.
    pub fn is_compared(&self) -> bool {
        self.comparison.landmark.is_some()
    }

    /// Those of the habit and the others, in the usual way and at the landmark.
    pub fn pots(&self) -> [&Stratum; 2] {
        [&self.comparison.naive_pot, &self.comparison.landmark_pot]
    }

    fn judge(&mut self, alpha: f64) {
        let Some(contrast) = &self.comparison.landmark else { return };
        let [exposed, others] = contrast.alike;
        self.watched = difference(exposed, others, alpha).map(|figure| figure.interval);
        // Not every lead comes to be compared: most are decided before, or have other numbers.
        let leads = self.entries as f64 / (exposed.1 + others.1).max(1) as f64;
        let verdict = Verdict::of(exposed, others, WORTH, alpha);
        self.verdict = verdict.map(|verdict| verdict.of_leads(leads.max(1.0)));
    }
}

impl Habits {
    /// The error is shared out among all that is tried (Bonferroni).
    fn judge(&mut self) {
        let tried = self.rows.iter().filter(|row| row.is_compared()).count();
        let alpha = ALPHA / tried.max(1) as f64;
        self.rows.iter_mut().for_each(|row| row.judge(alpha));
    }
}

fn everybody(outcomes: &Outcomes) -> i64 {
    outcomes.decided() + outcomes.open
}
