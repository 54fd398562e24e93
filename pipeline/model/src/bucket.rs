//! Lengths of time in ranges with fixed bounds, so that counters of them are few.

use crate::Span;

/// A range of lengths of time; the lower bound is included, the upper is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(pub u16);

impl Bucket {
    /// How many there are.
    pub const COUNT: u16 = BUCKETS.len() as u16;
}

const BUCKETS: [(i64, &str); 32] = [
    (0, "0s-1s"),
    (1, "1s-10s"),
    (10, "10s-30s"),
    (30, "30s-1m"),
    (60, "1m-2m"),
    (120, "2m-5m"),
    (300, "5m-10m"),
    (600, "10m-15m"),
    (900, "15m-30m"),
    (1_800, "30m-1h"),
    (3_600, "1h-2h"),
    (7_200, "2h-4h"),
    (14_400, "4h-8h"),
    (28_800, "8h-12h"),
    (43_200, "12h-1d"),
    (86_400, "1d-2d"),
    (172_800, "2d-3d"),
    (259_200, "3d-5d"),
    (432_000, "5d-7d"),
    (604_800, "7d-10d"),
    (864_000, "10d-14d"),
    (1_209_600, "14d-21d"),
    (1_814_400, "21d-30d"),
    (2_592_000, "30d-45d"),
    (3_888_000, "45d-60d"),
    (5_184_000, "60d-90d"),
    (7_776_000, "90d-120d"),
    (10_368_000, "120d-180d"),
    (15_552_000, "180d-270d"),
    (23_328_000, "270d-365d"),
    (31_536_000, "365d-730d"),
    (63_072_000, "730d+"),
];

impl Bucket {
    /// The bucket of a length of time.
    pub fn of(span: Span) -> Bucket {
        let after = BUCKETS.partition_point(|(seconds, _)| seconds * 1_000 <= span.millis());
        Bucket(after.saturating_sub(1) as u16)
    }

    /// The length of time at which it ends and the next one begins; `None` of the last.
    pub fn end(self) -> Option<Span> {
        let next = BUCKETS.get(usize::from(self.0) + 1)?;
        Some(Span::from_millis(next.0 * 1_000))
    }

    /// The bucket's name.
    pub fn word(self) -> &'static str {
        BUCKETS.get(usize::from(self.0)).map_or("", |bucket| bucket.1)
    }
}
