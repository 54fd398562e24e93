//! Two data sets that no one here made, imported on both logs; reports, lists and topics are held
//! against DuckDB, which computes from the same files without a line of ours.

mod agreement;
mod demo;
mod installation;

use installation::{Installation, data_folder, expected};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The sum of the counts of counters of a family and size that have these dimensions.
fn sum(rows: &[Value], size: Option<&str>, dims: &[(&str, &str)]) -> i64 {
    matching(rows, size, dims).map(|row| row["count"].as_i64().expect("a count")).sum()
}

fn matching<'a>(
    rows: &'a [Value],
    size: Option<&'a str>,
    dims: &'a [(&str, &str)],
) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| {
        row["window"]["size"].as_str() == size
            && dims.iter().all(|(name, value)| row["dims"][*name] == *value)
    })
}

/// Counts by the local date of the window.
fn by_day(rows: &[Value], dims: &[(&str, &str)]) -> BTreeMap<String, i64> {
    let mut days = BTreeMap::new();
    for row in matching(rows, Some("1d"), dims) {
        let day = row["window"]["start"].as_str().expect("a start")[..10].to_owned();
        *days.entry(day).or_default() += row["count"].as_i64().expect("a count");
    }
    days
}

fn numbers(value: &Value) -> BTreeMap<String, i64> {
    let object = value.as_object().expect("an object").iter();
    object.map(|(name, number)| (name.clone(), number.as_i64().expect("a number"))).collect()
}

fn people(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().map(|row| row["customer"].as_str().expect("a customer")).collect()
}

fn check_cdnow(installation: &Installation, expected: &Value) {
    let file = data_folder().join("CDNOW_sample.txt");
    let summary = installation.import(&file, "cdnow.toml");
    assert_eq!(summary["counted"], expected["rows"], "{summary}");
    assert_eq!(summary["adds_up"], true, "{summary}");
    let again = installation.import(&file, "cdnow.toml");
    assert_eq!((&again["counted"], &again["duplicates"]), (&0.into(), &expected["rows"]));

    let flow = installation.insights("flow");
    for entry in ["first", "again"] {
        let dims = [("stage", "retention"), ("entry", entry)];
        assert_eq!(sum(&flow, None, &dims), expected["entries"][entry], "{entry}");
    }
    let first = [("stage", "retention"), ("entry", "first")];
    assert_eq!(by_day(&flow, &first), numbers(&expected["first_per_day"]));
    let activity = installation.insights("activity");
    let purchases = [("kind", "purchase_made")];
    assert_eq!(by_day(&activity, &purchases), numbers(&expected["purchases_per_day"]));
    let cents = matching(&activity, None, &purchases)
        .map(|row| row["amounts"]["USD"].as_i64().expect("dollars"));
    assert_eq!(cents.sum::<i64>(), expected["cents"]);

    let report = installation.json(&["report", "funnel"]);
    let stages = report["tables"][0]["rows"].as_array().expect("rows");
    let retention = stages.iter().find(|row| row["stage"] == "retention").expect("a row");
    let entries = &expected["entries"];
    let entered = entries["first"].as_i64().expect("n") + entries["again"].as_i64().expect("n");
    assert_eq!(retention["entered"], entered, "{retention}");
    assert_eq!(retention["first"], expected["customers"], "{retention}");

    let rows = installation.customers(&["--activity-kind", "purchase_made"]);
    let mut each: BTreeMap<String, i64> = BTreeMap::new();
    for row in &rows {
        *each.entry(row["customer"].as_str().expect("a customer").to_owned()).or_default() += 1;
    }
    assert_eq!(each, numbers(&expected["purchases_per_customer"]));
}

fn check_ecom(installation: &Installation, expected: &Value) {
    let summary = installation.import(&data_folder().join("ecom.csv.gz"), "ecom.toml");
    assert_eq!(summary["counted"], expected["rows"], "{summary}");
    let activity = installation.insights("activity");
    assert_eq!(sum(&activity, None, &[]), expected["rows"]);
    let purchases = [("kind", "purchase_made")];
    assert_eq!(sum(&activity, None, &purchases), expected["events"]["purchase"]);
    let rows = installation.customers(&["--activity-kind", "purchase_made"]);
    assert_eq!(rows.len() as i64, expected["events"]["purchase"]);
    assert_eq!(people(&rows).len() as i64, expected["users_with_event"]["purchase"]);
    let chats = installation.customers(&["--activity-kind", "enquiry_received"]);
    assert_eq!(chats.len() as i64, expected["events"]["support_chat"]);
    assert_eq!(people(&chats).len() as i64, expected["users_with_event"]["support_chat"]);
}

