//! One lead, from the first contact to the end, as the truth has it.

use crate::conversation::{Conversation, Voice};
use crate::retention::visits;
use crate::{ChannelTruth, Truth};
use model::{Draft, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Exp};

/// What became of a lead, whatever anybody counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// When it came.
    pub arrival: Timestamp,
    /// Channel that brought it.
    pub channel: String,
    /// Whether it asked.
    pub has_enquired: bool,
    /// Messages on the first day, from 1; 0 where it never asked.
    pub intensity: usize,
    /// Follow-ups that staff had planned for the first seven days.
    pub planned: usize,
    /// Follow-ups that were sent: nobody follows up on who has booked.
    pub sent: usize,
    /// Whether it was still there, undecided, on the seventh day.
    pub is_open_at_landmark: bool,
    /// Whether it booked.
    pub has_booked: bool,
    /// Visits.
    pub visits: usize,
    /// What it objected to.
    pub objections: Vec<String>,
}

impl Course {
    fn begin(arrival: Timestamp, channel: &str) -> Course {
        Course {
            arrival,
            channel: channel.to_owned(),
            has_enquired: false,
            intensity: 0,
            planned: 0,
            sent: 0,
            is_open_at_landmark: false,
            has_booked: false,
            visits: 0,
            objections: Vec::new(),
        }
    }
}

/// A lead: what it did, in order of time, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// Every touchpoint.
    pub touchpoints: Vec<Draft>,
    /// What became of it.
    pub course: Course,
}

impl Lead {
    /// Plays the lead of a number, which arrives at a time and is followed for so many days.
    pub fn play(truth: &Truth, seed: u64, number: u64, arrival: Timestamp, days: f64) -> Lead {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number + 1);
        let channel = &truth.channels[pick(&mut random, truth.channels.iter().map(|c| c.share))];
        let voice = Voice::new(&mut random, number, &channel.channel);
        let mut said = Conversation::new(voice, arrival, days);
        let mut course = Course::begin(arrival, &channel.channel);
        arrive(&mut said, &mut random, channel);
        if random.random_bool(channel.enquires) {
            enquire(truth, channel, &mut said, &mut random, &mut course);
        }
        Lead { touchpoints: said.finish(), course }
    }
}

/// The number of a share, by chance.
pub(crate) fn pick(random: &mut ChaCha8Rng, shares: impl Iterator<Item = f64>) -> usize {
    let mut left: f64 = random.random();
    let mut last = 0;
    for (at, share) in shares.enumerate() {
        last = at;
        left -= share;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// So many days on average, by chance.
pub(crate) fn after(random: &mut ChaCha8Rng, mean_days: f64) -> f64 {
    Exp::new(1.0 / mean_days).map_or(mean_days, |waits| waits.sample(random))
}

/// The first contact: some look around, some only call.
fn arrive(said: &mut Conversation, random: &mut ChaCha8Rng, channel: &ChannelTruth) {
    match &*channel.channel {
        "ads" => said.customer(0.0, "website", "ads", "ad_clicked"),
        "email" => {
            said.customer(0.0, "mail", "email", "email_opened");
            said.customer(0.001, "mail", "email", "email_clicked");
        }
        "phone" | "chat" => return,
        other => said.customer(0.0, "website", other, "page_viewed"),
    }
    let mut at = 0.0;
    while random.random_bool(0.55) {
        at += 0.0005 + after(random, 0.002);
        said.customer(at, "website", "website", "page_viewed");
    }
}

/// From the first question to a booking, or to silence.
fn enquire(
    truth: &Truth,
    channel: &ChannelTruth,
    said: &mut Conversation,
    random: &mut ChaCha8Rng,
    course: &mut Course,
) {
    let habit = &truth.follow_ups;
    let asked = match &*channel.channel {
        "phone" | "chat" => 0.0,
        _ => 0.003 + after(random, 0.4),
    };
    course.has_enquired = true;
    let intensity = pick(random, habit.intensity.into_iter());
    let planned = pick(random, habit.planned[intensity].into_iter());
    (course.intensity, course.planned) = (intensity + 1, planned);
    said.ask(asked, random);
    for message in 0..intensity {
        said.message(asked + 0.05 + 0.3 * message as f64 + after(random, 0.03), "reply", random);
    }
    said.staff(asked + 0.02 + after(random, 0.05), "message_sent", random);

    let mut hesitates = 1.0;
    for objection in &truth.objections {
        if random.random_bool(objection.in_consideration) {
            hesitates *= objection.effect;
            course.objections.push(objection.class.clone());
            said.message(asked + 0.2 + 2.5 * random.random::<f64>(), &objection.class, random);
        }
    }

    // Drawn for everybody, whatever comes of it, so that one truth changes one thing.
    let (quits, early) = (random.random::<f64>(), random.random::<f64>());
    let (late, when) = (random.random::<f64>(), random.random::<f64>());
    let quits = quits < habit.quits[intensity];
    let early = !quits && early < habit.books_early[intensity] * hesitates;
    let booked = match (quits, early) {
        (true, _) => None,
        (_, true) => Some(asked + 0.7 + 6.0 * when),
        _ => {
            course.is_open_at_landmark = true;
            let books = truth.books(channel.quality, intensity, planned, hesitates);
            (late < books).then(|| asked + 7.2 + after(random, 3.0))
        }
    };
    // Staff follow up until the lead has booked; a lead that has gone quiet is chased all the same.
    for number in 0..planned {
        let at = asked + 1.0 + 5.5 * (number as f64 + random.random::<f64>()) / planned as f64;
        if booked.is_none_or(|booked| at < booked) {
            said.staff(at, "follow_up_sent", random);
            course.sent += 1;
        }
    }
    // A lead that is still there writes now and then; one that has quit does not.
    let until = match (quits, booked) {
        (true, _) => asked + 3.0 * when,
        (_, Some(booked)) => booked,
        _ => asked + 7.5 + 6.0 * when,
    };
    let mut at = asked + 1.5 + after(random, 1.0);
    while at < until {
        said.message(at, "reply", random);
        at += 1.5 + after(random, 1.5).min(4.0);
    }
    match booked {
        Some(booked) => book(truth, said, random, course, booked),
        None if !quits && random.random_bool(0.2) => {
            said.staff(until + 1.0 + after(random, 2.0), "lost", random);
        }
        None => {}
    }
}

/// From the booking to the first visit, or to an empty chair.
fn book(
    truth: &Truth,
    said: &mut Conversation,
    random: &mut ChaCha8Rng,
    course: &mut Course,
    booked: f64,
) {
    course.has_booked = true;
    if random.random_bool(0.6) {
        said.staff(booked - 0.1, "quote_sent", random);
    }
    said.customer(booked, "booking", "booking", "booking_made");
    let visit = booked + 1.0 + 6.0 * random.random::<f64>();
    let mut keeps = truth.shows_up;
    for objection in &truth.objections {
        if random.random_bool(objection.in_decision) {
            keeps *= objection.effect;
            course.objections.push(objection.class.clone());
            let at = booked + (visit - booked) * random.random::<f64>();
            said.object(at, &objection.class, random);
        }
    }
    let outcome: f64 = random.random();
    if outcome < keeps {
        said.customer(visit, "booking", "booking", "appointment_kept");
        course.visits = visits(truth, said, random, visit);
    } else if outcome < keeps + truth.no_show {
        said.business(visit, "booking", "booking", "booking_no_show");
    } else {
        said.customer(booked + 0.8 * (visit - booked), "booking", "booking", "booking_cancelled");
    }
}
