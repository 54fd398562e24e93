//! Orders of steps, and how those who took them fared beside the others.

use super::{Contrast, Outcomes, Paradox, Spread, SpreadContrast, Stratum, paradox};
use std::collections::{BTreeMap, BTreeSet};

/// Entries that were open at the landmark and began alike, on one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// Different steps, each where it came first.
    pub steps: Vec<u16>,
    /// Which entries are alike besides; numbers of the caller's choice.
    pub channel: u16,
    /// What became of them.
    pub outcomes: Outcomes,
    /// What they paid.
    pub money: Spread,
}

/// A group, with what it paid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Side {
    outcomes: Outcomes,
    money: Spread,
}

/// An order of steps; anything may lie between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The steps, one to three.
    pub steps: Vec<u16>,
    /// Who took them in this order, and who did not, in one pot.
    pub pot: Stratum,
    /// The same, like with like.
    pub contrast: Option<Contrast>,
    /// What a pot would hide.
    pub paradox: Option<Paradox>,
    /// Beside those alone who took the same steps, in another order; `None` where nobody did.
    pub reordered: Option<Contrast>,
    /// How much more they paid, like with like.
    pub money: Option<SpreadContrast>,
    /// The same with what a purchase is worth beyond what was paid.
    pub lifetime: Option<SpreadContrast>,
}

/// The orders of a batch that are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orders {
    /// Each that enough took and enough did not, by its steps.
    pub tried: Vec<Order>,
    /// The best that any order has of the smaller of the two; less than the floor where none is
    /// tried.
    pub most: i64,
}

/// An order as a key: places beyond its length are `NOBODY`.
type Key = [u16; LENGTH_MAX];

/// Channel, and how many different steps were taken.
type Place = (u16, u8);

/// The steps of an order at most.
const LENGTH_MAX: usize = 3;
const NOBODY: u16 = u16::MAX;

impl Order {
    /// Which steps are tried: every order of up to three that somebody took, so that none is chosen
    /// after its outcome was seen, if `floor` entries have it and `floor` do not, and no longer
    /// order was taken by the very same: of two that say the same of the same people the longer is
    /// kept. Neither asks what became of anybody.
    ///
    /// Exposure lies before the landmark and outcomes after it (Anderson, Cain and Gelber 1983).
    /// Like with like: within the channel, and within the number of different steps that were
    /// taken, for who does more takes more orders, and is warmer.
    ///
    /// `beyond` is what a purchase is worth beyond what was paid, where that is known.
    pub fn family(beginnings: &[Beginning], floor: i64, beyond: Option<f64>) -> Orders {
        let mut all: BTreeMap<Place, Side> = BTreeMap::new();
        let mut walked: BTreeMap<Key, BTreeMap<Place, Side>> = BTreeMap::new();
        for beginning in beginnings {
            let place = (beginning.channel, beginning.steps.len() as u8);
            let side = Side { outcomes: beginning.outcomes, money: beginning.money };
            all.entry(place).or_default().add(&side);
            for key in parts(&beginning.steps) {
                walked.entry(key).or_default().entry(place).or_default().add(&side);
            }
        }
        let entries: i64 = all.values().map(Side::entries).sum();
        let support: BTreeMap<Key, i64> = walked
            .iter()
            .map(|(key, places)| (*key, places.values().map(Side::entries).sum()))
            .collect();
        // Whoever took a longer order took every shorter one in it, so as many are the same.
        let mut is_told_by_longer = BTreeSet::new();
        for (key, count) in &support {
            let shorter = shortened(key).into_iter();
            is_told_by_longer.extend(shorter.filter(|key| support.get(key) == Some(count)));
        }
        let smaller = |count: i64| count.min(entries - count);
        let is_tried =
            |key: &Key| smaller(support[key]) >= floor && !is_told_by_longer.contains(key);
        let tried = walked.keys().filter(|key| is_tried(key));
        Orders {
            tried: tried.map(|key| Order::of(*key, &walked, &all, beyond)).collect(),
            most: support.values().map(|count| smaller(*count)).max().unwrap_or(0),
        }
    }

