//! A real Apache Kafka with a door for those who sign in and have rights.

use crate::broker::script;
use crate::{Broker, free_ports};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A broker with two doors: by one everybody may do everything, by the other one signs in.
pub struct SecureBroker {
    /// The broker, with the door that is open to everybody.
    pub open: Broker,
    /// The door with TLS and SASL: host and port.
    pub address: String,
    /// The certificate of the authority that the door's is signed by.
    pub authority: PathBuf,
    /// The password of the user `desirepath`, who has no rights yet.
    pub password: PathBuf,
}

impl SecureBroker {
    /// Starts a broker and waits until it answers.
    pub fn start(folder: &Path) -> SecureBroker {
        let port = free_ports();
        SecureBroker {
            open: Broker::start_with(folder, &[("SECURE_PORT", port.to_string())]),
            address: format!("localhost:{port}"),
            authority: folder.join("ca.pem"),
            password: folder.join("password"),
        }
    }

    /// Gives rights to the user, as `kafka-acls --add` would, or takes them by `--remove --force`.
    ///
    /// # Panics
    ///
    /// When the cluster does not do so.
    pub fn acls(&self, change: &[&str], rights: &[&str]) {
        let mut command = script();
        command.args(["tool", "AclCommand", "--bootstrap-server", &self.open.address]);
        command.args(change).args(["--allow-principal", "User:desirepath"]).args(rights);
        let output = command.stdin(Stdio::null()).output().expect("the script can be run");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{change:?} {rights:?}: {error}");
    }
}