/// Every model shares out what the counters hold, and costs stand beside it; its tables.
fn check_credit(installation: &Installation, folder: &Path) -> Vec<Value> {
    let file = folder.join("costs.csv");
    let table = "date,channel,amount,currency\n2024-05-01,website,10.00,EUR\n\
                 2024-05-01,website,12.50,EUR\n2024-05-02,chat,7,EUR\n";
    std::fs::write(&file, table).expect("a file");
    let taken = installation.json(&["costs", "import", file.to_str().expect("a path")]);
    assert_eq!(taken["costs"], 3);
    let report = installation.json(&["report", "channels", "--model", "linear"]);
    let tables = report["tables"].as_array().expect("tables");
    let rows = |name: &str| {
        let table = tables.iter().find(|table| table["name"] == name).expect("a table");
        table["rows"].as_array().expect("rows").clone()
    };
    let cost = |channel: &str| {
        let rows = rows("credit");
        rows.iter().find(|row| row["channel"] == channel).expect("a row")["cost"]["EUR"].clone()
    };
    assert_eq!((cost("website"), cost("chat")), (1_250.into(), 700.into()));
    let counters = installation.insights("credit");
    for row in rows("models") {
        let channel = row["channel"].as_str().expect("a channel");
        for model in ["first", "last", "linear", "u_shaped", "time_decay", "participation"] {
            let counted = sum(&counters, None, &[("model", model), ("channel", channel)]);
            let shown = row[model]["value"].as_f64().expect("a number");
            assert!((shown * 1e6 - counted as f64).abs() < 1.5, "{channel} {model}: {row}");
        }
    }
    let paths = installation.insights("markov");
    let converted = sum(&paths, None, &[("to", "conversion")]);
    let models = rows("models");
    let shared = models.iter().map(|row| row["markov"]["value"].as_f64().expect("a number"));
    assert!((shared.sum::<f64>() - converted as f64).abs() < 1e-3, "{converted}");
    tables.clone()
}

/// A number, the list of people behind it and the topic agree to the digit.
fn check_agreement(installation: &Installation) {
    let flow = installation.insights("flow");
    let moves = installation.insights("move");
    let topic = installation.latest_insights();
    for row in flow.iter().chain(&moves).filter(|row| row["window"].is_null()) {
        let family = row["family"].as_str().expect("a family");
        let mut filters = Vec::new();
        for (name, value) in row["dims"].as_object().expect("dims") {
            filters.push(format!("--{family}-{name}"));
            filters.push(value.as_str().expect("a value").to_owned());
        }
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        let rows = installation.customers(&filters);
        assert_eq!(rows.len() as i64, row["count"], "{row}");
    }
    for family in [
        "flow",
        "move",
        "activity",
        "edge",
        "duration",
        "credit",
        "markov",
        "cadence",
        "value",
        "admission",
    ] {
        for row in installation.insights(family) {
            let name = installation::key(&row);
            assert_eq!(topic.get(&name), Some(&row["count"]), "{name}");
        }
    }
}

#[test]
fn both_data_sets_say_what_duckdb_says_on_both_logs() {
    let expected = expected();
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(&folder.path().join("broker"));
    let brokers = &broker.address;
    let mut all = Vec::new();
    for log in ["embedded", "kafka"] {
        let cdnow = Installation::new(folder.path(), log, brokers, "cdnow");
        check_cdnow(&cdnow, &expected["cdnow"]);
        check_agreement(&cdnow);
        let audit = cdnow.json(&["audit"]);
        assert_eq!(audit["differences"], 0, "{log}: {audit}");
        let ecom = Installation::new(folder.path(), log, brokers, "ecom");
        check_ecom(&ecom, &expected["ecom"]);
        let credit = check_credit(&ecom, folder.path());
        all.push((cdnow.counters(), ecom.counters(), credit));
    }
    assert!(all[0] == all[1], "the two logs do not count alike");
}

#[test]
fn a_file_sorted_newest_first_gives_the_same_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = data_folder().join("CDNOW_sample.txt");
    let text = std::fs::read_to_string(&file).expect("a file");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let reversed = folder.path().join("reversed.txt");
    std::fs::write(&reversed, lines.join("\n")).expect("a file");
    let count = |name: &str, file: &Path| {
        let installation = Installation::new(folder.path(), "embedded", "", name);
        installation.import(file, "cdnow.toml");
        installation.counters()
    };
    assert!(count("forwards", &file) == count("backwards", &reversed));
}
