//! Texts that open something: made at random, shown once, kept as their hash alone.

use crate::failure::Failure;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serve::Right;
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// Bytes of chance: as many as nobody guesses, so that a plain hash of it gives nothing away.
const BYTES: usize = 20;

/// What begins every key, so that scanners of sources find one that was left there.
const PREFIX: &str = "dp_";

/// A text that opens something. Never printed by itself.
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn new() -> Result<Token, Failure> {
        let mut bytes = [0_u8; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::Internal(format!("no random bytes: {error}")))?;
        Ok(Token(HEXLOWER.encode(&bytes)))
    }

    /// A new key: says what it may, and ends with a sum, so that one that was cut off is known to
    /// be
    /// so without asking anybody.
    pub fn key(right: Right) -> Result<Token, Failure> {
        let Token(chance) = Token::new()?;
        let text = format!("{PREFIX}{}_{chance}", right.name());
        let sum = crc32fast::hash(text.as_bytes());
        Ok(Token(format!("{text}{sum:08x}")))
    }

    /// Whether a text is whole, if it is a key at all.
    pub fn is_key(text: &str) -> bool {
        let right = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'));
        let is_known = right.is_some_and(|(right, _)| Right::parse(right).is_some());
        let Some((head, sum)) = text.len().checked_sub(8).and_then(|at| text.split_at_checked(at))
        else {
            return false;
        };
        is_known && sum == format!("{:08x}", crc32fast::hash(head.as_bytes()))
    }

    /// It itself: for whoever it is given to, and nobody else.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(***)")
    }
}

/// SHA-256 of a token.
#[derive(Clone, Copy, Debug)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a text that somebody says is a token.
    pub fn of(text: &str) -> Digest {
        Digest(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether both are one, in a time that does not tell how much of them is.
    pub fn is(&self, other: &Digest) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Its beginning, by which people name what it belongs to.
    pub fn short(&self) -> String {
        HEXLOWER.encode(&self.0[..4])
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let no_hash = || serde::de::Error::custom("a hash is 64 hexadecimal digits");
        bytes.map(Digest).ok_or_else(no_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_it_may_and_is_known_to_be_whole() {
        for right in Right::ALL {
            let (key, other) = (Token::key(right).expect("a key"), Token::key(right).expect("one"));
            assert!(key.text().starts_with(&format!("dp_{}_", right.name())));
            assert_ne!(key.text(), other.text());
            assert!(Token::is_key(key.text()));
            assert!(!key.digest().is(&other.digest()));
            for end in 0..key.text().len() {
                assert!(!Token::is_key(&key.text()[..end]), "cut off at {end}");
            }
            assert_eq!(format!("{key:?}"), "Token(***)");
        }
        for text in ["", "dp_read_", "dp_root_00000000", "é€é€é€é€", "dp_é€é€é€é€é€"]
        {
            assert!(!Token::is_key(text), "{text}");
        }
    }

    #[test]
    fn a_hash_is_read_as_it_was_written() {
        let digest = Digest::of("a");
        let text = serde_json::to_string(&digest).expect("a text");
        assert!(text.starts_with("\"ca978112ca1b"), "as sha256sum says: {text}");
        assert!(serde_json::from_str::<Digest>(&text).expect("a hash").is(&digest));
        for wrong in ["\"\"", "\"00\"", "\"zz\"", "1", &text.replace("ca", "c é")] {
            assert!(serde_json::from_str::<Digest>(wrong).is_err(), "{wrong}");
        }
    }
}
