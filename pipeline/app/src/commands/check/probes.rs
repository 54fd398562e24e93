//! A look at what the pipeline will need: folder, port, broker, rights. Nothing is made, and
//! nothing stays but the name of a transaction, which a cluster forgets by itself.

use super::acls;
use crate::classifier::Classifier;
use crate::config::{Config, SourceSection};
use crate::delivery::Way;
use crate::instance::Instance;
use crate::place::FIRST_ANSWER;
use crate::remote::Remote;
use crate::sources::Registry;
use kafka::topics::partition_count;
use objection::Taxonomy;
use std::net::TcpListener;
use std::path::Path;

/// What was looked at, and what was found.
pub struct Probe {
    pub what: &'static str,
    pub found: Result<String, String>,
}

impl Probe {
    /// What was found, in words.
    pub fn said(&self) -> &str {
        self.found.as_ref().unwrap_or_else(|problem| problem)
    }
}

/// Looks at everything.
pub fn probes(config: &Config) -> Vec<Probe> {
    let is_alive = |instance: &Instance| Remote::at(&instance.url).is_alive();
    let instance = Instance::of_folder(&config.log.data).filter(is_alive);
    let mut probes = vec![
        Probe { what: "folder", found: folder(&config.log.data, instance.is_some()) },
        Probe { what: "port", found: port(&config.http.listen, instance.as_ref()) },
    ];
    if config.is_kafka() {
        probes.extend(cluster(config));
    }
    match Registry::of(config) {
        Ok(registry) => probes.extend(registry.map(|registry| Probe {
            what: "registry",
            found: registry.probe().map_err(|outage| outage.to_string()),
        })),
        Err(failure) => {
            probes.push(Probe { what: "registry", found: Err(failure.to_string()) });
        }
    }
    match Classifier::of(config, &Taxonomy::default()) {
        Ok(asked) => {
            probes.extend(asked.map(|asked| Probe { what: "classifier", found: asked.probe() }))
        }
        Err(failure) => probes.push(Probe { what: "classifier", found: Err(failure.to_string()) }),
    }
    match Way::of(config) {
        Ok(ways) => probes.extend(ways.iter().map(|way| Probe {
            what: way.name(),
            found: way.probe().map_err(|undelivered| undelivered.to_string()),
        })),
        Err(failure) => probes.push(Probe { what: "sending", found: Err(failure.to_string()) }),
    }
    probes
}

/// Whether the folder, or where it would be made, can be written.
fn folder(data: &Path, is_held: bool) -> Result<String, String> {
    let there =
        data.ancestors().map(|path| if path == Path::new("") { Path::new(".") } else { path });
    let Some(nearest) = there.into_iter().find(|path| path.exists()) else {
        return Err(format!("{} can never be made [D0303]", data.display()));
    };
    let name = nearest.display();
    if !nearest.is_dir() {
        return Err(format!("{name} is a file: move it, or choose another folder [D0303]"));
    }
    let probe = nearest.join(format!(".desirepath-check-{}", std::process::id()));
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    written.map_err(|error| format!("{name} cannot be written: {error} [D0303]"))?;
    let data_name = data.display();
    Ok(match (nearest == data, is_held) {
        (true, true) => format!("{data_name}: a running instance holds it"),
        (true, false) => format!("{data_name} can be written"),
        (false, _) => format!("{data_name} will be made"),
    })
}

fn port(address: &str, instance: Option<&Instance>) -> Result<String, String> {
    if instance.is_some_and(|instance| instance.listen == address) {
        return Ok(format!("{address}: the running instance listens there"));
    }
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("cannot listen on {address}: {error} [D0634]")),
    }
}

/// The cluster, and where it answers the rights that it grants.
fn cluster(config: &Config) -> Vec<Probe> {
    let mut settings = match config.cluster("check") {
        Ok(settings) => settings,
        Err(failure) => return vec![Probe { what: "broker", found: Err(failure.to_string()) }],
    };
    settings.deadlines.ask = FIRST_ANSWER;
    settings.deadlines.init = FIRST_ANSWER;
    let found = broker(config, &settings);
    let is_there = found.is_ok();
    let mut probes = vec![Probe { what: "broker", found }];
    if is_there {
        let found = acls::granted(config, &settings);
        probes.push(Probe { what: "rights", found });
        let sources = config.source.iter();
        probes.extend(sources.map(|s| Probe { what: "source", found: source(&settings, s) }));
    }
    probes
}

/// Whether a topic of another system is there, and where it would be begun.
fn source(settings: &kafka::Settings, source: &SourceSection) -> Result<String, String> {
    let SourceSection { topic, format, mapping, start, .. } = source;
    let count = partition_count(settings, topic).map_err(|error| error.to_string())?;
    let (partitions, file) = (format!("{count} partitions"), mapping.display());
    Ok(format!("{topic} is there, {partitions}; {format} by {file}, from {start} on"))
}

fn broker(config: &Config, settings: &kafka::Settings) -> Result<String, String> {
    let (topic, wanted) = (config.topics().touchpoints, config.log.partitions);
    match partition_count(settings, &topic) {
        Ok(count) if count == wanted => Ok(format!("{topic} is there, {count} partitions")),
        Ok(count) => {
            Err(format!("{topic} has {count} partitions, log.partitions is {wanted} [D0451]"))
        }
        Err(kafka::Error::Topic { .. }) => Ok(format!("it answers; {topic} will be made")),
        Err(error) => Err(error.to_string()),
    }
}
