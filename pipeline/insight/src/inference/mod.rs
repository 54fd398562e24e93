//! How far a number can be trusted by people who look at it every day.
//!
//! Pure functions over counts: intervals that hold at every look, credits solved from sums, tests
//! against chance, and what a finding needs before it may be called one. Nothing here reads a
//! counter's name; what each finisher wants of counters is said where it takes them. A method's
//! source stands at its function.
//!
//! `alpha` is always the probability of an error that is put up with: 0.05 for "95 %".

mod absorption;
mod budget;
mod cadence;
mod confounding;
mod contrast;
mod difference;
mod draws;
mod drift;
mod drifting;
mod elimination;
mod evidence;
mod finding;
mod fisher;
mod incidence;
mod interval;
mod jackknife;
mod likelihood;
mod mean;
mod orders;
mod paradox;
mod pattern;
mod prior;
mod removal;
mod sentence;
mod shapley;
mod shrunk;
mod spread;
mod steady;
mod verdict;
mod watched;

pub use budget::Budget;
pub use cadence::{Basis, Cadence, Comparison};
pub use confounding::Confounding;
pub use contrast::{Contrast, Outcomes, Stratum};
pub use difference::{difference, ratio};
pub use drift::{Drift, drift};
pub use drifting::drifting_rate;
pub use evidence::{Block, Direction, Evidence};
pub use finding::{Finding, Standing};
pub use fisher::{adjusted, fisher};
pub use incidence::{Age, incidence};
pub use interval::{Figure, Interval};
pub use jackknife::{Estimate, jackknife, student};
pub use mean::watched_mean;
pub use orders::{Beginning, Order, Orders};
pub use paradox::{Paradox, paradox};
pub use pattern::{Pattern, Walked, walked};
pub use prior::Prior;
pub use removal::{Chain, Node, Removal, Removed, Unsolved};
pub use sentence::{Language, Statement};
pub use shapley::{Coalitions, EXACT_MAX, PLAYERS_MAX, Worth, shapley};
pub use shrunk::{chance, share_of_growing, shrunk};
pub use spread::{Spread, SpreadContrast};
pub use steady::steady_rate;
pub use verdict::Verdict;
pub use watched::{Cohort, Look, Pace, Watched};
