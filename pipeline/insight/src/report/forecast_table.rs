//! A forecast as tables: the days to come, open leads, how good it has been, changes of the world.

use super::forecast::HORIZON;
use super::forecast_words::{LAST, OVER_MIN};
use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::{Forecast, Leads, Rate};
use crate::forecast::{Coming, LEAD_DAYS, Measure};
use crate::inference::{Figure, Language};
use model::{Civil, Zone};

impl Forecast {
    /// The report as tables.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        let mut tables = vec![self.coming(zone)];
        let revenue = self.revenue();
        if !revenue.rows.is_empty() {
            tables.push(revenue);
        }
        tables.extend([self.leads(), self.calibration(), self.alarms()]);
        tables
    }

    fn rows(&self, is_money: bool) -> impl Iterator<Item = &Coming> {
        let is_wanted = move |it: &&Coming| matches!(it.measure, Measure::Revenue(_)) == is_money;
        self.coming.iter().filter(is_wanted)
    }

    /// First and last date of a forecast.
    fn dates(&self, coming: &Coming) -> [Cell; 2] {
        let date = |ahead: usize| Civil::from_days(self.evening.days() + ahead as i64);
        let (from, to) = coming.days;
        [from, to].map(|ahead| Cell::Text(date(ahead).to_string()))
    }

    fn coming(&self, zone: &Zone) -> Table {
        let row = |it: &Coming| {
            let [from, to] = self.dates(it);
            let figure = |level: usize| {
                Cell::Figure(Figure { value: it.expected, interval: it.intervals[level] })
            };
            let what = match it.measure {
                Measure::DropOffs => "drop-offs",
                Measure::Conversions | Measure::Revenue(_) => "conversions",
            };
            let mut cells = vec![Cell::Text(what.to_owned()), from, to, figure(1), figure(2)];
            cells.extend(quality(it));
            cells
        };
        let mut columns = vec![
            column("what", "What", Kind::Text),
            column("from", "From", Kind::Text),
            column("to", "To", Kind::Text),
            column("expected", "Expected (80 %)", Kind::Figure),
            column("expected_95", "Expected (95 %)", Kind::Figure),
        ];
        columns.extend(QUALITY.map(|(name, heading, kind)| column(name, heading, kind)));
        Table {
            name: "coming",
            title: format!(
                "What is to come. As of {} ({}).",
                minute(zone, self.as_of),
                zone.name()
            ),
            columns,
            keys: 3,
            rows: self.rows(false).map(row).collect(),
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        if self.coming.is_empty() {
            return vec![format!(
                "Not enough data: {} days are over, four weeks are needed.",
                self.days
            )];
        }
        let week = self.rows(false).find(|it| it.days == (1, 7));
        let week = week.map(|it| format!("The coming week: {}", it.plain(Language::English)));
        let mut notes: Vec<String> = week.into_iter().collect();
        notes.extend([
            format!(
                "Made on the evening of {}. Conversions reach {}, the first time or again. From \
                 the chances of open leads by stage, age and channel, and from how many begin on \
                 each weekday.",
                self.evening, self.conversion
            ),
            format!(
                "Intervals are made wider where they missed and narrower where they held. Held: of \
                 the last {LAST} forecasts of as many days, made evening for evening from what was \
                 known then; they overlap, so they are no {LAST} independent ones."
            ),
            "Error: mean absolute error, as a part of that of the number of a week before."
                .to_owned(),
        ]);
        notes
    }

    fn revenue(&self) -> Table {
        let row = |it: &Coming| {
            let [from, to] = self.dates(it);
            let currency = match &it.measure {
                Measure::Revenue(currency) => currency.clone(),
                Measure::Conversions | Measure::DropOffs => String::new(),
            };
            let worth = |level: usize| {
                let figure = Figure { value: it.expected, interval: it.intervals[level] };
                Cell::Worth(figure, currency.clone())
            };
            let mut cells = vec![from, to, worth(1), worth(2)];
            cells.extend(quality(it));
            cells
        };
        let mut columns = vec![
            column("from", "From", Kind::Text),
            column("to", "To", Kind::Text),
            column("expected", "Expected (80 %)", Kind::Worth),
            column("expected_95", "Expected (95 %)", Kind::Worth),
        ];
        columns.extend(QUALITY.map(|(name, heading, kind)| column(name, heading, kind)));
        Table {
            name: "revenue",
            title: "Money of the conversions to come.".to_owned(),
            columns,
            keys: 2,
            rows: self.rows(true).map(row).collect(),
            notes: vec!["Each currency for itself; refunds are not taken off.".to_owned()],
        }
    }

    fn leads(&self) -> Table {
        let share = |share: f64| Cell::Share((share * 1e6).round() as i64);
        let row = |leads: &Leads| {
            let age = match leads.age {
                (from, Some(to)) => format!("{from}–{to} days"),
                (from, None) => format!("{from} days or more"),
            };
            vec![
                Cell::Text(leads.stage.clone()),
                Cell::Text(age),
                Cell::Count(leads.open),
                share(leads.moves_on),
                share(leads.converts),
                Cell::from(leads.median.map(|days| days as i64)),
            ]
        };
        Table {
            name: "leads",
            title: "Open leads, by stage and how long they have been there.".to_owned(),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("age", "Since", Kind::Text),
                column("open", "Open", Kind::Count),
                column("moves_on", "Moves on in 7 days", Kind::Share),
                column("converts", "Converts in 28 days", Kind::Share),
                column("median", "Half of these within days", Kind::Count),
            ],
            keys: 2,
            rows: self.leads.iter().map(row).collect(),
            notes: vec![format!(
                "Means over the leads of a row of the chance to reach a later stage within \
                 {LEAD_DAYS} days, and {} within {HORIZON}. What is seen of leads alike, not what \
                 would happen if they were treated otherwise.",
                self.conversion
            )],
        }
    }

    fn calibration(&self) -> Table {
        let rows = self.calibration.bins.iter().enumerate().filter(|(_, bin)| bin[0] >= 1.0);
        let row = |(at, [leads, said, did]): (usize, &[f64; 3])| {
            let count = |number: &f64| number.round() as i64;
            vec![
                Cell::Text(format!("{}–{} %", 10 * at, 10 * (at + 1))),
                Cell::Count(count(leads)),
                Cell::Share((said / leads * 1e6).round() as i64),
                Cell::from(Rate::of(count(did), count(leads))),
            ]
        };
        Table {
            name: "calibration",
            title: format!(
                "What was said of leads that are over: moves on within {LEAD_DAYS} days."
            ),
            columns: vec![
                column("said", "Said", Kind::Text),
                column("leads", "Forecasts", Kind::Count),
                column("mean", "Said on average", Kind::Share),
                column("came", "Came true", Kind::Rate),
            ],
            keys: 1,
            rows: rows.map(row).collect(),
            notes: vec![
                self.verdict(Language::English),
                "A lead is asked about on the day it enters a stage, and 3, 7 and 14 days after."
                    .to_owned(),
            ],
        }
    }

    fn alarms(&self) -> Table {
        let row = |(date, of): &(Civil, &'static str)| {
            vec![Cell::Text(date.to_string()), Cell::Text((*of).to_owned())]
        };
        let note = match self.alarms.is_empty() {
            true => "Nothing has changed that is more than chance.",
            false => {
                "On these days counts differed from what was expected so much that the world must \
                 have changed; what was learned before weighs a tenth since. If nothing changes, \
                 there is such a day once in ten years or less often, for each of the three."
            }
        };
        Table {
            name: "alarms",
            title: "When the world changed.".to_owned(),
            columns: vec![
                column("date", "Date", Kind::Text),
                column("of", "What came otherwise", Kind::Text),
            ],
            keys: 1,
            rows: self.alarms.iter().map(row).collect(),
            notes: vec![note.to_owned()],
        }
    }
}

/// How good a forecast has been.
const QUALITY: [(&str, &str, Kind); 6] = [
    ("over", "Forecasts over", Kind::Count),
    ("held", "80 % held", Kind::Rate),
    ("held_95", "95 % held", Kind::Rate),
    ("error_of_naive", "Error of a week before's", Kind::Share),
    // Sentences, which are wider than a terminal: the first of them is a note.
    ("plain", "", Kind::Text),
    ("plain_de", "", Kind::Text),
];

fn quality(it: &Coming) -> Vec<Cell> {
    let over = it.track.scored.len();
    let held = |level| Cell::from(it.track.coverage(level, LAST).filter(|_| over >= OVER_MIN));
    let error = it.error_of_naive().map(|part| Cell::Share((part * 1e6).round() as i64));
    vec![
        Cell::Count(over as i64),
        held(1),
        held(2),
        error.unwrap_or(Cell::None),
        Cell::Text(it.plain(Language::English)),
        Cell::Text(it.plain(Language::German)),
    ]
}
