//! One finding, followed from week to week.

use super::weeks::{Sums, add};
use super::{Claim, Course, Found, Groups, Step};
use crate::inference::{Budget, Direction, Finding, Standing, paradox};
use model::FindingType;

/// A finding that is followed.
pub(super) struct Followed {
    pub(super) claim: Claim,
    direction: Direction,
    finding: Finding,
    /// Who has entered since it was found, and who since it was confirmed.
    since: Sums,
    since_confirmed: Sums,
    steps: Vec<Step>,
}

impl Followed {
    /// One that was found just now, in these sums.
    pub(super) fn new(
        claim: Claim,
        direction: Direction,
        sums: &Sums,
        day: i64,
        budget: &mut Budget,
    ) -> Followed {
        let mut finding = Finding::discovered(budget, direction);
        for block in claim.blocks(sums) {
            let (one, other) = (block.exposed, block.others);
            finding.learn(block.stratum, (one.0 + other.0, one.1 + other.1));
        }
        let discovered = Step {
            event: FindingType::Discovered,
            day,
            by: claim.groups(sums),
            ln_evidence: 0.0,
            ln_needed: budget.ln_needed(finding.number()),
        };
        Followed {
            claim,
            direction,
            finding,
            since: Sums::new(),
            since_confirmed: Sums::new(),
            steps: vec![discovered],
        }
    }

    /// Takes who has entered in a week.
    pub(super) fn take(&mut self, week: &Sums, day: i64, budget: &mut Budget) {
        if self.finding.standing() == Standing::Retired {
            return;
        }
        add(&mut self.since, week);
        if self.finding.standing() != Standing::Candidate {
            add(&mut self.since_confirmed, week);
        }
        let (before, ln_needed) = (self.finding.standing(), budget.ln_needed(self.number()));
        self.finding.take(&self.claim.blocks(week), budget);
        self.note(before, day, ln_needed);
    }

    /// Judges it again after another's promotion; says whether it is promoted now.
    pub(super) fn judge(&mut self, day: i64, budget: &mut Budget) -> bool {
        let (before, ln_needed) = (self.finding.standing(), budget.ln_needed(self.number()));
        let is_promoted = self.finding.judge(budget);
        self.note(before, day, ln_needed);
        is_promoted
    }

    fn number(&self) -> u32 {
        self.finding.number()
    }

    /// Notes a step, if it has taken one.
    fn note(&mut self, before: Standing, day: i64, ln_needed: f64) {
        let ln_value = self.finding.evidence().ln_value();
        let (event, ln_evidence, ln_needed) = match (before, self.finding.standing()) {
            (Standing::Candidate, Standing::Promoted { ln_evidence }) => {
                (FindingType::Confirmed, ln_evidence, ln_needed)
            }
            (Standing::Candidate, Standing::Retired) => (FindingType::Refuted, ln_value, ln_needed),
            (Standing::Promoted { .. }, Standing::Retired) => {
                let opposite = self.finding.opposite().ln_value();
                (FindingType::Retired, opposite, Finding::LN_RETIRES)
            }
            (Standing::Candidate | Standing::Promoted { .. } | Standing::Retired, _) => return,
        };
        let by = match event {
            FindingType::Retired => &self.since_confirmed,
            _ => &self.since,
        };
        let by = self.claim.groups(by);
        self.steps.push(Step { event, day, by, ln_evidence, ln_needed });
    }

    /// The finding as it stands, over all sums.
    pub(super) fn found(self, sums: &Sums, budget: &Budget) -> Found {
        let on = |event: FindingType| {
            self.steps.iter().find(|step| step.event == event).map(|step| step.day)
        };
        let (confirmed, refuted) = (on(FindingType::Confirmed), on(FindingType::Refuted));
        let course = match (confirmed, refuted, on(FindingType::Retired)) {
            (Some(confirmed), _, Some(retired)) => Course::Retired(confirmed, retired),
            (Some(confirmed), _, None) => Course::Confirmed(confirmed),
            (None, Some(refuted), _) => Course::Refuted(refuted),
            (None, None, _) => Course::Discovered,
        };
        let needed = self.steps.iter().find(|step| step.event == FindingType::Confirmed);
        let needed = needed.map(|step| step.ln_needed);
        let first = self.steps.first();
        Found {
            claim: self.claim,
            direction: self.direction,
            discovered: first.map_or(0, |step| step.day),
            course,
            before: first.map_or_else(Groups::default, |step| step.by.clone()),
            since: self.claim.groups(&self.since),
            ln_evidence: self.finding.evidence().ln_value(),
            ln_needed: needed.unwrap_or_else(|| budget.ln_needed(self.number())),
            paradox: paradox(&self.claim.groups(sums).strata),
            steps: self.steps,
        }
    }
}
