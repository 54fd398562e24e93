//! What must hold between *objection* and the entries in which they are raised.

use super::{Books, Side, Violation, without_money};
use crate::report::facts::Fact;
use model::Family;

impl<'a> Books<'a> {
    pub(super) fn objections(&self, found: &mut Vec<Violation>) {
        if !self.counts(&[Family::Objection]) {
            return;
        }
        let place = |fact: &Fact<'_>, is_meant: bool| is_meant.then(|| self.outcome(fact));
        let is_all = |fact: &Fact<'_>| fact.dim("objection") == "all";
        let of_all = self.side(Family::Objection, |fact| place(fact, is_all(fact)));
        let of_each = self.side(Family::Objection, |fact| place(fact, !is_all(fact)));
        let law = "no more entries with an objection than objections in them";
        at_most(law, &of_all, &of_each, found);
        if self.counts(&[Family::Flow]) {
            let entries = without_money(self.side(Family::Flow, |fact| place(fact, true)));
            at_most("no more entries with an objection than entries", &of_all, &entries, found);
        }
    }

    /// Stage, channel, window and outcome of an entry.
    fn outcome(&self, fact: &Fact<'_>) -> String {
        let outcome = match fact.dim("outcome") {
            "cold" | "lost" => "expired",
            outcome => outcome,
        };
        let (stage, channel) = (fact.dim("stage"), fact.dim("channel"));
        format!("{stage} {channel} {outcome}, {}", self.window(fact))
    }
}

/// Notes each place where the left side of a law is greater.
fn at_most(law: &'static str, left: &Side, right: &Side, found: &mut Vec<Violation>) {
    for (place, (left, _)) in left {
        let right = right.get(place).map_or(0, |sum| sum.0);
        if *left > right {
            let (place, left) = (place.clone(), *left);
            found.push(Violation { law, place, currency: None, left, right });
        }
    }
}
