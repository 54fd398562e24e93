//! A digest as tables.

use super::super::query::{date, minute};
use super::super::table::{Cell, Kind, Table, column};
use super::super::text::rate_text;
use super::{ColdLead, ColdSoon, Day, Digest, Leak};
use model::{Civil, JourneyMap, Zone};

/// From Monday on.
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Digest {
    /// The day in words: `Tuesday, 2026-03-24`.
    pub fn day_words(&self) -> String {
        words(self.day.date)
    }

    /// The digest in a line, for a subject: its day and what it brought, without anybody's name.
    pub fn line(&self) -> String {
        let day = self.day_words();
        match (self.day.conversions, self.before.conversions) {
            (Some(now), Some(before)) => {
                format!("{day}: {now} conversions ({before} a week before)")
            }
            (Some(now), None) => format!("{day}: {now} conversions"),
            (None, _) => day,
        }
    }

    /// The digest as tables: moves, sums, leaks, who is about to go cold.
    pub fn tables(&self, map: &JourneyMap) -> Vec<Table> {
        let zone = &map.zone;
        vec![self.moves(map), self.sums(), self.leaks(zone), self.cold_soon(zone)]
    }

    fn moves(&self, map: &JourneyMap) -> Table {
        let zone = &map.zone;
        let ends = ["cold", "lost"];
        let stages = map.stages.iter().map(|stage| &*stage.name).chain(ends);
        let of = |day: &Day, to: &str| {
            let moves = day.moves.as_ref()?;
            Some(moves.get(to).cloned().unwrap_or_default())
        };
        let row = |to: &str| {
            let (now, before) = (of(&self.day, to), of(&self.before, to));
            let money = |sum: &Option<(i64, _)>| match sum {
                Some((_, money)) if !ends.contains(&to) => Cell::Money(Clone::clone(money)),
                _ => Cell::None,
            };
            let count = |sum: &Option<(i64, _)>| Cell::from(sum.as_ref().map(|(count, _)| *count));
            let name = Cell::Text(to.to_owned());
            vec![name, count(&now), count(&before), money(&now), money(&before)]
        };
        let mut notes = Vec::new();
        for day in [&self.day, &self.before].into_iter().filter(|day| day.moves.is_none()) {
            notes.push(format!("No counter says what happened on {} alone.", words(day.date)));
        }
        let (day, before) = (self.day_words(), words(self.before.date));
        let (as_of, name) = (minute(zone, self.as_of), zone.name());
        Table {
            name: "moves",
            title: format!("{day}, beside {before}. As of {as_of} ({name})."),
            columns: vec![
                column("to", "Moved to", Kind::Text),
                column("count", "That day", Kind::Count),
                column("count_before", "A week before", Kind::Count),
                column("money", "Money", Kind::Money),
                column("money_before", "A week before", Kind::Money),
            ],
            keys: 1,
            rows: stages.map(row).collect(),
            notes,
        }
    }

    fn sums(&self) -> Table {
        let money = |day: &Day| day.revenue.clone().map_or(Cell::None, Cell::Money);
        Table {
            name: "sums",
            title: "What it brought.".to_owned(),
            columns: vec![
                column("conversion", "Converted by", Kind::Text),
                column("conversions", "That day", Kind::Count),
                column("conversions_before", "A week before", Kind::Count),
                column("revenue", "Revenue", Kind::Money),
                column("revenue_before", "A week before", Kind::Money),
                column("cold_soon", "Cold soon", Kind::Count),
            ],
            keys: 1,
            rows: vec![vec![
                Cell::Text(self.conversion.clone()),
                Cell::from(self.day.conversions),
                Cell::from(self.before.conversions),
                money(&self.day),
                money(&self.before),
                Cell::Count(self.cold.count),
            ]],
            notes: vec![
                "Two days are two numbers, no trend. Revenue is what that day's touchpoints \
                 brought, less what was given back."
                    .to_owned(),
            ],
        }
    }

    fn leaks(&self, zone: &Zone) -> Table {
        let leaks = self.leaks.as_deref().unwrap_or_default();
        let row = |leak: &Leak| {
            vec![
                Cell::Text(leak.stage.clone()),
                Cell::from(leak.lost),
                Cell::Count(leak.decided),
                Cell::from(leak.until),
            ]
        };
        Table {
            name: "leaks",
            title: "Where most leave.".to_owned(),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("lost", "Lost of those decided", Kind::Rate),
                column("decided", "Decided", Kind::Count),
                column("until", "Entered before", Kind::Time),
            ],
            keys: 1,
            rows: leaks.iter().map(row).collect(),
            notes: vec![self.worst(zone)],
        }
    }

    fn worst(&self, zone: &Zone) -> String {
        let Some(leaks) = &self.leaks else {
            return "The map does not count flow, so nothing is said of leaks.".to_owned();
        };
        let known = |leak: &&Leak| leak.lost.is_some();
        let (Some(worst), next) = (leaks.first().filter(known), leaks.get(1)) else {
            return format!(
                "Not enough data: no stage has {} entries decided in a cohort in which nothing is \
                 open.",
                Leak::DECIDED_MIN
            );
        };
        let rate = worst.lost.map_or(String::new(), |rate| rate_text(&rate));
        let until = worst.until.map_or(String::new(), |until| {
            format!(" Of those who entered before {}, of whom nobody is open.", date(zone, until))
        });
        let close = next.filter(|next| worst.meets(next)).map_or(String::new(), |next| {
            format!(" {} may lose as large a share: the intervals meet.", next.stage)
        });
        format!("The worst leak is {}: {rate} lost.{until}{close}", worst.stage)
    }

    fn cold_soon(&self, zone: &Zone) -> Table {
        let ColdSoon { as_of, within, leads, count } = &self.cold;
        let until = minute(zone, as_of.plus(*within));
        let notes = match (count, self.cold.more()) {
            (0, _) => vec!["Nobody.".to_owned()],
            (_, 0) => Vec::new(),
            (_, more) => vec![format!("And {more} more.")],
        };
        let title = format!("Going cold by {until} ({within}): {count}.");
        Table { notes, ..ColdLead::table("cold_soon", title, leads) }
    }
}

fn words(date: Civil) -> String {
    // 1970-01-01 was a Thursday.
    let weekday = WEEKDAYS[(date.days() + 3).rem_euclid(7) as usize];
    format!("{weekday}, {date}")
}
