//! Numbers as people write them, exact: digits and a place for the sign between them, no floats.

/// The signs within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Punctuation {
    /// Before the fraction.
    pub(super) decimal: char,
    /// Between groups of three, where there are any.
    pub(super) thousands: Option<char>,
}

impl Punctuation {
    /// As programs write numbers.
    pub(super) const PLAIN: Punctuation = Punctuation { decimal: '.', thousands: None };
}

/// Digits of a number at most: 10^30 times any shift that is used here fits 128 bits.
const DIGITS_MAX: u32 = 30;

/// A number: `units` divided by ten, `scale` times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    units: i128,
    scale: u32,
}

/// Why a text is no number that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFault {
    /// Not a number.
    NotANumber,
    /// Signs between thousands that do not stand between thousands.
    Grouping,
    /// Digits behind the last one that counts.
    TooFine,
    /// Too large.
    TooLarge,
}

impl Decimal {
    /// Reads a number with these signs.
    pub(super) fn parse(text: &str, signs: Punctuation) -> Result<Decimal, NumberFault> {
        let (is_negative, digits) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once(signs.decimal) {
            // "5." says that something is missing.
            Some((_, "")) => return Err(NumberFault::NotANumber),
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        if digits.is_empty() {
            return Err(NumberFault::NotANumber);
        }
        let groups: Vec<&str> = match signs.thousands {
            Some(sign) => whole.split(|c| is_same(c, sign)).collect(),
            None => vec![whole],
        };
        if groups.len() > 1 {
            let (first, rest) = groups.split_first().ok_or(NumberFault::NotANumber)?;
            let is_first = (1..=3).contains(&first.len());
            if !is_first || rest.iter().any(|group| group.len() != 3) {
                return Err(NumberFault::Grouping);
            }
        }
        // Zeros at the end of a fraction say nothing.
        let fraction = fraction.trim_end_matches('0');
        let (mut units, mut count) = (0_i128, 0);
        for digit in groups.iter().flat_map(|group| group.chars()).chain(fraction.chars()) {
            let digit = digit.to_digit(10).ok_or(NumberFault::NotANumber)?;
            count += u32::from(count > 0 || digit > 0);
            if count > DIGITS_MAX {
                return Err(NumberFault::TooLarge);
            }
            units = units * 10 + i128::from(digit);
        }
        let scale = u32::try_from(fraction.len()).map_err(|_| NumberFault::TooFine)?;
        Ok(Decimal { units: if is_negative { -units } else { units }, scale })
    }

    /// The number divided by ten, `exponent` times.
    pub(super) fn divided(self, exponent: u32) -> Decimal {
        let mut number = Decimal { scale: self.scale + exponent, ..self };
        while number.scale > 0 && number.units % 10 == 0 {
            number = Decimal { units: number.units / 10, scale: number.scale - 1 };
        }
        number
    }

    /// The number times ten, `exponent` times, if that is whole and fits.
    pub(super) fn exact(self, exponent: u32) -> Result<i64, NumberFault> {
        if self.units == 0 {
            return Ok(0);
        }
        let shifted = match self.scale.checked_sub(exponent) {
            // The last digit of a fraction is never zero, so nothing can be divided away.
            Some(1..) => return Err(NumberFault::TooFine),
            _ => shift(self.units, exponent - self.scale),
        };
        shifted.and_then(|minor| i64::try_from(minor).ok()).ok_or(NumberFault::TooLarge)
    }

    /// The number times ten, `exponent` times, without what is left of it behind the sign.
    pub(super) fn floor(self, exponent: u32, divisor: i128) -> Result<i64, NumberFault> {
        let up = shift(self.units, exponent).ok_or(NumberFault::TooLarge)?;
        let down = 10_i128.checked_pow(self.scale).and_then(|ten| ten.checked_mul(divisor));
        // What is divided by more than fits is less than one.
        let floor = down.map_or(if up < 0 { -1 } else { 0 }, |down| up.div_euclid(down));
        i64::try_from(floor).map_err(|_| NumberFault::TooLarge)
    }
}

fn shift(units: i128, exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent).and_then(|ten| units.checked_mul(ten))
}

/// Spreadsheets write a space between thousands that does not break, or a narrow one.
fn is_same(c: char, sign: char) -> bool {
    c == sign || (sign == ' ' && matches!(c, '\u{a0}' | '\u{202f}'))
}
