//! What a schema says that a number, a text or bytes stand for.

use serde_json::{Map, Value};

/// A part of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milli,
    Micro,
    Nano,
}

impl Unit {
    /// How many make a second.
    pub(super) fn of_second(self) -> i64 {
        match self {
            Unit::Milli => 1_000,
            Unit::Micro => 1_000_000,
            Unit::Nano => 1_000_000_000,
        }
    }

    /// Digits behind the point of a second.
    pub(super) fn digits(self) -> usize {
        match self {
            Unit::Milli => 3,
            Unit::Micro => 6,
            Unit::Nano => 9,
        }
    }
}

/// What a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logical {
    /// Days since 1970.
    Date,
    /// A time of a day.
    Time(Unit),
    /// A time since 1970, in UTC.
    Instant(Unit),
    /// The same of a clock on a wall, nobody says where.
    Local(Unit),
    /// A number so many of whose digits stand behind the point.
    Decimal(i32),
    /// A number of 128 bits in hex with four hyphens.
    Uuid,
    /// Months, days and milliseconds.
    Duration,
}

/// What is underneath.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Int,
    Long,
    Bytes,
    String,
    Fixed(usize),
}

/// The word of Kafka Connect for days, which it says beside Avro's own words or without them.
const DAYS: &str = "io.debezium.time.Date";

/// What the attributes of a type say; what does not fit the type, or is not known, is passed over,
/// as the specification wants it.
pub(super) fn of(base: Base, attributes: &Map<String, Value>) -> Option<Logical> {
    let word = |name| attributes.get(name).and_then(Value::as_str);
    let logical = match word("logicalType") {
        None if word("connect.name") == Some(DAYS) => Logical::Date,
        None => return None,
        Some("date") => Logical::Date,
        Some("time-millis") => Logical::Time(Unit::Milli),
        Some("time-micros") => Logical::Time(Unit::Micro),
        Some("timestamp-millis") => Logical::Instant(Unit::Milli),
        Some("timestamp-micros") => Logical::Instant(Unit::Micro),
        Some("timestamp-nanos") => Logical::Instant(Unit::Nano),
        Some("local-timestamp-millis") => Logical::Local(Unit::Milli),
        Some("local-timestamp-micros") => Logical::Local(Unit::Micro),
        Some("local-timestamp-nanos") => Logical::Local(Unit::Nano),
        Some("decimal") => decimal(attributes)?,
        Some("uuid") => Logical::Uuid,
        Some("duration") => Logical::Duration,
        Some(_) => return None,
    };
    let fits = match logical {
        Logical::Date | Logical::Time(Unit::Milli) => base == Base::Int,
        Logical::Time(_) | Logical::Instant(_) | Logical::Local(_) => base == Base::Long,
        Logical::Decimal(_) => matches!(base, Base::Bytes | Base::Fixed(_)),
        Logical::Uuid => matches!(base, Base::String | Base::Fixed(16)),
        Logical::Duration => base == Base::Fixed(12),
    };
    fits.then_some(logical)
}

fn decimal(attributes: &Map<String, Value>) -> Option<Logical> {
    let number = |name| attributes.get(name).map(Value::as_i64);
    let precision = number("precision")?.filter(|precision| *precision > 0)?;
    let scale = number("scale").unwrap_or(Some(0))?;
    let is_scale = (0..=precision).contains(&scale);
    is_scale.then(|| i32::try_from(scale).ok().map(Logical::Decimal)).flatten()
}
