//! What conversions would be missing without a channel: Markov removal effects, solved exactly.

use super::absorption::Absorption;
use super::elimination::Weights;
use std::collections::{BTreeMap, BTreeSet};

/// Where a path is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// Before its first touch.
    Start,
    /// At a touch: the channels of the last touches, the newest last. As many as the order of the
    /// chain, fewer near the beginning; never none.
    Touch(Vec<u16>),
    /// Converted.
    Conversion,
    /// Ended without a conversion.
    Null,
}

/// Paths as sums of steps: a Markov chain of an order that its nodes tell.
///
/// **What it needs of counters:** for order 1 the markov family as it is, `(from, to)` over the
/// groups wanted. For order k, steps whose `from` and `to` are the last k channels. Steps add and
/// retract like any count. Repeats of a channel change nothing at order 1; at orders above 1 they
/// do, so paths must be collapsed (`ads, ads, chat` to `ads, chat`) before their steps are counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    steps: BTreeMap<(Node, Node), i64>,
}

/// What a channel carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Removed {
    /// The channel.
    pub channel: u16,
    /// The share of conversions that would be missing if every path ended unconverted where it
    /// touches the channel, from 0 to 1. A property of the paths, not what would happen.
    pub share: f64,
    /// Conversions credited: all of them, in proportion to the shares. Credit, not effect.
    pub credit: f64,
}

/// The removal effects of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    /// Paths that converted.
    pub conversions: i64,
    /// All paths.
    pub paths: i64,
    /// The chain's own probability of a conversion: equal to conversions by paths.
    pub rate: f64,
    /// The channels, in order of their numbers. Their credits add up to the conversions.
    pub channels: Vec<Removed>,
}

/// Why a chain has no removal effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsolved {
    /// No path has converted, or none that converted touches a channel.
    NothingToCredit,
    /// Steps into a node are not as many as out of it, or a count is below zero: the counters were
    /// read in the middle of a change.
    Unbalanced,
    /// More nodes than are solved at once: see [`Chain::NODES_MAX`].
    TooLarge,
}

impl Chain {
    /// A dense table of so many nodes takes 2 MiB, and solving it 0.05 s a channel.
    pub const NODES_MAX: usize = 512;

    /// Adds steps from one node to the next.
    pub fn add(&mut self, from: Node, to: Node, count: i64) {
        let sum = self.steps.entry((from, to)).or_default();
        *sum += count;
    }

    /// Adds a path of an order, so often: each touch with those before it.
    pub fn add_path(&mut self, order: usize, touches: &[u16], is_converted: bool, count: i64) {
        let order = order.max(1);
        let mut at = Node::Start;
        for end in 1..=touches.len() {
            let next = Node::Touch(touches[end.saturating_sub(order)..end].to_vec());
            self.add(at, next.clone(), count);
            at = next;
        }
        let end = if is_converted { Node::Conversion } else { Node::Null };
        self.add(at, end, count);
    }

    /// The removal effect of each channel (Anderl, Becker, von Wangenheim and Schumann 2016).
    ///
    /// Where the R and Python packages simulate, the share is solved: all nodes that do not touch
    /// the channel are eliminated in the way of Grassmann, Taksar and Heyman (1985), which never
    /// subtracts, so that each probability is right to the last digits; what then leads from the
    /// start straight to conversions is what is left without the channel.
    pub fn removal(&self) -> Result<Removal, Unsolved> {
        let (conversions, paths) = self.balance()?;
        let nodes: BTreeSet<&Node> = self.steps.keys().flat_map(|(from, to)| [from, to]).collect();
        let touches: Vec<&Node> =
            nodes.into_iter().filter(|node| !node.channels().is_empty()).collect();
        if touches.len() > Self::NODES_MAX {
            return Err(Unsolved::TooLarge);
        }
        let channels: BTreeSet<u16> =
            touches.iter().flat_map(|node| node.channels()).copied().collect();
        let weights = self.weights(&touches);
        let rate = self.converted(weights.clone(), &touches, None);
        let shares: Vec<(u16, f64)> = channels
            .into_iter()
            .map(|channel| {
                let without = self.converted(weights.clone(), &touches, Some(channel));
                (channel, ((rate - without) / rate).max(0.0))
            })
            .collect();
        Removal::of(conversions, paths, rate, shares)
    }

