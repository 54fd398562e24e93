//! What was planted in the demo about following up is found, by who compares like with like.

use crate::program::Program;
use serde_json::Value;

#[test]
fn the_planted_doubling_is_in_the_interval_and_the_usual_count_is_beyond_it() {
    let program = Program::new();
    program.play("20000");
    let report = program.json(&["report", "cadence"]);
    let rows = report["tables"][0]["rows"].as_array().expect("rows");
    let is_meant =
        |row: &&Value| row["stage"] == "consideration" && row["habit"] == "3 or more beside 1";
    let row = rows.iter().find(is_meant).expect("the habit");
    let figure = |name: &str| {
        let part = |part: &str| row[name][part].as_f64().expect("a number");
        (part("low"), part("value"), part("high"))
    };
    let (low, found, high) = figure("ratio");
    assert!(low < 2.0 && 2.0 < high, "{found} ({low} to {high})");
    assert!((found - 2.0).abs() < 0.5, "{found}");
    let (low, naive, _) = figure("naive_ratio");
    assert!(low > 2.0, "the usual count says {naive}, from {low}");
    assert_eq!(row["verdict"], "act", "{row}");
    let strength = row["strength"]["value"].as_f64().expect("a strength");
    let usual = row["naive_strength"]["value"].as_f64().expect("a strength");
    assert!(1.5 < strength && strength < usual, "{strength}, {usual}");
    // Those who write nothing and are not followed up are there as well: nobody is left out of it.
    assert_eq!(rows.iter().filter(|row| row["stage"] == "consideration").count(), 4);
}
