//! Reports by name, as tables: what a command line and an API ask for.

use super::funnel::longest_kept;
use super::query::By;
use super::{Mistake, Query, Scope, Table};
use super::{
    activity, cadence, channels, credits, dropoffs, findings, forecast, funnel, moves, summary,
    touches, value,
};
use crate::{Counter, CounterId};
use model::{Cost, Family, JourneyMap, Size};

/// The reports that there are.
pub const NAMES: [&str; 10] = [
    "summary", "funnel", "moves", "channels", "dropoffs", "activity", "cadence", "value",
    "forecast", "findings",
];

/// The report that shares out credit and holds it against costs.
pub const CHANNELS: &str = "channels";

/// The tables of a report by its name, with times in the zone of the map. `costs` is what channels
/// have cost, as `channels` looks at it.
pub fn report<'a>(
    name: &str,
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
    query: &Query,
    costs: &[Cost],
) -> Result<Vec<Table>, Mistake> {
    let zone = &map.zone;
    if query.model.is_some() && name != CHANNELS {
        return Err(Mistake::NoModel(name.to_owned()));
    }
    Ok(match name {
        "summary" => vec![summary(map, counters, query)?.table(zone)],
        "funnel" => funnel(map, counters, query)?.tables(zone),
        "moves" => vec![moves(map, counters, query)?.table(zone)],
        CHANNELS => {
            let begun = channels(map, counters.clone(), query)?.table(zone);
            let credits = credits(map, counters.clone(), query, costs)?;
            let credits = credits.map_or_else(Vec::new, |credits| credits.tables(zone));
            let touches = touches(map, counters, query)?.table();
            credits.into_iter().chain([begun, touches]).collect()
        }
        "dropoffs" => dropoffs(map, counters, query)?.tables(zone),
        "activity" => vec![activity(map, counters, query)?.table(zone)],
        "cadence" => cadence(map, counters, query)?.tables(zone),
        "forecast" => forecast(map, counters, query)?.tables(zone),
        "findings" => findings(map, counters, query)?.tables(map),
        "value" => vec![value(map, counters, query)?.table(zone)],
        _ => return Err(Mistake::Name(name.to_owned())),
    })
}

/// Which counters a report may look at: most are windows that lie elsewhere, and need not be
/// brought to it. The same for every report, so that none can be forgotten, but for what is kept by
/// groups of customers: that is a multiple of everything else, and asked for by name.
#[derive(Clone, Debug)]
pub struct Wanted {
    scope: Option<Scope>,
    pane: Option<Size>,
    shares_credit: bool,
    has_cadence: bool,
    /// Lines of *value*, nearly as many as there are customers.
    has_value: bool,
}

impl Wanted {
    /// What answers a question of a report. One that cannot be answered wants nothing.
    pub fn of(name: &str, map: &JourneyMap, query: &Query) -> Wanted {
        let by = match query.by.as_deref().and_then(Size::parse) {
            // These are made of days, whatever they are divided by.
            _ if name == "forecast" || name == "findings" => By::Window(Size::Days(1)),
            Some(size) if size != Size::Total => By::Window(size),
            _ => By::Nothing,
        };
        let (shares_credit, has_value) = (name == CHANNELS, name == "value");
        let (scope, has_cadence) = (Scope::of(map, query, by).ok(), name == "cadence");
        Wanted { scope, pane: longest_kept(map), shares_credit, has_cadence, has_value }
    }

    /// Whether it is one of them.
    pub fn has(&self, id: &CounterId) -> bool {
        let Some(scope) = &self.scope else { return false };
        // Since when the open ones have been waiting is told by windows, whatever is asked for.
        let is_pane = Some(id.size) == self.pane && scope.holds(id.start);
        (id.size == Size::Total || scope.has(id) || is_pane)
            && match id.series.family() {
                None | Some(Family::Admission) => false,
                Some(Family::Credit | Family::Markov | Family::Coalition | Family::Chain) => {
                    self.shares_credit && scope.has(id)
                }
                Some(Family::Cadence | Family::Intensity) => {
                    self.has_cadence && id.size == Size::Total
                }
                Some(Family::Edge) => id.size == Size::Total,
                Some(Family::Value) => self.has_value && id.size == Size::Total,
                Some(Family::Flow) => scope.has(id) || is_pane,
                Some(Family::Move | Family::Activity | Family::Duration) => scope.has(id),
            }
    }
}
