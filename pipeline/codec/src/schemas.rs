//! Our own schemas, built in: what `schemas/` holds, by their ids where there is no registry.

use crate::frame::ids;

/// A schema that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its id where no registry gave it another.
    pub id: u32,
    /// The file's name without its ending.
    pub name: &'static str,
    /// The schema as JSON.
    pub json: &'static str,
}

macro_rules! built_in {
    ($($id:ident $name:literal,)+) => {
        /// Every schema, in the order of the ids.
        pub const ALL: &[Schema] = &[$(Schema {
            id: ids::$id,
            name: $name,
            json: include_str!(concat!("../../../schemas/", $name, ".avsc")),
        },)+];
    };
}

built_in! {
    TOUCHPOINT "touchpoint",
    CLOCK "clock",
    ABSORB "absorb",
    ERASE "erase",
    MAP_SWITCH "map_switch",
    LABEL "label",
    TRANSITION "transition",
    INSIGHT "insight",
    DEAD_LETTER "dead_letter",
    LATE "late",
    FORWARDED "forwarded",
    COST "cost",
    FINDING "finding",
}

/// The schema of a built-in id.
pub fn of(id: u32) -> Option<&'static Schema> {
    ALL.iter().find(|schema| schema.id == id)
}
