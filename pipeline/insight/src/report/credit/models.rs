//! The models that share conversions out among channels, by name.

use model::{CreditRule, Family, JourneyMap};

/// A way to share the conversions that happened among the channels that led to them.
///
/// None of them says what would happen without a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CreditModel {
    /// A rule, applied to each conversion when it is counted.
    Rule(CreditRule),
    /// Removal effects of a chain over channels (Anderl, Becker, von Wangenheim, Schumann 2016) of
    /// an order from 1 to 3: how many channels back it remembers.
    Markov(u8),
    /// How many more conversions are expected of paths with a channel than without it, on average
    /// over all orders in which the channels may come (Dalessandro and others 2012).
    Shapley,
}

impl CreditModel {
    /// Every model, in the order in which they are shown; the first that is counted is meant where
    /// nobody says which.
    pub fn all() -> impl Iterator<Item = CreditModel> {
        let solved = [Self::Markov(1), Self::Markov(2), Self::Markov(3), Self::Shapley];
        solved.into_iter().chain(CreditRule::ALL.iter().copied().map(Self::Rule))
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            CreditModel::Rule(rule) => rule.word(),
            CreditModel::Markov(2) => "markov_2",
            CreditModel::Markov(3) => "markov_3",
            CreditModel::Markov(_) => "markov",
            CreditModel::Shapley => "shapley",
        }
    }

    /// The model of a name.
    pub fn parse(name: &str) -> Option<CreditModel> {
        Self::all().find(|model| model.name() == name)
    }

    /// The family of counters that it is reckoned from.
    pub fn family(self) -> Family {
        match self {
            CreditModel::Rule(_) => Family::Credit,
            CreditModel::Markov(2 | 3) => Family::Chain,
            CreditModel::Markov(_) => Family::Markov,
            CreditModel::Shapley => Family::Coalition,
        }
    }

    /// Whether the map has it: its own rule only where it says one.
    pub fn is_there(self, map: &JourneyMap) -> bool {
        self != CreditModel::Rule(CreditRule::Custom) || map.credit_custom.is_some()
    }

    /// How many channels back it remembers, where that is what it does.
    pub fn order(self) -> Option<u8> {
        match self {
            CreditModel::Markov(order) => Some(order),
            CreditModel::Shapley | CreditModel::Rule(_) => None,
        }
    }

    /// Whether its parts add up to the conversions, and are those of what led to them: what models
    /// may be held against each other by.
    pub fn is_comparable(self) -> bool {
        !matches!(self, Self::Rule(CreditRule::Participation | CreditRule::SameTouch))
    }

    /// What it does, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            CreditModel::Markov(2) => "markov_2: as markov, by the last two channels together",
            CreditModel::Markov(3) => "markov_3: as markov, by the last three channels together",
            CreditModel::Shapley => {
                "shapley: by how much more often paths convert with the channel than with what is \
                 left of them, whichever channels are there before it; below zero where they \
                 convert less often"
            }
            CreditModel::Markov(_) => {
                "markov: by how many conversions the paths would lack if each ended where it \
                 touches the channel"
            }
            CreditModel::Rule(CreditRule::First) => "first: all to the first touch",
            CreditModel::Rule(CreditRule::Last) => "last: all to the last touch",
            CreditModel::Rule(CreditRule::LastNonDirect) => {
                "last_non_direct: all to the last touch that the map does not call direct"
            }
            CreditModel::Rule(CreditRule::Linear) => "linear: the same to each touch",
            CreditModel::Rule(CreditRule::UShaped) => {
                "u_shaped: 40 % to the first touch, 40 % to the last, the rest between"
            }
            CreditModel::Rule(CreditRule::JShaped) => {
                "j_shaped: 20 % to the first touch, 60 % to the last, the rest between"
            }
            CreditModel::Rule(CreditRule::InverseJ) => {
                "inverse_j: 60 % to the first touch, 20 % to the last, the rest between"
            }
            CreditModel::Rule(CreditRule::TimeDecay) => {
                "time_decay: half as much for every seven days before the conversion"
            }
            CreditModel::Rule(CreditRule::Participation) => {
                "participation: all to each channel that took part, so it adds up to more than \
                 there is"
            }
            CreditModel::Rule(CreditRule::Custom) => {
                "custom: as the map says under [credit] custom"
            }
            CreditModel::Rule(CreditRule::SameTouch) => {
                "same_touch: all to the channel of the touchpoint that converts"
            }
        }
    }
}
