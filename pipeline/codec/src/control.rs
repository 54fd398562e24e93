//! Control records: signed under the installation's secret, so that whoever may write touchpoints
//! cannot move time, forge a merge or an erasure.

use crate::cursor::Cursor;
use crate::encode::{Forwarded, Label};
use crate::{Fault, encode, frame};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use sha2::Sha256;

/// The installation's secret: signs control records, hashes identifiers. Never printed.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// The fewest bytes that a secret has.
    pub const BYTES_MIN: usize = 16;

    /// A secret of these bytes; `None` where they are too few.
    pub fn new(bytes: &[u8]) -> Option<Secret> {
        (bytes.len() >= Self::BYTES_MIN).then(|| Secret(bytes.into()))
    }

    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.0).expect("invariant: HMAC takes keys of every length")
    }

    /// The customer of an identifier: `x-` and the HMAC-SHA-256 of `name:value` in hex.
    ///
    /// So no key of a state, a topic or a file is somebody's address.
    pub fn customer(&self, name: &str, value: &str) -> String {
        let mut mac = self.mac();
        [name, ":", value].iter().for_each(|part| mac.update(part.as_bytes()));
        format!("x-{}", HEXLOWER.encode(&mac.finalize().into_bytes()))
    }

    /// A name for the secret that does not tell it: whether two are the same.
    pub fn fingerprint(&self) -> String {
        let mac = self.mac().chain_update(b"fingerprint").finalize().into_bytes();
        let mut name = HEXLOWER.encode(&mac);
        name.truncate(16);
        name
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("***")
    }
}

/// Everything of a source up to a time has been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock<'a> {
    /// The source.
    pub source: &'a str,
    /// The time.
    pub time: Timestamp,
}

/// Appends a clock record, framed and signed: over the record with its last field empty.
pub fn write_clock(clock: Clock<'_>, secret: &Secret, out: &mut Vec<u8>) {
    let mut unsigned = Vec::new();
    encode::clock(clock.source, clock.time, &[], frame::ids::CLOCK, &mut unsigned);
    let mac = secret.mac().chain_update(&unsigned).finalize().into_bytes();
    encode::clock(clock.source, clock.time, &mac, frame::ids::CLOCK, out);
}

/// Reads the value of a clock record; one that is not signed under the secret is a fault.
pub fn read_clock<'a>(value: &'a [u8], secret: &Secret) -> Result<Clock<'a>, Fault> {
    let mut cursor = Cursor::new(value);
    let clock = Clock { source: cursor.text()?, time: Timestamp::from_millis(cursor.long()?) };
    let mac = cursor.bytes()?;
    cursor.end()?;
    let mut unsigned = Vec::new();
    encode::clock(clock.source, clock.time, &[], frame::ids::CLOCK, &mut unsigned);
    // Compares in constant time.
    secret.mac().chain_update(&unsigned).verify_slice(mac).map_err(|_| Fault::Signature)?;
    Ok(clock)
}

/// Appends a label, framed and signed as a clock is.
pub fn write_label(label: &Label<'_>, secret: &Secret, out: &mut Vec<u8>) {
    let mut unsigned = Vec::new();
    encode::label(label, &[], frame::ids::LABEL, &mut unsigned);
    let mac = secret.mac().chain_update(&unsigned).finalize().into_bytes();
    encode::label(label, &mac, frame::ids::LABEL, out);
}

/// Reads the value of a label; one that is not signed under the secret is a fault.
pub fn read_label<'a>(value: &'a [u8], secret: &Secret) -> Result<Label<'a>, Fault> {
    let mut cursor = Cursor::new(value);
    let label = Label {
        customer_id: cursor.text()?,
        source: cursor.text()?,
        event_id: cursor.text()?,
        label: cursor.text()?,
        by: cursor.text()?,
        revision: natural(cursor.int()?.into())? as u32,
        time: Timestamp::from_millis(cursor.long()?),
    };
    let mac = cursor.bytes()?;
    cursor.end()?;
    let mut unsigned = Vec::new();
    encode::label(&label, &[], frame::ids::LABEL, &mut unsigned);
    secret.mac().chain_update(&unsigned).verify_slice(mac).map_err(|_| Fault::Signature)?;
    Ok(label)
}

/// Appends a forwarded touchpoint, framed and signed as a clock is.
pub fn write_forwarded(forwarded: &Forwarded<'_>, secret: &Secret, out: &mut Vec<u8>) {
    let mut unsigned = Vec::new();
    encode::forwarded(forwarded, &[], frame::ids::FORWARDED, &mut unsigned);
    let mac = secret.mac().chain_update(&unsigned).finalize().into_bytes();
    encode::forwarded(forwarded, &mac, frame::ids::FORWARDED, out);
}

/// Reads the value of a forwarded touchpoint; one that is not signed under the secret is a fault.
pub fn read_forwarded<'a>(value: &'a [u8], secret: &Secret) -> Result<Forwarded<'a>, Fault> {
    let mut cursor = Cursor::new(value);
    let forwarded = Forwarded {
        partition: natural(cursor.int()?.into())? as u32,
        offset: natural(cursor.long()?)?,
        append_time: Timestamp::from_millis(cursor.long()?),
        bytes: cursor.bytes()?,
    };
    let mac = cursor.bytes()?;
    cursor.end()?;
    let mut unsigned = Vec::new();
    encode::forwarded(&forwarded, &[], frame::ids::FORWARDED, &mut unsigned);
    secret.mac().chain_update(&unsigned).verify_slice(mac).map_err(|_| Fault::Signature)?;
    Ok(forwarded)
}

/// A number that stands in a field with a sign and is never below zero.
fn natural(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Number { at: 0 })
}
