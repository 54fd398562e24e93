//! One touchpoint of the load and its bytes: `touchpoint.avsc` behind a frame of schema 1.

use std::fmt::Write;

/// One touchpoint, as small numbers: channels and kinds are indices.
#[derive(Clone, Copy, Default)]
pub struct Touchpoint {
    /// Its number; one that is sent twice keeps it.
    pub id: u64,
    /// The number of its customer.
    pub customer: u64,
    /// The partition of its customer.
    pub partition: u32,
    /// When it happened, in milliseconds.
    pub time: i64,
    /// Where.
    pub channel: u8,
    /// What.
    pub kind: u8,
    /// Money, on purchases and refunds.
    pub cents: Option<i64>,
    /// How long its text is; 0 for none.
    pub text_bytes: u8,
}

/// Channels in the order of the schema.
pub const CHANNELS: [&str; 8] =
    ["website", "chat", "email", "social", "booking", "store", "support", "referral"];

/// Kinds in the order of the schema, each with its weight and the stage that it enters, 0 for none.
pub const KINDS: [(&str, u32, u8); 14] = [
    ("page_viewed", 300, 1),
    ("ad_clicked", 80, 1),
    ("enquiry_received", 70, 2),
    ("message_sent", 120, 2),
    ("message_received", 120, 2),
    ("follow_up_sent", 80, 2),
    ("quote_sent", 40, 3),
    ("objection_raised", 40, 3),
    ("booking_made", 40, 3),
    ("booking_cancelled", 10, 3),
    ("purchase_made", 50, 4),
    ("refund_made", 5, 0),
    ("ticket_opened", 30, 2),
    ("review_left", 15, 4),
];

/// Stages by their numbers.
pub const STAGES: [&str; 5] = ["none", "awareness", "consideration", "decision", "retention"];

/// The index of purchases among the kinds.
pub const PURCHASE: u8 = 10;
/// The index of refunds.
pub const REFUND: u8 = 11;

/// The stage that a kind enters, 0 for none.
pub fn target(kind: u8) -> u8 {
    KINDS[usize::from(kind)].2
}

/// Writes the customer's key, such as `c00001234`.
pub fn key(customer: u64, out: &mut String) {
    out.clear();
    write!(out, "c{customer:08}").expect("invariant: a string takes everything");
}

/// The sixteen bytes of a touchpoint's number.
pub fn event_id(id: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&id.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    let other = (id ^ 0x5555_AAAA_3333_CCCC).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    second.copy_from_slice(&other.to_be_bytes());
    bytes
}

/// Writes the framed value of a record.
pub fn encode(touchpoint: &Touchpoint, key: &str, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&[0, 0, 0, 0, 1]);
    out.extend_from_slice(&event_id(touchpoint.id));
    long(key.len() as i64, out);
    out.extend_from_slice(key.as_bytes());
    long(touchpoint.time, out);
    long(i64::from(touchpoint.channel), out);
    long(i64::from(touchpoint.kind), out);
    long(i64::from(touchpoint.cents.is_some()), out);
    if let Some(cents) = touchpoint.cents {
        long(cents, out);
    }
    let bytes = touchpoint.text_bytes;
    long(i64::from(bytes > 0), out);
    if bytes > 0 {
        long(i64::from(bytes), out);
        let first = touchpoint.id as u8;
        out.extend((0..bytes).map(|at| b'a' + first.wrapping_add(at) % 26));
    }
}

/// A number as Avro writes it.
fn long(value: i64, out: &mut Vec<u8>) {
    let mut zigzag = ((value << 1) ^ (value >> 63)) as u64;
    while zigzag >= 0x80 {
        out.push(zigzag as u8 | 0x80);
        zigzag >>= 7;
    }
    out.push(zigzag as u8);
}
