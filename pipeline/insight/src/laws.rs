//! What must hold between counters, whatever the touchpoints: a check that finds double counting,
//! loss and a map read in two ways, without looking at a single history.

mod paths;

use crate::report::facts::{Fact, facts};
use crate::report::money::{Money, add};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Size, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A law that counters break, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The law: `entries = moves into the stage`.
    pub law: &'static str,
    /// The window and dimensions where it is broken; empty for a law about everything.
    pub place: String,
    /// The currency, where it is broken in money.
    pub currency: Option<String>,
    /// What its left side says.
    pub left: i64,
    /// What its right side says.
    pub right: i64,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = self.currency.as_deref().map_or(String::new(), |word| format!(" {word}"));
        write!(out, "{}: {}{currency} is not {}{currency}", self.law, self.left, self.right)?;
        if self.place.is_empty() { Ok(()) } else { write!(out, " ({})", self.place) }
    }
}

/// The laws that the counters of one map break; none do when all of them stand for one set of
/// touchpoints and one as_of, as between commits.
///
/// A law about a family that the map does not count is not tried, nor is a sum over windows that
/// are not kept for ever.
pub fn laws<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
) -> Vec<Violation> {
    let books = Books { map, facts: facts(counters, |_, _| true) };
    let mut found = Vec::new();
    books.nothing_below_zero(&mut found);
    books.windows_add_up(&mut found);
    if books.counts(&[Family::Flow, Family::Move]) {
        books.entries_are_moves(&mut found);
    }
    if books.counts(&[Family::Flow, Family::Duration]) {
        books.decided_last_for_a_while(&mut found);
    }
    if books.counts(&[Family::Move, Family::Duration]) {
        books.ends_last_for_a_while(&mut found);
    }
    if books.counts(&[Family::Flow, Family::Activity]) {
        books.money_is_earned(&mut found);
    }
    if books.counts(&[Family::Activity, Family::Edge]) {
        books.steps_are_touchpoints(&mut found);
    }
    if books.counts(&[Family::Move, Family::Edge]) {
        books.trails_begin_and_end(&mut found);
    }
    if books.counts(&[Family::Flow, Family::Edge]) {
        books.trails_stand_somewhere(&mut found);
    }
    if books.counts(&[Family::Cadence, Family::Intensity]) {
        books.intensity_is_cadence(&mut found);
    }
    if books.counts(&[Family::Cadence, Family::Sequence]) {
        books.sequence_is_cadence(&mut found);
    }
    books.paths(&mut found);
    found.sort();
    found
}

/// One side of a law, by place.
type Side = BTreeMap<String, (i64, Money)>;

struct Books<'a> {
    map: &'a JourneyMap,
    facts: Vec<Fact<'a>>,
}

impl<'a> Books<'a> {
    fn counts(&self, families: &[Family]) -> bool {
        families.iter().all(|family| self.map.counts(*family))
    }

    fn stage(&self, name: &str) -> Option<usize> {
        self.map.stages.iter().position(|stage| stage.name == name)
    }

