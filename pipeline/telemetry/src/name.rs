//! Every metric by name: its type, its unit, its labels and what it says.

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Only grows, and begins at zero with the process.
    Counter,
    /// Stands where it was last set.
    Gauge,
    /// Counts by how large something was.
    Histogram,
}

/// What a metric measures in. A unit that is not `Count` stands in the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of what the name says.
    Count,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Records of a topic.
    Records,
    /// Always 1: what it has to say is in the labels.
    Info,
}

macro_rules! names {
    ($($variant:ident = $text:literal, $type:ident, $unit:ident, $labels:expr,
        $sentence:literal;)+) => {
        /// A metric. There is none beside these.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Name {
            $(#[doc = $sentence] $variant,)+
        }

        impl Name {
            /// Every metric.
            pub const ALL: &[Name] = &[$(Name::$variant,)+];

            /// The name that Prometheus knows.
            pub fn text(self) -> &'static str { match self { $(Name::$variant => $text,)+ } }

            /// How it behaves.
            pub fn kind(self) -> Type { match self { $(Name::$variant => Type::$type,)+ } }

            /// What it measures in.
            pub fn unit(self) -> Unit { match self { $(Name::$variant => Unit::$unit,)+ } }

            /// Its labels, each with a closed set of values.
            pub fn labels(self) -> &'static [&'static str] {
                match self { $(Name::$variant => &$labels,)+ }
            }

            /// What it says, in a sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Name::$variant => $sentence,)+ }
            }
        }
    };
}

