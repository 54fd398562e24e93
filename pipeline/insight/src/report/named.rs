//! Reports by name, as tables: what a command line and an API ask for.

use super::{Mistake, Query, Table, channels, funnel, moves, summary};
use crate::{Counter, CounterId};
use model::JourneyMap;

/// The reports that there are.
pub const NAMES: [&str; 4] = ["summary", "funnel", "moves", "channels"];

/// The tables of a report by its name, with times in the zone of the map.
pub fn report<'a>(
    name: &str,
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
    query: &Query,
) -> Result<Vec<Table>, Mistake> {
    let zone = &map.zone;
    Ok(match name {
        "summary" => vec![summary(map, counters, query)?.table(zone)],
        "funnel" => funnel(map, counters, query)?.tables(zone),
        "moves" => vec![moves(map, counters, query)?.table(zone)],
        "channels" => vec![channels(map, counters, query)?.table(zone)],
        _ => return Err(Mistake::Name(name.to_owned())),
    })
}
