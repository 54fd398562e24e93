//! The law: whatever the order of arrival and the sequence of as_of, all differences add up to the
//! contributions of the final history, and the state is that of the history in order.

use crate::default_map::default_map;
use crate::library::Library;
use journey::{
    Diff, InMemory, JourneyState, Reading, admission, advance, contributions, elapse, label,
};
use model::{
    CurrencyId, Dictionary, Flags, Group, Label, LabelId, SourceId, Span, Timestamp, TouchFilter,
    Touchpoint,
};
use proptest::prelude::*;

pub const KINDS: [&str; 14] = [
    "page_viewed",
    "enquiry_received",
    "message_received",
    "quote_sent",
    "booking_made",
    "purchase_made",
    "appointment_kept",
    "follow_up_sent",
    "lost",
    "unsubscribed",
    "ticket_opened",
    "refund_made",
    "workshop_attended",
    "another_word",
];
pub const CHANNELS: [&str; 4] = ["chat", "email", "store", "fax"];

/// `whatever` is no class of the map.
pub const CLASSES: [&str; 4] = ["whatever", "trust", "price", "need"];

pub fn reading(variant: u8) -> Reading {
    let mut map = default_map();
    if variant & 1 != 0 {
        map.repeat_after = Span::NEVER;
    }
    if variant & 2 != 0 {
        map.conversion = 2;
    }
    if variant & 2 != 0 {
        map.credit_lookback = Span::from_days(3);
        map.credit_direct = vec!["chat".to_owned(), "email".to_owned()];
    }
    if variant & 4 != 0 {
        map.credit_path = vec![TouchFilter::Indirect, TouchFilter::Exposure];
        map.credit_custom = Some([30, 20, 50]);
    }
    if variant & 5 == 1 {
        map.credit_path = vec![TouchFilter::First];
        map.credit_custom = Some([0, 100, 0]);
    }
    if variant & 1 != 0 {
        map.cadence_landmark = Span::from_hours(30);
        map.cadence_intensity = Span::from_hours(24);
        map.cadence_follow_ups = vec!["refund_made".to_owned(), "unsubscribed".to_owned()];
    }
    if variant & 4 != 0 {
        map.stages[3].cold_after = Span::NEVER;
        map.stages[0].cold_after = Span::from_hours(6);
    }
    let mut reading = Reading::new(map, Dictionary::new());
    // Against the order of their bytes, so that an order by ids would be found.
    KINDS.iter().rev().for_each(|word| _ = reading.kind_id(word));
    CHANNELS.iter().rev().for_each(|word| _ = reading.channel_id(word));
    ["USD", "EUR"].iter().for_each(|word| _ = reading.currency_id(word));
    CLASSES.iter().for_each(|word| _ = reading.label_id(word));
    reading
}

prop_compose! {
    pub fn record(span: i64)(
        identity in 1_u64..60,
        hours in 0..span,
        jitter in prop_oneof![4 => Just(0_i64), 1 => 0_i64..2],
        kind in 0..KINDS.len() as u16,
        channel in 0..CHANNELS.len() as u16,
        currency in 0_u16..3,
        amount in -5_i64..100,
        revision in prop_oneof![4 => Just(0_u32), 1 => 0_u32..3],
    ) -> Touchpoint {
        Touchpoint {
            identity,
            source: SourceId(identity as u16 % 3),
            time: Timestamp::from_millis(1_767_571_200_000 + hours * 6 * 3_600_000 + jitter),
            kind: model::KindId(kind),
            channel: model::ChannelId(channel),
            currency: CurrencyId(currency),
            amount: if currency == 0 { 0 } else { amount },
            subject: 0,
            label: Label::default(),
            flags: Flags::default(),
            revision,
            position: 0,
        }
    }
}

/// A label: how many records come before it, of which of them it is, what it says. Beyond the
/// records it is of a touchpoint that never comes.
pub type Labelling = (usize, usize, u16, u32);

pub fn labellings(count: usize, most: usize) -> impl Strategy<Value = Vec<Labelling>> {
    let labelling = (0..count + 2, 0..count + 2, 0..CLASSES.len() as u16 + 1, 1_u32..4);
    prop::collection::vec(labelling, 0..most)
}

/// The identity that a labelling is of, and the label.
pub fn said(records: &[Touchpoint], labelling: &Labelling) -> (u64, Label) {
    let (_, of, class, revision) = *labelling;
    let identity = records.get(of).map_or(1 << 50, |record| record.identity);
    (identity, Label { class: LabelId(class), revision })
}

