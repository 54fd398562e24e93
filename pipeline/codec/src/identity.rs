//! Identities as 64 bits: what a fold compares instead of text.

use model::Group;
use xxhash_rust::xxh64::{Xxh64, xxh64};

/// The identity of a touchpoint: XXH64 with seed 0 over source, a zero byte and event_id.
///
/// Stored in states: changing it makes every stored history count its touchpoints twice.
#[inline]
pub fn identity(source: &[u8], event_id: &[u8]) -> u64 {
    // The streaming hasher costs more than the hash: short ones are laid out on the stack.
    let mut laid = [0_u8; 128];
    let length = source.len() + 1 + event_id.len();
    if let Some(room) = laid.get_mut(..length)
        && let Some((head, tail)) = room.split_at_mut_checked(source.len())
        && let Some((_, rest)) = tail.split_first_mut()
    {
        head.copy_from_slice(source);
        rest.copy_from_slice(event_id);
        return xxh64(room, 0);
    }
    let mut hasher = Xxh64::new(0);
    hasher.update(source);
    hasher.update(&[0]);
    hasher.update(event_id);
    hasher.digest()
}

/// The hash of a subject: XXH64 with seed 0; 0 stands for none, and for nothing else.
#[inline]
pub fn subject(text: &[u8]) -> u64 {
    if text.is_empty() { 0 } else { xxh64(text, 0).max(1) }
}

/// The group that a customer is hashed into: XXH64 with seed 0, modulo 32.
///
/// Part of the fold: changing it moves customers between counters.
#[inline]
pub fn group(customer: &[u8]) -> Group {
    Group((xxh64(customer, 0) % u64::from(Group::COUNT)) as u8)
}

/// The id of a transition: XXH64 with seed 0 over the customer, a zero byte, the identity of the
/// touchpoint (for cold: of the attempt) and where the move leads.
pub fn transition(customer: &[u8], touchpoint: u64, to: &str) -> u64 {
    let mut hasher = Xxh64::new(0);
    hasher.update(customer);
    hasher.update(&[0]);
    hasher.update(&touchpoint.to_le_bytes());
    hasher.update(to.as_bytes());
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::{group, identity, subject};
    use xxhash_rust::xxh64::xxh64;

    #[test]
    fn an_identity_is_the_hash_of_its_parts_with_a_zero_between() {
        for length in [0, 1, 16, 60, 126, 127, 128, 300] {
            let event = "e".repeat(length);
            let whole = [b"web", &[0_u8][..], event.as_bytes()].concat();
            assert_eq!(identity(b"web", event.as_bytes()), xxh64(&whole, 0), "length {length}");
        }
        assert_ne!(identity(b"a", b"bc"), identity(b"ab", b"c"));
    }

    #[test]
    fn customers_are_in_the_groups_that_the_documentation_says() {
        for (customer, expected) in [("ann", 30), ("bob", 27), ("c-102", 5)] {
            assert_eq!(group(customer.as_bytes()).0, expected, "{customer}");
        }
    }

    #[test]
    fn no_subject_is_zero() {
        assert_eq!(subject(b""), 0);
        assert_ne!(subject(b"deal-77"), 0);
    }
}
