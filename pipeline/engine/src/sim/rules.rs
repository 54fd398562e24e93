//! The rules of recovery as switches of the simulation's own parts.
//!
//! A test takes one away and sees that the simulation finds out. Only what belongs to a log or a
//! store can be switched: the engine that runs here is the one that runs in production.

macro_rules! rules {
    ($($name:ident $text:literal),* $(,)?) => {
        /// A rule that can be taken away.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $(#[doc = $text] $name),*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Rule] = &[$(Rule::$name),*];

            /// The rule in words.
            pub fn text(self) -> &'static str {
                match self {
                    $(Rule::$name => $text),*
                }
            }
        }
    };
}

rules! {
    SkipByAt "replay skips a record for a state whose position lies behind it",
    CommittedOnly "only committed states are written",
    LowAfterStates "the low position is written after the states that it speaks for",
    LowFollowsReplay "the low position never passes the replay's own",
    LostInOrder "of the writes that a crash loses none is older than one that is kept",
    IndexWithState "the index of deadlines is written with the state",
    AsOfCommitted "as_of is committed with the position",
    SourceTimeIsState "the time of each source is a state like any other",
    StableRead "marks are read only when no transaction that carries them is undecided",
    OwnGeneration "marks are sent with the generation of the assignment that was worked under",
    MarkDecides "a commit whose answer was lost is decided by the marks",
    AttemptNamed "a commit names its attempt; the sequence alone is no proof",
    FenceBeforeDeciding "the producer begins anew before that decision",
    TakenMeansAnew "a task that was taken and given back is made anew",
    CommittedReads "only committed records are read",
    RetentionChecked "a state that lies behind what is retained is refused",
    DurableLow "input is deleted only before a low position that is on disk for sure",
    SlicesFenced "a changelog is written inside the task's transactions",
    OwnLow "a changelog has a low position of its own",
    SlicedHere "a store is used only if it holds the last slice that was committed",
    WholeRestored "a store that was restored in part is restored anew",
    Checksums "a value that does not match its checksum is refused",
}

/// The rules that hold: all, or all but one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    off: Option<Rule>,
}

impl Rules {
    /// All but one.
    pub fn without(rule: Rule) -> Rules {
        Rules { off: Some(rule) }
    }

    /// Whether a rule holds.
    pub fn hold(self, rule: Rule) -> bool {
        self.off != Some(rule)
    }
}
