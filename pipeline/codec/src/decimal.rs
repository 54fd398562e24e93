//! Decimals as other systems write them: a whole number in bytes, and where its point stands.

/// Digits before or behind the point at most.
const SCALE_MAX: u32 = 38;

/// A whole number in two's complement, large end first; `None` where there are no bytes, or more
/// than any amount has.
pub fn unscaled(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    let filling = if first < 0x80 { 0 } else { 0xFF };
    // A writer may fill up a small number to the size of its type.
    let spare = bytes.len().saturating_sub(16);
    let (head, tail) = bytes.split_at_checked(spare)?;
    let is_kept = tail.first().is_some_and(|next| (next ^ filling) < 0x80);
    if head.iter().any(|byte| *byte != filling) || !is_kept {
        return None;
    }
    let mut whole = [filling; 16];
    whole.get_mut(16 - tail.len()..)?.copy_from_slice(tail);
    Some(i128::from_be_bytes(whole))
}

/// A number whose last `scale` digits stand behind the point.
pub fn written(number: i128, scale: i32) -> Option<String> {
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
    use super::{unscaled, written};

    #[test]
    fn a_number_is_the_same_however_many_bytes_it_was_filled_up_to() {
        for (bytes, number) in [
            (&[0x05][..], 5),
            (&[0, 0, 5], 5),
            (&[0; 20], 0),
            (&[0xFF; 16], -1),
            (&[0xFF; 40], -1),
            (&[0x00, 0xFF], 255),
            (&[0x80], -128),
        ] {
            assert_eq!(unscaled(bytes), Some(number), "{bytes:?}");
        }
        let mut longest = [0_u8; 17];
        longest[1] = 0x80;
        assert_eq!(unscaled(&longest), None, "one bit more than fits");
        longest[0] = 1;
        assert_eq!(unscaled(&longest), None);
        assert_eq!(unscaled(&[]), None);
    }

    #[test]
    fn the_point_stands_where_the_scale_says() {
        for (number, scale, text) in [
            (4810, 2, "48.10"),
            (-1, 2, "-0.01"),
            (0, 2, "0.00"),
            (5, -2, "500"),
            (0, -2, "0"),
            (7, 0, "7"),
        ] {
            assert_eq!(written(number, scale).as_deref(), Some(text));
        }
        assert_eq!(written(1, 39), None);
    }
}
