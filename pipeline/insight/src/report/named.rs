//! Reports by name, as tables: what a command line and an API ask for.

use super::funnel::longest_kept;
use super::query::By;
use super::{Mistake, Query, Scope, Table};
use super::{activity, channels, dropoffs, funnel, moves, summary, touches};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Size};

/// The reports that there are.
pub const NAMES: [&str; 6] = ["summary", "funnel", "moves", "channels", "dropoffs", "activity"];

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
        "channels" => {
            let begun = channels(map, counters.clone(), query)?.table(zone);
            vec![begun, touches(map, counters, query)?.table()]
        }
        "dropoffs" => dropoffs(map, counters, query)?.tables(zone),
        "activity" => vec![activity(map, counters, query)?.table(zone)],
        _ => return Err(Mistake::Name(name.to_owned())),
    })
}

/// Which counters a report may look at: most are windows that lie elsewhere, and need not be
/// brought
/// to it. The same for every report, so that none can be forgotten.
#[derive(Clone, Debug)]
pub struct Wanted {
    scope: Option<Scope>,
    pane: Option<Size>,
}

impl Wanted {
    /// What answers a question. One that cannot be answered wants nothing.
    pub fn of(map: &JourneyMap, query: &Query) -> Wanted {
        let by = match query.by.as_deref().and_then(Size::parse) {
            Some(size) if size != Size::Total => By::Window(size),
            _ => By::Nothing,
        };
        Wanted { scope: Scope::of(map, query, by).ok(), pane: longest_kept(map) }
    }

    /// Whether it is one of them.
    pub fn has(&self, id: &CounterId) -> bool {
        let Some(scope) = &self.scope else { return false };
        // Since when the open ones have been waiting is told by windows, whatever is asked for.
        let is_pane = Some(id.size) == self.pane && scope.holds(id.start);
        (id.size == Size::Total || scope.has(id) || is_pane)
            && match id.series.family() {
                None | Some(Family::Admission) => false,
                Some(Family::Edge) => id.size == Size::Total,
                Some(Family::Flow) => scope.has(id) || is_pane,
                Some(Family::Move | Family::Activity | Family::Duration) => scope.has(id),
            }
    }
}
