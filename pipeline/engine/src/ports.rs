//! The ports: a log that is polled and committed to, and a store of states.

use codec::slice::TakeState;
use model::Timestamp;

/// A node of the topology whose tasks keep state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Reads `touchpoints`, keeps one state a customer.
    Journey,
    /// Reads delta frames, keeps one state a counter.
    Insight,
}

/// One partition of a node's input, and the state that it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The node.
    pub node: Node,
    /// The partition.
    pub partition: u32,
}

/// Where a task stands, as committed with its outputs (`design` rules 5 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// First position of the input that is not applied.
    pub position: u64,
    /// Event time up to which the task has judged.
    pub as_of: Timestamp,
    /// Number of the commit, one more than the last.
    pub sequence: u64,
    /// Name of the attempt that committed: instance and counter.
    pub attempt: u64,
    /// What of its states the changelog holds.
    pub sliced: Sliced,
}

impl Mark {
    /// A task that has never committed.
    pub const NONE: Mark = Mark {
        position: 0,
        as_of: Timestamp::NEVER,
        sequence: 0,
        attempt: 0,
        sliced: Sliced::NONE,
    };
}

/// What of a task's states its changelog holds, committed with the slice that made it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sliced {
    /// Which of the changelogs that lie in one topic.
    pub generation: u32,
    /// Name of the last slice; 0 before the first.
    pub slice: u64,
    /// The position before which every record is in the states that the changelog holds.
    pub low: u64,
}

impl Sliced {
    /// No changelog yet.
    pub const NONE: Sliced = Sliced { generation: 0, slice: 0, low: 0 };
}

/// How far a changelog has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Positions that were passed.
    pub read: u64,
    /// Positions that there are.
    pub all: u64,
    /// Whether everything that is committed now was given.
    pub is_at_end: bool,
}

/// A record of the input, borrowed from the log's memory.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Position in its partition.
    pub position: u64,
    /// When the log took it.
    pub append_time: Timestamp,
    /// Key, empty when there is none.
    pub key: &'a [u8],
    /// Value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
}

/// Takes records as they are polled, in order of position within a task.
pub trait RecordSink {
    /// Takes one batch of a task.
    fn records(&mut self, task: TaskId, batch: &[Record<'_>]);
}

/// A record to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produced {
    /// Key, empty when there is none.
    pub key: Vec<u8>,
    /// Value; `None` deletes the key of a compacted topic.
    pub value: Option<Vec<u8>>,
}

/// Records for one partition of a topic, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Append {
    /// Topic by its full name.
    pub topic: String,
    /// Partition.
    pub partition: u32,
    /// The records.
    pub records: Vec<Produced>,
}

/// What one task commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The task.
    pub task: TaskId,
    /// The mark that holds once it is committed.
    pub mark: Mark,
}

/// A part for each task and all produced records, all or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Positions, as_of and sequences.
    pub parts: Vec<Part>,
    /// Outputs.
    pub appends: Vec<Append>,
}

/// What became of a call, and what the caller must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done and durable.
    Done,
    /// Nothing happened; the same call may be made again.
    Retry(String),
    /// The transaction was rolled back: discard memory, replay.
    Abort(String),
    /// Another owns the task: drop it and rejoin.
    Fenced(String),
    /// Stored data is not trusted: say so and stop.
    Corrupted(String),
    /// Misconfiguration: exit 78.
    Refuse(String),
    /// Exit 70.
    Fatal(String),
}

/// A log as one worker sees it.
pub trait Log {
    /// The tasks that this worker owns now.
    fn tasks(&mut self) -> Vec<TaskId>;
    /// Number of the assignment: another one whenever a task was given or taken, be it the same one
    /// that was taken and given back. `tasks` and `poll` hear of it.
    fn assignment(&self) -> u64;
    /// The committed mark of a task, read when no transaction that carries it is undecided.
    fn committed(&mut self, task: TaskId) -> std::result::Result<Mark, Verdict>;
    /// First retained position of a task's input, and the end of its committed records.
    fn bounds(&mut self, task: TaskId) -> std::result::Result<(u64, u64), Verdict>;
    /// Lets the next poll of a task begin at a position.
    fn seek(&mut self, task: TaskId, position: u64) -> std::result::Result<(), Verdict>;
    /// Gives nothing of a task until it is said otherwise; a task that is taken over is given.
    fn hold(&mut self, _task: TaskId, _is_held: bool) -> std::result::Result<(), Verdict> {
        Ok(())
    }
    /// Gives what is there, at most about `bytes_max`, waiting up to `wait_millis` for a first
    /// record.
    fn poll(
        &mut self,
        bytes_max: usize,
        wait_millis: u32,
        sink: &mut dyn RecordSink,
    ) -> std::result::Result<(), Verdict>;
    /// Commits, all or nothing; `Done` means durable and visible.
    fn commit(&mut self, transaction: &Transaction) -> Verdict;
    /// Whether commits carry states into a changelog. Not where the store lies beside the log and
    /// is lost with it.
    fn has_changelog(&self) -> bool {
        false
    }
    /// Begins to read a task's changelog at its first record; says whether it holds any.
    fn open_changelog(&mut self, _task: TaskId) -> std::result::Result<bool, Verdict> {
        Ok(false)
    }
    /// Gives committed records of the changelog that was opened last, in order, by key and value,
    /// waiting up to `wait_millis` for a first one.
    fn read_changelog(
        &mut self,
        _wait_millis: u32,
        _give: &mut TakeState<'_>,
    ) -> std::result::Result<Extent, Verdict> {
        Ok(Extent { is_at_end: true, ..Extent::default() })
    }
}

/// One write to the state store; keys are within a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    /// The key.
    pub key: Vec<u8>,
    /// The value; `None` deletes.
    pub value: Option<Vec<u8>>,
}

/// The disposable tier of states: written behind, never synced, checked by checksum.
pub trait StateStore {
    /// Reads one value of a task.
    fn get(&self, task: TaskId, key: &[u8]) -> std::result::Result<Option<Vec<u8>>, Verdict>;
    /// Visits the values of a task whose keys begin with a prefix, in order, until `false`.
    fn scan(
        &self,
        task: TaskId,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> std::result::Result<(), Verdict>;
    /// As `scan`, of the keys after one of them; without one, all.
    fn scan_after(
        &self,
        task: TaskId,
        prefix: &[u8],
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> std::result::Result<(), Verdict> {
        self.scan(task, prefix, &mut |key, value| {
            after.is_some_and(|after| key <= after) || visit(key, value)
        })
    }
    /// Writes all of these at once.
    fn write(&mut self, task: TaskId, writes: &[StateWrite]) -> std::result::Result<(), Verdict>;
    /// Deletes everything of a task.
    fn clear(&mut self, task: TaskId) -> std::result::Result<(), Verdict>;
    /// Lets everything that was written survive a crash.
    fn sync(&mut self) -> std::result::Result<(), Verdict>;
}
