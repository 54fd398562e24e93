//! Why there is no model.

use std::fmt;

/// Why the data do not say how customers behave. Each is an answer, not a failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unfit {
    /// Too few customers, or too few that came back.
    TooFew {
        /// Customers, and how many are needed.
        customers: (i64, i64),
        /// Those that came back, and how many are needed.
        repeaters: (i64, i64),
    },
    /// No maximum was found from any start.
    NotConverged,
    /// The likelihood still grows where a parameter leaves every sensible range: these customers do
    /// not differ, or do not drop out, as the model thinks they do.
    AtBound(&'static str),
    /// Spend has an infinite mean in the model: q is 1 or less.
    NoMean,
    /// Those who buy more often spend more, or less, each time: the correlation. The two models may
    /// then not be multiplied.
    SpendFollowsFrequency(f64),
}

impl fmt::Display for Unfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::TooFew { customers, repeaters } => write!(
                out,
                "{} of at least {} customers, {} of at least {} who came back",
                customers.0, customers.1, repeaters.0, repeaters.1
            ),
            Unfit::NotConverged => out.write_str("the likelihood has no maximum that was found"),
            Unfit::AtBound(parameter) => write!(out, "the likelihood grows with {parameter}"),
            Unfit::NoMean => out.write_str("what they spend has no mean"),
            Unfit::SpendFollowsFrequency(correlation) => {
                write!(out, "spend and frequency correlate by {correlation:.2}")
            }
        }
    }
}

impl std::error::Error for Unfit {}
