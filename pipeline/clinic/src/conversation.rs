//! What a lead and the clinic say to each other, as touchpoints.

use crate::lead::pick;
use crate::phrases::{LANGUAGES, phrases};
use model::{Draft, Timestamp, Value};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const DAY_MILLIS: f64 = 86_400_000.0;

/// Who the customer is, and how they write.
pub(crate) struct Voice {
    customer: String,
    language: &'static str,
    /// System and channel of their messages.
    writes: (&'static str, &'static str),
    identifiers: BTreeMap<String, String>,
}

impl Voice {
    pub(crate) fn new(random: &mut ChaCha8Rng, number: u64, channel: &str) -> Voice {
        let language = LANGUAGES[pick(random, LANGUAGES.iter().map(|(_, share)| *share))].0;
        let writes = match channel {
            "email" => ("mail", "email"),
            "phone" => ("phone", "phone"),
            "social" => ("social", "social"),
            _ if random.random_bool(0.6) => ("chat", "chat"),
            _ => ("mail", "email"),
        };
        let mut identifiers = BTreeMap::new();
        identifiers.insert("email".to_owned(), format!("lead{number}@example.org"));
        if random.random_bool(0.7) {
            identifiers.insert("phone".to_owned(), format!("+49151{:08}", number % 100_000_000));
        }
        Voice { customer: customer(number), language, writes, identifiers }
    }

    fn phrase(&self, topic: &str, random: &mut ChaCha8Rng) -> String {
        let ways = phrases(topic, self.language);
        ways[random.random_range(0..ways.len())].to_owned()
    }
}

/// The customer id of the lead of a number.
pub fn customer(number: u64) -> String {
    format!("lead-{number:06}")
}

/// The touchpoints of one lead, in the making. Times are days after the first contact; what lies
/// beyond the days that are followed is not said.
pub(crate) struct Conversation {
    voice: Voice,
    arrival: Timestamp,
    days: f64,
    said: Vec<Draft>,
}

impl Conversation {
    pub(crate) fn new(voice: Voice, arrival: Timestamp, days: f64) -> Conversation {
        Conversation { voice, arrival, days, said: Vec::new() }
    }

    /// How many days are followed.
    pub(crate) fn days(&self) -> f64 {
        self.days
    }

    fn say(&mut self, at: f64, (source, channel): (&str, &str), kind: &str) -> Option<&mut Draft> {
        if at > self.days {
            return None;
        }
        let after = (at * DAY_MILLIS) as i64;
        let number = self.said.len();
        self.said.push(Draft {
            event_id: format!("{}-{number}", self.voice.customer),
            source: source.to_owned(),
            time: Timestamp::from_millis(self.arrival.millis() + after),
            customer_id: self.voice.customer.clone(),
            channel: channel.to_owned(),
            kind: kind.to_owned(),
            ..Draft::default()
        });
        self.said.last_mut()
    }

    /// Something that the customer does.
    pub(crate) fn customer(&mut self, at: f64, source: &str, channel: &str, kind: &str) {
        self.say(at, (source, channel), kind);
    }

    /// Something that the clinic does.
    pub(crate) fn business(&mut self, at: f64, source: &str, channel: &str, kind: &str) {
        self.say(at, (source, channel), kind);
    }

    /// The first question, by which the clinic learns who it is.
    pub(crate) fn ask(&mut self, at: f64, random: &mut ChaCha8Rng) {
        let text = self.voice.phrase("enquiry", random);
        let (writes, identifiers) = (self.voice.writes, self.voice.identifiers.clone());
        let kind = if writes.0 == "phone" { "call_received" } else { "enquiry_received" };
        if let Some(said) = self.say(at, writes, kind) {
            (said.text, said.identifiers) = (text, identifiers);
        }
    }

    /// A message of the customer about a topic.
    pub(crate) fn message(&mut self, at: f64, topic: &str, random: &mut ChaCha8Rng) {
        let text = self.voice.phrase(topic, random);
        let kind =
            if self.voice.writes.0 == "phone" { "call_received" } else { "message_received" };
        if let Some(said) = self.say(at, self.voice.writes, kind) {
            said.text = text;
        }
    }

    /// An objection that staff write down as one.
    pub(crate) fn object(&mut self, at: f64, class: &str, random: &mut ChaCha8Rng) {
        let text = self.voice.phrase(class, random);
        if let Some(said) = self.say(at, self.voice.writes, "objection_raised") {
            said.text = text;
        }
    }

    /// What staff write, in the customer's language and channel.
    pub(crate) fn staff(&mut self, at: f64, kind: &str, random: &mut ChaCha8Rng) {
        let text = match kind {
            "follow_up_sent" => self.voice.phrase("follow_up", random),
            _ => String::new(),
        };
        if let Some(said) = self.say(at, self.voice.writes, kind) {
            said.text = text;
        }
    }

    /// A payment.
    pub(crate) fn pay(&mut self, at: f64, amount_minor: i64, currency: &str) {
        if let Some(said) = self.say(at, ("payment", "payment"), "purchase_made") {
            said.value = Some(Value { amount_minor, currency: currency.to_owned() });
        }
    }

    /// Everything in order of time.
    pub(crate) fn finish(mut self) -> Vec<Draft> {
        self.said.sort_by_key(|said| said.time);
        self.said
    }
}
