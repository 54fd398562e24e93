//! `check`: validates configuration and map, and says what would run.

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use model::JourneyMap;

/// Checks without opening the folder.
pub fn check(config: &Config, is_json: bool) -> Result<(), Failure> {
    let map = match &config.map.file {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Input(format!("could not read {}: {error} [D0701]", path.display()))
            })?;
            rules::parse_map(&text, &path.display().to_string()).map_err(|error| {
                Failure::Configuration(format!("{:?}", miette::Report::new(error)))
            })?
        }
        None => rules::default_map(),
    };
    let bound = counters_a_window(&map);
    print(|out| {
        if is_json {
            let stages: Vec<&str> = map.stages.iter().map(|stage| &*stage.name).collect();
            let answer = serde_json::json!({
                "map": map.name, "version": map.version, "zone": map.zone.name(),
                "stages": stages, "data": config.log.data, "partitions": config.log.partitions,
                "listen": config.http.listen, "counters_per_window_max": bound,
            });
            return writeln!(out, "{answer}");
        }
        writeln!(out, "map        {} version {}, zone {}", map.name, map.version, map.zone.name())?;
        for stage in &map.stages {
            writeln!(out, "stage      {} (cold after {})", stage.name, stage.cold_after)?;
        }
        writeln!(out, "data       {}", config.log.data.display())?;
        writeln!(out, "partitions {}", config.log.partitions)?;
        writeln!(out, "doors      {}", config.http.listen)?;
        writeln!(out, "counters   at most {bound} a window, whatever the data")
    })
}

/// How many counters a window can have: the product of the closed sets of each family.
fn counters_a_window(map: &JourneyMap) -> usize {
    let (stages, channels, kinds) = (map.stages.len(), map.channels.len() + 1, map.kinds.len() + 1);
    let flow = stages * channels * 2 * 3;
    let moves = (stages + 1) * (stages + 2) * channels;
    let activity = (stages + 1) * channels * kinds;
    let duration = stages * channels * 3 * 32;
    flow + moves + activity + duration
}
