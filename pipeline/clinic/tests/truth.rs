//! What is planted can be found again in what happens, and only by who looks as the truth says.

use clinic::{Clinic, Course, Truth};
use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const OPENING: Timestamp = Timestamp::from_millis(1_767_571_200_000);

fn clinic(seed: u64, leads: u64) -> Clinic {
    Clinic::open(Truth::default(), seed, OPENING, 180.0, leads)
}

fn courses(leads: u64) -> Vec<Course> {
    let mut clinic = clinic(7, leads);
    clinic.by_ref().for_each(drop);
    clinic.courses().to_vec()
}

/// Share of those who booked, and how many there were.
fn booked<'a>(of: impl Iterator<Item = &'a Course>) -> (f64, usize) {
    let all: Vec<&Course> = of.collect();
    let booked = all.iter().filter(|course| course.has_booked).count();
    (booked as f64 / all.len() as f64, all.len())
}

#[test]
fn equal_seeds_play_the_same_and_other_seeds_do_not() {
    let first: Vec<_> = clinic(7, 500).collect();
    assert_eq!(first, clinic(7, 500).collect::<Vec<_>>());
    assert_ne!(first, clinic(8, 500).collect::<Vec<_>>());
}

#[test]
fn deliveries_come_in_order_and_never_before_what_they_tell() {
    let deliveries: Vec<_> = clinic(7, 3_000).collect();
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.at));
    assert!(deliveries.iter().all(|delivery| delivery.at >= delivery.touchpoint.time));
    let all = deliveries.len() as f64;
    let ids: BTreeSet<_> =
        deliveries.iter().map(|delivery| &delivery.touchpoint.event_id).collect();
    let twice = (all - ids.len() as f64) / all;
    let late = |hours: i64| {
        let is_late =
            |d: &&clinic::Delivery| d.at.millis() - d.touchpoint.time.millis() > hours * 3_600_000;
        deliveries.iter().filter(is_late).count() as f64 / all
    };
    assert!((0.005..0.015).contains(&twice), "{twice} are sent twice");
    assert!((0.01..0.03).contains(&late(12)), "{} are half a day late", late(12));
}

#[test]
fn every_word_is_known_to_the_default_map() {
    let map = rules::default_map();
    for delivery in clinic(7, 3_000) {
        let said = delivery.touchpoint;
        assert!(map.kind(&said.kind).is_some(), "kind {}", said.kind);
        assert!(map.channel(&said.channel).is_some(), "channel {}", said.channel);
    }
}

#[test]
fn three_follow_ups_instead_of_one_double_the_bookings_of_equals() {
    let courses = courses(120_000);
    let open = |intensity: usize, planned: usize| {
        booked(courses.iter().filter(move |course| {
            (course.is_open_at_landmark, course.intensity, course.planned)
                == (true, intensity, planned)
        }))
    };
    for intensity in 1..=3 {
        let ((one, of_one), (three, of_three)) = (open(intensity, 1), open(intensity, 3));
        // Three standard errors of the logarithm of a ratio of two shares.
        let error = ((1.0 - one) / (one * of_one as f64)
            + (1.0 - three) / (three * of_three as f64))
            .sqrt();
        let off = ((three / one).ln() - 2.0_f64.ln()).abs();
        assert!(
            off < 3.0 * error,
            "intensity {intensity}: {three} of {of_three}, {one} of {of_one}"
        );
    }
}

#[test]
fn whoever_looks_at_all_leads_alike_sees_far_more_than_is_caused() {
    let courses = courses(120_000);
    let all = |sent: usize| {
        booked(courses.iter().filter(move |course| course.has_enquired && course.sent == sent)).0
    };
    let ratio = all(3) / all(1);
    assert!(ratio > 2.5, "the naive ratio is {ratio}");
}

#[test]
fn channels_weekdays_and_objections_are_as_planted() {
    let courses = courses(60_000);
    let mut by_channel: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for course in &courses {
        let row = by_channel.entry(&course.channel).or_default();
        row.0 += 1;
        row.1 += u32::from(course.has_enquired);
    }
    let truth = Truth::default();
    for channel in &truth.channels {
        let (came, asked) = by_channel[&*channel.channel];
        let share = f64::from(came) / courses.len() as f64;
        assert!((share - channel.share).abs() < 0.01, "{}: {share}", channel.channel);
        let enquires = f64::from(asked) / f64::from(came);
        assert!((enquires - channel.enquires).abs() < 0.03, "{}: {enquires}", channel.channel);
    }
    let hesitant = |class: &str| {
        let has = courses.iter().filter(|c| c.objections.iter().any(|o| o == class)).count();
        has as f64 / courses.iter().filter(|c| c.has_enquired).count() as f64
    };
    assert!(hesitant("price") > hesitant("competitor"), "price is raised more often");
    let mut weekdays = [0_u32; 7];
    for delivery in clinic(7, 20_000).filter(|d| d.touchpoint.event_id.ends_with("-0")) {
        let day = (delivery.touchpoint.time.millis() - OPENING.millis()) / 86_400_000;
        weekdays[(day % 7) as usize] += 1;
    }
    assert!(weekdays[0] > 2 * weekdays[6], "{weekdays:?}");
}

#[test]
fn customers_come_again_and_are_worth_what_was_planted() {
    let mut clinic = clinic(7, 60_000);
    let (mut amounts, mut count) = (0.0, 0.0);
    for delivery in clinic.by_ref() {
        if let Some(value) = delivery.touchpoint.value {
            amounts += value.amount_minor as f64 / 100.0;
            count += 1.0;
        }
    }
    let loyalty = Truth::default().loyalty;
    let mean = loyalty.p * loyalty.v / (loyalty.q - 1.0);
    let seen: f64 = amounts / count;
    assert!((seen / mean - 1.0).abs() < 0.05, "{seen} a visit, {mean} planted");
    let again = clinic.courses().iter().filter(|course| course.visits > 1).count();
    assert!(again > 1_000, "{again} came again");
}
