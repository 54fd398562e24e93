//! What must hold between *credit*, *markov* and what they tell of: conversions and ends.

use super::{Books, Side, Violation, compare, without_money};
use crate::report::facts::Fact;
use model::{CreditRule, Family, Size, parted};

/// A conversion in *credit*.
const WHOLE: i64 = 1_000_000;

impl<'a> Books<'a> {
    pub(super) fn paths(&self, found: &mut Vec<Violation>) {
        if self.counts(&[Family::Markov]) {
            self.paths_go_through(found);
        }
        if self.counts(&[Family::Markov, Family::Coalition]) {
            self.sets_are_paths(found);
        }
        if self.counts(&[Family::Markov, Family::Chain]) {
            self.orders_are_steps(found);
        }
        if self.counts(&[Family::Markov, Family::Credit]) {
            self.credit_is_of_paths(found);
        }
        if self.counts(&[Family::Flow, Family::Markov]) {
            self.paths_convert(found);
        }
        if self.counts(&[Family::Flow, Family::Credit]) {
            self.credit_is_of_entries(found);
        }
        if self.counts(&[Family::Move, Family::Markov]) {
            self.paths_end(found);
        }
    }

    /// Entry, group and window: a path is told in one of each.
    fn lane(&self, fact: &Fact<'_>) -> String {
        format!("{} {} {}", fact.dim("entry"), fact.dim("group"), self.window(fact))
    }

    fn paths_go_through(&self, found: &mut Vec<Violation>) {
        let node = |fact: &Fact<'_>, dim: &str| {
            let word = fact.dim(dim);
            (!is_end(word) && word != "start").then(|| format!("{word} {}", self.lane(fact)))
        };
        compare(
            "steps into a channel = steps out of it",
            self.side(Family::Markov, |fact| node(fact, "to")),
            self.side(Family::Markov, |fact| node(fact, "from")),
            found,
        );
        let lane = |fact: &Fact<'_>, is_meant: bool| is_meant.then(|| self.lane(fact));
        compare(
            "paths that start = paths that end",
            self.side(Family::Markov, |fact| lane(fact, fact.dim("from") == "start")),
            self.side(Family::Markov, |fact| lane(fact, is_end(fact.dim("to")))),
            found,
        );
    }

    fn sets_are_paths(&self, found: &mut Vec<Violation>) {
        let ended = |fact: &Fact<'_>, is_meant: bool| {
            is_meant.then(|| format!("{} {}", fact.dim("to"), self.lane(fact)))
        };
        compare(
            "paths by their channels = paths",
            self.side(Family::Coalition, |fact| ended(fact, true)),
            self.side(Family::Markov, |fact| ended(fact, is_end(fact.dim("to")))),
            found,
        );
    }

    /// A run of one channel is one step of *chain*.
    fn orders_are_steps(&self, found: &mut Vec<Violation>) {
        let step = |fact: &Fact<'_>, from: &str| {
            let to = fact.dim("to");
            (from != to).then(|| format!("{from} {to} {} {}", fact.dim("entry"), fact.dim("group")))
        };
        compare(
            "steps after three channels = steps after one, but for runs",
            self.total(Family::Chain, |fact| {
                let trail = parted(fact.dim("from"), '>');
                step(fact, trail.last().map_or("start", String::as_str))
            }),
            self.total(Family::Markov, |fact| step(fact, fact.dim("from"))),
            found,
        );
    }

    fn credit_is_of_paths(&self, found: &mut Vec<Violation>) {
        compare(
            "credit of a model = conversions of paths × 1000000",
            without_money(self.side(Family::Credit, |fact| {
                adds_up(fact).then(|| format!("{} {}", fact.dim("model"), self.lane(fact)))
            })),
            self.of_every_model(self.side(Family::Markov, |fact| {
                (fact.dim("to") == "conversion").then(|| self.lane(fact))
            })),
            found,
        );
    }

    fn paths_convert(&self, found: &mut Vec<Violation>) {
        compare(
            "paths to a conversion = conversions",
            self.total(Family::Markov, |fact| (fact.dim("to") == "conversion").then(String::new)),
            self.total(Family::Flow, |fact| self.is_conversion(fact).then(String::new)),
            found,
        );
    }

    /// Where the conversion stage is the last, each entry of it is a conversion, so that windows
    /// and money agree too.
    fn credit_is_of_entries(&self, found: &mut Vec<Violation>) {
        let is_every_entry = self.map.conversion == self.map.last_stage();
        let place = |fact: &Fact<'_>| match is_every_entry {
            true => Some(format!("{} {}", fact.dim("entry"), self.window(fact))),
            false => (fact.size == Size::Total).then(String::new),
        };
        let credit = self.side(Family::Credit, |fact| {
            let place = place(fact).filter(|_| adds_up(fact))?;
            Some(format!("{} {place}", fact.dim("model")))
        });
        let flow =
            self.side(Family::Flow, |fact| self.is_conversion(fact).then(|| place(fact)).flatten());
        let law = "credit of a model = conversions × 1000000, and their money";
        match is_every_entry {
            true => compare(law, credit, self.of_every_model(flow), found),
            false => {
                let flow = self.of_every_model(without_money(flow));
                compare(law, without_money(credit), flow, found);
            }
        }
    }

    fn paths_end(&self, found: &mut Vec<Violation>) {
        let place = |fact: &Fact<'_>, is_meant: bool| is_meant.then(|| self.window(fact));
        compare(
            "paths to null = attempts that ended",
            self.side(Family::Markov, |fact| place(fact, fact.dim("to") == "null")),
            self.side(Family::Move, |fact| place(fact, super::is_end(fact.dim("to")))),
            found,
        );
    }

    /// Conversions, as each model must have them.
    fn of_every_model(&self, conversions: Side) -> Side {
        let has_custom = self.map.credit_custom.is_some();
        let is_counted = |rule: &&CreditRule| match rule {
            CreditRule::Participation => false,
            CreditRule::Custom => has_custom,
            _ => true,
        };
        let models = CreditRule::ALL.iter().filter(is_counted);
        let of = |rule: &CreditRule| {
            let word = rule.word();
            conversions.iter().map(move |(place, (count, money))| {
                (format!("{word} {place}"), (count.wrapping_mul(WHOLE), money.clone()))
            })
        };
        models.flat_map(of).collect()
    }
}

/// Whether a path ends there.
fn is_end(word: &str) -> bool {
    matches!(word, "conversion" | "null")
}

/// Whether a counter of credit is of a model whose parts add up to a conversion.
fn adds_up(fact: &Fact<'_>) -> bool {
    fact.dim("model") != CreditRule::Participation.word()
}
