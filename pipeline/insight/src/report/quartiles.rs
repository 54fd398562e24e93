//! How long something takes, from counts in buckets.

use model::Bucket;
use std::collections::BTreeMap;

/// The buckets in which a quarter, half and three quarters of the times lie at or below.
///
/// Counters know buckets and not times, so a quartile is a range too, never a made-up number of
/// minutes. It is the smallest value with so many at or below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quartiles {
    /// How many times there are.
    pub count: i64,
    /// Where the lower quartile lies.
    pub lower: Bucket,
    /// Where the median lies.
    pub median: Bucket,
    /// Where the upper quartile lies.
    pub upper: Bucket,
}

impl Quartiles {
    /// With fewer times nothing is said: the least and the greatest of five hold the median between
    /// them in 15 of 16 samples, of fewer not even that.
    pub const COUNT_MIN: i64 = 5;

    /// The quartiles of counts by bucket; `None` where there are too few.
    pub fn of(counts: &BTreeMap<Bucket, i64>) -> Option<Quartiles> {
        let count: i64 = counts.values().sum();
        if count < Self::COUNT_MIN {
            return None;
        }
        let at = |quarters: i64| {
            let rank = (count * quarters + 3) / 4;
            let mut below = 0;
            let reached = counts.iter().find(|(_, in_bucket)| {
                below += **in_bucket;
                below >= rank
            });
            reached.map(|(bucket, _)| *bucket)
        };
        Some(Quartiles { count, lower: at(1)?, median: at(2)?, upper: at(3)? })
    }
}

/// The bucket of a name.
pub(crate) fn bucket(word: &str) -> Option<Bucket> {
    let mut all = (0..).map(Bucket).take_while(|bucket| !bucket.word().is_empty());
    all.find(|bucket| bucket.word() == word)
}
