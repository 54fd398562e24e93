//! The compact form of touchpoints and walks: small numbers take few bytes.
//!
//! What a state holds in memory is in this form; `codec` puts a version before it and stores it.

use crate::{Attempt, Credited, EntryState, Node, Walk};
use model::{
    Amounts, ChannelId, CurrencyId, Entry, Flags, KindId, Purchases, SourceId, Steps, Timestamp,
    Touchpoint,
};

const VALUE: u8 = 1;
const SUBJECT: u8 = 2;
const LABEL: u8 = 4;
const FLAGS: u8 = 8;
const REVISION: u8 = 16;
/// The position lies before that of the touchpoint before.
const BACK: u8 = 32;
/// The source is another than that of the touchpoint before.
const SOURCE: u8 = 64;

// What a walk says besides whether there is an attempt, which is 1.
const JUST_CONVERTED: u8 = 2;
const CONVERTED: u8 = 4;
const CREDITED: u8 = 8;
const CREDITED_AGAIN: u8 = 16;
const PURCHASES: u8 = 32;
const PAST_LANDMARK: u8 = 64;

/// What the next touchpoint is told by its distance from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) time: Timestamp,
    pub(crate) position: u64,
    pub(crate) source: SourceId,
}

impl Before {
    /// A touchpoint, which another one follows.
    pub(crate) fn of(touchpoint: &Touchpoint) -> Before {
        let Touchpoint { time, position, source, .. } = *touchpoint;
        Before { time, position, source }
    }
}

/// A touchpoint as bytes, without its identity; the longest takes 60.
pub(crate) struct Line {
    bytes: [u8; 64],
    length: usize,
}

impl Line {
    /// A touchpoint that follows another.
    pub(crate) fn new(touchpoint: &Touchpoint, before: Before) -> Line {
        let mut line = Line { bytes: [0; 64], length: 0 };
        let is_back = touchpoint.position < before.position;
        let has = [
            (VALUE, touchpoint.currency.0 != 0),
            (SUBJECT, touchpoint.subject != 0),
            (LABEL, touchpoint.label != 0),
            (FLAGS, touchpoint.flags.0 != 0),
            (REVISION, touchpoint.revision != 0),
            (BACK, is_back),
            (SOURCE, touchpoint.source != before.source),
        ];
        let has = has.into_iter().fold(0, |sum, (bit, is_set)| sum | (bit * u8::from(is_set)));
        line.byte(has);
        line.varint(touchpoint.time.millis().wrapping_sub(before.time.millis()) as u64);
        line.varint(u64::from(touchpoint.kind.0));
        line.varint(u64::from(touchpoint.channel.0));
        line.varint(touchpoint.position.abs_diff(before.position));
        if has & VALUE != 0 {
            line.varint(u64::from(touchpoint.currency.0));
            line.varint(zigzag(touchpoint.amount));
        }
        if has & SUBJECT != 0 {
            touchpoint.subject.to_le_bytes().into_iter().for_each(|byte| line.byte(byte));
        }
        if has & LABEL != 0 {
            line.varint(u64::from(touchpoint.label));
        }
        if has & FLAGS != 0 {
            line.byte(touchpoint.flags.0);
        }
        if has & REVISION != 0 {
            line.varint(u64::from(touchpoint.revision));
        }
        if has & SOURCE != 0 {
            line.varint(u64::from(touchpoint.source.0));
        }
        line
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Reads packed bytes. Total: beyond the end there are zeros, and `is_broken` says so.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) is_broken: bool,
}