    fn of(
        key: Key,
        walked: &BTreeMap<Key, BTreeMap<Place, Side>>,
        all: &BTreeMap<Place, Side>,
        beyond: Option<f64>,
    ) -> Order {
        let none = BTreeMap::new();
        let exposed = walked.get(&key).unwrap_or(&none);
        let at = |places: &BTreeMap<Place, Side>, place: &Place| {
            places.get(place).copied().unwrap_or_default()
        };
        let pairs: Vec<(Side, Side)> = all
            .iter()
            .map(|(place, whole)| {
                let one = at(exposed, place);
                (one, whole.less(&one))
            })
            .collect();
        // Each step comes first once, so an entry that has all of them has them in one order.
        let mut others: BTreeMap<Place, Side> = BTreeMap::new();
        for other in reordered(&key) {
            for (place, side) in walked.get(&other).unwrap_or(&none) {
                others.entry(*place).or_default().add(side);
            }
        }
        let of_same: Vec<Stratum> =
            all.keys().map(|place| stratum(&(at(exposed, place), at(&others, place)))).collect();
        let strata: Vec<Stratum> = pairs.iter().map(stratum).collect();
        let pot = strata.iter().fold(Stratum::default(), |pot, stratum| Stratum {
            exposed: pot.exposed.plus(&stratum.exposed),
            others: pot.others.plus(&stratum.others),
        });
        let spreads = |beyond: f64| {
            let of = |side: &Side| (side.outcomes.decided(), side.money.with_each(beyond));
            let of_pair = |pair: &(Side, Side)| [of(&pair.0), of(&pair.1)];
            SpreadContrast::of(&pairs.iter().map(of_pair).collect::<Vec<_>>())
        };
        Order {
            steps: key.into_iter().filter(|step| *step != NOBODY).collect(),
            pot,
            contrast: Contrast::of(&strata),
            paradox: paradox(&strata),
            reordered: Contrast::of(&of_same),
            money: spreads(0.0),
            lifetime: beyond.and_then(spreads),
        }
    }

    /// How many entries took it, whatever became of them.
    pub fn entries(&self) -> i64 {
        self.pot.exposed.decided() + self.pot.exposed.open
    }
}

impl Side {
    fn add(&mut self, other: &Side) {
        self.outcomes = self.outcomes.plus(&other.outcomes);
        self.money = self.money.plus(&other.money);
    }

    fn less(&self, part: &Side) -> Side {
        let (whole, of) = (self.outcomes, part.outcomes);
        let outcomes = Outcomes {
            converted: whole.converted - of.converted,
            expired: whole.expired - of.expired,
            open: whole.open - of.open,
        };
        Side { outcomes, money: self.money.less(&part.money) }
    }

    fn entries(&self) -> i64 {
        self.outcomes.decided() + self.outcomes.open
    }
}

fn stratum((exposed, others): &(Side, Side)) -> Stratum {
    Stratum { exposed: exposed.outcomes, others: others.outcomes }
}

/// Every order of one to three of the steps, as they come.
fn parts(steps: &[u16]) -> Vec<Key> {
    let mut parts = Vec::new();
    for (one, a) in steps.iter().enumerate() {
        parts.push([*a, NOBODY, NOBODY]);
        for (two, b) in steps.iter().enumerate().skip(one + 1) {
            parts.push([*a, *b, NOBODY]);
            parts.extend(steps.iter().skip(two + 1).map(|c| [*a, *b, *c]));
        }
    }
    parts
}

/// An order without one of its steps.
fn shortened(key: &Key) -> Vec<Key> {
    match *key {
        [_, NOBODY, _] => Vec::new(),
        [a, b, NOBODY] => vec![[a, NOBODY, NOBODY], [b, NOBODY, NOBODY]],
        [a, b, c] => vec![[a, b, NOBODY], [a, c, NOBODY], [b, c, NOBODY]],
    }
}

/// The other orders of the same steps.
fn reordered(key: &Key) -> Vec<Key> {
    match *key {
        [_, NOBODY, _] => Vec::new(),
        [a, b, NOBODY] => vec![[b, a, NOBODY]],
        [a, b, c] => vec![[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]],
    }
}
