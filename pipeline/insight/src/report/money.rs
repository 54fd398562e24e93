//! Sums of money by currency, as people write them.

pub use model::minor_digits;
use std::collections::BTreeMap;

/// Sums in minor units by currency, each for itself, without zeros.
pub type Money = BTreeMap<String, i64>;

/// Adds sums to sums; what becomes zero is forgotten.
pub(crate) fn add(sums: &mut Money, more: &Money) {
    for (currency, amount) in more {
        let sum = sums.entry(currency.clone()).or_default();
        *sum = sum.wrapping_add(*amount);
        if *sum == 0 {
            sums.remove(currency);
        }
    }
}

/// A whole number with its thousands apart: `12,304`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount in major units with its currency: `-1,049.00 EUR`.
pub fn written(amount: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let unit = 10_u64.pow(digits as u32);
    let sign = if amount < 0 { "-" } else { "" };
    let minor = amount.unsigned_abs();
    let whole = grouped(minor / unit);
    match digits {
        0 => format!("{sign}{whole} {currency}"),
        _ => format!("{sign}{whole}.{:0digits$} {currency}", minor % unit),
    }
}
