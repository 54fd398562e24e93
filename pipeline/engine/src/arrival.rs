//! What a record of `touchpoints` is, judged by the record alone.

use crate::Record;
use codec::control::{Secret, read_clock, read_forwarded, read_label};
use codec::encode::Label;
use codec::{DeadClass, LateClass, Program, TouchpointView, draft_from_bytes, frame};
use model::{Draft, JourneyMap, Late, Span, Timestamp};
use std::borrow::Cow;

/// What a record says.
#[expect(clippy::large_enum_variant, reason = "the largest is the common one, and is never moved")]
pub(crate) enum Arrival<'a> {
    /// A touchpoint in Avro, borrowed from the record.
    View(TouchpointView<'a>),
    /// A touchpoint in JSON.
    Draft(Box<Draft>),
    /// Everything up to a time has been sent.
    Clock(Timestamp),
    /// What a touchpoint is about.
    Label(Label<'a>),
    /// A door could not read it: a dead letter with its reason already. Of this source.
    Letter(Cow<'a, str>, DeadClass),
    /// It cannot count.
    Dead(Cow<'a, str>, DeadClass, String),
    /// It came too late to count.
    Late(Cow<'a, str>, LateClass, String),
}

/// A record that was read.
pub(crate) struct Read<'a> {
    /// What it says.
    pub(crate) arrival: Arrival<'a>,
    /// The record as the log first took it: for one that was forwarded, what was wrapped.
    pub(crate) first: Record<'a>,
    /// Whether it was forwarded.
    pub(crate) is_forwarded: bool,
}

/// Reads records: the programs of known schemas, the secret, the limits.
pub(crate) struct Reader {
    program: Program,
    limits: codec::Limits,
    secret: Secret,
    clock_skew_max: Span,
}

impl Reader {
    /// A reader of our own schema and of JSON.
    pub(crate) fn new(secret: Secret, clock_skew_max: Span) -> Reader {
        let schema = codec::schemas::of(frame::ids::TOUCHPOINT).map_or("", |schema| schema.json);
        let program = Program::compile(schema).expect("invariant: our own schema compiles");
        Reader { program, limits: codec::Limits::default(), secret, clock_skew_max }
    }

    /// Reads a record; a function of the record, the map and the settings alone.
    pub(crate) fn read<'a>(&'a self, map: &JourneyMap, record: &Record<'a>) -> Read<'a> {
        let value = record.value.unwrap_or_default();
        let Ok((frame::ids::FORWARDED, datum)) = frame::split(value) else {
            let arrival = self.said(map, record);
            return Read { arrival, first: *record, is_forwarded: false };
        };
        let source = Cow::Borrowed("");
        let (first, arrival) = match read_forwarded(datum, &self.secret) {
            Ok(wrapped) => {
                let (append_time, value) = (wrapped.append_time, Some(wrapped.bytes));
                let first = Record { append_time, value, ..*record };
                // Only touchpoints are forwarded, and these once.
                let arrival = match self.said(map, &first) {
                    Arrival::Clock(_) | Arrival::Label(_) | Arrival::Letter(..) => {
                        let error = "a forwarded record is no touchpoint [D0141]".to_owned();
                        Arrival::Dead(source, DeadClass::Invalid, error)
                    }
                    said => said,
                };
                (first, arrival)
            }
            Err(fault) => (*record, Arrival::Dead(source, DeadClass::Invalid, fault.to_string())),
        };
        Read { arrival, first, is_forwarded: true }
    }

    fn said<'a>(&'a self, map: &JourneyMap, record: &Record<'a>) -> Arrival<'a> {
        let Some(value) = record.value else {
            let error = "record has no value, and touchpoints has no tombstones [D0131]";
            return Arrival::Dead(Cow::Borrowed(""), DeadClass::Invalid, error.to_owned());
        };
        if value.first() == Some(&b'{') {
            return match draft_from_bytes(value, &self.limits) {
                Ok(draft) => self.judged(map, record, Arrival::Draft(Box::new(draft))),
                Err(invalid) => {
                    let (class, error) = (invalid.class(), invalid.to_string());
                    Arrival::Dead(Cow::Owned(invalid.of_source), class, error)
                }
            };
        }
        let split = frame::split(value);
        if let Ok((frame::ids::DEAD_LETTER, datum)) = split {
            return self.letter(record, datum);
        }
        if value.len() > self.limits.record_bytes {
            return self.oversize(value.len());
        }
        match split {
            Ok((frame::ids::TOUCHPOINT, datum)) => match self.program.decode(datum) {
                Ok(view) => self.judged(map, record, Arrival::View(view)),
                Err(fault) => {
                    Arrival::Dead(Cow::Borrowed(""), DeadClass::Malformed, fault.to_string())
                }
            },
            Ok((frame::ids::CLOCK, datum)) => match read_clock(datum, &self.secret) {
                Ok(clock) => Arrival::Clock(clock.time),
                Err(fault) => {
                    Arrival::Dead(Cow::Borrowed(""), DeadClass::Invalid, fault.to_string())
                }
            },
            Ok((frame::ids::LABEL, datum)) => match read_label(datum, &self.secret) {
                Ok(label) => Arrival::Label(label),
                Err(fault) => {
                    Arrival::Dead(Cow::Borrowed(""), DeadClass::Invalid, fault.to_string())
                }
            },
            Ok((id, _)) => {
                let error = format!("schema id {id} is not known [D0133]");
                Arrival::Dead(Cow::Borrowed(""), DeadClass::Schema, error)
            }
            Err(fault) => Arrival::Dead(Cow::Borrowed(""), DeadClass::Malformed, fault.to_string()),
        }
    }

    fn oversize<'a>(&self, is: usize) -> Arrival<'a> {
        let most = self.limits.record_bytes;
        let error = format!("record has {is} bytes, the limit is {most} [D0132]");
        Arrival::Dead(Cow::Borrowed(""), DeadClass::Oversize, error)
    }

    /// A dead letter of a door: as large as a record may be, and what stands around it.
    fn letter<'a>(&self, record: &Record<'a>, datum: &[u8]) -> Arrival<'a> {
        match codec::letter_head(datum) {
            Ok((bytes, class)) if bytes <= self.limits.record_bytes => {
                Arrival::Letter(String::from_utf8_lossy(record.key), class)
            }
            Ok((bytes, _)) => self.oversize(bytes),
            Err(fault) => Arrival::Dead(Cow::Borrowed(""), DeadClass::Malformed, fault.to_string()),
        }
    }

    /// Admission: what any touchpoint must be, whatever form it came in.
    fn judged<'a>(
        &self,
        map: &JourneyMap,
        record: &Record<'_>,
        arrival: Arrival<'a>,
    ) -> Arrival<'a> {
        let (time, history, source, is_named) = match &arrival {
            Arrival::View(view) => {
                (view.time, view.history, Cow::Borrowed(view.source), !view.event_id.is_empty())
            }
            Arrival::Draft(draft) => {
                let source = Cow::Owned(draft.source.clone());
                (draft.time, draft.history, source, !draft.event_id.is_empty())
            }
            Arrival::Clock(_)
            | Arrival::Label(_)
            | Arrival::Letter(..)
            | Arrival::Dead(..)
            | Arrival::Late(..) => return arrival,
        };
        if !is_named {
            let error = "field event_id is empty [D0134]".to_owned();
            return Arrival::Dead(source, DeadClass::Invalid, error);
        }
        if !time.is_admissible() {
            let millis = time.millis();
            let error = format!("time {millis} lies outside 1990 to 2199, in milliseconds [D0135]");
            return Arrival::Dead(source, DeadClass::Invalid, error);
        }
        let appended = record.append_time;
        if time > appended.plus(self.clock_skew_max) {
            let (most, error) = (self.clock_skew_max, "after its append");
            let error = format!("time {time} lies more than {most} {error} at {appended} [D0136]");
            return Arrival::Dead(source, DeadClass::Future, error);
        }
        let is_older = |span: Span| span != Span::NEVER && appended > time.plus(span);
        if !history && is_older(map.retention) {
            let error = format!("time {time} is older than retention {} [D0137]", map.retention);
            return Arrival::Late(source, LateClass::Retention, error);
        }
        if !history && map.late == Late::Divert && is_older(map.grace) {
            let error = format!("time {time} is older than the grace {} [D0138]", map.grace);
            return Arrival::Late(source, LateClass::Grace, error);
        }
        arrival
    }
}
