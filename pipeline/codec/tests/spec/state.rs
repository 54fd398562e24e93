//! States and dictionaries there and back, and what is left of them when bytes go wrong.

use crate::golden::sealed;
use codec::Fault;
use codec::state::{
    Low, decode_chapter, decode_dictionary, decode_head, decode_low, decode_page, encode_chapter,
    encode_dictionary, encode_head, encode_low, encode_page,
};
use journey::{Chapters, Diff, InMemory, JourneyState, Packed, Reading, advance};
use model::{ChannelId, CurrencyId, Dictionary, Flags, KindId, SourceId, Timestamp, Touchpoint};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn reading() -> Reading {
    let mut reading = Reading::new(rules::default_map(), Dictionary::new());
    for word in ["page_viewed", "enquiry_received", "purchase_made", "lost", "ticket_opened"] {
        reading.kind_id(word);
    }
    ["chat", "fax"].iter().for_each(|word| _ = reading.channel_id(word));
    ["EUR", "USD"].iter().for_each(|word| _ = reading.currency_id(word));
    reading
}

prop_compose! {
    fn record()(
        identity in any::<u64>(),
        source in any::<u16>(),
        hours in 0_i64..2_000,
        kind in 0_u16..5,
        channel in 0_u16..2,
        currency in 0_u16..3,
        amount in any::<i32>(),
        subject in prop_oneof![Just(0_u64), any::<u64>()],
        revision in prop_oneof![Just(0_u32), any::<u32>()],
        position in any::<u64>(),
    ) -> Touchpoint {
        Touchpoint {
            identity,
            source: SourceId(source),
            time: Timestamp::from_millis(1_767_571_200_000 + hours * 3_600_000),
            kind: KindId(kind),
            channel: ChannelId(channel),
            currency: CurrencyId(currency),
            amount: if currency == 0 { 0 } else { i64::from(amount) },
            subject,
            label: 0,
            flags: Flags::default(),
            revision,
            position,
        }
    }
}

fn state(records: &[Touchpoint]) -> JourneyState {
    let reading = reading();
    let mut state = JourneyState::default();
    for (index, record) in records.iter().enumerate() {
        let mut nowhere = Diff::default();
        let as_of = Timestamp::NEVER;
        let chapters = &mut InMemory;
        advance(&reading, &mut state, chapters, record, SourceId(0), as_of, &mut nowhere);
        state.at = index as u64 + 1;
    }
    state
}

/// Chapters by number, as the store has them.
#[derive(Default)]
struct Library(BTreeMap<u32, Vec<u8>>);

impl Chapters for Library {
    fn read(&mut self, chapter: u32) -> Packed {
        decode_chapter(&self.0[&chapter]).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_state_is_read_as_it_was_written(records in prop::collection::vec(record(), 0..120)) {
        let mut state = state(&records);
        let whole = state.clone();
        let mut library = Library::default();
        let changes = state.take_changes();
        for (number, chapter) in &changes.chapters {
            let mut bytes = Vec::new();
            encode_chapter(chapter, &mut bytes);
            library.0.insert(*number, bytes);
        }
        let mut pages = BTreeMap::new();
        for page in &changes.pages {
            let mut bytes = Vec::new();
            encode_page(page, &mut bytes);
            pages.insert(page.number, bytes);
        }
        let mut head = Vec::new();
        encode_head(&state, &mut head);
        let mut read = decode_head(&head).unwrap();
        for page in read.older.iter_mut().flat_map(|older| &mut older.pages) {
            page.fill(decode_page(&pages[&page.number]).unwrap());
        }
        prop_assert_eq!(&read, &state);
        read.complete(&mut library);
        prop_assert_eq!(read.history().collect::<Vec<_>>(), whole.history().collect::<Vec<_>>());
    }

    #[test]
    fn broken_states_end_in_a_state_or_a_fault(
        records in prop::collection::vec(record(), 0..40),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = Vec::new();
        encode_head(&state(&records), &mut bytes);
        let at = at.index(bytes.len());
        if is_cut {
            prop_assert!(decode_head(&bytes[..at]).is_err());
        } else {
            bytes[at] = byte;
            let _ = decode_head(&bytes);
            let _ = decode_chapter(&bytes);
            let _ = decode_page(&bytes);
            let _ = decode_low(&bytes);
            let _ = decode_dictionary(&bytes);
        }
    }
}

#[test]
fn what_is_left_of_sealed_touchpoints_is_read_as_it_was_written() {
    let state = sealed();
    let mut bytes = Vec::new();
    encode_head(&state, &mut bytes);
    assert_eq!(decode_head(&bytes).as_ref(), Ok(&state));
    for at in 0..bytes.len() {
        assert!(decode_head(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_dictionary_is_read_as_it_was_written() {
    let dictionary = reading().dictionary().clone();
    let mut bytes = Vec::new();
    encode_dictionary(&dictionary, &mut bytes);
    assert_eq!(decode_dictionary(&bytes).unwrap(), dictionary);
}

#[test]
fn how_far_states_speak_is_read_only_where_this_release_wrote_it() {
    let mut bytes = Vec::new();
    let low = Low { position: 8_812, records: 8_640 };
    encode_low(low, &mut bytes);
    assert_eq!(decode_low(&bytes), Ok(low));
    let before = 8_812_u64.to_le_bytes();
    assert_eq!(decode_low(&before), Err(Fault::Version { found: 2, known: 7 }));
    bytes[0] = 8;
    assert_eq!(decode_low(&bytes), Err(Fault::Version { found: 8, known: 7 }));
}
