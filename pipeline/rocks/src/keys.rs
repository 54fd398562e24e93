//! Keys of both databases: big-endian, so that their order is the order of positions.

use engine::{Node, TaskId};

/// Bytes of a chunk's key.
pub(crate) const CHUNK_KEY: usize = 14;

/// Bytes of the prefix of a task.
pub(crate) const TASK_KEY: usize = 5;

/// (topic, partition, first position).
pub(crate) fn chunk(topic: u16, partition: u32, first: u64) -> [u8; CHUNK_KEY] {
    let mut key = [0; CHUNK_KEY];
    key[..6].copy_from_slice(&lane(topic, partition));
    key[6..].copy_from_slice(&first.to_be_bytes());
    key
}

/// The position in a chunk's key, when it is one of this topic and partition.
pub(crate) fn chunk_first(topic: u16, partition: u32, key: &[u8]) -> Option<u64> {
    let first = key.strip_prefix(&lane(topic, partition))?;
    Some(u64::from_be_bytes(first.try_into().ok()?))
}

/// (topic, partition): the prefix of chunks and of table rows.
pub(crate) fn lane(topic: u16, partition: u32) -> [u8; 6] {
    let mut key = [0; 6];
    key[..2].copy_from_slice(&topic.to_be_bytes());
    key[2..].copy_from_slice(&partition.to_be_bytes());
    key
}

/// (topic, partition, key).
pub(crate) fn row(topic: u16, partition: u32, key: &[u8]) -> Vec<u8> {
    [&lane(topic, partition), key].concat()
}

/// Where a partition ends.
pub(crate) fn tail(topic: u16, partition: u32) -> Vec<u8> {
    [b"e".as_slice(), &lane(topic, partition)].concat()
}

/// Where a partition begins.
pub(crate) fn start(topic: u16, partition: u32) -> Vec<u8> {
    [b"s".as_slice(), &lane(topic, partition)].concat()
}

/// Definition of a topic.
pub(crate) fn topic(name: &str) -> Vec<u8> {
    [b"t".as_slice(), name.as_bytes()].concat()
}

/// Mark of a task.
pub(crate) fn mark(task: TaskId) -> Vec<u8> {
    [b"m".as_slice(), &self::task(task)].concat()
}

/// The prefix of all states of a task.
pub(crate) fn task(task: TaskId) -> [u8; 5] {
    let mut key = [0; 5];
    key[0] = match task.node {
        Node::Journey => 1,
        Node::Insight => 2,
    };
    key[1..].copy_from_slice(&task.partition.to_be_bytes());
    key
}

/// The first prefix after this one; partitions stay far below the last number.
pub(crate) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if last < u8::MAX {
            next.push(last + 1);
            break;
        }
    }
    next
}

/// The task whose mark a key holds.
pub(crate) fn read_mark(key: &[u8]) -> Option<TaskId> {
    let [b'm', node, partition @ ..] = key else { return None };
    let node = match node {
        1 => Node::Journey,
        2 => Node::Insight,
        _ => return None,
    };
    Some(TaskId { node, partition: u32::from_be_bytes(partition.try_into().ok()?) })
}

/// The topic and partition in the key of a start or an end.
pub(crate) fn read_lane(kind: u8, key: &[u8]) -> Option<(u16, u32)> {
    let [first, t0, t1, partition @ ..] = key else { return None };
    let partition = u32::from_be_bytes(partition.try_into().ok()?);
    (*first == kind).then_some((u16::from_be_bytes([*t0, *t1]), partition))
}
