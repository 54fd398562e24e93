//! `check`: validates configuration, map and connections, and says what would run.

mod acls;
pub mod fixtures;
mod probes;

use super::print;
use crate::config::{Config, Origins, leaves};
use crate::failure::Failure;
use crate::{map_file, mapping_file, sources};
use model::{CreditRule, Family, Group, JourneyMap};
use probes::Probe;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A key as it would be used.
struct Setting {
    key: String,
    value: String,
    /// The file, the variable or the flag that set it.
    origin: String,
}

/// Checks without opening the folder; without probes when it is to stay offline.
pub fn check(
    config: &Config,
    origins: &Origins,
    is_json: bool,
    is_offline: bool,
    mappings: &[PathBuf],
) -> Result<(), Failure> {
    let map = map_of(config)?;
    let settings = settings(config, origins)?;
    let bound = counters_a_window(&map);
    let acls: Vec<String> = acls::needed(config).iter().map(ToString::to_string).collect();
    // What cannot be read by any topic is refused here as at a start.
    sources::topics(config)?;
    let mut probes = if is_offline { Vec::new() } else { probes::probes(config) };
    probes.extend(mappings.iter().flat_map(|mapping| tried(mapping)));
    print(|out| {
        if is_json {
            let stages: Vec<&str> = map.stages.iter().map(|stage| &*stage.name).collect();
            let settings = settings.iter().map(|setting| {
                json!({ "key": setting.key, "value": setting.value, "from": setting.origin })
            });
            let probes = probes.iter().map(|probe| {
                json!({ "what": probe.what, "good": probe.found.is_ok(), "found": probe.said() })
            });
            let answer = json!({
                "map": map.name, "version": map.version, "zone": map.zone.name(),
                "stages": stages, "counters_per_window_max": bound,
                "settings": settings.collect::<Vec<_>>(), "acls": acls,
                "probes": probes.collect::<Vec<_>>(),
            });
            return writeln!(out, "{answer}");
        }
        for Setting { key, value, origin } in &settings {
            writeln!(out, "{key:<24} {value:<32} {origin}")?;
        }
        writeln!(out)?;
        let (name, version, zone) = (&map.name, map.version, map.zone.name());
        writeln!(out, "map        {name} version {version}, zone {zone}")?;
        for stage in &map.stages {
            writeln!(out, "stage      {} (cold after {})", stage.name, stage.cold_after)?;
        }
        let sets = match map.counts(Family::Coalition) {
            true => ", and one for each set of channels that paths touch",
            false => "",
        };
        writeln!(out, "counters   at most {bound} a window, whatever the data{sets}")?;
        acls.iter().try_for_each(|acl| writeln!(out, "ACL        {acl}"))?;
        probes.iter().try_for_each(|probe| writeln!(out, "{:<10} {}", probe.what, probe.said()))
    })?;
    match probes.iter().filter(|probe| probe.found.is_err()).count() {
        0 => Ok(()),
        count => Err(Failure::Negative(format!("check found {count} to mend [D0742]"))),
    }
}

/// A mapping and its fixtures.
fn tried(mapping: &Path) -> Vec<Probe> {
    let what = "mapping";
    let name = mapping.display();
    match fixtures::run(mapping) {
        Err(failure) => vec![Probe { what, found: Err(format!("{name}: {failure}")) }],
        Ok(found) if found.is_empty() => {
            vec![Probe { what, found: Ok(format!("{name}: can be read, no fixture beside it")) }]
        }
        Ok(found) => found
            .iter()
            .map(|found| match found.difference {
                None => Probe { what, found: Ok(found.said()) },
                Some(_) => Probe { what, found: Err(found.said()) },
            })
            .collect(),
    }
}

fn map_of(config: &Config) -> Result<JourneyMap, Failure> {
    let Some(path) = &config.map.file else { return Ok(rules::default_map()) };
    map_file::parse(&mapping_file::text(path)?, path)
}

/// Every key with its value and where that was set.
fn settings(config: &Config, origins: &Origins) -> Result<Vec<Setting>, Failure> {
    let internal = |error: toml::ser::Error| Failure::Internal(format!("no table: {error}"));
    let table = toml::Table::try_from(config).map_err(internal)?;
    let mut settings = Vec::new();
    leaves("", &table, &mut |key, value| {
        let value = value.to_string();
        let origin = origins.get(&key).map_or("default", |origin| origin).to_owned();
        settings.push(Setting { key, value, origin });
    });
    Ok(settings)
}

/// How many counters a window can have: the product of the closed sets of each family that is
/// counted.
fn counters_a_window(map: &JourneyMap) -> usize {
    let (stages, channels, kinds) = (map.stages.len(), map.channels.len() + 1, map.kinds.len() + 1);
    let groups = usize::from(Group::COUNT);
    let of = |family: &Family| match family {
        Family::Flow => stages * channels * 2 * 3,
        Family::Move => (stages + 1) * (stages + 2) * channels,
        Family::Activity => (stages + 1) * channels * kinds,
        Family::Duration => stages * channels * 3 * 32,
        Family::Credit => {
            let rules = CreditRule::ALL.len() - usize::from(map.credit_custom.is_none());
            rules * channels * 2 * groups
        }
        Family::Markov => (channels + 1) * (channels + 2) * 2 * groups,
        // There are as many sets as the data has.
        Family::Coalition => 0,
        // These have running totals alone.
        Family::Admission | Family::Edge | Family::Value | Family::Chain => 0,
        Family::Cadence | Family::Intensity | Family::Sequence => 0,
    };
    map.families.iter().map(of).sum()
}
