//! A journey map: the definition of the stages, as a checked value.

use crate::{Family, Size, Span, TouchFilter, Zone};

/// Whose touchpoint a kind is. Only the customer's keep a lead warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The customer did it.
    #[default]
    Customer,
    /// The business did it.
    Business,
}

/// What the value of a kind is to a report; changes no counter but *value*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MoneyRole {
    /// Not added up.
    #[default]
    None,
    /// Earned.
    Revenue,
    /// Given back: written as a positive amount, subtracted by reports.
    Refund,
    /// Spent.
    Cost,
}

/// A kind that the map knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The word, byte for byte.
    pub name: String,
    /// Whose it is.
    pub by: By,
    /// Whether it keeps a lead warm.
    pub keeps_warm: bool,
    /// Whether it ends an attempt as lost.
    pub is_lost: bool,
    /// Index of the stage that it enters, if any.
    pub stage: Option<u8>,
    /// What its value is to a report.
    pub money: MoneyRole,
}

/// A place in the journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The word.
    pub name: String,
    /// No touchpoint that keeps warm for so long: the attempt has gone cold.
    pub cold_after: Span,
}

/// What becomes of a touchpoint older than the grace before its append time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Late {
    /// It counts and revises.
    #[default]
    Revise,
    /// It goes to the topic `late`.
    Divert,
}

/// How long counters of a size are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The size.
    pub size: Size,
    /// How long after the end of their window.
    pub span: Span,
}

/// The definition of the journey: stages, what enters them, windows, history, families.
///
/// Checked by `rules`: names are unique and not reserved, every kind enters one stage at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JourneyMap {
    /// Name of the map.
    pub name: String,
    /// Version; another map under the same version is refused.
    pub version: u32,
    /// Zone of the business.
    pub zone: Zone,
    /// Index of the stage whose reaching is a conversion.
    pub conversion: u8,
    /// The stages in order, one at least.
    pub stages: Vec<Stage>,
    /// Entering the last stage again after so long is a repeat.
    pub repeat_after: Span,
    /// Every kind the map knows, ascending by the bytes of the name.
    pub kinds: Vec<Kind>,
    /// Every channel the map knows, ascending by bytes.
    pub channels: Vec<String>,
    /// Sizes of windows that are kept.
    pub sizes: Vec<Size>,
    /// How long, by size; a size that is not named is kept for ever.
    pub keep: Vec<Keep>,
    /// How late a touchpoint may be before its window is final.
    pub grace: Span,
    /// What becomes of one that is later.
    pub late: Late,
    /// How old a touchpoint may be at its append.
    pub retention: Span,
    /// Touchpoints a customer at most.
    pub touchpoints_max: u32,
    /// Channels that last_non_direct passes over.
    pub credit_direct: Vec<String>,
    /// How old a touch may be at the conversion; `NEVER`: the attempt.
    pub credit_lookback: Span,
    /// What touches a path loses before it is credited.
    pub credit_path: Vec<TouchFilter>,
    /// Per cent to the first touch, those between together, and the last, of the map's own rule.
    pub credit_custom: Option<[u8; 3]>,
    /// Kinds that *cadence* counts as follow-ups, ascending by bytes.
    pub cadence_follow_ups: Vec<String>,
    /// How long after an entry *cadence* looks at its follow-ups, and asks whether it is open.
    pub cadence_landmark: Span,
    /// How long after an entry *intensity* counts what the customer does; at most the landmark.
    pub cadence_intensity: Span,
    /// Every class of objections that the map knows but `other`, ascending by bytes.
    pub objections: Vec<String>,
    /// Families that are counted besides *admission*, ascending.
    pub families: Vec<Family>,
}

impl JourneyMap {
    /// A path to a conversion or an end reaches back over at most so many touchpoints, the last
    /// ones. Who has more of them in between is a machine, and must make neither a late touchpoint
    /// nor a seal dear.
    pub const PATH_MAX: u32 = 10_000;

    /// Index of a kind that the map knows.
    pub fn kind(&self, name: &str) -> Option<u16> {
        let found = self.kinds.binary_search_by(|kind| kind.name.as_bytes().cmp(name.as_bytes()));
        found.ok().map(|index| index as u16)
    }

    /// Index of a channel that the map knows.
    pub fn channel(&self, name: &str) -> Option<u16> {
        let found = self.channels.binary_search_by(|word| word.as_bytes().cmp(name.as_bytes()));
        found.ok().map(|index| index as u16)
    }

    /// Index of a class of objections that the map knows and that is not `other`.
    pub fn objection(&self, name: &str) -> Option<u16> {
        let found = self.objections.binary_search_by(|word| word.as_bytes().cmp(name.as_bytes()));
        found.ok().map(|index| index as u16)
    }

    /// Index of the last stage.
    pub fn last_stage(&self) -> u8 {
        (self.stages.len() - 1) as u8
    }

    /// Whether a family is counted; *admission* always is.
    pub fn counts(&self, family: Family) -> bool {
        family == Family::Admission || self.families.contains(&family)
    }
}

/// What every map knows, before it adds its own.
pub mod defaults {
    use super::{By, Kind, MoneyRole};

    /// The channels that every map knows.
    pub const CHANNELS: [&str; 12] = [
        "website", "chat", "email", "phone", "sms", "social", "ads", "booking", "store", "payment",
        "support", "referral",
    ];

    /// The classes of objections that every map knows, besides `other`.
    pub const OBJECTIONS: [&str; 6] =
        ["price", "timing", "trust", "need", "competitor", "convenience"];

    /// Words that no stage, kind or channel may be called.
    pub const RESERVED: [&str; 11] = [
        "none",
        "other",
        "start",
        "converted",
        "expired",
        "open",
        "cold",
        "conversion",
        "null",
        "all",
        "total",
    ];

    const CUSTOMER: [&str; 19] = [
        "page_viewed",
        "ad_clicked",
        "email_opened",
        "email_clicked",
        "form_submitted",
        "enquiry_received",
        "message_received",
        "call_received",
        "objection_raised",
        "trial_started",
        "booking_made",
        "booking_cancelled",
        "appointment_kept",
        "purchase_made",
        "subscription_renewed",
        "ticket_opened",
        "review_left",
        "referral_made",
        "unsubscribed",
    ];

    const BUSINESS: [&str; 8] = [
        "message_sent",
        "call_made",
        "follow_up_sent",
        "quote_sent",
        "refund_made",
        "ticket_solved",
        "booking_no_show",
        "lost",
    ];

    /// The kinds that every map knows, without their stages.
    pub fn kinds() -> Vec<Kind> {
        let customer = CUSTOMER.iter().map(|name| (*name, By::Customer));
        customer
            .chain(BUSINESS.iter().map(|name| (*name, By::Business)))
            .map(|(name, by)| Kind {
                name: name.to_owned(),
                by,
                keeps_warm: by == By::Customer && name != "unsubscribed",
                is_lost: name == "lost",
                stage: None,
                money: match name {
                    "purchase_made" | "subscription_renewed" => MoneyRole::Revenue,
                    "refund_made" => MoneyRole::Refund,
                    _ => MoneyRole::None,
                },
            })
            .collect()
    }
}
