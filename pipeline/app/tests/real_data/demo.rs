//! The demo says of itself what was planted: who visited, by the truth and by the counters.

use crate::installation::Installation;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn the_demo_counts_whoever_visited_and_writes_down_what_was_planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let truth = folder.path().join("truth.json");
    let installation = Installation::new(folder.path(), "embedded", "none", "demo");
    let play = |leads: &str| {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        demo.args(["demo", "--once", "--seed", "3", "--leads", leads, "--config"]);
        demo.arg(installation.config()).arg("--data").arg(folder.path().join("embedded-demo"));
        demo.arg("--truth").arg(&truth).output().expect("the program")
    };
    let output = play("4000");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(output.stdout).expect("text");
    assert!(report.contains("The biggest leak is awareness"), "{report}");

    let text = std::fs::read_to_string(&truth).expect("a file");
    let truth: Value = serde_json::from_str(&text).expect("json");
    let place = |name| truth["columns"].as_array().expect("columns").iter().position(|c| c == name);
    let (visited, customer) = (place("has_visited"), place("customer"));
    let leads = truth["leads"].as_array().expect("leads");
    assert!(leads.len() > 1_000, "only {} have decided", leads.len());
    let name = |lead: &Value| lead[customer.expect("a column")].as_str().map(str::to_owned);
    let all: BTreeSet<_> = leads.iter().map(name).collect();
    let should = leads.iter().filter(|lead| lead[visited.expect("a column")] == true);
    let should: BTreeSet<_> = should.map(name).collect();
    let rows = installation.customers(&["--flow-stage", "retention"]);
    let is: BTreeSet<_> =
        rows.iter().map(|row| row["customer"].as_str().map(str::to_owned)).collect();
    assert_eq!(is.intersection(&all).cloned().collect::<BTreeSet<_>>(), should);
    assert!(should.len() > 50, "only {} visited", should.len());

    let again = play("4000");
    assert_eq!(again.status.code(), Some(73), "a second demo in the same folder");
    assert!(String::from_utf8_lossy(&again.stderr).contains("[D0730]"));
}
