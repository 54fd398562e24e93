//! Which touches of a path are credited.

/// Takes touches out of a path before it is credited. Several are applied one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TouchFilter {
    /// Those whose channel the map calls direct, unless there are no others.
    Indirect,
    /// All but the last of each run of one channel: an exposure.
    Exposure,
    /// All but the first of each channel.
    First,
}

impl TouchFilter {
    /// Every filter.
    pub const ALL: [TouchFilter; 3] = [Self::Indirect, Self::Exposure, Self::First];

    /// The word that a map says.
    pub fn word(self) -> &'static str {
        match self {
            TouchFilter::Indirect => "indirect",
            TouchFilter::Exposure => "exposure",
            TouchFilter::First => "first",
        }
    }
}
