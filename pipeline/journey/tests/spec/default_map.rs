//! The default journey map as a value, and a zone or two, without the crate that reads TOML.

use model::{By, Family, JourneyMap, Late, Size, Span, Stage, Timestamp, Zone, defaults};

const ENTER: [(&str, &[&str]); 4] = [
    ("awareness", &["page_viewed", "ad_clicked", "email_opened"]),
    ("consideration", &["form_submitted", "enquiry_received", "message_received", "call_received"]),
    ("decision", &["quote_sent", "objection_raised", "booking_made", "trial_started"]),
    ("retention", &["purchase_made", "appointment_kept", "subscription_renewed"]),
];

/// Berlin from 2026 to 2028: summer time begins and ends on a last Sunday at 01:00 UTC.
pub fn berlin() -> Zone {
    let at = |text: &str| Timestamp::parse_rfc3339(text).expect("a time");
    let table = [
        (at("1990-01-01T00:00:00Z"), 3_600),
        (at("2026-03-29T01:00:00Z"), 7_200),
        (at("2026-10-25T01:00:00Z"), 3_600),
        (at("2027-03-28T01:00:00Z"), 7_200),
        (at("2027-10-31T01:00:00Z"), 3_600),
        (at("2028-03-26T01:00:00Z"), 7_200),
    ];
    Zone::new("Europe/Berlin", &table)
}

/// Kolkata, half an hour off.
pub fn kolkata() -> Zone {
    Zone::new("Asia/Kolkata", &[(Timestamp::FIRST, 19_800)])
}

fn objections() -> Vec<String> {
    let mut objections = defaults::OBJECTIONS.map(str::to_owned).to_vec();
    objections.sort();
    objections
}

/// The map that every installation begins with.
pub fn default_map() -> JourneyMap {
    let mut kinds = defaults::kinds();
    for kind in &mut kinds {
        let stage = ENTER.iter().position(|(_, enter)| enter.contains(&kind.name.as_str()));
        kind.stage = stage.map(|index| index as u8);
        assert!(kind.by == By::Business || kind.keeps_warm || kind.name == "unsubscribed");
    }
    kinds.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    let mut channels: Vec<String> = defaults::CHANNELS.iter().map(|&c| c.to_owned()).collect();
    channels.sort();
    let days = [14, 7, 10, 90];
    let stages = ENTER.iter().zip(days).map(|((name, _), days)| Stage {
        name: (*name).to_owned(),
        cold_after: Span::from_days(days),
    });
    JourneyMap {
        name: "default".to_owned(),
        version: 1,
        zone: berlin(),
        conversion: 3,
        stages: stages.collect(),
        repeat_after: Span::from_hours(24),
        kinds,
        channels,
        sizes: vec![Size::Hours(1), Size::Days(1), Size::Days(7)],
        keep: Vec::new(),
        grace: Span::from_hours(48),
        late: Late::Revise,
        retention: Span::NEVER,
        touchpoints_max: 100_000,
        credit_direct: vec!["website".to_owned()],
        credit_lookback: Span::NEVER,
        credit_path: Vec::new(),
        credit_custom: None,
        cadence_follow_ups: vec!["follow_up_sent".to_owned()],
        cadence_landmark: Span::from_days(7),
        cadence_intensity: Span::from_hours(12),
        objections: objections(),
        families: Family::ALL.to_vec(),
    }
}
