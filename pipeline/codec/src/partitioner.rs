//! How producers of touchpoints choose a partition for a customer.

use crate::partition;

/// A partitioner that producers of the field have as their default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partitioner {
    /// The Java client's.
    #[default]
    Murmur2,
    /// librdkafka's, and so that of kcat and of most clients outside of Java.
    Crc32,
}

impl Partitioner {
    /// A partitioner by its name in the configuration.
    pub fn parse(name: &str) -> Option<Partitioner> {
        [Partitioner::Murmur2, Partitioner::Crc32].into_iter().find(|known| known.name() == name)
    }

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Partitioner::Murmur2 => "murmur2",
            Partitioner::Crc32 => "crc32",
        }
    }

    /// The partition of a key among so many; 0 where there are none.
    #[inline]
    pub fn partition(self, key: &[u8], partitions: u32) -> u32 {
        match self {
            Partitioner::Murmur2 => partition(key, partitions),
            Partitioner::Crc32 => crc32fast::hash(key).checked_rem(partitions).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Partitioner;

    #[test]
    fn crc32_is_that_of_librdkafka() {
        // The check value of CRC-32/ISO-HDLC, which librdkafka's own tests use too.
        assert_eq!(Partitioner::Crc32.partition(b"123456789", u32::MAX), 0xcbf4_3926);
        assert_eq!(Partitioner::Crc32.partition(b"123456789", 3), 0xcbf4_3926 % 3);
        assert_eq!(Partitioner::Crc32.partition(b"123456789", 0), 0);
    }

    #[test]
    fn a_partitioner_is_known_by_its_name() {
        for known in [Partitioner::Murmur2, Partitioner::Crc32] {
            assert_eq!(Partitioner::parse(known.name()), Some(known));
        }
        assert_eq!(Partitioner::parse("random"), None);
    }
}
