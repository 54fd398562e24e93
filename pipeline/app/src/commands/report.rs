//! `report`: a report for people, for programs or for a spreadsheet.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use std::collections::BTreeMap;

/// Prints a report; a summary without a name, a funnel of steps where words say which.
pub fn report(
    place: &Place,
    config: &Config,
    name: Option<&str>,
    (period, model): (Option<&str>, Option<&str>),
    parameters: [Option<&str>; 4],
    words: &BTreeMap<String, String>,
    is_csv: bool,
) -> Result<(), Failure> {
    let name = name.unwrap_or("summary");
    if let Some(word) = words.keys().next().filter(|_| name != "funnel") {
        return Err(Failure::Usage(format!("--{word} belongs to `report funnel` [D0725]")));
    }
    if period.is_some() && !words.is_empty() {
        let why = "--period belongs to reports of the map: say --from and --to [D0725]";
        return Err(Failure::Usage(why.to_owned()));
    }
    if let Some(model) = model.filter(|_| !words.is_empty()) {
        let why = format!("--model {model} belongs to `report channels` [D0725]");
        return Err(Failure::Usage(why));
    }
    let mut report = with_existing(place, config, |target| match words.is_empty() {
        true => target.report(name, period, model, parameters),
        false => target.funnel(words, parameters),
    })?;
    let (text, csv) = (report["text"].take(), report["csv"].take());
    if let Some(report) = report.as_object_mut() {
        report.remove("text");
        report.remove("csv");
        report.remove("html");
    }
    print(|out| match (is_csv, place.json) {
        (true, _) => write!(out, "{}", csv.as_str().unwrap_or_default()),
        (false, true) => writeln!(out, "{report}"),
        (false, false) => writeln!(out, "{}", text.as_str().unwrap_or_default().trim_end()),
    })
}