    /// What the facts of a family add up to, by the place that is named for each.
    fn side(&self, family: Family, place: impl Fn(&Fact<'a>) -> Option<String>) -> Side {
        let mut side = Side::new();
        for fact in self.facts.iter().filter(|fact| fact.family == family) {
            if let Some(place) = place(fact) {
                let sum = side.entry(place).or_default();
                sum.0 += fact.count();
                add(&mut sum.1, &fact.counter.amounts);
            }
        }
        side
    }

    /// As `side`, of running totals and without money.
    fn total(&self, family: Family, place: impl Fn(&Fact<'a>) -> Option<String>) -> Side {
        without_money(self.side(
            family,
            |fact| {
                if fact.size == Size::Total { place(fact) } else { None }
            },
        ))
    }

    fn window(&self, fact: &Fact<'_>) -> String {
        let start = fact.start.map_or(String::new(), |start| self.map.zone.format(start));
        format!("{} {start}", fact.size).trim_end().to_owned()
    }

    fn nothing_below_zero(&self, found: &mut Vec<Violation>) {
        for fact in self.facts.iter().filter(|fact| fact.count() < 0) {
            found.push(Violation {
                law: "no count is below zero",
                place: format!("{} {}", self.window(fact), fact.words()),
                currency: None,
                left: fact.count(),
                right: 0,
            });
        }
    }

    /// Windows of every size add up to the running total, and to every greater size that they
    /// nest in.
    fn windows_add_up(&self, found: &mut Vec<Violation>) {
        let is_kept = |size: &&Size| {
            let keep = self.map.keep.iter().find(|keep| keep.size == **size);
            keep.is_none_or(|keep| keep.span == Span::NEVER)
        };
        let sizes: BTreeSet<Size> = self.map.sizes.iter().filter(is_kept).copied().collect();
        let windowed: Vec<Family> = Family::ALL.into_iter().filter(|f| f.is_windowed()).collect();
        for family in windowed {
            for small in &sizes {
                let of = |fact: &Fact<'_>| (fact.size == *small).then(|| fact.of_all_groups());
                let total =
                    |fact: &Fact<'_>| (fact.size == Size::Total).then(|| fact.of_all_groups());
                let law = "windows add up to the running total";
                compare(law, self.side(family, of), self.side(family, total), found);
            }
            for (small, great) in pairs(&sizes) {
                let zone = &self.map.zone;
                let into = |fact: &Fact<'_>| {
                    let start = fact.start.filter(|_| fact.size == small)?;
                    let window = great.window(zone, start)?;
                    let start = zone.format(window.start);
                    Some(format!("{great} {start} {}", fact.of_all_groups()))
                };
                let whole = |fact: &Fact<'_>| {
                    let is_great = fact.size == great;
                    is_great.then(|| format!("{} {}", self.window(fact), fact.of_all_groups()))
                };
                let law = "small windows add up to great ones";
                compare(law, self.side(family, into), self.side(family, whole), found);
            }
        }
    }

