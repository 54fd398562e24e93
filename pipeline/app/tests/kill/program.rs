//! The program on a broker, with a folder of its own.

use crate::process::Process;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tests::Broker;

const PATIENCE: Duration = Duration::from_secs(300);

/// Partitions of every topic.
pub const PARTITIONS: u32 = 3;

/// The broker that tests share whose topics have a prefix of their own.
pub fn shared_broker() -> &'static str {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = || folder.join(format!("shared-broker-{}", std::process::id()));
    &BROKER.get_or_init(|| Broker::start(&folder())).address
}

/// The program with its configuration.
pub struct Program {
    binary: PathBuf,
    config: PathBuf,
    data: PathBuf,
    /// Where a running instance answers.
    pub url: String,
}

impl Program {
    /// A program whose as_of moves by its input alone.
    pub fn new(folder: &Path, brokers: &str) -> Program {
        Program::with(folder, brokers, "", "")
    }

    /// On the broker that is shared, as an application of its own, with further lines in the
    /// sections of the log and of the cluster.
    pub fn shared(folder: &Path, name: &str, log: &str, kafka: &str) -> Program {
        let own = format!("application_id = {name:?}\ntopic_prefix = \"{name}-\"\n{kafka}");
        Program::with(folder, shared_broker(), log, &own)
    }

    /// On a broker, with further lines in the sections of the log and of the cluster.
    pub fn with(folder: &Path, brokers: &str, log: &str, kafka: &str) -> Program {
        let config = folder.join("desirepath.toml");
        let data = folder.join("data");
        let listen = format!("127.0.0.1:{}", tests::free_ports());
        let text = format!(
            "[log]\nkind = \"kafka\"\ndata = {data:?}\npartitions = {PARTITIONS}\n{log}\n\
             [kafka]\nbrokers = {brokers:?}\n{kafka}\n[time]\nidle_bound = \"never\"\n\
             [http]\nlisten = {listen:?}\n"
        );
        std::fs::write(&config, text).expect("a file");
        Program { binary: binary(), config, data, url: format!("http://{listen}") }
    }

    /// A program on a log in its folder.
    pub fn embedded(folder: &Path) -> Program {
        let config = folder.join("embedded.toml");
        let data = folder.join("embedded");
        let text = format!("[log]\ndata = {data:?}\npartitions = {PARTITIONS}\n");
        std::fs::write(&config, text).expect("a file");
        Program { binary: binary(), config, data, url: String::new() }
    }

    /// The same by another release.
    #[allow(dead_code, reason = "one of two test programs asks")]
    pub fn by(&self, binary: &Path) -> Program {
        let (config, data, url) = (self.config.clone(), self.data.clone(), self.url.clone());
        Program { binary: binary.to_owned(), config, data, url }
    }

    /// Its configuration, to be added to.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// A command of it, to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--config").arg(&self.config);
        command
    }

    /// A further instance of an application, with a folder of its own; they share a secret.
    pub fn instance(
        folder: &Path,
        brokers: &str,
        application: &str,
        name: &str,
        kafka: &str,
    ) -> Program {
        let own = folder.join(name);
        std::fs::create_dir_all(&own).expect("a folder");
        let secret = format!("secret = {{ file = {:?} }}", folder.join("secret"));
        let prefix = format!("topic_prefix = \"{application}-\"");
        let kafka = format!("application_id = {application:?}\n{prefix}\n{kafka}");
        Program::with(&own, brokers, &secret, &kafka)
    }

    /// The states go, if there are any yet, as with a disk that is lost.
    pub fn lose_states(&self) {
        let state = self.states();
        if state.exists() {
            std::fs::remove_dir_all(state).expect("its states");
        }
    }

    /// Where its states are.
    pub fn states(&self) -> PathBuf {
        self.data.join("state")
    }

    /// A running instance.
    pub fn start(&self) -> Process {
        Process::start(self.command(&["run"]).stdout(Stdio::null()))
    }

    /// Waits until a running instance has its tasks.
    pub fn wait_until_ready(&self) {
        let begun = Instant::now();
        while !self.is_ready() {
            assert!(begun.elapsed() < PATIENCE, "it does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether a running instance says that it has its tasks.
    pub fn is_ready(&self) -> bool {
        ureq::get(format!("{}/readyz", self.url)).call().is_ok()
    }

    /// Waits until a process answers at all: from then on it hears signals.
    pub fn wait_until_alive(&self) {
        let begun = Instant::now();
        while ureq::get(format!("{}/livez", self.url)).call().is_err() {
            assert!(begun.elapsed() < PATIENCE, "it does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a running instance wants to be sent.
    pub fn bearer(&self) -> String {
        tests::bearer(&self.data)
    }

    /// What a command prints, which must end well.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        output
    }

    /// The lines of JSON that a command prints once no task is on its way from one instance to
    /// another, nor with one that is gone.
    pub fn settled_lines(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let begun = Instant::now();
        loop {
            let output = self.command(arguments).arg("--json").output().expect("the program");
            let error = String::from_utf8_lossy(&output.stderr);
            let is_moving = error.contains("[D0483]") || error.contains("[D0484]");
            if output.status.success() || !is_moving {
                assert!(output.status.success(), "{arguments:?}: {error}");
                let text = String::from_utf8(output.stdout).expect("text");
                let lines = text.lines();
                return lines.map(|line| serde_json::from_str(line).expect("json")).collect();
            }
            assert!(begun.elapsed() < PATIENCE, "{arguments:?}: {error}");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// The lines of JSON that a command prints.
    pub fn lines(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let output = self.output(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
    }
}

/// The release that these tests are of.
fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_desirepath"))
}
