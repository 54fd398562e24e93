//! Who has what, by what the instances have written so far.

use super::{Application, Member};
use engine::TaskId;
use std::collections::BTreeMap;

/// The key of what all agree on; names of instances are digits.
pub const APPLICATION: &str = "application";

/// What begins the keys of what one instance keeps for whichever goes on.
const NOTES: &str = "notices-";

/// The instances by name, each with the position of its record.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    application: Option<Application>,
    members: BTreeMap<String, (u64, Member)>,
    notes: BTreeMap<String, Vec<u8>>,
    /// What lies before was taken: it may be read once more.
    next: u64,
}

impl Directory {
    /// Takes a record of the topic in. What cannot be read is a later version's, or nobody's.
    pub fn take(&mut self, position: u64, key: &[u8], value: Option<&[u8]>) {
        if position < self.next {
            return;
        }
        self.next = position + 1;
        let Ok(key) = std::str::from_utf8(key) else { return };
        if key == APPLICATION {
            let read = value.and_then(|value| serde_json::from_slice(value).ok());
            self.application = read.or(self.application.take());
            return;
        }
        if key.starts_with(NOTES) {
            match value {
                None => _ = self.notes.remove(key),
                Some(value) => _ = self.notes.insert(key.to_owned(), value.to_vec()),
            }
            return;
        }
        match value.map(serde_json::from_slice::<Member>) {
            None => _ = self.members.remove(key),
            Some(Ok(member)) => _ = self.members.insert(key.to_owned(), (position, member)),
            Some(Err(_)) => {}
        }
    }

    /// What all agree on.
    pub fn application(&self) -> Option<&Application> {
        self.application.as_ref()
    }

    /// What was kept under a key.
    pub fn note(&self, key: &str) -> Option<&[u8]> {
        self.notes.get(key).map(Vec::as_slice)
    }

    /// What an instance has said of itself last.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.get(name).map(|(_, member)| member)
    }

    /// Which instance has a task: of several that have said so the last. One that was killed could
    /// take nothing back.
    pub fn owner(&self, task: TaskId) -> Option<(&str, &Member)> {
        let claims = self.members.iter().filter(|(_, (_, member))| member.has(task));
        let last = claims.max_by_key(|(_, (position, _))| *position);
        last.map(|(name, (_, member))| (name.as_str(), member))
    }

    /// The other instances that have one of some tasks.
    pub fn others(&self, own: &str, tasks: &[TaskId]) -> BTreeMap<String, Member> {
        let owners = tasks.iter().filter_map(|task| self.owner(*task));
        let others = owners.filter(|(name, _)| *name != own);
        others.map(|(name, member)| (name.to_owned(), member.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Node;

    fn told(journeys: &[u32]) -> Vec<u8> {
        let member = Member { journeys: journeys.to_vec(), ..Member::default() };
        serde_json::to_vec(&member).expect("json")
    }

    /// Who has each of four partitions, after records of key and partitions.
    #[track_caller]
    fn owners(records: &[(&str, Option<&[u32]>)], expected: [&str; 4]) {
        let mut directory = Directory::default();
        for (position, (key, journeys)) in (0..).zip(records) {
            let value = journeys.map(told);
            directory.take(position, key.as_bytes(), value.as_deref());
        }
        let owner = |partition| {
            let owner = directory.owner(TaskId { node: Node::Journey, partition });
            owner.map_or("-", |(name, _)| name)
        };
        assert_eq!([0, 1, 2, 3].map(owner), expected, "{records:?}");
    }

    #[test]
    fn of_several_that_say_they_have_a_task_the_last_has_it() {
        owners(&[], ["-"; 4]);
        owners(&[("a", Some(&[0, 1, 2, 3]))], ["a"; 4]);
        let one_more: [(&str, Option<&[u32]>); 2] =
            [("a", Some(&[0, 1, 2, 3])), ("b", Some(&[2, 3]))];
        owners(&one_more, ["a", "a", "b", "b"]);
        // One was killed: it says for ever that it has what another took over.
        let killed: [(&str, Option<&[u32]>); 3] =
            [("a", Some(&[0, 1])), ("b", Some(&[2, 3])), ("b", Some(&[0, 1, 2, 3]))];
        owners(&killed, ["b"; 4]);
        let ended: [(&str, Option<&[u32]>); 2] = [("a", Some(&[0, 1, 2, 3])), ("a", None)];
        owners(&ended, ["-"; 4]);
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let mut directory = Directory::default();
        directory.take(0, b"a", Some(&told(&[0])));
        directory.take(1, b"a", Some(b"{"));
        directory.take(2, b"\xff", Some(&told(&[0])));
        directory.take(3, APPLICATION.as_bytes(), Some(b"{"));
        // The topic is read from its beginning once more.
        directory.take(0, b"a", Some(&told(&[3])));
        assert_eq!(directory.member("a").map(|member| member.journeys.clone()), Some(vec![0]));
        assert_eq!(directory.application(), None);
        let task = TaskId { node: Node::Journey, partition: 0 };
        assert!(directory.others("a", &[task]).is_empty());
        assert_eq!(directory.others("b", &[task]).len(), 1);
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let mut directory = Directory::default();
        let text = br#"{"url":null,"journeys":[1],"insights":[],"version":"9","colour":"red"}"#;
        directory.take(0, b"a", Some(text));
        assert_eq!(directory.member("a").map(|member| member.journeys.clone()), Some(vec![1]));
    }
}
