//! What happens, in what order, as data: a run is a function of it, and so can be made shorter.

/// What becomes of the end of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and the answer comes.
    #[default]
    Received,
    /// The log rolls it back and says so.
    Refused,
    /// The request never arrives.
    LostBefore,
    /// It is done, and the answer never comes.
    LostAfter,
    /// The request is under way, and may arrive at any later time.
    UnderWay,
}

impl Answer {
    /// What becomes of a commit, in words; nothing where all goes well.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Answer::Received => "",
            Answer::Refused => "; its commit is refused",
            Answer::LostBefore => "; its commit never arrives",
            Answer::LostAfter => "; its commit happens, the answer is lost",
            Answer::UnderWay => "; the end of its commit is under way",
        }
    }
}

/// A point on the way of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Its so manyth: 1 is the first.
    Point(u8),
    /// Where it has waited for the answer to a commit in vain.
    NoAnswer,
}

/// How one turn or one start goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Records given at most, by the place of a task among the tasks.
    pub take: [u8; 4],
    /// Whether the wall clock is read.
    pub reads_clock: bool,
    /// Whether what is applied waits for the commit of a later turn.
    pub commits_later: bool,
    /// Whether nothing is heard of the group: a process that was held up goes on.
    pub is_deaf: bool,
    /// What becomes of the commit.
    pub answer: Answer,
    /// The process dies at this point of its way: 1 is the first.
    pub dies_at: Option<u8>,
    /// Should it die: of what is not on disk for sure so many 255ths survive.
    pub keep: u8,
    /// What others do at a point of its way.
    pub meanwhile: Option<(At, Vec<Step>)>,
}

/// One thing that happens. What cannot happen is no event: the turn of a process that is dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A record of the input arrives, by its place in the list.
    Append(usize),
    /// A process starts.
    Start(usize, Plan),
    /// A process polls, applies, commits, and perhaps writes behind.
    Turn(usize, Plan),
    /// A process dies; of what is not on disk for sure so many 255ths survive.
    Crash(usize, u8),
    /// So many 255ths of what is not on disk for sure get there.
    Sync(usize, u8),
    /// The group gives the tasks anew: bits say who gets which.
    Assign(u64),
    /// The time of an open transaction is over.
    Expire(usize),
    /// A request under way arrives.
    Deliver(usize),
    /// The clock of the world moves by so many minutes, be it back.
    Clock(i32),
    /// The log deletes input that no state needs.
    Trim,
    /// A dead process's disk is the other's from now on, and the other way round.
    SwapDisks(usize, usize),
    /// Somebody keeps a copy of a dead process's disk.
    CopyDisk(usize),
    /// Somebody puts the copy back.
    RestoreDisk(usize),
    /// A dead process's disk is replaced by an empty one.
    LoseDisk(usize),
    /// A bit of what is on disk turns over.
    Damage(usize, u16),
}

/// What a process does where it has waited for an answer in vain.
pub(crate) const NO_ANSWER: &str = "waits for an answer in vain";

/// A letter for a process.
pub(crate) fn name(who: usize) -> char {
    char::from(b'A' + who as u8 % 26)
}
