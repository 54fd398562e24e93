//! What time alone has told.

/// What time alone has told of the open attempt. An overlay: a touchpoint that was in time and
/// arrives later takes it back, so a timer decides nothing about a later record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Nothing yet.
    #[default]
    Nothing,
    /// That the entry was open at its landmark.
    Landmark,
    /// That the attempt has gone cold.
    Cold,
}
