//! By which version of the fold an installation counts: one, for as long as it stands.
//!
//! Its sums are made of differences that journey tasks have told. A release that folds otherwise
//! would add its own to those of the former, and what it alone counts would begin in the middle of
//! the past. So it is refused before it has changed anything, and the former goes on.

use crate::durable;
use crate::failure::Failure;
use crate::logs::DoorLog;
use codec::DeltaFrame;
use engine::Topics;
use journey::FOLD_VERSION;
use std::io::ErrorKind;
use std::path::Path;

/// Refuses a folder, or an application, that is counted by another version of the fold. A folder
/// says so in a file; of one that has none the frames between the tasks say it.
pub fn keep(data: &Path, log: &DoorLog, topics: &Topics) -> Result<(), Failure> {
    let path = data.join("fold");
    let unusable = |error: std::io::Error| {
        Failure::Write(format!("could not use {}: {error} [D0701]", path.display()))
    };
    let known = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(unusable(error)),
    };
    let ours = FOLD_VERSION.to_string();
    let found = match &known {
        Some(known) => Some(known.clone()),
        None => counted_by(log, topics)?.map(|version| version.to_string()),
    };
    if let Some(found) = found.filter(|found| *found != ours) {
        return Err(Failure::Configuration(format!(
            "what is here was counted by version {found} of the fold, and this release counts by \
             {ours}: nothing was changed, so run the release before, or count anew in another \
             folder, on a cluster under another kafka.application_id [D0801]"
        )));
    }
    match known {
        Some(_) => Ok(()),
        None => durable::write(&path, ours.as_bytes()).map_err(unusable),
    }
}

/// The version that the first frame which is still there was told by, if there is one.
fn counted_by(log: &DoorLog, topics: &Topics) -> Result<Option<u32>, Failure> {
    for partition in 0..topics.partitions {
        let mut found = None;
        log.read(&topics.frames, partition, None, &mut |record| {
            // One that cannot be read is its task's to refuse.
            let frame = DeltaFrame::decode(record.value.unwrap_or_default()).ok();
            found = frame.map(|frame| frame.fold);
            found.is_none()
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
