//! Touchpoints of many customers as JSON lines, in whatever order they come.

use serde_json::{Value, json};
use tests::Random;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What lies between two touchpoints: nothing, little, and what maps and windows turn on.
const GAPS: [i64; 16] = [
    0,
    0,
    1,
    SECOND,
    37 * SECOND,
    10 * MINUTE,
    90 * MINUTE,
    5 * HOUR,
    DAY,
    DAY,
    36 * HOUR,
    3 * DAY,
    7 * DAY,
    10 * DAY,
    14 * DAY,
    90 * DAY,
];

/// Kinds of all stages, of none, and such as no map knows; the likelier stand twice.
const KINDS: [&str; 28] = [
    "page_viewed",
    "page_viewed",
    "page_viewed",
    "ad_clicked",
    "email_opened",
    "form_submitted",
    "enquiry_received",
    "enquiry_received",
    "message_received",
    "call_received",
    "quote_sent",
    "objection_raised",
    "booking_made",
    "trial_started",
    "purchase_made",
    "purchase_made",
    "appointment_kept",
    "subscription_renewed",
    "refund_made",
    "message_sent",
    "call_made",
    "follow_up_sent",
    "ticket_opened",
    "unsubscribed",
    "lost",
    "workshop_attended",
    "contract",
    "Purchase_Made",
];

const CHANNELS: [&str; 8] =
    ["website", "website", "chat", "email", "phone", "store", "fax", "Chat"];

/// A line, and whether the log takes it as it happens.
pub struct Line {
    pub touchpoint: Value,
    pub is_live: bool,
}

impl Line {
    /// What a person says of it, as a row of a table of corrections; of some alone.
    pub fn correction(&self) -> Option<String> {
        let text = |name: &str| self.touchpoint[name].as_str().unwrap_or_default().to_owned();
        let (customer, event) = (text("customer_id"), text("event_id"));
        let number: u64 = event.strip_prefix('e')?.parse().ok()?;
        let label = match number {
            number if number % 20 == 0 => "none",
            number if number % 15 == 0 => "competitor",
            number if number % 13 == 0 => "trust",
            _ => return None,
        };
        let is_known = !customer.is_empty();
        is_known.then(|| format!("{customer},{},{event},{label}", text("source")))
    }
}

/// Makes them.
pub struct Source {
    pub random: Random,
    count: u64,
}

impl Source {
    pub fn new(seed: u64) -> Source {
        Source { random: Random(seed), count: 0 }
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.below(of.len() as u64) as usize]
    }

    fn is_once_in(&mut self, times: u64) -> bool {
        self.random.below(times) == 0
    }

    /// Histories that begin within some days after one of these instants and are over a day before
    /// the end, shuffled. A third of the lines is live and comes first.
    pub fn lines(&mut self, customers: u64, begins: &[i64], days: u64, end: i64) -> Vec<Line> {
        let mut lines = Vec::new();
        for customer in 0..customers {
            let mut time = self.one(begins) + (self.random.below(days * 24 * 60) as i64) * MINUTE;
            let most = if self.is_once_in(50) { 150 } else { 24 };
            for _ in 0..self.random.below(most) {
                time += self.one(&GAPS) + self.one(&[0, 0, 0, 0, 0, 1, -1]);
                if time > end - DAY {
                    break;
                }
                let line = self.touchpoint(customer, time);
                let again = self.random.below(12);
                match again {
                    0 => lines.push(line.clone()),
                    1 => {
                        let other = self.other(&line, time);
                        lines.push(other);
                    }
                    _ => {}
                }
                lines.push(line);
            }
        }
        for at in (1..lines.len()).rev() {
            lines.swap(at, self.random.below(at as u64 + 1) as usize);
        }
        let live = lines.len() / 3;
        let line = |(at, mut touchpoint): (usize, Value)| {
            // What is no touchpoint comes in a file; nobody can append it as one.
            let is_live = at < live && touchpoint["time"] != json!(TOO_SHORT);
            touchpoint["history"] = json!(!is_live);
            Line { touchpoint, is_live }
        };
        lines.into_iter().enumerate().map(line).collect()
    }

    fn touchpoint(&mut self, customer: u64, time: i64) -> Value {
        self.count += 1;
        let kind = self.one(&KINDS);
        let mut line = json!({
            "event_id": format!("e{}", self.count), "kind": kind, "channel": self.one(&CHANNELS),
            "time": self.time(time),
        });
        match customer % 10 {
            0 => {
                let name = self.one(&["Ann", "ann", "aNN"]);
                let address = format!("{name}{customer}@Example.org");
                line["identifiers"] = json!({ "email": address });
            }
            _ => line["customer_id"] = json!(format!("c{customer}")),
        }
        match self.count {
            count if count % 5 == 0 => line["text"] = json!("That is too expensive for me."),
            count if count % 7 == 0 => line["text"] = json!("I do not trust you."),
            count if count % 11 == 0 => line["text"] = json!("See you on Monday."),
            _ => {}
        }
        match self.random.below(3) {
            0 => {}
            1 => line["source"] = json!("shop"),
            _ => line["source"] = json!("crm"),
        }
        let is_paid = matches!(kind, "purchase_made" | "quote_sent" | "contract");
        if is_paid || self.is_once_in(6) {
            let amount = self.one(&[4_900, 2_900, 120_000, 1, 0, -100]);
            let currency = self.one(&["EUR", "EUR", "USD"]);
            line["value"] = json!({ "amount_minor": amount, "currency": currency });
        }
        if self.is_once_in(5) {
            line["subject"] = json!(self.one(&["deal-1", "deal-2", ""]));
        }
        if self.is_once_in(100) {
            let is_future = self.is_once_in(2);
            line["time"] = if is_future { json!(FUTURE) } else { json!(TOO_SHORT) };
        }
        line
    }

    /// Another record of the same identity: a correction, or a contradiction.
    fn other(&mut self, line: &Value, time: i64) -> Value {
        let mut other = line.clone();
        if self.is_once_in(2) {
            other["revision"] = json!(1 + self.random.below(2));
        }
        match self.random.below(4) {
            0 => other["kind"] = json!(self.one(&KINDS)),
            1 => other["channel"] = json!(self.one(&CHANNELS)),
            2 => other["value"] = json!({ "amount_minor": 700, "currency": "EUR" }),
            _ => {
                let later = time + self.one(&[HOUR, DAY, -DAY]);
                other["time"] = self.time(later);
            }
        }
        other
    }

    /// An instant as milliseconds, in UTC, or with an offset.
    fn time(&mut self, millis: i64) -> Value {
        let text = |millis: i64| model::Timestamp::from_millis(millis).to_string();
        match self.random.below(3) {
            0 => json!(millis),
            1 => json!(text(millis)),
            _ => json!(text(millis + 2 * HOUR).replace('Z', "+02:00")),
        }
    }
}

/// Seconds where milliseconds belong: 1970, which no touchpoint has.
const TOO_SHORT: i64 = 1_740_000_000;

/// Long after the log takes it.
const FUTURE: &str = "2199-06-01T00:00:00Z";
