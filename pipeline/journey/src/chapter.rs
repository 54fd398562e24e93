//! A piece of a history, which begins with the fold's state before its first touchpoint.

use crate::behind::Touch;
use crate::pack::{Before, Line, Reader, pack_walk};
use crate::{Reading, Walk};
use model::{SourceId, Timestamp, Touchpoint};

/// About 32 touchpoints of one customer, in order, spread out to be worked on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chapter {
    /// Where the customer stood before the first of them.
    pub start: Walk,
    /// The touchpoints, in the order of the history.
    pub touchpoints: Vec<Touchpoint>,
}

impl Chapter {
    /// How many touchpoints a chapter takes before the next one begins.
    pub const LENGTH: usize = 32;
}

/// A chapter as it is kept: some twenty bytes a touchpoint.
///
/// ```text
/// walk before it │ touchpoints, each by its distance from the one before │ their identities
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
    /// Where the last touchpoint begins.
    last_at: u32,
    count: u16,
    /// Of the last touchpoint, like its time and position.
    source: SourceId,
    time: Timestamp,
    position: u64,
}

/// A chapter grows by so many bytes: three touchpoints, so that little room lies idle.
const GROWTH: usize = 64;

impl Default for Packed {
    fn default() -> Self {
        Packed::new(&Walk::default())
    }
}

impl Packed {
    /// No touchpoints yet.
    pub fn new(start: &Walk) -> Packed {
        let mut bytes = Vec::with_capacity(GROWTH);
        pack_walk(start, &mut bytes);
        let Before { time, position, source } = Before::default();
        Packed { last_at: bytes.len() as u32, bytes, count: 0, source, time, position }
    }

    /// A chapter, packed.
    pub fn pack(chapter: &Chapter) -> Packed {
        let mut packed = Packed::new(&chapter.start);
        packed.bytes.reserve_exact(chapter.touchpoints.len() * 24);
        for touchpoint in &chapter.touchpoints {
            let line = Line::new(touchpoint, packed.last());
            packed.note_last(packed.bytes.len(), touchpoint);
            packed.bytes.extend_from_slice(line.bytes());
        }
        for touchpoint in &chapter.touchpoints {
            packed.bytes.extend_from_slice(&touchpoint.identity.to_le_bytes());
        }
        packed.count = chapter.touchpoints.len() as u16;
        packed.bytes.shrink_to_fit();
        packed
    }

    /// A chapter of so many touchpoints from its bytes; `None` where they are not one.
    pub fn read(bytes: &[u8], count: u16) -> Option<Packed> {
        let lines = bytes.len().checked_sub(8 * usize::from(count))?;
        let mut packed = Packed { bytes: bytes.to_vec(), count, ..Packed::default() };
        let mut reader = Reader::new(&bytes[..lines], 0);
        reader.walk();
        packed.last_at = reader.at as u32;
        for _ in 0..count {
            let at = reader.at;
            let touchpoint = reader.touchpoint(packed.last());
            packed.note_last(at, &touchpoint);
        }
        (!reader.is_broken && reader.at == lines).then_some(packed)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many touchpoints it has.
    pub fn count(&self) -> u16 {
        self.count
    }

    fn last(&self) -> Before {
        Before { time: self.time, position: self.position, source: self.source }
    }

    fn note_last(&mut self, at: usize, touchpoint: &Touchpoint) {
        self.last_at = at as u32;
        Before { time: self.time, position: self.position, source: self.source } =
            Before::of(touchpoint);
    }

    /// Where the identities begin.
    fn lines(&self) -> usize {
        self.bytes.len() - 8 * usize::from(self.count)
    }

    /// The identities, in order.
    pub fn identities(&self) -> impl Iterator<Item = u64> + '_ {
        let identities = self.bytes[self.lines()..].chunks_exact(8);
        identities.map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
    }

    /// The index of an identity.
    pub fn find(&self, identity: u64) -> Option<usize> {
        // Without an exit the loop compares several at once.
        let has = self.identities().fold(false, |has, known| has | (known == identity));
        has.then(|| self.identities().position(|known| known == identity)).flatten()
    }

    /// The time of the last touchpoint.
    pub fn last_time(&self) -> Option<Timestamp> {
        (self.count > 0).then_some(self.time)
    }

    /// The last touchpoint.
    pub fn last_touchpoint(&self) -> Option<Touchpoint> {
        let identity = self.identities().last()?;
        let mut reader = Reader::new(&self.bytes, self.last_at as usize);
        let said = reader.touchpoint(Before::default());
        let Before { time, position, source } = self.last();
        Some(Touchpoint { identity, time, position, source, ..said })
    }

    /// The time of the first touchpoint.
    pub fn first_time(&self) -> Option<Timestamp> {
        let mut reader = Reader::new(&self.bytes, 0);
        reader.walk();
        (self.count > 0).then(|| reader.touchpoint(Before::default()).time)
    }

    /// Adds a touchpoint at the end.
    pub fn push(&mut self, touchpoint: &Touchpoint) {
        let line = Line::new(touchpoint, self.last());
        let (at, line) = (self.lines(), line.bytes());
        let (length, longer) = (self.bytes.len(), self.bytes.len() + line.len());
        if longer + 8 > self.bytes.capacity() {
            self.bytes.reserve_exact(line.len() + GROWTH);
        }
        self.bytes.resize(longer, 0);
        self.bytes.copy_within(at..length, at + line.len());
        self.bytes[at..at + line.len()].copy_from_slice(line);
        self.bytes.extend_from_slice(&touchpoint.identity.to_le_bytes());
        self.count += 1;
        self.note_last(at, touchpoint);
    }

    /// Lets go of the room that no touchpoint takes.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Where the customer stood before it.
    pub fn start(&self) -> Walk {
        Reader::new(&self.bytes, 0).walk()
    }

    /// Adds the touches of the last so many touchpoints, the last first.
    pub(crate) fn touches(&self, reading: &Reading, count: usize, out: &mut Vec<Touch>) {
        let mut reader = Reader::new(&self.bytes[..self.lines()], 0);
        reader.walk();
        let (begin, all) = (out.len(), usize::from(self.count));
        out.reserve(count.min(all));
        let mut before = Before::default();
        for index in 0..all {
            let touchpoint = reader.touchpoint(before);
            before = Before::of(&touchpoint);
            if index + count >= all {
                out.push(Touch::of(reading, &touchpoint));
            }
        }
        out[begin..].reverse();
    }

    /// The chapter, spread out.
    pub fn unpack(&self) -> Chapter {
        let mut reader = Reader::new(&self.bytes[..self.lines()], 0);
        let start = reader.walk();
        let mut before = Before::default();
        let touchpoints = self.identities().map(|identity| {
            let said = reader.touchpoint(before);
            before = Before::of(&said);
            Touchpoint { identity, ..said }
        });
        Chapter { start, touchpoints: touchpoints.collect() }
    }
}
