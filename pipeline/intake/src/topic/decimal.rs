//! Decimals as Kafka Connect writes them: base64 of a whole number, large end first.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Digits before or behind the point at most.
const SCALE_MAX: u32 = 38;

/// The number that base64 and a scale stand for, in digits; `None` where it is none, or larger than
/// any amount.
pub(super) fn decimal(text: &str, scale: i32) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    unscaled(&bytes).and_then(|number| written(number, scale))
}

/// A whole number in two's complement, large end first.
pub(super) fn unscaled(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    if bytes.len() > 16 {
        return None;
    }
    let mut whole = [if first < 0x80 { 0 } else { 0xFF }; 16];
    whole.get_mut(16 - bytes.len()..)?.copy_from_slice(bytes);
    Some(i128::from_be_bytes(whole))
}

/// A number whose last `scale` digits stand behind the point.
pub(super) fn written(number: i128, scale: i32) -> Option<String> {
    if scale.unsigned_abs() > SCALE_MAX {
        return None;
    }
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs().to_string();
    let Ok(behind) = usize::try_from(scale) else {
        let zeros = if number == 0 { 0 } else { scale.unsigned_abs() as usize };
        return Some(format!("{sign}{digits}{}", "0".repeat(zeros)));
    };
    if behind == 0 {
        return Some(format!("{sign}{digits}"));
    }
    let padded = format!("{digits:0>width$}", width = behind + 1);
    let (whole, fraction) = padded.split_at(padded.len() - behind);
    Some(format!("{sign}{whole}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::{decimal, unscaled, written};
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
        for text in ["", "%", "AAAAAAAAAAAAAAAAAAAAAAA="] {
            assert_eq!(decimal(text, 2), None, "{text}");
        }
        assert_eq!(written(1, 39), None);
        assert_eq!(unscaled(&[0xFF; 16]), Some(-1));
    }
}
