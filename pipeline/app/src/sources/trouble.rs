//! Why nothing comes from the sources at the moment, or from one of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is wrong with the sources, shared between the thread that reads and whoever asks.
#[derive(Default)]
pub struct Trouble(Mutex<Said>);

#[derive(Default)]
struct Said {
    /// Of all of them.
    whole: Option<String>,
    /// Of one topic, which does not speak for another.
    topics: BTreeMap<String, String>,
}

impl Trouble {
    /// What is wrong, each in a sentence.
    pub fn said(&self) -> Vec<String> {
        let said = self.lock();
        let whole = said.whole.iter().map(|why| format!("sources are not read: {why}"));
        let topics =
            said.topics.iter().map(|(topic, why)| format!("source {topic} is held: {why}"));
        whole.chain(topics).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is wrong with all of them; says whether that is new.
    pub(super) fn say(&self, text: String) -> bool {
        let before = self.lock().whole.replace(text.clone());
        before.as_ref() != Some(&text)
    }

    /// Nothing is wrong with all of them; says whether something was.
    pub(super) fn clear(&self) -> bool {
        self.lock().whole.take().is_some()
    }

    /// Something is wrong with one of them; says whether that is new.
    pub(super) fn hold(&self, topic: &str, text: String) -> bool {
        let before = self.lock().topics.insert(topic.to_owned(), text.clone());
        before.as_ref() != Some(&text)
    }

    /// Nothing is wrong with one of them; says whether something was.
    pub(super) fn release(&self, topic: &str) -> bool {
        self.lock().topics.remove(topic).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn the_trouble_of_one_topic_is_not_anothers() {
        let trouble = Trouble::default();
        assert!(trouble.said().is_empty());
        assert!(trouble.hold("a", "no registry".to_owned()));
        assert!(!trouble.hold("a", "no registry".to_owned()));
        assert!(trouble.hold("b", "poison".to_owned()));
        assert!(!trouble.clear(), "nothing is wrong with all of them");
        assert!(trouble.say("no broker".to_owned()));
        assert_eq!(
            trouble.said(),
            [
                "sources are not read: no broker",
                "source a is held: no registry",
                "source b is held: poison"
            ]
        );
        assert!(trouble.clear() && trouble.release("a") && !trouble.release("a"));
        assert_eq!(trouble.said(), ["source b is held: poison"]);
    }
}