/// Says of each touchpoint of a history what of its labels counts.
pub fn labelled(reading: &Reading, history: &mut [Touchpoint], labels: &[(u64, Label)]) {
    for touchpoint in history {
        let own = labels.iter().filter(|(identity, _)| *identity == touchpoint.identity);
        touchpoint.label = own.fold(touchpoint.label, |best, (_, label)| {
            Label::one_of(best, *label, reading.dictionary())
        });
    }
}

/// `flush_every`: after so many records the older chapters leave memory; 0: never.
fn check(
    variant: u8,
    (records, labels): (&[Touchpoint], &[Labelling]),
    as_ofs: &[i64],
    flush_every: usize,
) -> Result<(), TestCaseError> {
    let reading = reading(variant);
    let group = Group(variant + 3);
    let mut state = JourneyState { group, ..JourneyState::default() };
    let mut library = Library::default();
    let mut sums = Diff::default();
    let mut as_of = Timestamp::NEVER;
    for (index, record) in records.iter().enumerate() {
        if let Some(hours) = as_ofs.get(index) {
            let next = Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000);
            as_of = as_of.max(next);
            elapse(&reading, &mut state, &mut library, as_of, &mut sums);
        }
        for labelling in labels.iter().filter(|labelling| labelling.0 == index) {
            label(&reading, &mut state, &mut library, said(records, labelling), &mut sums);
        }
        advance(&reading, &mut state, &mut library, record, SourceId(0), as_of, &mut sums);
        if flush_every > 0 && index % flush_every == 0 {
            library.flush(&mut state);
        }
    }
    for labelling in labels.iter().filter(|labelling| labelling.0 >= records.len()) {
        label(&reading, &mut state, &mut library, said(records, labelling), &mut sums);
    }
    elapse(&reading, &mut state, &mut library, as_of, &mut sums);
    library.flush(&mut state);
    library.check(&mut state);
    let labels: Vec<_> = labels.iter().map(|labelling| said(records, labelling)).collect();
    let records: Vec<_> = records.iter().map(|record| (*record, SourceId(0))).collect();
    let (mut expected, mut history) = admission(&reading, &records);
    labelled(&reading, &mut history, &labels);
    let now = history.last().map_or(as_of, |last| last.time.max(as_of));
    expected.merge(&contributions(&reading, group, &history, now));
    prop_assert_eq!(&sums.counters, &expected.counters);
    prop_assert_eq!(&sums.purchases, &expected.purchases);

    let mut in_order = JourneyState { group, ..JourneyState::default() };
    let mut moves = Diff::default();
    for touchpoint in &history {
        let (source, chapters) = (SourceId(0), &mut InMemory);
        advance(&reading, &mut in_order, chapters, touchpoint, source, as_of, &mut moves);
    }
    elapse(&reading, &mut in_order, &mut InMemory, as_of, &mut moves);
    prop_assert_eq!(&state.walk, &in_order.walk);
    prop_assert_eq!(state.told, in_order.told);
    // Only the mark of a conflict is not in the specification's history.
    let unmarked = |state: &JourneyState| -> Vec<Touchpoint> {
        let history = state.history();
        history.map(|touchpoint| Touchpoint { flags: Flags::default(), ..touchpoint }).collect()
    };
    prop_assert_eq!(unmarked(&state), unmarked(&in_order));
    prop_assert_eq!(&sums.transitions, &moves.transitions);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn all_differences_add_up_to_the_contributions_of_a_short_history(
        variant in 0_u8..8,
        records in prop::collection::vec(record(40), 0..12),
        labels in labellings(12, 10),
        as_ofs in prop::collection::vec(0_i64..600, 0..12),
        flush_every in 0_usize..4,
    ) {
        check(variant, (&records, &labels), &as_ofs, flush_every)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn all_differences_add_up_to_the_contributions_over_many_chapters(
        variant in 0_u8..8,
        mut records in prop::collection::vec(record(900), 100..260),
        labels in labellings(260, 60),
        as_ofs in prop::collection::vec(0_i64..6_000, 0..50),
        flush_every in 0_usize..40,
    ) {
        for (index, record) in records.iter_mut().enumerate() {
            record.identity = record.identity % 4 * 1_000 + index as u64 % 170;
        }
        check(variant, (&records, &labels), &as_ofs, flush_every)?;
    }
}
