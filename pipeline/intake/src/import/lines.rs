//! Lines of a file, each with its number and no longer than a record may be.

use super::trail::{Place, Trail};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// A line without its end.
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// Its bytes; of a line that is too long the first.
    pub(super) bytes: Vec<u8>,
    /// How many bytes it has.
    pub(super) length: usize,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty() && self.is_whole()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.bytes.len() == self.length
    }
}

/// The lines of a stream.
pub(crate) struct Lines {
    stream: Box<dyn BufRead + Send>,
    bytes_max: usize,
    /// The number of the last line that came from the stream.
    pub(super) number: u64,
    /// Lines that were taken and given back.
    again: VecDeque<Line>,
    /// Room of a line that nobody needs any more.
    spare: Vec<u8>,
    /// What has been taken from the stream.
    trail: Trail,
    /// Whether what was read depends on where the file ends: a longer one would be read otherwise.
    is_torn: bool,
}

impl Lines {
    pub(crate) fn new(stream: Box<dyn BufRead + Send>, bytes_max: usize) -> Lines {
        let (again, spare, trail) = (VecDeque::new(), Vec::new(), Trail::default());
        Lines { stream, bytes_max, number: 0, again, spare, trail, is_torn: false }
    }

    /// The next line, `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.again.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        // One more than fits, and the end of the line.
        let most = self.bytes_max as u64 + 2;
        if self.stream.by_ref().take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.trail.add(&bytes);
        let mut beyond = 0;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if bytes.len() as u64 == most {
            beyond = self.skip()?;
        } else {
            self.is_torn = true;
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if self.number == 0 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let length = bytes.len() + beyond;
        bytes.truncate(self.bytes_max);
        self.number += 1;
        Ok(Some(Line { number: self.number, bytes, length }))
    }

    /// Passes over the rest of a line, and says how long it was without its end.
    fn skip(&mut self) -> io::Result<usize> {
        let (mut length, mut last) = (0, 0);
        loop {
            let buffer = self.stream.fill_buf()?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let count = end.unwrap_or(buffer.len());
            let is_over = end.is_some() || buffer.is_empty();
            if let Some(byte) = count.checked_sub(1).and_then(|at| buffer.get(at)) {
                last = *byte;
            }
            self.is_torn |= buffer.is_empty();
            let taken = count + usize::from(end.is_some());
            self.trail.add(buffer.get(..taken).unwrap_or_default());
            self.stream.consume(taken);
            length += count;
            if is_over {
                return Ok(length - usize::from(last == b'\r'));
            }
        }
    }

    /// Gives the room of a line back, for the next.
    pub(super) fn spare(&mut self, bytes: Vec<u8>) {
        self.spare = bytes;
    }

    /// Gives lines back: they come again, in this order, before any other.
    pub(super) fn give_back(&mut self, lines: impl DoubleEndedIterator<Item = Line>) {
        for line in lines.rev() {
            self.again.push_front(line);
        }
    }

    /// What lies behind, where the next line is the next of the stream, and a longer file would
    /// have been read so too.
    pub(super) fn trail(&self) -> Option<&Trail> {
        (self.again.is_empty() && !self.is_torn).then_some(&self.trail)
    }

    /// Says that something was read as it was because the file ends.
    pub(super) fn tear(&mut self) {
        self.is_torn = true;
    }

    /// The first two lines as they stand; both come once more.
    pub(super) fn beginning(&mut self) -> io::Result<Vec<u8>> {
        let mut lines = Vec::new();
        while lines.len() < 2 {
            let Some(line) = self.next()? else { break };
            lines.push(line);
        }
        let all = lines.iter().map(|line| line.bytes.as_slice()).collect::<Vec<_>>().join(&b'\n');
        self.give_back(lines.into_iter());
        Ok(all)
    }

    /// Passes over bytes up to a place without reading lines; `false` where there are not so many.
    pub(super) fn pass(&mut self, place: &Place) -> io::Result<bool> {
        self.again.clear();
        while let Some(left) = place.bytes.checked_sub(self.trail.bytes).filter(|left| *left > 0) {
            let buffer = self.stream.fill_buf()?;
            let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if count == 0 {
                return Ok(false);
            }
            self.trail.add(buffer.get(..count).unwrap_or_default());
            self.stream.consume(count);
        }
        self.number = place.line;
        Ok(self.trail.is_at(place))
    }

    /// The next line that holds something.
    pub(super) fn next_filled(&mut self) -> io::Result<Option<Line>> {
        loop {
            match self.next()? {
                Some(line) if line.is_blank() => {}
                other => return Ok(other),
            }
        }
    }
}
