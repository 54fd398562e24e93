//! A number with how far it can be trusted.

use crate::inference::Interval;
use std::collections::BTreeMap;

/// A number with its 95 % interval, where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its interval; `None` where there is too little to say one.
    pub interval: Option<Interval>,
}

/// Money by currency, in minor units, each with its interval.
pub type EstimatedMoney = BTreeMap<String, Estimate>;

impl Estimate {
    /// A number of which nothing more is said.
    pub fn plain(value: f64) -> Estimate {
        Estimate { value, interval: None }
    }

    /// The number, its lower and its upper bound, each to the millionth: what is printed and sent.
    pub fn parts(&self) -> [Option<f64>; 3] {
        let rounded = |number: f64| match (number * 1e6).round() / 1e6 {
            // Not "-0".
            0.0 => 0.0,
            number => number,
        };
        let interval = self.interval;
        [
            Some(rounded(self.value)),
            interval.map(|interval| rounded(interval.low)),
            interval.map(|interval| rounded(interval.high)),
        ]
    }

    /// The same in whole units, as money is said.
    pub fn whole_parts(&self) -> [Option<i64>; 3] {
        self.parts().map(|part| part.map(|number| number.round() as i64))
    }
}
