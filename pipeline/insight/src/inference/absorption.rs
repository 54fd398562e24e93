//! Where a chain ends, by going over it again and again: for many chains that differ little.

use std::collections::BTreeMap;

/// Steps of a chain: from each node to others, and how much of it ends in what is asked for.
///
/// Where a chain is solved once, nodes are eliminated one by one; of four hundred nodes that takes
/// a tenth of a second. Without each of 32 groups and each of a dozen channels in turn it would
/// take a minute, and all of these chains are nearly the same and have few steps a node.
pub(crate) struct Absorption {
    /// By node: other nodes with their share.
    steps: Vec<Vec<(usize, f64)>>,
    /// By node: the share that ends at once in what is asked for.
    ends: Vec<f64>,
}

/// Rounds at most. A path of a hundred steps is long.
const ROUNDS_MAX: usize = 10_000;

/// No node changes by more than so much in a round that is the last one.
const NEAR: f64 = 1e-12;

impl Absorption {
    /// Counts of steps among nodes, and of those that end there; `all` that leave a node.
    pub(crate) fn new(counts: &BTreeMap<(usize, usize), f64>, ends: &[f64], all: &[f64]) -> Self {
        let share = |count: f64, node: usize| if all[node] > 0.0 { count / all[node] } else { 0.0 };
        let mut steps = vec![Vec::new(); all.len()];
        for ((from, to), count) in counts {
            let share = share(*count, *from);
            if share > 0.0 {
                steps[*from].push((*to, share));
            }
        }
        let ends = ends.iter().enumerate().map(|(node, count)| share(*count, node)).collect();
        Absorption { steps, ends }
    }

    /// The probability of the end from a node, where every path ends elsewhere that comes to a node
    /// which `is_closed`: by Gauss and Seidel.
    pub(crate) fn from(&self, node: usize, is_closed: impl Fn(usize) -> bool) -> f64 {
        let mut likely: Vec<f64> = vec![0.0; self.steps.len()];
        for _ in 0..ROUNDS_MAX {
            let mut change = 0.0_f64;
            // Those near the end have the higher numbers more often than not.
            for at in (0..likely.len()).rev().filter(|at| !is_closed(*at)) {
                let mut sum = self.ends[at];
                let mut back = 0.0;
                for (to, share) in &self.steps[at] {
                    match *to == at {
                        true => back = *share,
                        false => sum += share * likely[*to],
                    }
                }
                let now = if back < 1.0 { sum / (1.0 - back) } else { 0.0 };
                change = change.max((now - likely[at]).abs());
                likely[at] = now;
            }
            if change < NEAR {
                break;
            }
        }
        likely[node]
    }
}
