//! What a finding may be about.

use super::weeks::Sums;
use super::{Group, Groups};
use crate::inference::{Block, Outcomes, Stratum};
use std::collections::BTreeMap;

/// Whom a finding is about. What it says is known at the entry, before any outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// Those whose attempt began in a channel, beside all others; like with like by whether they
    /// had been there before.
    Channel(usize),
    /// Those who had been there before, beside those for whom it is the first time; like with like
    /// by channel.
    Again,
}

impl Claim {
    /// All that can be said of who is in some sums.
    pub(super) fn all(sums: &Sums) -> Vec<Claim> {
        let mut channels: Vec<usize> = sums.keys().map(|group| group.channel).collect();
        channels.sort_unstable();
        channels.dedup();
        channels.into_iter().map(Claim::Channel).chain([Claim::Again]).collect()
    }

    fn is_about(self, group: &Group) -> bool {
        match self {
            Claim::Channel(channel) => group.channel == channel,
            Claim::Again => group.is_again,
        }
    }

    fn stratum(self, group: &Group) -> u32 {
        match self {
            Claim::Channel(_) => u32::from(group.is_again),
            Claim::Again => group.channel as u32,
        }
    }

    /// Those it is about and the others, by stratum.
    pub(super) fn blocks(self, sums: &Sums) -> Vec<Block> {
        let mut blocks: BTreeMap<u32, Block> = BTreeMap::new();
        for (group, (converted, decided)) in sums {
            let stratum = self.stratum(group);
            let block =
                blocks.entry(stratum).or_insert(Block { stratum, exposed: (0, 0), others: (0, 0) });
            let sum = if self.is_about(group) { &mut block.exposed } else { &mut block.others };
            *sum = (sum.0 + converted, sum.1 + decided);
        }
        blocks.into_values().collect()
    }

    /// The same as groups.
    pub(super) fn groups(self, sums: &Sums) -> Groups {
        let group = |(converted, decided): (i64, i64)| Outcomes {
            converted,
            expired: decided - converted,
            open: 0,
        };
        let blocks = self.blocks(sums).into_iter();
        let strata =
            blocks.map(|it| Stratum { exposed: group(it.exposed), others: group(it.others) });
        Groups { strata: strata.collect() }
    }
}
