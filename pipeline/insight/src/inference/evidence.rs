//! Evidence that those who did something convert more often, or less, gathered as they arrive.

use super::likelihood::ln_sum;
use std::collections::BTreeMap;

/// Which way those exposed are said to differ from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// They convert more often.
    More,
    /// They convert less often.
    Less,
}

/// Customers of one stratum who arrived in one window, decided all: (converted, how many).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which customers are alike; numbers of the caller's choice.
    pub stratum: u32,
    /// Those of whom the finding speaks.
    pub exposed: (i64, i64),
    /// The others.
    pub others: (i64, i64),
}

/// The logarithms of the odds ratios that are bet on: from 6 % more to 7.4 times the odds.
const BETS: [f64; 6] = [0.062_5, 0.125, 0.25, 0.5, 1.0, 2.0];

/// An e-process against "in no stratum do the exposed differ in this direction".
///
/// If nothing is true its mean never exceeds 1, whenever one stops, so that a value of 20 has a
/// chance of 1 in 20 to be ever seen (Ville 1939). A block is worth
/// Π p(outcome; θ of its group) / p(outcome; θ₀) with θ₀ the mean of both θ by the sizes of the
/// groups (Turner, Ly and Grünwald, arXiv 2106.02693, theorem 1); it need not be a block of one and
/// one. The θ are chosen before the block: around the rate of the stratum so far, apart by each of
/// six odds ratios in the direction of the finding, and the mean over the six is the evidence. As
/// each θ lies on its side of θ₀, the bound holds for every null in which the exposed do no better
/// at all, not only for equal rates.
///
/// **What it needs of counters:** for each final cohort window and stratum, entered and converted
/// of those exposed and of all. Customers who helped to find a finding must not confirm it: blocks
/// begin with those who arrived after its discovery. A block that was taken is never taken again;
/// when it is revised, what it was worth stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    direction: Direction,
    ln_bets: [f64; BETS.len()],
    /// Converted and all so far, by stratum.
    known: BTreeMap<u32, (i64, i64)>,
}

impl Evidence {
    /// None yet.
    pub fn new(direction: Direction) -> Evidence {
        Evidence { direction, ln_bets: [0.0; BETS.len()], known: BTreeMap::new() }
    }

    /// Which way it looks.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Learns the usual rate of a stratum from customers who may not confirm anything: part, whole.
    pub fn learn(&mut self, stratum: u32, (part, whole): (i64, i64)) {
        let known = self.known.entry(stratum).or_default();
        *known = (known.0 + part, known.1 + whole);
    }

    /// Takes a block. The first of a stratum of which nothing was learned only teaches its rate.
    pub fn take(&mut self, block: &Block) {
        let (a, b) = (block.exposed, block.others);
        let (part, whole) = self.known.get(&block.stratum).copied().unwrap_or_default();
        if whole > 0 && a.1 > 0 && b.1 > 0 {
            let usual = (part as f64 + 0.5) / (whole as f64 + 1.0);
            for (ln_bet, size) in self.ln_bets.iter_mut().zip(BETS) {
                let apart = match self.direction {
                    Direction::More => size,
                    Direction::Less => -size,
                };
                *ln_bet += ln_worth(a, b, usual, apart);
            }
        }
        self.learn(block.stratum, (a.0 + b.0, a.1 + b.1));
    }

    /// The logarithm of the evidence.
    pub fn ln_value(&self) -> f64 {
        ln_sum(self.ln_bets.iter().copied()) - libm::log(BETS.len() as f64)
    }
}

/// The logarithm of what a block is worth, at a usual rate and rates that are apart by a logarithm
/// of odds.
fn ln_worth(exposed: (i64, i64), others: (i64, i64), usual: f64, apart: f64) -> f64 {
    let [(a, m), (b, n)] = [exposed, others].map(|(part, whole)| (part as f64, whole as f64));
    let odds = libm::log(usual / (1.0 - usual));
    let rate = |ln_odds: f64| 1.0 / (1.0 + libm::exp(-ln_odds));
    let of_exposed = rate(odds + apart * n / (m + n));
    let of_others = rate(odds - apart * m / (m + n));
    let middle = (m * of_exposed + n * of_others) / (m + n);
    let ln_won = |theta: f64| libm::log(theta / middle);
    let ln_failed = |theta: f64| libm::log((1.0 - theta) / (1.0 - middle));
    a * ln_won(of_exposed)
        + (m - a) * ln_failed(of_exposed)
        + b * ln_won(of_others)
        + (n - b) * ln_failed(of_others)
}