impl<'a> Reader<'a> {
    /// From a place on.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at, is_broken: false }
    }

    #[inline]
    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        self.is_broken |= byte.is_none();
        byte.unwrap_or_default()
    }

    #[inline]
    fn varint(&mut self) -> u64 {
        let first = self.byte();
        if first < 0x80 {
            return u64::from(first);
        }
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte();
            // The tenth byte has room for one bit.
            self.is_broken |= shift == 63 && byte > 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        value
    }

    fn long(&mut self) -> i64 {
        let raw = self.varint();
        (raw >> 1) as i64 ^ -((raw & 1) as i64)
    }

    fn short(&mut self) -> u16 {
        let raw = self.varint();
        self.is_broken |= raw > u64::from(u16::MAX);
        raw as u16
    }

    fn int(&mut self) -> u32 {
        let raw = self.varint();
        self.is_broken |= raw > u64::from(u32::MAX);
        raw as u32
    }

    fn eight(&mut self) -> u64 {
        let mut eight = [0; 8];
        eight.iter_mut().for_each(|byte| *byte = self.byte());
        u64::from_le_bytes(eight)
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.long())
    }

    /// The next touchpoint; its identity stands elsewhere.
    #[inline]
    pub(crate) fn touchpoint(&mut self, before: Before) -> Touchpoint {
        let has = self.byte();
        let moved = self.varint() as i64;
        let time = Timestamp::from_millis(before.time.millis().wrapping_add(moved));
        let (kind, channel) = (KindId(self.short()), ChannelId(self.short()));
        let moved = self.varint();
        let position = match has & BACK != 0 {
            true => before.position.wrapping_sub(moved),
            false => before.position.wrapping_add(moved),
        };
        let has_value = has & VALUE != 0;
        let (currency, amount) = if has_value { (self.short(), self.long()) } else { (0, 0) };
        let subject = if has & SUBJECT != 0 { self.eight() } else { 0 };
        let label = if has & LABEL != 0 { self.short() } else { 0 };
        let flags = if has & FLAGS != 0 { self.byte() } else { 0 };
        let revision = if has & REVISION != 0 { self.int() } else { 0 };
        let source = if has & SOURCE != 0 { SourceId(self.short()) } else { before.source };
        Touchpoint {
            identity: 0,
            source,
            time,
            kind,
            channel,
            currency: CurrencyId(currency),
            amount,
            subject,
            label,
            flags: Flags(flags),
            revision,
            position,
        }
    }

    /// A walk.
    pub(crate) fn walk(&mut self) -> Walk {
        let entered = self.int();
        let bits = self.byte();
        let purchases = (bits & PURCHASES != 0).then(|| Box::new(self.purchases()));
        if bits & 1 == 0 {
            return Walk { entered, attempt: None, purchases };
        }
        let mut attempt = Attempt {
            id: self.eight(),
            channel: ChannelId(self.short()),
            entry: self.entry(),
            last: Node { stage: self.byte(), kind: KindId(self.short()), time: self.time() },
            has_just_converted: bits & JUST_CONVERTED != 0,
            has_converted: bits & CONVERTED != 0,
            warm: self.time(),
            warm_channel: ChannelId(self.short()),
            path: self.int(),
            credited: None,
        };
        if bits & CREDITED != 0 {
            let (touchpoints, since) = (self.int(), self.int());
            let entry = if bits & CREDITED_AGAIN == 0 { Entry::First } else { Entry::Again };
            attempt.credited = Some(Credited { touchpoints, since, entry });
        }
        attempt.entry.is_past_landmark = bits & PAST_LANDMARK != 0;
        Walk { entered, attempt: Some(attempt), purchases }
    }

    fn purchases(&mut self) -> Purchases {
        let (channel, repeats, first) = (self.short(), self.int(), self.date());
        let last = first.wrapping_add(self.int() as i32);
        let (currency, spend) = (CurrencyId(self.short()), self.long());
        Purchases { channel, repeats, first, last, currency, spend }
    }

    fn steps(&mut self) -> Steps {
        let steps = Steps::of_number(self.varint());
        self.is_broken |= steps.is_none();
        steps.unwrap_or_default()
    }

    fn date(&mut self) -> i32 {
        let raw = self.long();
        self.is_broken |= i32::try_from(raw).is_err();
        raw as i32
    }

    fn entry(&mut self) -> EntryState {
        let (stage, from, via) = (self.byte(), self.short(), ChannelId(self.short()));
        let (time, said) = (self.time(), self.byte());
        let mut entry = EntryState {
            stage,
            from,
            via,
            time,
            entry: if said & 1 == 0 { Entry::First } else { Entry::Again },
            amounts: Amounts::default(),
            follow_ups: said >> 1 & 7,
            early: said >> 4,
            steps: self.steps(),
            is_past_landmark: false,
        };
        for _ in 0..self.varint() {
            entry.amounts.add(CurrencyId(self.short()), self.long());
            if self.is_broken {
                break;
            }
        }
        entry
    }
}

impl Walk {
    /// Its compact form.
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack_walk(self, &mut bytes);
        bytes
    }

    /// A walk from its compact form; `None` where the bytes are not one.
    pub fn unpack(bytes: &[u8]) -> Option<Walk> {
        let mut reader = Reader::new(bytes, 0);
        let walk = reader.walk();
        (!reader.is_broken && reader.at == bytes.len()).then_some(walk)
    }
}

/// Appends a walk.
pub(crate) fn pack_walk(walk: &Walk, out: &mut Vec<u8>) {
    varint(u64::from(walk.entered), out);
    let has_bought = PURCHASES * u8::from(walk.purchases.is_some());
    let Some(attempt) = &walk.attempt else {
        out.push(has_bought);
        return pack_purchases(walk, out);
    };
    let mut bits = 1 | has_bought;
    let is_again = attempt.credited.is_some_and(|credited| credited.entry == Entry::Again);
    for (bit, is_set) in [
        (JUST_CONVERTED, attempt.has_just_converted),
        (CONVERTED, attempt.has_converted),
        (CREDITED, attempt.credited.is_some()),
        (CREDITED_AGAIN, is_again),
        (PAST_LANDMARK, attempt.entry.is_past_landmark),
    ] {
        bits |= bit * u8::from(is_set);
    }
    out.push(bits);
    pack_purchases(walk, out);
    out.extend_from_slice(&attempt.id.to_le_bytes());
    varint(u64::from(attempt.channel.0), out);
    let entry = &attempt.entry;
    out.push(entry.stage);
    varint(u64::from(entry.from), out);
    varint(u64::from(entry.via.0), out);
    varint(zigzag(entry.time.millis()), out);
    out.push(entry.entry as u8 | entry.follow_ups << 1 | entry.early << 4);
    varint(entry.steps.number(), out);
    varint(entry.amounts.iter().count() as u64, out);
    for (currency, amount) in entry.amounts.iter() {
        varint(u64::from(currency.0), out);
        varint(zigzag(amount), out);
    }
    out.push(attempt.last.stage);
    varint(u64::from(attempt.last.kind.0), out);
    varint(zigzag(attempt.last.time.millis()), out);
    varint(zigzag(attempt.warm.millis()), out);
    varint(u64::from(attempt.warm_channel.0), out);
    varint(u64::from(attempt.path), out);
    if let Some(Credited { touchpoints, since, .. }) = attempt.credited {
        varint(u64::from(touchpoints), out);
        varint(u64::from(since), out);
    }
}

fn pack_purchases(walk: &Walk, out: &mut Vec<u8>) {
    let Some(purchases) = &walk.purchases else { return };
    let Purchases { channel, repeats, first, last, currency, spend } = **purchases;
    varint(u64::from(channel), out);
    varint(u64::from(repeats), out);
    varint(zigzag(i64::from(first)), out);
    varint(u64::from(last.wrapping_sub(first) as u32), out);
    varint(u64::from(currency.0), out);
    varint(zigzag(spend), out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
