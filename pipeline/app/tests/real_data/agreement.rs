//! Every number is the length of the list behind it, and what the topic says, whatever the family,
//! the dimension and the window.

use crate::installation::Installation;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Families whose counters have a list behind them.
const FAMILIES: [&str; 3] = ["flow", "move", "activity"];
/// Counters of each family and size that are looked behind.
const LISTS: usize = 60;
/// Leads of the demo.
const LEADS: &str = "1500";

/// A running instance, which ends with its owner.
struct Running(Child, String, String);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(installation: &Installation) -> Running {
        let url = format!("http://127.0.0.1:{}", tests::free_ports());
        let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        run.arg("run").arg("--config").arg(installation.config());
        run.env("DESIREPATH__HTTP__LISTEN", url.trim_start_matches("http://"));
        // Nothing moves but by what is asked: the demo's last touchpoint is today's.
        run.env("DESIREPATH__TIME__IDLE_BOUND", "never");
        let mut running = Running(run.spawn().expect("the program"), url, String::new());
        let begun = Instant::now();
        while ureq::get(format!("{}/readyz", running.1)).call().is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        running.2 = tests::bearer(installation.data());
        running
    }

    fn get(&self, path: &str, query: &[(String, String)]) -> Value {
        let pairs = query.iter().map(|(name, value)| (&**name, &**value));
        let mut response = (ureq::get(format!("{}{path}", self.1)).query_pairs(pairs))
            .header("authorization", &self.2)
            .call()
            .unwrap_or_else(|error| panic!("{path} {query:?}: {error}"));
        let text = response.body_mut().read_to_string().expect("a body");
        serde_json::from_str(&text).expect("json")
    }

    /// All rows of a paged list, and what its pages say their number is.
    fn rows(&self, path: &str, query: &[(String, String)], limit: usize) -> (Vec<Value>, i64) {
        let mut query = query.to_vec();
        query.push(("limit".to_owned(), limit.to_string()));
        let (mut rows, mut cursor): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let next = cursor.into_iter().map(|cursor| ("cursor".to_owned(), cursor));
            let page = self.get(path, &query.iter().cloned().chain(next).collect::<Vec<_>>());
            rows.extend(page["items"].as_array().expect("items").iter().cloned());
            cursor = page["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return (rows, page["total"].as_i64().expect("a total"));
            }
        }
    }
}

/// The filters that name a counter.
fn filters(row: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let family = text(&row["family"]);
    let dims = row["dims"].as_object().expect("dims").iter();
    let mut query: Vec<_> = dims.map(|(n, v)| (format!("{family}-{n}"), text(v))).collect();
    let window = &row["window"];
    if !window.is_null() {
        let at = format!("{}@{}", text(&window["size"]), text(&window["start"]));
        query.push(("window".to_owned(), at));
    }
    query
}

fn money(rows: &[Value], field: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (code, amount) in rows.iter().flat_map(|row| row[field].as_object()).flatten() {
        *sums.entry(code.clone()).or_default() += amount.as_i64().expect("minor units");
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

#[test]
fn every_number_is_the_length_of_its_list_and_what_the_topic_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = Installation::new(folder.path(), "embedded", "none", "agreement");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    demo.args(["demo", "--once", "--seed", "11", "--leads", LEADS, "--config"]);
    demo.arg(installation.config()).arg("--data").arg(folder.path().join("embedded-agreement"));
    let output = demo.output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let topic = installation.latest_insights();
    let running = Running::start(&installation);

    // Every counter, page by page, against the topic; none is missing on either side.
    let (all, total) = running.rows("/v1/insights", &[], 1_000);
    assert_eq!(all.len() as i64, total);
    assert!(all.len() > 10_000, "{} counters are no load for pages", all.len());
    let told: BTreeMap<String, i64> = (topic.iter())
        .filter_map(|(key, count)| Some((key.clone(), count.as_i64()?)))
        .filter(|(_, count)| *count != 0)
        .collect();
    let said: BTreeMap<String, i64> = all
        .iter()
        .map(|row| (crate::installation::key(row), row["count"].as_i64().expect("a count")))
        .collect();
    assert_eq!(said.len(), all.len(), "a counter stands on two pages");
    let missing = told.iter().find(|(key, count)| said.get(*key) != Some(*count));
    assert_eq!(missing, None, "of the topic");
    let missing = said.iter().find(|(key, count)| told.get(*key) != Some(*count));
    assert_eq!(missing.filter(|(_, count)| **count != 0), None, "of the answer");

    let mut groups: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for row in all.iter().filter(|row| FAMILIES.contains(&row["family"].as_str().unwrap_or(""))) {
        let size = row["window"]["size"].as_str().unwrap_or("total").to_owned();
        let family = row["family"].as_str().expect("a family").to_owned();
        groups.entry((family, size)).or_default().push(row);
    }
    assert_eq!(groups.len(), FAMILIES.len() * 4, "{:?}", groups.keys());
    for (group, rows) in groups {
        // Every so many, so that all stages, channels and seasons have their turn.
        for row in rows.iter().step_by((rows.len() / LISTS).max(1)) {
            let (list, total) = running.rows("/v1/customers", &filters(row), 700);
            assert_eq!(
                (list.len() as i64, total),
                (total, row["count"].as_i64().unwrap()),
                "{row}"
            );
            let field = if group.0 == "activity" { "value" } else { "money" };
            let amounts = row["amounts"].as_object().expect("amounts").iter();
            let amounts: BTreeMap<String, i64> =
                amounts.map(|(code, sum)| (code.clone(), sum.as_i64().expect("units"))).collect();
            assert_eq!(money(&list, field), amounts, "{row}");
        }
    }
}
