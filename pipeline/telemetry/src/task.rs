//! How a task stands, as metrics say it.

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Its states were lost, and are read from its changelog.
    Restoring,
    /// It reads again what was committed before, in silence.
    Replaying,
    /// It counts what comes.
    Running,
}

impl TaskState {
    /// The value of the label.
    pub fn word(self) -> &'static str {
        match self {
            TaskState::Restoring => "restoring",
            TaskState::Replaying => "replaying",
            TaskState::Running => "running",
        }
    }
}

/// How one task stands; what is not known is said to be so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task<'a> {
    /// Node and partition.
    pub name: &'a str,
    /// What it does.
    pub state: TaskState,
    /// Records that it has not committed yet.
    pub lag_records: Option<i64>,
    /// How long the oldest of them can have waited.
    pub lag_seconds: Option<f64>,
}

/// Where customers of touchpoints were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// In memory.
    pub hot: u64,
    /// In the store.
    pub stored: u64,
    /// Nowhere yet.
    pub new: u64,
}
