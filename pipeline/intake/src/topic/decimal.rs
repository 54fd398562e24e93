//! Decimals as Kafka Connect writes them: base64 of a whole number, large end first.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use codec::decimal::{unscaled, written};

/// The number that base64 and a scale stand for, in digits; `None` where it is none, or larger than
/// any amount.
pub(super) fn decimal(text: &str, scale: i32) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    unscaled(&bytes).and_then(|number| written(number, scale))
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn a_decimal_is_read_to_the_digit() {
        for (bytes, scale, digits) in [
            (&[0x12, 0xCA][..], 2, "48.10"),
            (&[0x30, 0xD4], 2, "125.00"),
            (&[0xFF], 2, "-0.01"),
            (&[0x00], 2, "0.00"),
            (&[0x00, 0xFF], 0, "255"),
            (&[0x05], -2, "500"),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0], 0, "-9223372036854775808"),
        ] {
            assert_eq!(decimal(&BASE64_STANDARD.encode(bytes), scale).as_deref(), Some(digits));
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in ["", "%", "AQAAAAAAAAAAAAAAAAAAAAA="] {
            assert_eq!(decimal(text, 2), None, "{text}");
        }
    }
}
