//! A real Apache Kafka, brought by `broker/broker.sh`.

use crate::free_ports;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

/// A broker in a folder of its own. It ends with this process.
pub struct Broker {
    /// What clients are told: host and port.
    pub address: String,
    folder: PathBuf,
    port: u16,
    variables: Vec<(&'static str, String)>,
}

impl Broker {
    /// Starts a broker and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not come up on any of three ports.
    pub fn start(folder: &Path) -> Broker {
        Broker::start_with(folder, &[])
    }

    /// Starts a broker with what the script reads from the environment.
    pub(crate) fn start_with(folder: &Path, variables: &[(&'static str, String)]) -> Broker {
        for _ in 0..3 {
            let port = free_ports();
            if let Some(broker) = Broker::try_start(folder, port, port, variables) {
                return broker;
            }
        }
        panic!("no broker came up; see {}", folder.join("broker.log").display());
    }

    /// Starts a broker on one port that tells its clients to come to another.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn start_behind(folder: &Path, port: u16, advertised: u16) -> Broker {
        let started = Broker::try_start(folder, port, advertised, &[]);
        started.unwrap_or_else(|| panic!("no broker on port {port}; see {}", folder.display()))
    }

    /// Starts two brokers of one cluster, in which everything has two copies; the first alone has a
    /// vote.
    ///
    /// # Panics
    ///
    /// When they do not come up.
    pub fn start_two(folder: &Path) -> [Broker; 2] {
        let (first, second) = (folder.join("first"), folder.join("second"));
        let copies = ("COPIES", "2".to_owned());
        let begun = Broker::start_with(&first, std::slice::from_ref(&copies));
        let joins = ("JOINS", first.display().to_string());
        [begun, Broker::start_with(&second, &[copies, joins])]
    }

    /// Whether its process is there.
    ///
    /// # Panics
    ///
    /// When it was never started.
    pub fn is_running(&self) -> bool {
        let pid = std::fs::read_to_string(self.folder.join("pid")).expect("its process");
        // One that has ended and that nobody has asked for is a zombie.
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_some_and(|state| state != 'Z')
    }

    /// Sends it a signal, such as `-KILL`, `-STOP` or `-CONT`.
    ///
    /// # Panics
    ///
    /// When it cannot be sent.
    pub fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.join("pid")).expect("its process");
        let sent = Command::new("kill").args([signal, pid.trim()]).status();
        assert!(sent.expect("kill").success(), "{signal} to the broker");
    }

    /// Starts it again on its data, after it has ended; its clients are told to come to its own
    /// port.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn start_again(&self) {
        let again = Broker::try_start(&self.folder, self.port, self.port, &self.variables);
        assert!(again.is_some(), "the broker does not come up again");
    }

    fn try_start(
        folder: &Path,
        port: u16,
        advertised: u16,
        variables: &[(&'static str, String)],
    ) -> Option<Broker> {
        let mut start = script();
        start.envs(variables.iter().map(|(name, value)| (name, value)));
        start.env("ADVERTISED_PORT", advertised.to_string());
        start.arg("start").arg(folder).args([port.to_string(), process::id().to_string()]);
        let status = start.stdout(Stdio::null()).status().expect("the script can be run");
        let address = format!("127.0.0.1:{advertised}");
        let (folder, variables) = (folder.to_owned(), variables.to_vec());
        status.success().then_some(Broker { address, folder, port, variables })
    }

    /// Ends it and waits until it has ended.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn stop(&self) {
        let status = script().arg("stop").arg(&self.folder).status();
        assert!(status.expect("the script can be run").success(), "the broker does not end");
    }
}

pub(crate) fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("broker/broker.sh"))
}
