//! Bytes of a file as text.

use rules::Encoding;
use std::borrow::Cow;

/// What Windows-1252 has where Latin-1 has control characters; what it leaves open stays one.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The first byte that is no text in this encoding, if there is one.
pub(super) fn first_fault(bytes: &[u8], encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).err().map(|error| error.valid_up_to()),
        Encoding::Latin1 => None,
    }
}

/// The text of bytes that are text.
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Latin1 if !bytes.is_ascii() => {
            Cow::Owned(bytes.iter().map(|byte| latin1(*byte)).collect())
        }
        Encoding::Latin1 | Encoding::Utf8 => String::from_utf8_lossy(bytes),
    }
}

fn latin1(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
