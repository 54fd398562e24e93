//! The weeks of a stage, one after the other: what was found, and what became of it.

use super::followed::Followed;
use super::weeks::{Sums, add};
use super::{Claim, Groups, Weeks};
use crate::inference::{Budget, Direction, Paradox, fisher};
use model::FindingType;

/// The share of false findings among all that are ever confirmed, over all stages.
pub(crate) const FALSE_SHARE: f64 = 0.1;
/// A difference that is no more likely by chance than this becomes a candidate.
const CHANCE_MAX: f64 = 0.1;
/// Both groups must have so many decided entries.
const SUPPORT: i64 = 30;
/// New candidates are looked for at the end of every so many weeks.
const SEARCH_WEEKS: usize = 4;

/// What became of a finding. Days are since 1970-01-01, each the last one of a week of entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Found, and watched on those who entered after that.
    Discovered,
    /// Confirmed by them on a day.
    Confirmed(i64),
    /// So many came later without confirming it, up to a day.
    Refuted(i64),
    /// Confirmed on a day, and since contradicted, up to another.
    Retired(i64, i64),
}

/// What became of a finding at the end of a week, and by what evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What became of it.
    pub event: FindingType,
    /// The last day of the week.
    pub day: i64,
    /// Those who made it so: who led to it, or who has entered since; where it was retired, who has
    /// entered since it was confirmed.
    pub by: Groups,
    /// The logarithm of the evidence of whoever entered after the discovery; where it was retired,
    /// of the opposite.
    pub ln_evidence: f64,
    /// The logarithm of the evidence that it needed then.
    pub ln_needed: f64,
}

/// A finding as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Whom it is about.
    pub claim: Claim,
    /// Whether they convert more often or less.
    pub direction: Direction,
    /// The last day of the weeks that it was found in.
    pub discovered: i64,
    /// What became of it.
    pub course: Course,
    /// Those it is about and the others, up to its discovery.
    pub before: Groups,
    /// The same of those who entered after it, up to its end: these alone may confirm it.
    pub since: Groups,
    /// The logarithm of the evidence, of whoever entered after it, at its confirmation or now.
    pub ln_evidence: f64,
    /// The logarithm of the evidence that it needs.
    pub ln_needed: f64,
    /// What became of it, from its discovery on.
    pub steps: Vec<Step>,
    /// Whether the difference turns round when like is compared with like, over all weeks.
    pub paradox: Option<Paradox>,
}

/// Plays the weeks of one of so many stages.
///
/// At the end of each fourth week every claim that is unlikely to be chance, like with like,
/// becomes a candidate (Fisher's exact test over all weeks so far, of the groups as customers of
/// one sort). That is no evidence yet: it was chosen for its luck.
/// From the next week on blocks of new entries count, stratum by stratum, as a bet against "no
/// difference" ([`Evidence`](crate::inference::Evidence)), and the budget says how much is needed.
/// Each stage has a budget of its own, a part of the whole: their shares of false findings add up
/// to no more than it, and no stage waits for another that takes longer to decide.
pub fn replay(weeks: &Weeks, stages: usize) -> Vec<Found> {
    let mut budget = Budget::new(FALSE_SHARE / stages.max(1) as f64);
    let mut watched: Vec<Followed> = Vec::new();
    let mut sums = Sums::new();
    for at in 0..weeks.len() {
        let (week, day) = (weeks.sums(at), weeks.sunday(at));
        for followed in &mut watched {
            followed.take(week, day, &mut budget);
        }
        // Each promotion makes the next easier.
        while watched.iter_mut().any(|followed| followed.judge(day, &mut budget)) {}
        add(&mut sums, week);
        if (at + 1) % SEARCH_WEEKS == 0 {
            search(&sums, day, &mut watched, &mut budget);
        }
    }
    watched.into_iter().map(|followed| followed.found(&sums, &budget)).collect()
}

fn search(sums: &Sums, day: i64, watched: &mut Vec<Followed>, budget: &mut Budget) {
    let is_known = |claim: &Claim| watched.iter().any(|followed| followed.claim == *claim);
    let all = Claim::all(sums).into_iter().filter(|claim| !is_known(claim));
    let chance = |claim: Claim| {
        let groups = claim.groups(sums);
        let has_support = groups.pot().iter().all(|(_, decided)| *decided >= SUPPORT);
        let contrast = groups.contrast().filter(|_| has_support)?;
        let [one, other] = contrast.alike;
        let is_more = contrast.difference.value >= 0.0;
        let direction = if is_more { Direction::More } else { Direction::Less };
        Some((fisher(one, other), claim, direction))
    };
    let mut new: Vec<(f64, Claim, Direction)> =
        all.filter_map(chance).filter(|(chance, ..)| *chance <= CHANCE_MAX).collect();
    // The least likely first: early candidates need little evidence.
    new.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    for (_, claim, direction) in new {
        watched.push(Followed::new(claim, direction, sums, day, budget));
    }
}
