//! Whether the topics are still as they must be: an administrator may change them at any time, and
//! no client is told.

use kafka::topics::{TopicSpec, verify};
use kafka::{Error, Settings};
use std::time::{Duration, Instant};

/// How often it is looked.
const INTERVAL: Duration = Duration::from_secs(15);

/// The topics of an application, and what was found of them last.
pub(super) struct Shape {
    specs: Vec<TopicSpec>,
    next: Instant,
    found: Option<Error>,
}

impl Shape {
    pub(super) fn new(specs: Vec<TopicSpec>) -> Shape {
        Shape { specs, next: Instant::now() + INTERVAL, found: None }
    }

    /// Why nobody may go on, once it was found twice in a row: a broker that has only begun may not
    /// know its topics yet.
    pub(super) fn look(&mut self, settings: &Settings) -> Option<String> {
        if Instant::now() < self.next {
            return None;
        }
        let found = verify(settings, &self.specs).err();
        self.next = Instant::now() + INTERVAL;
        let found = found.filter(|error| !matches!(error, Error::Unreachable { .. }));
        let is_again = found.is_some() && found == self.found;
        self.found = found;
        self.found.as_ref().filter(|_| is_again).map(Error::to_string)
    }
}
