//! The file by which commands find a running instance: `instance.json` in its data folder.

use crate::access::Token;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "instance.json";

/// What is told of a running instance to whoever can read its folder.
#[derive(Deserialize, Serialize)]
pub struct Instance {
    /// Its process.
    pub pid: u32,
    /// Where commands on this machine ask it.
    pub url: String,
    /// Where it listens for everybody.
    pub listen: String,
    /// Where browsers find it, as far as the configuration tells.
    pub page: String,
    /// Opens every door; another one at each start.
    pub token: String,
}

impl Instance {
    /// The instance that runs on a folder, or that ran there and was killed.
    pub fn of_folder(data: &Path) -> Option<Instance> {
        let text = std::fs::read_to_string(data.join(FILE)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// The address that opens a session.
    pub fn link(&self, token: &Token) -> String {
        format!("{}/?token={}", self.page, token.text())
    }

    /// Writes it down until the instance ends.
    pub fn announce(&self, data: &Path) -> Result<Announced, Failure> {
        let told = serde_json::json!(self).to_string();
        write_private(&data.join(FILE), &told)?;
        Ok(Announced { paths: vec![data.join(FILE)] })
    }
}

/// Files that go when the instance ends.
pub struct Announced {
    paths: Vec<PathBuf>,
}

impl Announced {
    /// Writes a further file for the owner of the folder alone, which goes with the others.
    pub fn tell(&mut self, path: PathBuf, text: &str) -> Result<(), Failure> {
        write_private(&path, text)?;
        self.paths.push(path);
        Ok(())
    }
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::Write(format!("could not write {}: {error} [D0704]", path.display()))
    })
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Whoever finds one afterwards finds nobody at the address, and is told so.
        for path in &self.paths {
            let _ = std::fs::remove_file(path);
        }
    }
}