    /// The shares of the same channels, to a millionth of a millionth, gone over instead of solved:
    /// for the many chains of an interval, which lack a few customers each.
    pub fn removal_nearly(&self) -> Result<Removal, Unsolved> {
        let (conversions, paths) = self.balance()?;
        let nodes: BTreeSet<&Node> = self.steps.keys().flat_map(|(from, to)| [from, to]).collect();
        let touches: Vec<&Node> =
            nodes.into_iter().filter(|node| !node.channels().is_empty()).collect();
        let channels: BTreeSet<u16> =
            touches.iter().flat_map(|node| node.channels()).copied().collect();
        let start = touches.len();
        let place = |node: &Node| match node {
            Node::Start => Some(start),
            Node::Touch(_) => Some(touches.partition_point(|touch| *touch < node)),
            Node::Conversion | Node::Null => None,
        };
        let (mut counts, mut ends, mut all) =
            (BTreeMap::new(), vec![0.0; start + 1], vec![0.0; start + 1]);
        for ((from, to), count) in &self.steps {
            let Some(from) = place(from) else { continue };
            all[from] += *count as f64;
            match place(to) {
                Some(to) => *counts.entry((from, to)).or_default() += *count as f64,
                None if *to == Node::Conversion => ends[from] += *count as f64,
                None => {}
            }
        }
        let chain = Absorption::new(&counts, &ends, &all);
        let rate = chain.from(start, |_| false);
        let share = |channel: u16| {
            let is_closed =
                |at: usize| touches.get(at).is_some_and(|node| node.channels().contains(&channel));
            (channel, ((rate - chain.from(start, is_closed)) / rate).max(0.0))
        };
        let shares: Vec<(u16, f64)> = channels.into_iter().map(share).collect();
        Removal::of(conversions, paths, rate, shares)
    }

    /// How many paths converted and how many there are, if the steps are those of whole paths.
    fn balance(&self) -> Result<(i64, i64), Unsolved> {
        let mut surplus: BTreeMap<&Node, i64> = BTreeMap::new();
        for ((from, to), count) in &self.steps {
            let is_end = matches!(from, Node::Conversion | Node::Null);
            if *count < 0 || is_end || *to == Node::Start {
                return Err(Unsolved::Unbalanced);
            }
            *surplus.entry(from).or_default() -= count;
            *surplus.entry(to).or_default() += count;
        }
        let of = |node: &Node| surplus.get(node).copied().unwrap_or(0);
        if surplus.iter().any(|(node, surplus)| !node.channels().is_empty() && *surplus != 0) {
            return Err(Unsolved::Unbalanced);
        }
        match of(&Node::Conversion) {
            0 => Err(Unsolved::NothingToCredit),
            conversions => Ok((conversions, -of(&Node::Start))),
        }
    }

    /// The steps as a table: the touches, then start, conversion and null.
    fn weights(&self, touches: &[&Node]) -> Weights {
        let place = |node: &Node| match node {
            Node::Start => touches.len(),
            Node::Touch(_) => touches.partition_point(|touch| *touch < node),
            Node::Conversion => touches.len() + 1,
            Node::Null => touches.len() + 2,
        };
        let mut weights = Weights::new(touches.len() + 3);
        for ((from, to), count) in &self.steps {
            weights.add(place(from), place(to), *count as f64);
        }
        weights
    }

    /// The probability of a conversion without touching a channel.
    fn converted(&self, mut weights: Weights, touches: &[&Node], without: Option<u16>) -> f64 {
        let is_removed =
            |node: &Node| without.is_some_and(|channel| node.channels().contains(&channel));
        for (at, node) in touches.iter().enumerate() {
            if !is_removed(node) {
                weights.eliminate(at);
            }
        }
        weights.share(touches.len(), touches.len() + 1)
    }
}

impl Removal {
    /// Credits in proportion to shares.
    fn of(
        conversions: i64,
        paths: i64,
        rate: f64,
        shares: Vec<(u16, f64)>,
    ) -> Result<Removal, Unsolved> {
        let all: f64 = shares.iter().map(|(_, share)| share).sum();
        if !all.is_normal() {
            return Err(Unsolved::NothingToCredit);
        }
        let credited = |(channel, share): (u16, f64)| Removed {
            channel,
            share,
            credit: conversions as f64 * share / all,
        };
        let channels = shares.into_iter().map(credited).collect();
        Ok(Removal { conversions, paths, rate, channels })
    }
}

impl Node {
    fn channels(&self) -> &[u16] {
        match self {
            Node::Touch(channels) => channels,
            Node::Start | Node::Conversion | Node::Null => &[],
        }
    }
}
