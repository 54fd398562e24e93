//! `restore`: a data folder from a backup, audited before it may be used.

use super::print;
use crate::backup;
use crate::bar::Bar;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use serde_json::json;
use std::path::Path;

/// Restores a backup, and says what is there now.
pub fn restore(place: &Place, config: &Config, folder: &Path) -> Result<(), Failure> {
    let bar = Bar::new(folder, None);
    let mut bytes = 0;
    let restored = backup::restore(folder, config, &mut |next, total| {
        bytes += next;
        bar.show_bytes(bytes, total);
    });
    bar.clear();
    let (manifest, audit) = restored?;
    let data = config.log.data.display().to_string();
    let (files, bytes) = (manifest.files.len(), manifest.bytes());
    print(|out| {
        if place.json {
            let told = json!({
                "data": data,
                "files": files,
                "bytes": bytes,
                "records": manifest.records,
                "as_of": manifest.as_of,
                "made": manifest.time,
                "audit": audit,
            });
            return writeln!(out, "{told}");
        }
        writeln!(out, "{files} files, {bytes} bytes of {} into {data}", manifest.time)?;
        let Some(audit) = &audit else {
            let why = match &*manifest.log {
                "kafka" => "the log is on the cluster: the next start reads it from there",
                _ => "the log no longer begins at 0: positions agree, counters were not recomputed",
            };
            return writeln!(out, "{why}");
        };
        writeln!(
            out,
            "{} counters of {} customers recomputed from {} records of touchpoints: {} differ",
            audit["counters"], audit["customers"], audit["records"], audit["differences"]
        )
    })
}
