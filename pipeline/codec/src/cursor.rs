//! A place in a message: reads that check their bounds.

use crate::Fault;

/// Reads forward through a message, and never beyond its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a message.
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// What lies between an earlier place and this one.
    pub(crate) fn since(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    /// The next bytes.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(Fault::Ends { at: self.at, wanted: count, left: self.left() }),
        }
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                Ok(*byte)
            }
            None => Err(Fault::Ends { at: self.at, wanted: 1, left: 0 }),
        }
    }

    /// A number of up to 64 bits, seven to a byte, the least first.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Fault> {
        let start = self.at;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 {
                return Err(Fault::Number { at: start });
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Number { at: start })
    }

    /// A signed number in zigzag form.
    #[inline]
    pub(crate) fn long(&mut self) -> Result<i64, Fault> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// A signed number of 32 bits in zigzag form.
    #[inline]
    pub(crate) fn int(&mut self) -> Result<i32, Fault> {
        let at = self.at;
        i32::try_from(self.long()?).map_err(|_| Fault::Number { at })
    }

    /// A byte that is 0 or 1.
    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        let at = self.at;
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::Number { at }),
        }
    }

    /// Bytes after their length in zigzag form.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let at = self.at;
        let count = usize::try_from(self.long()?).map_err(|_| Fault::Number { at })?;
        self.take(count)
    }

    /// Text after its length in zigzag form.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.bytes()?;
        self.utf8(bytes)
    }

    /// Bytes that were read, as text.
    #[inline]
    pub(crate) fn utf8(&self, bytes: &'a [u8]) -> Result<&'a str, Fault> {
        std::str::from_utf8(bytes).map_err(|_| Fault::Text { at: self.at })
    }

    /// The head of a block of a map or an array: how many items, and how many bytes where it says.
    pub(crate) fn block(&mut self) -> Result<(u64, Option<u64>), Fault> {
        let count = self.long()?;
        if count >= 0 {
            return Ok((count as u64, None));
        }
        let at = self.at;
        let size = u64::try_from(self.long()?).map_err(|_| Fault::Number { at })?;
        Ok((count.unsigned_abs(), Some(size)))
    }

    /// A branch of so many.
    #[inline]
    pub(crate) fn branch(&mut self, count: usize) -> Result<usize, Fault> {
        let at = self.at;
        let branch = self.long()?;
        let known = usize::try_from(branch).ok().filter(|index| *index < count);
        known.ok_or(Fault::Branch { at, branch, count })
    }

    /// Refuses what follows.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        match self.left() {
            0 => Ok(()),
            left => Err(Fault::Trailing { at: self.at, left }),
        }
    }
}
