//! The sample of CDNOW, as the literature on lifetime value cuts it: 39 weeks to learn from, 39 to
//! be tried on. The data are Fader's and Hardie's; they are fetched and not kept here.

use insight::lifetime::{Customers, Days, History};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A customer of the sample.
#[derive(Clone, Copy, Debug)]
pub struct Cdnow {
    /// What is known after 39 weeks. Times are weeks rounded to two digits, as in the tables that
    /// all published figures are of.
    pub known: Customers,
    /// Days with a purchase in the 39 weeks after them.
    pub later: u32,
}

/// Every customer, in the order of their numbers.
pub fn cdnow() -> &'static [Cdnow] {
    static CUSTOMERS: OnceLock<Vec<Cdnow>> = OnceLock::new();
    CUSTOMERS.get_or_init(|| read(&std::fs::read_to_string(file()).expect("a file")))
}

fn file() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/data/fetch.sh");
    assert!(Command::new(script).output().expect("the script runs").status.success());
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    cache.unwrap_or_else(home).join("desirepath/data/CDNOW_sample.txt")
}

fn read(text: &str) -> Vec<Cdnow> {
    // Cents by customer and date.
    let mut bought: BTreeMap<u32, BTreeMap<i64, f64>> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| fields[at].parse::<u32>().expect("a number");
        let date = number(2);
        let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
        let cents = (fields[4].parse::<f64>().expect("dollars") * 100.0).round();
        let days = model::Civil { year: year as i32, month: month as u8, day: day as u8 }.days();
        *bought.entry(number(1)).or_default().entry(days).or_default() += cents;
    }
    let end = model::Civil { year: 1997, month: 9, day: 30 }.days();
    bought.values().map(|days| customer(days, end)).collect()
}

fn customer(days: &BTreeMap<i64, f64>, end: i64) -> Cdnow {
    let first = *days.keys().next().expect("a purchase");
    let repeats = days.range(first + 1..=end);
    let weeks = |days: i64| Days::weeks((days as f64 / 7.0 * 100.0).round() / 100.0);
    let last = repeats.clone().next_back().map_or(first, |(day, _)| *day);
    let history = History {
        repeats: repeats.clone().count() as u32,
        recency: weeks(last - first),
        age: weeks(end - first),
        customers: 1,
    };
    // A purchase on average to the cent, likewise.
    let count = f64::from(history.repeats);
    let total = (repeats.map(|(_, cents)| cents).sum::<f64>() / count.max(1.0)).round() * count;
    let later = days.range(end + 1..=end + 273).count() as u32;
    Cdnow { known: Customers { history, total }, later }
}

/// Their histories.
pub fn histories() -> Vec<History> {
    cdnow().iter().map(|customer| customer.known.history).collect()
}
