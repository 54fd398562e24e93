//! How a column writes its amounts, and what in it proves that.

/// Signs of currencies, and their codes.
const SIGNS: [(&str, &str); 9] = [
    ("€", "EUR"),
    ("EUR", "EUR"),
    ("$", "USD"),
    ("USD", "USD"),
    ("£", "GBP"),
    ("GBP", "GBP"),
    ("CHF", "CHF"),
    ("Fr.", "CHF"),
    ("¥", "JPY"),
];

/// What the values of a column have in common as numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    count: u64,
    others: u64,
    /// Signs of currencies that were seen.
    signs: Vec<(&'static str, &'static str)>,
    /// A sign between groups of three, and one before a fraction, each with a value that shows it.
    thousands: Option<(char, String)>,
    decimal: Option<(char, String)>,
    /// A sign before three digits, which may be either.
    open: Option<(char, String)>,
    is_mixed: bool,
}

/// How amounts are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// What stands beside the digits, and its currency.
    pub(super) signs: Vec<(&'static str, &'static str)>,
    pub(super) why: String,
}

/// What a column says of its amounts.
pub(super) enum Verdict {
    Is(Amounts),
    /// A sign before three digits may be one or the other; the value shows it.
    Ambiguous(char, String),
    No,
}

impl Numbers {
    pub(super) fn see(&mut self, value: &str) {
        self.count += 1;
        let mut text = value.trim();
        for sign in SIGNS {
            let bare = text.strip_prefix(sign.0).or_else(|| text.strip_suffix(sign.0));
            if let Some(bare) = bare {
                text = bare.trim();
                if !self.signs.contains(&sign) {
                    self.signs.push(sign);
                }
                break;
            }
        }
        let digits = text.trim_start_matches(['-', '+']);
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || is_sign(c));
        if !is_number {
            self.others += 1;
            return;
        }
        self.look(digits, value);
    }

    fn look(&mut self, digits: &str, value: &str) {
        let found: Vec<(usize, char)> =
            digits.char_indices().filter(|(_, c)| is_sign(*c)).collect();
        let Some((at, last)) = found.last().copied() else { return };
        let last = plain(last);
        let behind = digits.get(at..).map_or(0, |rest| rest.chars().count() - 1);
        let before: Vec<char> = found.iter().map(|(_, c)| plain(*c)).collect();
        let is_group = |sign: char| sign == ' ' || sign == '\'';
        if let Some(other) = before.iter().find(|sign| **sign != last) {
            // Two signs: the last stands before the fraction.
            set(&mut self.thousands, *other, value, &mut self.is_mixed);
            set(&mut self.decimal, last, value, &mut self.is_mixed);
        } else if is_group(last) || before.len() > 1 {
            set(&mut self.thousands, last, value, &mut self.is_mixed);
        } else if behind != 3 {
            set(&mut self.decimal, last, value, &mut self.is_mixed);
        } else if self.open.is_none() {
            self.open = Some((last, value.to_owned()));
        }
    }

    pub(super) fn verdict(&self, told: Option<char>) -> Verdict {
        if self.count == 0 || self.others * 20 > self.count || self.is_mixed {
            return Verdict::No;
        }
        let (decimal, thousands) = (self.decimal.clone(), self.thousands.clone());
        let signs = self.signs.clone();
        let is = |decimal: char, thousands: Option<char>, why: String| {
            Verdict::Is(Amounts { decimal, thousands, signs: signs.clone(), why })
        };
        match (decimal, thousands, &self.open) {
            (Some((decimal, _)), Some((thousands, _)), _) if decimal == thousands => Verdict::No,
            (Some((decimal, value)), thousands, open) => {
                // Where the other sign stands before three digits, it divides thousands.
                let other = open.as_ref().map(|(sign, _)| *sign).filter(|sign| *sign != decimal);
                is(decimal, thousands.map(|(sign, _)| sign).or(other), format!("as in {value}"))
            }
            (None, Some((thousands, value)), _) => {
                let decimal = if thousands == ',' { '.' } else { ',' };
                is(decimal, Some(thousands), format!("as in {value}"))
            }
            (None, None, Some((sign, value))) => match told {
                Some(decimal) if decimal == *sign => is(decimal, None, "as you said".to_owned()),
                Some(decimal) => is(decimal, Some(*sign), "as you said".to_owned()),
                None => Verdict::Ambiguous(*sign, value.clone()),
            },
            (None, None, None) => is('.', None, "whole numbers".to_owned()),
        }
    }
}

fn is_sign(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}')
}

fn plain(sign: char) -> char {
    match sign {
        '\u{a0}' | '\u{202f}' => ' ',
        '’' => '\'',
        sign => sign,
    }
}

fn set(place: &mut Option<(char, String)>, sign: char, value: &str, is_mixed: &mut bool) {
    match place {
        Some((known, _)) => *is_mixed |= *known != sign,
        None => *place = Some((sign, value.to_owned())),
    }
}
