//! Bytes of a file as text. What was UTF-16 is UTF-8 by the time that it comes here.

use encoding_rs::WINDOWS_1252;
use rules::Encoding;
use std::borrow::Cow;

/// The first byte that is no text in this encoding, if there is one.
pub(super) fn first_fault(bytes: &[u8], encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Utf8 | Encoding::Utf16 => {
            std::str::from_utf8(bytes).err().map(|error| error.valid_up_to())
        }
        Encoding::Latin1 => None,
    }
}

/// The text of bytes that are text.
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Latin1 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        Encoding::Utf8 | Encoding::Utf16 => String::from_utf8_lossy(bytes),
    }
}
