//! A funnel that somebody asked for, as a table.

use super::funnel_table::times;
use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::text::rate_text;
use super::{Group, Quartiles, Rate, WayRow, Ways};
use model::{FunnelCount, Order, Search, Span, Zone};

/// An interval wider than this says so little that it is said: thirty points of a hundred.
const WIDTH_MAX: f64 = 0.3;

impl Ways {
    /// The report for a terminal, with times in the zone of the business.
    pub fn render(&self, zone: &Zone) -> String {
        self.table(zone).render(zone)
    }

    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        let mut columns =
            vec![column("step", "Step", Kind::Count), column("name", "Reached", Kind::Text)];
        match self.rows.first().map(|row| &row.group) {
            Some(Group::Word(_)) => columns.push(column("channel", "Begun on", Kind::Text)),
            Some(Group::Window(_)) => columns.push(column("window", "Begun from", Kind::Time)),
            Some(Group::All) | None => {}
        }
        let keys = columns.len();
        columns.extend([
            column("reached", "How many", Kind::Count),
            column("of_before", "Of the step before", Kind::Rate),
            column("of_first", "Of all that began", Kind::Rate),
            column("left", "Left here", Kind::Count),
        ]);
        if !self.funnel.exclusions.is_empty() {
            columns.push(column("excluded", "of them excluded", Kind::Count));
        }
        columns.extend([
            column("open", "May still go on", Kind::Count),
            column("time_lower", "25 % within", Kind::Text),
            column("time_median", "50 % within", Kind::Text),
            column("time_upper", "75 % within", Kind::Text),
            column("time_total", "50 % within, from the first", Kind::Text),
        ]);
        Table {
            name: "funnel",
            title: self.title(zone),
            columns,
            keys,
            rows: self.rows.iter().map(|row| self.cells(row)).collect(),
            notes: self.notes(),
        }
    }

    fn title(&self, zone: &Zone) -> String {
        let funnel = &self.funnel;
        let how = match funnel.search {
            Search::WindowFunnel(modes) => {
                let modes: Vec<&str> = modes.names().collect();
                let modes = if modes.is_empty() { "default".to_owned() } else { modes.join(", ") };
                format!("by windowFunnel ({modes})")
            }
            Search::Ways { order, count, .. } => {
                let order = match order {
                    Order::Sequential => "one after the other",
                    Order::Strict => "one after the other and nothing between",
                    Order::Any => "in any order",
                };
                let count = match count {
                    FunnelCount::Uniques => "each customer once",
                    FunnelCount::Totals => "every way counted",
                };
                format!("{order}, {count}")
            }
        };
        let window = match funnel.window {
            Span::NEVER => "however long it took".to_owned(),
            window => format!("within {window} of the first"),
        };
        let held = if funnel.holds_subject { ", of one subject" } else { "" };
        format!(
            "Funnel of {} steps, {how}, {window}{held}; begun: {}. As of {} ({}).",
            funnel.steps.len(),
            self.period,
            minute(zone, self.as_of),
            zone.name()
        )
    }

    fn notes(&self) -> Vec<String> {
        let funnel = &self.funnel;
        let mut notes = Vec::new();
        if funnel.is_any_order() {
            let names: Vec<&str> = funnel.steps.iter().map(|step| &*step.name).collect();
            notes.push(format!("The steps: {}.", names.join(", ")));
        }
        let began: i64 = self.rows.iter().filter(|row| row.step == 1).map(|row| row.reached).sum();
        if began == 0 {
            notes.push("Nobody began.".to_owned());
        }
        notes.extend(self.unsure());
        let open: i64 = self.rows.iter().filter_map(|row| row.open).sum();
        if open > 0 {
            notes.push(format!(
                "May still go on: {open}, whose window is not over, so these numbers are not \
                 final and the shares are too low rather than too high."
            ));
        }
        notes.extend(self.definitions());
        if self.rows.iter().any(|row| row.since_before != super::Times::Unknown) {
            notes.push(format!(
                "Within: so long, at most, took those who reached a step since the one before; \
                 with fewer than {} of them nothing is said (not enough data).",
                Quartiles::COUNT_MIN
            ));
        }
        notes.push(
            "In brackets: the range that holds the true share 95 times in 100 (Wilson), for one \
             look at people who do not depend on each other."
                .to_owned(),
        );
        notes
    }

    /// Where so few began that the share says little.
    fn unsure(&self) -> Option<String> {
        let last = self.rows.iter().filter(|row| row.step == self.funnel.steps.len());
        let unsure = |rate: &Rate| rate.high - rate.low > WIDTH_MAX;
        let mut unsure = last.filter_map(|row| row.of_first.filter(unsure));
        let first = unsure.next()?;
        let more = unsure.count();
        let others = match more {
            0 => String::new(),
            1 => "; so has one more row".to_owned(),
            _ => format!("; so have {more} more rows"),
        };
        Some(format!(
            "Not enough data: {} came through, which leaves the true share wide open{others}.",
            rate_text(&first)
        ))
    }

    /// What decides which touchpoints count, where it is not the plain case.
    fn definitions(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let Search::Ways { order, count, has_reentry, removes_excluded } = self.funnel.search
        else {
            notes.push(
                "Counted as ClickHouse's windowFunnel counts: a touchpoint that is like several \
                 steps is each of them (unless strict_once), and only how far somebody came is \
                 known, not when."
                    .to_owned(),
            );
            return notes;
        };
        notes.push(match (count, has_reentry && order != Order::Any) {
            (FunnelCount::Uniques, _) if has_reentry => {
                "Each first step begins a way; a customer counts by the one that came furthest, of \
                 several by the one that got there first."
                    .to_owned()
            }
            (FunnelCount::Uniques, _) => {
                "A customer counts by the first way that began in the period.".to_owned()
            }
            (FunnelCount::Totals, true) => {
                "Each first step begins a way; of two at one step the later one goes on.".to_owned()
            }
            (FunnelCount::Totals, false) => {
                "The next way begins when the one before has come through, was over or was \
                 excluded."
                    .to_owned()
            }
        });
        let excluded: Vec<&str> = self.funnel.exclusions.iter().map(|part| &*part.name).collect();
        if !excluded.is_empty() {
            let how = match removes_excluded {
                true => "is in none of these numbers",
                false => "counts as far as it had come",
            };
            notes.push(format!(
                "Excluded between steps: {}. A way that ended so {how}.",
                excluded.join(", ")
            ));
        }
        let optional = self.funnel.steps.iter().filter(|step| step.is_optional);
        let optional: Vec<&str> = optional.map(|step| &*step.name).collect();
        if !optional.is_empty() {
            notes.push(format!(
                "Optional: {}. Who passed it over counts at the step after it, whose share is of \
                 the step before.",
                optional.join(", ")
            ));
        }
        notes
    }

    fn cells(&self, row: &WayRow) -> Vec<Cell> {
        let mut cells = vec![Cell::Count(row.step as i64), Cell::Text(row.name.clone())];
        if row.group != Group::All {
            cells.push(Cell::from(&row.group));
        }
        cells.extend([
            Cell::Count(row.reached),
            Cell::from(row.of_before),
            Cell::from(row.of_first),
            Cell::from(row.left),
        ]);
        if !self.funnel.exclusions.is_empty() {
            cells.push(Cell::from(row.excluded));
        }
        let [lower, median, upper] = times(&row.since_before);
        let [_, total, _] = times(&row.since_first);
        cells.extend([Cell::from(row.open), lower, median, upper, total]);
        cells
    }
}
