//! Where records and marks lie: partitions, and offsets in them.

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) partition: u32,
}

/// An offset, and the text beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) place: Place,
    pub(crate) position: Option<u64>,
    pub(crate) metadata: String,
}
