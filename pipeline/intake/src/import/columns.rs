//! Rows of columns: by a delimiter and quotes, or by the spaces that align them.

use super::encoding::{first_fault, text};
use super::error::{columns, not_utf8, open_quote};
use super::lines::{Line, Lines};
use codec::Invalid;
use codec::too_large;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use rules::Encoding;
use std::borrow::Cow;
use std::io;

/// Where the fields of a row are found, and the room for one row.
pub(crate) struct Columns {
    /// `None`: fields are divided by spaces.
    reader: Option<Reader>,
    encoding: Encoding,
    /// How many columns the file has; `None` before its header is read.
    pub(crate) count: Option<usize>,
    /// The fields of the row one after the other, and where each of them ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    field_count: usize,
}

/// A row that was taken from the lines; its fields are in [`Columns`].
pub(crate) struct Taken {
    /// The line in which it begins.
    pub(super) line: u64,
    pub(super) raw: Vec<u8>,
    /// Whether it can be read.
    pub(crate) fault: Option<Invalid>,
}

/// Columns of a row for which there is room at first.
const ENDS_FIRST: usize = 64;

impl Columns {
    /// Rows of columns; without a delimiter these are divided by spaces.
    pub(crate) fn new(delimiter: Option<u8>, encoding: Encoding) -> Columns {
        // Lines are handed over one by one, with this end and no other.
        let terminator = Terminator::Any(b'\n');
        let reader = delimiter
            .map(|byte| ReaderBuilder::new().delimiter(byte).terminator(terminator).build());
        let ends = vec![0; ENDS_FIRST];
        Columns { reader, encoding, count: None, fields: Vec::new(), ends, field_count: 0 }
    }

    /// The next row; blank lines between rows are passed over.
    pub(crate) fn next(&mut self, lines: &mut Lines, limit: usize) -> io::Result<Option<Taken>> {
        let Some(first) = lines.next_filled()? else { return Ok(None) };
        if !first.is_whole() {
            let fault = too_large("record", first.length, limit, "bytes");
            return Ok(Some(refused(first, fault)));
        }
        match self.reader.take() {
            Some(mut reader) => {
                let taken = self.quoted(&mut reader, first, lines, limit);
                self.reader = Some(reader);
                taken.map(Some)
            }
            None => Ok(Some(self.aligned(first))),
        }
    }

    /// A row of a delimiter and quotes, which may go on over several lines.
    ///
    /// A quote that is opened by mistake would swallow the rows after it. So a row of several lines
    /// that does not come out right costs its first line alone, and reading goes on behind that.
    fn quoted(
        &mut self,
        reader: &mut Reader,
        first: Line,
        lines: &mut Lines,
        limit: usize,
    ) -> io::Result<Taken> {
        reader.reset();
        self.field_count = 0;
        let (mut written, mut length) = (0, 0);
        let mut taken = vec![first];
        while let Some(line) = taken.last() {
            length += line.bytes.len() + 1;
            if self.feed(reader, &line.bytes, &mut written) {
                break;
            }
            match lines.next()? {
                Some(line) if line.is_whole() && length + line.bytes.len() <= limit => {
                    taken.push(line);
                }
                // The quote is still open where the file ends, or further than a row may go.
                over => {
                    if over.is_none() {
                        lines.tear();
                    }
                    lines.give_back(over.into_iter());
                    return Ok(first_alone(taken, lines, open_quote()));
                }
            }
        }
        let is_right = self.count.is_none_or(|count| count == self.field_count);
        if taken.len() > 1 && !is_right {
            return Ok(first_alone(taken, lines, open_quote()));
        }
        let line = taken.first().map_or(0, |line| line.number);
        let raw = taken.into_iter().map(|line| line.bytes).collect::<Vec<_>>().join(&b'\n');
        Ok(self.judged(line, raw))
    }

    /// Reads a line and its end; `true` where the row ends with it.
    fn feed(&mut self, reader: &mut Reader, line: &[u8], written: &mut usize) -> bool {
        let room = *written + line.len() + 1;
        if self.fields.len() < room {
            self.fields.resize(room, 0);
        }
        for mut input in [line, b"\n"] {
            // To the reader no input is the end of the file.
            while !input.is_empty() {
                let (fields, ends) = (&mut self.fields, &mut self.ends);
                let (result, read, wrote, ended) = reader.read_record(
                    input,
                    &mut fields[*written..],
                    &mut ends[self.field_count..],
                );
                *written += wrote;
                self.field_count += ended;
                input = &input[read..];
                match result {
                    ReadRecordResult::Record => return true,
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                    ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() + room, 0),
                    ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                }
            }
        }
        false
    }

    /// A row whose fields stand apart by spaces or tabs, as many as there are.
    fn aligned(&mut self, line: Line) -> Taken {
        self.fields.clear();
        self.ends.clear();
        for field in line.bytes.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()) {
            self.fields.extend_from_slice(field);
            self.ends.push(self.fields.len());
        }
        self.field_count = self.ends.len();
        self.judged(line.number, line.bytes)
    }

    fn judged(&self, line: u64, raw: Vec<u8>) -> Taken {
        let fault = match (self.count, first_fault(&raw, self.encoding)) {
            (_, Some(at)) => Some(not_utf8(at, true)),
            (Some(count), _) if count != self.field_count => Some(columns(self.field_count, count)),
            _ => None,
        };
        Taken { line, raw, fault }
    }

    /// The fields of the row that was taken last.
    pub(crate) fn fields(&self) -> Vec<Cow<'_, str>> {
        let mut start = 0;
        let ends = self.ends.iter().take(self.field_count);
        ends.map(|end| {
            let field = self.fields.get(start..*end).unwrap_or_default();
            start = *end;
            text(field, self.encoding)
        })
        .collect()
    }
}

fn refused(line: Line, fault: Invalid) -> Taken {
    Taken { line: line.number, raw: line.bytes, fault: Some(fault) }
}

/// Refuses the first of several lines, and gives the others back.
fn first_alone(lines: Vec<Line>, source: &mut Lines, fault: Invalid) -> Taken {
    let mut lines = lines.into_iter();
    let first = lines.next();
    source.give_back(lines);
    let (line, raw) = first.map_or((0, Vec::new()), |line| (line.number, line.bytes));
    Taken { line, raw, fault: Some(fault) }
}
