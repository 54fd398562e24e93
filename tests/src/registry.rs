//! A real registry of schemas, brought by `registry/registry.sh`.

use crate::free_ports;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

/// A registry that keeps its schemas in a folder. It ends with this process.
pub struct Registry {
    /// Where it answers as Confluent's does.
    pub url: String,
    folder: PathBuf,
    port: u16,
}

impl Registry {
    /// Starts a registry and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn start(folder: &Path) -> Registry {
        let port = free_ports();
        let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
        let registry = Registry { url, folder: folder.to_owned(), port };
        registry.start_again();
        registry
    }

    /// Starts it again on its schemas, after it was killed.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn start_again(&self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry/registry.sh");
        let mut start = Command::new(script);
        start.arg("start").arg(&self.folder);
        start.args([self.port.to_string(), process::id().to_string()]);
        let status = start.stdout(Stdio::null()).status().expect("the script can be run");
        let log = self.folder.join("registry.log");
        assert!(status.success(), "no registry came up; see {}", log.display());
    }

    /// Kills it.
    ///
    /// # Panics
    ///
    /// When it cannot be killed.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.folder.join("pid")).expect("its process");
        let sent = Command::new("kill").args(["-KILL", pid.trim()]).status();
        assert!(sent.expect("kill").success(), "the registry is not there");
    }
}
