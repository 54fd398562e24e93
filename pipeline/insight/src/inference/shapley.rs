//! What players of a game are worth, by all the orders in which they may join: Shapley values.

use super::draws::Draws;
use std::collections::BTreeMap;

/// A player's worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The value: what the player adds on average over all orders of joining.
    pub value: f64,
    /// The standard error of the value from the orders drawn; 0 where it was solved exactly.
    pub error: f64,
}

/// So many players are solved exactly: 4,096 coalitions.
pub const EXACT_MAX: usize = 12;

/// So many players are told apart: a coalition is the bits of a number.
pub const PLAYERS_MAX: usize = 64;

/// The Shapley value of each player (Shapley 1953), exactly for up to [`EXACT_MAX`] of them; beyond
/// from `orders` drawn orders and their reverses (Castro, Gómez and Tejada 2009; antithetic as in
/// Mitchell, Cooper, Frank and Holmes 2022), the same for a seed on every machine.
///
/// `value` is what a coalition brings, its players given by bits. The values add up to what all of
/// them bring less what nobody brings. `None` beyond [`PLAYERS_MAX`].
pub fn shapley(
    players: usize,
    value: impl Fn(u64) -> f64,
    orders: u32,
    seed: u64,
) -> Option<Vec<Worth>> {
    match players {
        0..=EXACT_MAX => Some(exact(players, value)),
        _ if players <= PLAYERS_MAX => Some(drawn(players, value, orders.max(2), seed)),
        _ => None,
    }
}

fn exact(players: usize, value: impl Fn(u64) -> f64) -> Vec<Worth> {
    let values: Vec<f64> = (0..1_u64 << players).map(value).collect();
    // A coalition of s others is met in s!·(n - s - 1)! of n! orders.
    let mut shares = vec![1.0 / players as f64; players];
    for others in 1..players {
        shares[others] = shares[others - 1] * others as f64 / (players - others) as f64;
    }
    let worth = |player: usize| {
        let bit = 1 << player;
        let without = (0..values.len()).filter(|coalition| coalition & bit == 0);
        let added = without.map(|coalition| {
            let others = coalition.count_ones() as usize;
            shares[others] * (values[coalition | bit] - values[coalition])
        });
        Worth { value: added.sum(), error: 0.0 }
    };
    (0..players).map(worth).collect()
}

fn drawn(players: usize, value: impl Fn(u64) -> f64, orders: u32, seed: u64) -> Vec<Worth> {
    let mut draws = Draws::new(seed);
    let mut order: Vec<usize> = (0..players).collect();
    let mut sums = vec![[0.0; 2]; players];
    for _ in 0..orders {
        draws.shuffle(&mut order);
        // An order and its reverse err in opposite ways: who is early in one is late in the other.
        let mut added = vec![0.0; players];
        let reverse: Vec<usize> = order.iter().rev().copied().collect();
        for order in [&order, &reverse] {
            let mut coalition = 0_u64;
            let mut before = value(coalition);
            for player in order {
                coalition |= 1 << player;
                let now = value(coalition);
                added[*player] += 0.5 * (now - before);
                before = now;
            }
        }
        for (sums, added) in sums.iter_mut().zip(added) {
            sums[0] += added;
            sums[1] += added * added;
        }
    }
    let count = f64::from(orders);
    let worth = |[sum, squares]: [f64; 2]| {
        let mean = sum / count;
        let variance = (squares - count * mean * mean).max(0.0) / (count - 1.0);
        Worth { value: mean, error: (variance / count).sqrt() }
    };
    sums.into_iter().map(worth).collect()
}

/// Paths by which channels they touch, as coalitions.
///
/// **What it needs of counters:** how many paths of each set of channels there are, and how many of
/// them converted: one dimension, the set, beside `conversion` and `null`. A path has one set, so
/// the counts add and retract.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coalitions {
    /// By the bits of a set: the paths that converted, and all paths.
    sets: BTreeMap<u64, (i64, i64)>,
}

impl Coalitions {
    /// Adds paths of a set.
    pub fn add(&mut self, set: u64, converted: i64, paths: i64) {
        let sums = self.sets.entry(set).or_default();
        *sums = (sums.0 + converted, sums.1 + paths);
    }

    /// The conversions of paths that touch no other channel than those of a coalition. With this
    /// value each path's conversion is shared alike by its channels.
    pub fn conversions(&self, coalition: u64) -> f64 {
        self.within(coalition).0 as f64
    }

    /// The conversion rate of these paths, 0 where there are none (Zhao, Mahboobi and Bagheri 2018,
    /// arXiv 1804.05327): what a path loses by a channel that brings visits and no conversions.
    pub fn rate(&self, coalition: u64) -> f64 {
        match self.within(coalition) {
            (_, 0) => 0.0,
            (converted, paths) => converted as f64 / paths as f64,
        }
    }

    /// The conversions that would be expected if every path had touched no other channel than those
    /// of a coalition, and converted as often as the paths that did: so many as there are of the
    /// set that is left of it, none where there are none (Dalessandro, Perlich, Stitelman and
    /// Provost 2012). All channels together bring the conversions that there are, and paths that
    /// did not convert count, so this value is a credit.
    pub fn expected(&self, coalition: u64) -> f64 {
        let expected =
            |(set, (_, paths)): (&u64, &(i64, i64))| match self.sets.get(&(set & coalition)) {
                Some((converted, all)) if *all > 0 && set & coalition != 0 => {
                    *paths as f64 * *converted as f64 / *all as f64
                }
                Some(_) | None => 0.0,
            };
        self.sets.iter().map(expected).sum()
    }

    fn within(&self, coalition: u64) -> (i64, i64) {
        let sets = self.sets.iter().filter(|(set, _)| *set & !coalition == 0);
        sets.fold((0, 0), |sums, (_, (converted, paths))| (sums.0 + converted, sums.1 + paths))
    }
}
