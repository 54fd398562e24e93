//! What an instance shows to another one of the same application: that it has the secret, and when
//! it was asked to say so.

use crate::control::Secret;
use data_encoding::HEXLOWER;
use hmac::Mac as _;
use model::{Span, Timestamp};

/// What is signed begins with this, so that nothing else that is signed can be one.
const PURPOSE: &str = "pass|";

impl Secret {
    /// A pass of this moment: letters, digits and a point.
    pub fn pass(&self, now: Timestamp) -> String {
        let millis = now.millis();
        let mac = self.mac().chain_update(format!("{PURPOSE}{millis}"));
        format!("{millis}.{}", HEXLOWER.encode(&mac.finalize().into_bytes()))
    }

    /// Whether a text is a pass under this secret, made so long ago at most, or by a clock that is
    /// ahead by as much. Takes a time that does not tell how much of it is right.
    pub fn is_pass(&self, text: &str, now: Timestamp, lasts: Span) -> bool {
        let Some((millis, mac)) = text.split_once('.') else { return false };
        let (Ok(made), Ok(mac)) = (millis.parse::<i64>(), HEXLOWER.decode(mac.as_bytes())) else {
            return false;
        };
        let signed = self.mac().chain_update(format!("{PURPOSE}{made}"));
        let is_signed = signed.verify_slice(&mac).is_ok();
        is_signed && now.millis().abs_diff(made) <= lasts.millis().unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_good_for_a_while_and_under_its_secret_alone() {
        let secret = |byte: u8| Secret::new(&[byte; 32]).expect("a secret");
        let at = |seconds: i64| Timestamp::from_millis(1_767_571_200_000 + seconds * 1_000);
        let lasts = Span::parse("5m").expect("a span");
        let pass = secret(1).pass(at(0));
        for (seconds, is_good) in
            [(0, true), (300, true), (-300, true), (301, false), (-301, false)]
        {
            assert_eq!(secret(1).is_pass(&pass, at(seconds), lasts), is_good, "{seconds} s");
        }
        assert!(!secret(2).is_pass(&pass, at(0), lasts), "of another secret");
        let later = pass.replacen("1767571200000", "1767571201000", 1);
        assert!(!secret(1).is_pass(&later, at(0), lasts), "of another moment");
        for text in ["", ".", "1767571200000", "1767571200000.", "x.00", "1767571200000.zz"] {
            assert!(!secret(1).is_pass(text, at(0), lasts), "{text}");
        }
        let short = &pass[..pass.len() - 2];
        assert!(!secret(1).is_pass(short, at(0), lasts), "a part of one");
    }
}