    fn entries_are_moves(&self, found: &mut Vec<Violation>) {
        let place = |fact: &Fact<'_>, stage: &str| {
            self.stage(stage).map(|_| format!("{stage}, {}", self.window(fact)))
        };
        compare(
            "entries = moves into the stage",
            self.side(Family::Flow, |fact| place(fact, fact.dim("stage"))),
            self.side(Family::Move, |fact| place(fact, fact.dim("to"))),
            found,
        );
        let outcome = |fact: &Fact<'_>, outcome| {
            (fact.dim("outcome") == outcome).then(|| fact.dim("stage").to_owned())
        };
        compare(
            "converted = moves on from the stage",
            self.total(Family::Flow, |fact| outcome(fact, "converted")),
            self.total(Family::Move, |fact| {
                self.stage(fact.dim("to")).and(self.stage(fact.dim("from")))?;
                Some(fact.dim("from").to_owned())
            }),
            found,
        );
        compare(
            "expired = moves from the stage to cold and lost",
            self.total(Family::Flow, |fact| outcome(fact, "expired")),
            self.total(Family::Move, |fact| {
                is_end(fact.dim("to")).then(|| fact.dim("from").to_owned())
            }),
            found,
        );
        compare(
            "attempts = entries that have not converted",
            self.total(Family::Move, |fact| (fact.dim("from") == "none").then(String::new)),
            self.total(Family::Flow, |fact| (fact.dim("outcome") != "converted").then(String::new)),
            found,
        );
    }

    fn intensity_is_cadence(&self, found: &mut Vec<Violation>) {
        let place = |fact: &Fact<'_>| {
            ["stage", "follow_ups", "outcome", "channel"].map(|dim| fact.dim(dim)).join(" ")
        };
        compare(
            "follow-ups by what was done before = follow-ups at the landmark",
            self.total(Family::Intensity, |fact| Some(place(fact))),
            self.total(Family::Cadence, |fact| {
                (fact.dim("basis") == "landmark").then(|| place(fact))
            }),
            found,
        );
    }

    fn sequence_is_cadence(&self, found: &mut Vec<Violation>) {
        let place =
            |fact: &Fact<'_>| ["stage", "outcome", "channel"].map(|dim| fact.dim(dim)).join(" ");
        compare(
            "entries by their first steps = entries open at the landmark",
            self.total(Family::Sequence, |fact| Some(place(fact))),
            self.total(Family::Cadence, |fact| {
                (fact.dim("basis") == "landmark").then(|| place(fact))
            }),
            found,
        );
    }

    fn decided_last_for_a_while(&self, found: &mut Vec<Violation>) {
        let place = |fact: &Fact<'_>, outcome: &str| {
            let window = self.window(fact);
            Some(format!("{} {} {outcome}, {window}", fact.dim("stage"), fact.dim("channel")))
        };
        compare(
            "decided entries = durations",
            without_money(self.side(Family::Flow, |fact| match fact.dim("outcome") {
                "open" => None,
                outcome => place(fact, outcome),
            })),
            self.side(Family::Duration, |fact| match fact.dim("outcome") {
                "converted" => place(fact, "converted"),
                _ => place(fact, "expired"),
            }),
            found,
        );
    }

    fn ends_last_for_a_while(&self, found: &mut Vec<Violation>) {
        let place = |stage: &str, end: &str| is_end(end).then(|| format!("{stage} {end}"));
        compare(
            "moves to cold and lost = durations",
            self.total(Family::Move, |fact| place(fact.dim("from"), fact.dim("to"))),
            self.total(Family::Duration, |fact| place(fact.dim("stage"), fact.dim("outcome"))),
            found,
        );
    }

    fn money_is_earned(&self, found: &mut Vec<Violation>) {
        let last = self.map.last_stage();
        let enters = |kind: &str| {
            let kind = self.map.kind(kind).and_then(|at| self.map.kinds.get(usize::from(at)));
            kind.is_some_and(|kind| kind.stage == Some(last))
        };
        let is_total = |fact: &Fact<'_>| fact.size == Size::Total;
        let is_last = |fact: &Fact<'_>| self.stage(fact.dim("stage")) == Some(usize::from(last));
        compare(
            "money of the last stage = values of what enters it",
            without_counts(
                self.side(Family::Flow, |fact| (is_total(fact) && is_last(fact)).then(String::new)),
            ),
            without_counts(self.side(Family::Activity, |fact| {
                (is_total(fact) && enters(fact.dim("kind"))).then(String::new)
            })),
            found,
        );
    }

    fn steps_are_touchpoints(&self, found: &mut Vec<Violation>) {
        let place = |stage: &str, kind: &str| self.stage(stage).map(|_| format!("{stage} {kind}"));
        compare(
            "edges into a node = activity there",
            self.total(Family::Edge, |fact| place(fact.dim("to_stage"), fact.dim("to_kind"))),
            self.total(Family::Activity, |fact| place(fact.dim("stage"), fact.dim("kind"))),
            found,
        );
    }

    fn trails_begin_and_end(&self, found: &mut Vec<Violation>) {
        let all = |is_meant: bool| is_meant.then(String::new);
        compare(
            "edges out of start = attempts",
            self.total(Family::Edge, |fact| all(fact.dim("from_stage") == "start")),
            self.total(Family::Move, |fact| all(fact.dim("from") == "none")),
            found,
        );
        compare(
            "edges into expired = attempts that ended",
            self.total(Family::Edge, |fact| all(fact.dim("to_stage") == "expired")),
            self.total(Family::Move, |fact| all(is_end(fact.dim("to")))),
            found,
        );
    }

    fn trails_stand_somewhere(&self, found: &mut Vec<Violation>) {
        let node = |stage: &str, kind: &str| {
            let is_end = matches!(stage, "start" | "expired");
            (!is_end).then(|| format!("{stage} {kind}"))
        };
        let into = |fact: &Fact<'_>| node(fact.dim("to_stage"), fact.dim("to_kind"));
        let out = |fact: &Fact<'_>| node(fact.dim("from_stage"), fact.dim("from_kind"));
        let mut standing = self.total(Family::Edge, into);
        for (place, sum) in self.total(Family::Edge, out) {
            standing.entry(place).or_default().0 -= sum.0;
        }
        let behind = standing.iter().filter(|(_, sum)| sum.0 < 0);
        found.extend(behind.map(|(place, sum)| Violation {
            law: "no more edges out of a node than into it",
            place: place.clone(),
            currency: None,
            left: sum.0,
            right: 0,
        }));
        let all = standing.values().map(|sum| sum.0).sum();
        compare(
            "trails that stand at a node = open entries",
            Side::from([(String::new(), (all, Money::new()))]),
            self.total(Family::Flow, |fact| (fact.dim("outcome") == "open").then(String::new)),
            found,
        );
        compare(
            "edges into converted = conversions",
            self.total(Family::Edge, |fact| {
                (fact.dim("to_stage") == "converted").then(String::new)
            }),
            self.total(Family::Flow, |fact| self.is_conversion(fact).then(String::new)),
            found,
        );
    }

    /// Whether a counter of flow counts conversions, one each: where repeats are none, each attempt
    /// that came so far has one entry there or beyond that has not converted.
    fn is_conversion(&self, fact: &Fact<'_>) -> bool {
        let counts_repeats = self.map.conversion == self.map.last_stage();
        let is_counted = counts_repeats || fact.dim("outcome") != "converted";
        let stage = self.stage(fact.dim("stage"));
        is_counted && stage.is_some_and(|stage| stage >= usize::from(self.map.conversion))
    }
}

