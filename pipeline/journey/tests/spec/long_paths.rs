//! A path reaches back over ten thousand touchpoints and no further, in both forms of the fold.

use crate::law::reading;
use journey::{Diff, InMemory, JourneyState, Reading, admission, advance, contributions, retire};
use model::{
    ChannelId, CreditRule, CurrencyId, Entry, Family, Flags, Group, JourneyMap, KindId, Measure,
    SourceId, Span, Timestamp, Touchpoint,
};

const BEGIN: i64 = 1_767_571_200_000;

fn touchpoint(reading: &mut Reading, number: i64, kind: &str, channel: &str) -> Touchpoint {
    let (kind, channel): (KindId, ChannelId) = (reading.kind_id(kind), reading.channel_id(channel));
    Touchpoint {
        identity: number as u64 + 1,
        source: SourceId(0),
        time: Timestamp::from_millis(BEGIN + number * 60_000),
        kind,
        channel,
        currency: CurrencyId(0),
        amount: 0,
        subject: 0,
        label: model::Label::default(),
        flags: Flags::default(),
        revision: 0,
        position: number as u64,
    }
}

/// One e-mail, so many chats, and a purchase.
fn history(reading: &mut Reading, chats: i64) -> Vec<Touchpoint> {
    let mut history = vec![touchpoint(reading, 0, "page_viewed", "email")];
    history.extend((1..=chats).map(|at| touchpoint(reading, at, "message_received", "chat")));
    history.push(touchpoint(reading, chats + 1, "purchase_made", "store"));
    history
}

fn advanced(reading: &Reading, records: &[Touchpoint]) -> Diff {
    let (mut state, mut sums) = (JourneyState::default(), Diff::default());
    for record in records {
        let (chapters, never) = (&mut InMemory, Timestamp::NEVER);
        retire(reading, &mut state, chapters, record.time);
        advance(reading, &mut state, chapters, record, SourceId(0), never, &mut sums);
    }
    sums
}

/// The channel that has everything by the rule of the first touch.
fn first(reading: &Reading, sums: &Diff) -> String {
    let mut found = sums.counters.iter().filter(|((key, measure), _)| {
        let rule = CreditRule::First as u16;
        key.family == Family::Credit && key.dims[0] == rule && *measure == Measure::Count
    });
    let ((key, _), count) = found.next().expect("a conversion");
    assert_eq!((*count, key.dims[2]), (1_000_000, Entry::First as u16));
    key.word(1, reading.map(), reading.dictionary()).into_owned()
}

#[test]
fn a_path_reaches_back_over_ten_thousand_touchpoints() {
    let most = i64::from(JourneyMap::PATH_MAX);
    for (chats, expected) in [(most - 1, "email"), (most, "chat")] {
        let mut reading = reading(0);
        let mut records = history(&mut reading, chats);
        let expected_sums = {
            let records: Vec<_> = records.iter().map(|record| (*record, SourceId(0))).collect();
            let (mut sums, history) = admission(&reading, &records);
            let now = history.last().expect("a touchpoint").time;
            sums.merge(&contributions(&reading, Group(0), &history, now));
            sums
        };
        let sums = advanced(&reading, &records);
        assert_eq!(sums.counters, expected_sums.counters, "{chats}");
        assert_eq!(first(&reading, &sums), expected, "{chats}");
        // What comes last decides nothing.
        let late = records.remove(chats as usize / 2);
        records.push(late);
        assert_eq!(advanced(&reading, &records).counters, expected_sums.counters, "{chats}");
    }
}

#[test]
fn what_is_sealed_is_still_credited() {
    for (hours, expected) in [(1_000, "email"), (1, "email")] {
        let plain = reading(0);
        let mut map = plain.map().clone();
        map.retention = Span::from_hours(hours);
        let mut reading = Reading::new(map, plain.dictionary().clone());
        let records = history(&mut reading, 500);
        assert_eq!(first(&reading, &advanced(&reading, &records)), expected, "{hours}");
    }
}
