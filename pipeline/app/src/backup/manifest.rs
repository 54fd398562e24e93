//! What a backup says of itself, and whether that can be believed.

use crate::backup::files::sum;
use crate::durable;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Component, Path};

/// The form of backups that this release writes and reads.
pub const FORMAT: u64 = 1;

const MANIFEST: &str = "backup.json";
const SUMS: &str = "SHA256SUMS";

/// Bytes of either file at most: about a million files.
const BYTES_MAX: u64 = 256 << 20;

/// What files a backup has beside those of the databases. Not `instance`, by which a cluster knows
/// this instance, nor `instance.json`, by which commands find it: the copy is another one. Its keys
/// and sessions open the copy too.
pub const PLAIN: [&str; 4] = ["secret", "journey.toml", "partitioner", "access.json"];

/// The folders of the databases.
pub const DATABASES: [&str; 2] = ["log", "state"];

/// What a backup is.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the backup.
    pub format: u64,
    /// The release that wrote it.
    pub program: String,
    /// When, by the wall clock.
    pub time: String,
    /// Where the log is: `embedded`, then it is in here; `kafka`, then it is not.
    pub log: String,
    /// `log.partitions`
    pub partitions: u32,
    /// Name and version of the journey map.
    pub map: (String, u32),
    /// Which secret the log was signed with, not the secret.
    pub fingerprint: String,
    /// The event time up to which every counter was judged.
    pub as_of: Option<String>,
    /// Records of touchpoints in the log.
    pub records: u64,
    /// Where every partition of every topic began and ended.
    pub positions: Vec<Position>,
    /// Every file but this one and that of the sums.
    pub files: Vec<Entry>,
}

/// Where a partition began and ended.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// First retained position.
    pub start: u64,
    /// Position of the next record.
    pub end: u64,
}

/// A file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the backup.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

impl Manifest {
    /// Whether a topic has everything that was ever in it: what a retention has deleted from it
    /// cannot be counted anew.
    pub fn begins_at_zero(&self, topic: &str) -> bool {
        self.positions.iter().filter(|at| at.topic == topic).all(|at| at.start == 0)
    }

    /// Bytes of the files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Writes what a backup is, and then the sums, which make it one.
pub fn seal(
    folder: &Path,
    manifest: &Manifest,
    mut sums: BTreeMap<String, String>,
) -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(manifest).map_err(std::io::Error::other)?;
    durable::write(&folder.join(MANIFEST), text.as_bytes())?;
    sums.insert(MANIFEST.to_owned(), sum(text.as_bytes()));
    let lines = sums.iter().map(|(path, sum)| format!("{sum}  {path}\n"));
    durable::write(&folder.join(SUMS), lines.collect::<String>().as_bytes())
}

/// Reads what a backup says of itself: the manifest, and the sums of its files by their paths. What
/// is not whole, or says two things, is refused; the files themselves are not looked at.
pub fn read(folder: &Path) -> Result<(Manifest, BTreeMap<String, String>), Failure> {
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(Failure::Input(format!("there is no folder {folder} [D0753]")));
    }
    let incomplete = |why: &str| Failure::Data(format!("{}: {why} [D0753]", folder.display()));
    let altered = |why: &str| Failure::Data(format!("{}: {why} [D0754]", folder.display()));
    let text = |name: &str| {
        let path = folder.join(name);
        match path.metadata() {
            Ok(data) if data.len() > BYTES_MAX => Err(altered(&format!("{name} is too large"))),
            Ok(_) => std::fs::read_to_string(&path)
                .map_err(|error| altered(&format!("{name} cannot be read: {error}"))),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(incomplete(&format!("{name} is missing: it was never completed, or is none")))
            }
            Err(error) => Err(Failure::Input(format!("could not read {name}: {error} [D0701]"))),
        }
    };
    let sums = parse_sums(&text(SUMS)?).ok_or_else(|| incomplete("SHA256SUMS breaks off"))?;
    let manifest = text(MANIFEST)?;
    if sums.get(MANIFEST) != Some(&sum(manifest.as_bytes())) {
        return Err(altered("backup.json is not what SHA256SUMS says"));
    }
    let value: Value = serde_json::from_str(&manifest)
        .map_err(|error| altered(&format!("backup.json cannot be read: {error}")))?;
    if value["format"] != FORMAT {
        let format = &value["format"];
        return Err(Failure::Data(format!(
            "{} is a backup of format {format}, this release reads format {FORMAT} [D0755]",
            folder.display()
        )));
    }
    let manifest: Manifest = serde_json::from_value(value)
        .map_err(|error| altered(&format!("backup.json cannot be read: {error}")))?;
    let listed: BTreeSet<&str> = manifest.files.iter().map(|file| &*file.path).collect();
    let summed: BTreeSet<&str> =
        sums.keys().map(String::as_str).filter(|path| *path != MANIFEST).collect();
    if listed != summed || listed.len() != manifest.files.len() {
        return Err(altered("backup.json and SHA256SUMS name different files"));
    }
    match listed.iter().find(|path| !is_ours(path)) {
        Some(path) => Err(altered(&format!("it has a file {path:?} that no backup has"))),
        None => Ok((manifest, sums)),
    }
}

/// Lines as `sha256sum` writes them, the last one whole.
fn parse_sums(text: &str) -> Option<BTreeMap<String, String>> {
    let lines = text.strip_suffix('\n')?.lines();
    let mut sums = BTreeMap::new();
    for line in lines {
        let (sum, path) = line.split_once("  ")?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_sum || path.is_empty() || sums.insert(path.to_owned(), sum.to_owned()).is_some() {
            return None;
        }
    }
    Some(sums)
}

/// Whether a path is one that we write: nothing that leads out of the folder.
fn is_ours(path: &str) -> bool {
    let parts: Option<Vec<&str>> = Path::new(path)
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    match parts.as_deref() {
        Some([name]) => PLAIN.contains(name) && path == *name,
        Some([folder, name]) => DATABASES.contains(folder) && path == format!("{folder}/{name}"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_data_folder_are_restored() {
        for (path, expected) in [
            ("secret", true),
            ("access.json", true),
            ("access.lock", false),
            ("link", false),
            ("journey.toml", true),
            ("log/000012.sst", true),
            ("state/CURRENT", true),
            ("", false),
            (".", false),
            ("..", false),
            ("log", false),
            ("log/", false),
            ("log/..", false),
            ("log/../secret", false),
            ("../secret", false),
            ("/etc/passwd", false),
            ("log/a/b", false),
            ("log//a", false),
            ("./secret", false),
            ("instance", false),
            ("instance.json", false),
            ("other/a", false),
        ] {
            assert_eq!(is_ours(path), expected, "{path:?}");
        }
    }

    #[test]
    fn sums_that_break_off_are_none() {
        let whole = format!("{}  a\n{}  log/b c\n", "0".repeat(64), "f".repeat(64));
        assert_eq!(parse_sums(&whole).map(|sums| sums.len()), Some(2));
        for cut in 0..whole.len() {
            let sums = parse_sums(&whole[..cut]);
            // At the end of a line what is left is whole; the manifest names what it lacks.
            let is_line = cut == 68;
            assert_eq!(sums.is_some(), is_line, "{cut}");
        }
        assert_eq!(parse_sums(&format!("{whole}{whole}")), None, "twice");
    }
}
