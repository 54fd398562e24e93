//! How much a worker takes at once.

/// How a worker works; every number is a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes polled for one commit at most.
    pub poll_bytes: usize,
    /// Commits between two flushes of the store.
    pub commits_per_flush: u32,
    /// Customers in memory after a flush, by task.
    pub customers_max: usize,
    /// Flushes between two moments when all that was written survives a crash. Only then do
    /// changelogs get it: so often they move on.
    pub flushes_per_sync: u32,
    /// Bytes after which a slice of a changelog is closed.
    pub slice_bytes: usize,
    /// Differences of a commit: a task with more than half as many applies no more before the next,
    /// for a frame of them must not be larger than a broker takes.
    pub cells_max: usize,
}

impl Default for Pace {
    /// 4 MiB a commit, a flush every 32 commits, 100 000 customers a task; changelogs move on
    /// every eighth flush, and a commit carries 4 MiB of each at most: 64 slices of 64 KiB.
    fn default() -> Self {
        Pace {
            poll_bytes: 4 << 20,
            commits_per_flush: 32,
            customers_max: 100_000,
            flushes_per_sync: 8,
            slice_bytes: 64 << 10,
            cells_max: CELLS_MAX,
        }
    }
}

/// Of some 20 bytes each, with its name at most 130: a record of a broker holds a million.
const CELLS_MAX: usize = 8_000;
