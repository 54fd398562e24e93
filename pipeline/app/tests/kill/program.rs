//! The program on a broker, with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tests::Broker;

const PATIENCE: Duration = Duration::from_secs(120);

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

    fn with(folder: &Path, brokers: &str, log: &str, kafka: &str) -> Program {
        let config = folder.join("desirepath.toml");
        let data = folder.join("data");
        let listen = format!("127.0.0.1:{}", tests::free_ports());
        let text = format!(
            "[log]\nkind = \"kafka\"\ndata = {data:?}\npartitions = {PARTITIONS}\n{log}\n\
             [kafka]\nbrokers = {brokers:?}\n{kafka}\n[time]\nidle_bound = \"never\"\n\
             [http]\nlisten = {listen:?}\n"
        );
        std::fs::write(&config, text).expect("a file");
        Program { config, data, url: format!("http://{listen}") }
    }

    /// A program on a log in its folder.
    pub fn embedded(folder: &Path) -> Program {
        let config = folder.join("embedded.toml");
        let data = folder.join("embedded");
        let text = format!("[log]\ndata = {data:?}\npartitions = {PARTITIONS}\n");
        std::fs::write(&config, text).expect("a file");
        Program { config, data, url: String::new() }
    }

    /// Its configuration, to be added to.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// A command of it, to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(arguments).arg("--config").arg(&self.config);
        command
    }

    /// A running instance.
    pub fn start(&self) -> Child {
        self.command(&["run"]).stdout(Stdio::null()).spawn().expect("the program")
    }

    /// Waits until a running instance has its tasks.
    pub fn wait_until_ready(&self) {
        let begun = Instant::now();
        while ureq::get(format!("{}/readyz", self.url)).call().is_err() {
            assert!(begun.elapsed() < PATIENCE, "it does not become ready");
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

    /// The lines of JSON that a command prints.
    pub fn lines(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let output = self.output(&[arguments, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
    }
}
