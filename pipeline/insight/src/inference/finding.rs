//! Findings from discovery to retirement.

use super::{Block, Budget, Direction, Evidence};

/// Where a finding stands.
///
/// ```text
///               evidence ≥ needed              evidence of the opposite ≥ 20
///  Candidate ─────────────────────► Promoted ─────────────────────────────► Retired
///      └──────────── so many customers later, still not enough ──────────────►┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// Found, and watched on customers who arrived after that.
    Candidate,
    /// Confirmed by them.
    Promoted {
        /// The logarithm of the evidence at which it was promoted.
        ln_evidence: f64,
    },
    /// No longer said.
    Retired,
}

/// A pattern of behaviour that is said to go with more conversions, or with less.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    number: u32,
    standing: Standing,
    evidence: Evidence,
    /// Of the opposite, since the promotion.
    opposite: Evidence,
    /// How many customers have been decided as a candidate.
    seen: i64,
}

impl Finding {
    /// A candidate is given up when so many exposed customers have not confirmed it. With three
    /// others to each, 12 beside 10 % are then promoted as the tenth candidate in about half of all
    /// cases; who differs less is not worth a finding.
    pub const EXPOSED_MAX: i64 = 5_000;

    /// The logarithm of evidence of 20 for the opposite, which retires.
    pub const LN_RETIRES: f64 = 2.995_732_273_553_991;

    /// A candidate that was found just now.
    pub fn discovered(budget: &mut Budget, direction: Direction) -> Finding {
        let opposite = match direction {
            Direction::More => Direction::Less,
            Direction::Less => Direction::More,
        };
        Finding {
            number: budget.register(),
            standing: Standing::Candidate,
            evidence: Evidence::new(direction),
            opposite: Evidence::new(opposite),
            seen: 0,
        }
    }

    /// Its number in the budget.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The evidence for it so far.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The evidence for the opposite since it was promoted.
    pub fn opposite(&self) -> &Evidence {
        &self.opposite
    }

    /// Learns the usual rate of a stratum from customers up to the discovery.
    pub fn learn(&mut self, stratum: u32, sums: (i64, i64)) {
        self.evidence.learn(stratum, sums);
        self.opposite.learn(stratum, sums);
    }

    /// Takes customers who arrived after its discovery, window by window; says whether it is
    /// promoted by them.
    pub fn take(&mut self, blocks: &[Block], budget: &mut Budget) -> bool {
        match self.standing {
            Standing::Candidate => {
                for block in blocks {
                    self.evidence.take(block);
                    self.seen += block.exposed.1;
                    let sums = (block.exposed.0 + block.others.0, block.exposed.1 + block.others.1);
                    self.opposite.learn(block.stratum, sums);
                }
                self.judge(budget)
            }
            Standing::Promoted { .. } => {
                blocks.iter().for_each(|block| self.opposite.take(block));
                if self.opposite.ln_value() >= Self::LN_RETIRES {
                    self.standing = Standing::Retired;
                }
                false
            }
            Standing::Retired => false,
        }
    }

    /// Judges it again, as after each promotion of another; says whether it is promoted.
    pub fn judge(&mut self, budget: &mut Budget) -> bool {
        if self.standing != Standing::Candidate {
            return false;
        }
        let ln_evidence = self.evidence.ln_value();
        let is_promoted = budget.promote(self.number, ln_evidence);
        if is_promoted {
            self.standing = Standing::Promoted { ln_evidence };
        } else if self.seen > Self::EXPOSED_MAX {
            self.standing = Standing::Retired;
        }
        is_promoted
    }
}
