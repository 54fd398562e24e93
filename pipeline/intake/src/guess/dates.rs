//! How a column writes its times, and what in it proves that.

/// Which of two numbers is the day, where the year stands last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrder {
    /// 31/12/2026
    DayFirst,
    /// 12/31/2026
    MonthFirst,
}

/// What a date is made of, without its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    separator: char,
    is_year_first: bool,
    is_year_short: bool,
}

/// What follows a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rest {
    /// Between date and time.
    gap: Option<char>,
    has_seconds: bool,
    is_half_day: bool,
    has_offset: bool,
}

/// What the values of a column have in common as times.
#[derive(Clone, Debug, Default)]
pub(super) struct Dates {
    shapes: Vec<Shape>,
    rests: Vec<Rest>,
    /// A value whose first number can be no month, and one whose second cannot.
    day_first: Option<(u64, String)>,
    month_first: Option<(u64, String)>,
    first: Option<String>,
    others: u64,
    count: u64,
    seconds: u64,
    millis: u64,
}

/// How times are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// With an offset, as RFC 3339.
    Whole,
    /// As ISO 8601 without an offset.
    Local,
    /// By formats of a clock on a wall.
    Formats(Vec<String>),
    /// A number since 1970, in this unit.
    Since(&'static str),
}

/// What a column says of its times.
pub(super) enum Verdict {
    /// It writes them so, for this reason.
    Is(Written, String),
    /// Day and month cannot be told apart; the value shown is one of them.
    Ambiguous(String),
    /// It holds none, or several sorts.
    No,
}

impl Dates {
    pub(super) fn see(&mut self, value: &str, row: u64) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some(value.to_owned());
        }
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            match value.len() {
                9 | 10 => self.seconds += 1,
                12 | 13 => self.millis += 1,
                _ => self.others += 1,
            }
            return;
        }
        let Some((shape, [one, two], rest)) = taken_apart(value) else {
            self.others += 1;
            return;
        };
        if !self.shapes.contains(&shape) && self.shapes.len() < 4 {
            self.shapes.push(shape);
        }
        if !self.rests.contains(&rest) && self.rests.len() < 8 {
            self.rests.push(rest);
        }
        if !shape.is_year_first {
            if one > 12 && self.day_first.is_none() {
                self.day_first = Some((row, value.to_owned()));
            }
            if two > 12 && self.month_first.is_none() {
                self.month_first = Some((row, value.to_owned()));
            }
        }
    }

    /// The share of values that are no time may be so large: a typing error is no other format.
    fn is_mostly(&self, count: u64) -> bool {
        count > 0 && (self.count - count) * 20 <= self.count
    }

    /// Whether it holds days without a time of day.
    pub(super) fn is_days(&self) -> bool {
        self.rests == [Rest::NONE]
    }

    pub(super) fn verdict(&self, told: Option<DayOrder>) -> Verdict {
        let first = self.first.clone().unwrap_or_default();
        for (count, unit) in [(self.seconds, "s"), (self.millis, "ms")] {
            if self.is_mostly(count) {
                let why = format!("numbers since 1970, like {first}");
                return Verdict::Is(Written::Since(unit), why);
            }
        }
        let [shape] = self.shapes.as_slice() else { return Verdict::No };
        if !self.is_mostly(self.count - self.others - self.seconds - self.millis) {
            return Verdict::No;
        }
        if self.rests.iter().any(|rest| rest.has_offset) {
            let is_whole = shape.is_year_first && self.rests.iter().all(|rest| rest.has_offset);
            return match is_whole {
                true => Verdict::Is(Written::Whole, format!("RFC 3339, like {first}")),
                false => Verdict::No,
            };
        }
        if shape.is_year_first {
            let is_plain = |rest: &Rest| rest.gap != Some(',') && !rest.is_half_day;
            if shape.separator == '-' && !shape.is_year_short && self.rests.iter().all(is_plain) {
                return Verdict::Is(
                    Written::Local,
                    format!("the year stands first, as in {first}"),
                );
            }
            let why = format!("the year stands first, as in {first}");
            return self.by_formats(shape, DayOrder::DayFirst, why);
        }
        let proof = |row: &u64, value: &str| format!("row {row} has {value}");
        match (&self.day_first, &self.month_first) {
            (Some(_), Some(_)) => Verdict::No,
            (Some((row, value)), None) => {
                self.by_formats(shape, DayOrder::DayFirst, proof(row, value))
            }
            (None, Some((row, value))) => {
                self.by_formats(shape, DayOrder::MonthFirst, proof(row, value))
            }
            (None, None) if shape.separator == '.' => {
                let why = format!("with dots the day stands first, as in {first}");
                self.by_formats(shape, DayOrder::DayFirst, why)
            }
            (None, None) => match told {
                Some(order) => self.by_formats(shape, order, "as you said".to_owned()),
                None => Verdict::Ambiguous(first),
            },
        }
    }

    fn by_formats(&self, shape: &Shape, order: DayOrder, why: String) -> Verdict {
        let year = if shape.is_year_short { "%y" } else { "%Y" };
        let parts = match (shape.is_year_first, order) {
            (true, _) => [year, "%m", "%d"],
            (false, DayOrder::DayFirst) => ["%d", "%m", year],
            (false, DayOrder::MonthFirst) => ["%m", "%d", year],
        };
        let date = parts.join(&shape.separator.to_string());
        let mut rests = self.rests.clone();
        // The longer first: a date alone would read the beginning of no time.
        rests.sort_by(|one, other| other.cmp(one));
        let formats = rests.iter().map(|rest| format!("{date}{}", rest.format())).collect();
        Verdict::Is(Written::Formats(formats), why)
    }
}