names! {
    Touchpoints = "desirepath_touchpoints_total", Counter, Count, ["result"],
        "Records that were committed, by what became of them: accepted, duplicate, late or dead.";
    Forwarded = "desirepath_forwarded_total", Counter, Count, [],
        "Touchpoints that lay on another partition than their customer's and were sent there; \
         producers that place by murmur2, or as kafka.partitioner says, have none.";
    Journeys = "desirepath_journeys", Gauge, Count, ["stage", "outcome"],
        "Customers by the stage that they stand in and how their attempt has gone so far.";
    Moves = "desirepath_moves_total", Counter, Count, ["from", "to"],
        "Moves between stages as they were counted; what a late record took back stays in.";
    CommitDuration = "desirepath_commit_duration_seconds", Histogram, Seconds, [],
        "Time from the beginning of a commit until it was durable or known to have failed.";
    Commits = "desirepath_commits_total", Counter, Count, ["verdict"],
        "Commits by verdict: done, or what had to be done instead.";
    LagSeconds = "desirepath_lag_seconds", Gauge, Seconds, ["task"],
        "How long the oldest record that a task has not committed yet can have waited at most; 0 \
         when none waits, and left out where it is not known.";
    LagRecords = "desirepath_lag_records", Gauge, Records, ["task"],
        "Records before the last stable offset of a task's input that it has not committed yet.";
    TaskState = "desirepath_task_state", Gauge, Count, ["task", "state"],
        "The state that a task of this instance is in, as 1; the others are left out.";
    WorkerAnswers = "desirepath_worker_answers", Gauge, Count, [],
        "Whether the worker has answered within two seconds: 0 while its log does not answer, or \
         while states are made anew. What tasks say is then left out.";
    HotLookups = "desirepath_hot_lookups_total", Counter, Count, ["result"],
        "Customers of touchpoints by where their state was found: hot in memory, stored on the \
         disk, or new. The hit rate is hot / (hot + stored).";
    Letters = "desirepath_letters_total", Counter, Count, ["topic", "class"],
        "Records set aside in the topics late and dead-letters, by why.";
    SourceRecords = "desirepath_source_records_total", Counter, Records, ["topic", "result"],
        "Records of other systems' topics that were committed, by what became of them: touchpoint, \
         dropped by the mapping, silent (nothing in it), or dead.";
    SourceLag = "desirepath_source_lag_records", Gauge, Records, ["topic"],
        "Records of another system's topic that lie before this instance.";
    SourceHeld = "desirepath_source_held", Gauge, Count, ["topic", "reason"],
        "Whether another system's topic is held, as 1: the registry of its schemas does not \
         answer, or too much of it cannot be read (poison).";
    RestoredRatio = "desirepath_restored_ratio", Gauge, Count, ["task"],
        "What part of its changelog a task has read whose states were lost: gone once it is whole.";
    ChangelogWaiting = "desirepath_changelog_waiting", Gauge, Count, ["task"],
        "Slices of a task's states that its changelog lacks; on Kafka only.";
    ChangelogLow = "desirepath_changelog_low_position", Gauge, Count, ["task"],
        "The position before which a task's input may be deleted and lost states still be restored \
         from its changelog; on Kafka only.";
    AuditCounters = "desirepath_audit_counters_total", Counter, Count, [],
        "Counters that were compared with the histories behind them while the instance works.";
    AuditDifferences = "desirepath_audit_differences_total", Counter, Count, [],
        "Compared counters that were something else: anything but zero is a fault.";
    AuditViolations = "desirepath_audit_violations", Gauge, Count, [],
        "Laws between running totals that were broken at the last look: zero when they hold.";
    Conservation = "desirepath_conservation_difference", Gauge, Count, [],
        "Records less those that were counted, duplicates, late or dead, when all were last seen \
         read: anything but zero is a fault.";
    DrilldownLists = "desirepath_drilldown_lists_total", Counter, Count, [],
        "Counters that were compared with the list of the people behind them.";
    DrilldownMismatch = "desirepath_drilldown_mismatch_total", Counter, Count, [],
        "Counters that did not count the rows of their list: anything but zero is a fault.";
    FinalRevised = "desirepath_windows_final_revised_total", Counter, Count, [],
        "Changes of counters whose window was final, by touchpoints that came after the grace.";
    FreshnessSeconds = "desirepath_freshness_seconds", Gauge, Seconds, [],
        "Now less the event time of the last committed touchpoint.";
    HttpRequestDuration = "desirepath_http_request_duration_seconds", Histogram, Seconds, ["door"],
        "Time from a request's head to the head of its answer, by the door that it came to.";
    HttpAnswers = "desirepath_http_answers_total", Counter, Count, ["status"],
        "Answers over HTTP by class of their status: 2xx, 3xx, 4xx or 5xx.";
    Notices = "desirepath_notices_total", Counter, Count, ["result"],
        "Messages that leads went cold: sent and taken, or failed and tried again.";
    Findings = "desirepath_findings", Gauge, Count, ["verdict"],
        "Findings by what to make of them: act, promising, not_enough, or over (not confirmed, or \
         no longer true); of the instance that keeps their ledger.";
    FindingsAge = "desirepath_findings_age_seconds", Gauge, Seconds, ["verdict"],
        "How long ago, in event time, the oldest finding of a verdict was found; 0 where there is \
         none.";
    BuildInfo = "desirepath_build_info", Gauge, Info, ["version"],
        "The version that is running; the value is always 1.";
    ProcessMemory = "process_resident_memory_bytes", Gauge, Bytes, [],
        "Memory of the process that is in RAM.";
    ProcessCpu = "process_cpu_seconds_total", Counter, Seconds, [],
        "Time that processors have spent on the process, in user and in system mode.";
    DiskFree = "desirepath_disk_free_bytes", Gauge, Bytes, [],
        "What is left to write on the disk of the data folder.";
    DiskSize = "desirepath_disk_size_bytes", Gauge, Bytes, [],
        "How large the disk of the data folder is.";
    ProcessStart = "process_start_time_seconds", Gauge, Seconds, [],
        "When the process was started, in seconds since 1970.";
    ProcessFiles = "process_open_fds", Gauge, Count, [],
        "Files and sockets that the process holds open.";
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.text())
    }
}
