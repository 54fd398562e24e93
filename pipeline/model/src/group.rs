//! Groups of customers: what intervals are made of.

/// One of 32 groups that customers are hashed into.
///
/// Sums that are kept by group can be told without any one of them, and how much that changes a
/// figure says how sure the figure is (the delete-a-group jackknife).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u8);

impl Group {
    /// How many groups there are.
    pub const COUNT: u8 = 32;

    /// What windows of less than a day have in the place of a group.
    pub const ALL: &str = "all";

    /// The word that counters carry.
    pub fn word(self) -> &'static str {
        WORDS.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

const WORDS: [&str; Group::COUNT as usize] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
];