impl Rest {
    const NONE: Rest =
        Rest { gap: None, has_seconds: false, is_half_day: false, has_offset: false };

    fn format(self) -> String {
        let Some(gap) = self.gap else { return String::new() };
        let gap = match gap {
            ',' => ", ".to_owned(),
            gap => gap.to_string(),
        };
        let clock = match (self.is_half_day, self.has_seconds) {
            (false, false) => "%H:%M",
            (false, true) => "%H:%M:%S",
            (true, false) => "%I:%M %p",
            (true, true) => "%I:%M:%S %p",
        };
        format!("{gap}{clock}")
    }
}

/// Shape, the two numbers that are no year, and what follows.
fn taken_apart(value: &str) -> Option<(Shape, [u32; 2], Rest)> {
    let separator = value.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '.' | '/' | '-') {
        return None;
    }
    let (one, rest) = value.split_once(separator)?;
    let (two, rest) = rest.split_once(separator)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (three, rest) = rest.split_at(end);
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 4);
    let (a, b, c) = (number(one)?, number(two)?, number(three)?);
    let is_small = |text: &str| matches!(text.len(), 1 | 2);
    let is_year_first = one.len() == 4;
    let is_year_short = !is_year_first && three.len() == 2;
    let is_date = match is_year_first {
        true => is_small(two) && is_small(three) && (1..=12).contains(&b) && (1..=31).contains(&c),
        false => {
            let is_day = (1..=31).contains(&a) && (1..=31).contains(&b);
            is_small(one) && is_small(two) && matches!(three.len(), 2 | 4) && is_day
        }
    };
    if !is_date {
        return None;
    }
    let shape = Shape { separator, is_year_first, is_year_short };
    Some((shape, [a, b], clock(rest)?))
}

/// What stands behind a date: nothing, or a time of day.
fn clock(rest: &str) -> Option<Rest> {
    if rest.is_empty() {
        return Some(Rest::NONE);
    }
    let gap = rest.chars().next()?;
    let rest = match gap {
        ',' => rest.strip_prefix(", ")?,
        ' ' | 'T' => rest.get(1..)?,
        _ => return None,
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(rest.len());
    let (digits, mut rest) = rest.split_at(end);
    let parts: Vec<u32> = digits.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let is_time = match parts.as_slice() {
        [hour, minute] => *hour < 24 && *minute < 60,
        [hour, minute, second] => *hour < 24 && *minute < 60 && *second < 61,
        _ => false,
    };
    if !is_time {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let is_half_day = matches!(rest.trim().to_ascii_lowercase().as_str(), "am" | "pm");
    let has_offset = rest == "Z" || rest.starts_with(['+', '-']);
    let is_known = rest.is_empty() || is_half_day || has_offset;
    let has_seconds = parts.len() == 3;
    is_known.then_some(Rest { gap: Some(gap), has_seconds, is_half_day, has_offset })
}
