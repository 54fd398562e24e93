//! The published schema of each report has the columns that its tables have, by name and kind.

use crate::books::{books, by, days, map, so_far};
use crate::funnel::SO_FAR;
use crate::ways::{funnel, way};
use insight::report::{Kind, NAMES, Query, Table, WaySums, report};
use model::{Exclusion, Funnel, Order, PassageEnd, Pattern};
use serde_json::Value;
use std::collections::BTreeMap;

fn schema(name: &str) -> Value {
    let text = match name {
        "summary" => include_str!("../../../../schemas/report/summary.schema.json"),
        "funnel" => include_str!("../../../../schemas/report/funnel.schema.json"),
        "moves" => include_str!("../../../../schemas/report/moves.schema.json"),
        "channels" => include_str!("../../../../schemas/report/channels.schema.json"),
        "dropoffs" => include_str!("../../../../schemas/report/dropoffs.schema.json"),
        "activity" => include_str!("../../../../schemas/report/activity.schema.json"),
        "cadence" => include_str!("../../../../schemas/report/cadence.schema.json"),
        "forecast" => include_str!("../../../../schemas/report/forecast.schema.json"),
        "findings" => include_str!("../../../../schemas/report/findings.schema.json"),
        "value" => include_str!("../../../../schemas/report/value.schema.json"),
        "digest" => include_str!("../../../../schemas/report/digest.schema.json"),
        "funnel_steps" => include_str!("../../../../schemas/report/funnel_steps.schema.json"),
        _ => panic!("{name} has no schema"),
    };
    serde_json::from_str(text).expect("JSON")
}

/// Every table of a report, however it is divided.
fn tables(name: &str) -> Vec<Table> {
    if name == "funnel_steps" {
        return funnels_of_steps();
    }
    if name == "digest" {
        return crate::digest::asked(crate::digest::BOOKS).tables(&map());
    }
    let books = books(
        &format!(
            "{}
         flow 1d 2026-01-06 awareness · website · first · expired = 3
         flow 1h 2026-01-06T10:00 awareness · website · first · expired = 3
         move 1d 2026-01-06 none → awareness · website = 3
         activity 1d 2026-01-06 awareness · website · page_viewed = 3
         activity awareness · website · page_viewed = 3
         cadence naive consideration · 1 · open · chat = 3
         edge awareness page_viewed expired expired 10d-14d = 3",
            SO_FAR
        )
        .replace(" → ", " "),
    );
    let words = ["channel", "entry", "1d", "stage", "kind"];
    let divided = words.map(|word| by(so_far(), word));
    let period = by(days("2026-01-05", "2026-01-07"), "1d");
    let queries: Vec<Query> = divided.into_iter().chain([so_far(), period]).collect();
    let asked = |query: &Query| report(name, &map(), books.iter(), query, &[]).unwrap_or_default();
    queries.iter().flat_map(asked).collect()
}

/// A funnel of steps, however it is divided.
fn funnels_of_steps() -> Vec<Table> {
    let plain = funnel(&["enquiry", "purchase"], Order::Sequential);
    let mut excluding = plain.clone();
    let (name, pattern) = ("lost".to_owned(), Pattern::default());
    excluding.exclusions.push(Exclusion { name, pattern, after: 1, before: 2 });
    let divided = ["channel", "1d"].map(|word| by(so_far(), word));
    let table = |(asked, query): (&Funnel, &Query)| {
        let mut sums = WaySums::new(&map(), asked, query).expect("sums");
        sums.add(&way(&[Some(0), Some(3)], PassageEnd::Converted), "chat");
        sums.finish(query.as_of).table(&map().zone)
    };
    let so_far = so_far();
    let each = divided.iter().chain([&so_far]).map(|query| table((&plain, query)));
    each.chain([table((&excluding, &so_far))]).collect()
}

#[test]
fn every_column_is_in_the_schema_and_every_property_is_a_column() {
    for name in NAMES.into_iter().chain(["funnel_steps", "digest"]) {
        let schema = schema(name);
        assert_eq!(schema["properties"]["report"]["const"], name);
        let mut columns: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        let tables = tables(name);
        for table in &tables {
            let row = &schema["$defs"][format!("{}_row", table.name)];
            let required = row["required"].as_array().expect("required columns");
            for column in required.iter().map(|name| name.as_str().expect("a name")) {
                assert!(table.columns.iter().any(|known| known.name == column), "{name}: {column}");
            }
            for column in &table.columns {
                let kind = match column.kind {
                    Kind::Text => "#/$defs/text",
                    Kind::Count | Kind::Share => "#/$defs/count",
                    Kind::Rate => "#/$defs/rate",
                    Kind::Money => "#/$defs/money",
                    Kind::Estimate | Kind::Effect => "#/$defs/estimate",
                    Kind::EstimatedMoney => "#/$defs/estimated_money",
                    Kind::Time => "#/$defs/time",
                    Kind::Figure => "#/$defs/figure",
                    Kind::Worth => "#/$defs/worth",
                };
                columns.entry(table.name).or_default().insert(column.name, kind);
            }
        }
        for (table, columns) in columns {
            let row = &schema["$defs"][format!("{table}_row")];
            let properties = row["properties"].as_object().expect("properties").iter();
            let published = properties.map(|(name, property)| {
                (name.as_str(), property["$ref"].as_str().expect("a kind"))
            });
            assert_eq!(published.collect::<BTreeMap<_, _>>(), columns, "{name}: {table}");
        }
    }
}