fn is_end(word: &str) -> bool {
    matches!(word, "cold" | "lost")
}

fn without_money(mut side: Side) -> Side {
    side.values_mut().for_each(|sum| sum.1.clear());
    side
}

fn without_counts(mut side: Side) -> Side {
    side.values_mut().for_each(|sum| sum.0 = 0);
    side
}

/// The pairs of sizes of which the windows of one lie within those of the other.
fn pairs(sizes: &BTreeSet<Size>) -> Vec<(Size, Size)> {
    let nests = |small: Size, great: Size| match (small, great) {
        (Size::Hours(a), Size::Hours(b)) => a < b && b % a == 0,
        (Size::Hours(_), Size::Days(_)) => true,
        (Size::Days(a), Size::Days(b)) => a < b && b % a == 0,
        (Size::Total, _) | (_, Size::Total | Size::Hours(_)) => false,
    };
    let all = sizes.iter().flat_map(|small| sizes.iter().map(|great| (*small, *great)));
    all.filter(|(small, great)| nests(*small, *great)).collect()
}

/// Notes each place where the two sides of a law differ, in count or in a currency.
fn compare(law: &'static str, left: Side, right: Side, found: &mut Vec<Violation>) {
    let nothing = (0, Money::new());
    let places: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for place in places {
        let (a, b) = (left.get(place).unwrap_or(&nothing), right.get(place).unwrap_or(&nothing));
        let mut note = |currency: Option<&String>, left: i64, right: i64| {
            if left != right {
                let (place, currency) = (place.clone(), currency.cloned());
                found.push(Violation { law, place, currency, left, right });
            }
        };
        note(None, a.0, b.0);
        let currencies: BTreeSet<&String> = a.1.keys().chain(b.1.keys()).collect();
        for currency in currencies {
            let of = |money: &Money| money.get(currency).copied().unwrap_or(0);
            note(Some(currency), of(&a.1), of(&b.1));
        }
    }
}
