//! Random funnels over random histories, held against the slow searches.

use crate::notation::{CHANNELS, KINDS, at, reading, told};
use crate::oracle::{Oracle, Way};
use journey::{Lens, Period, Reading, passages};
use model::{
    ChannelId, CurrencyId, Exclusion, Flags, Funnel, FunnelCount, FunnelStep, KindId, Order,
    Passage, PassageEnd, Pattern, Search, SourceId, Span, Touchpoint,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn pattern() -> impl Strategy<Value = Pattern> {
    let kinds = prop::collection::btree_set(0_usize..4, 1..3);
    let channels = prop_oneof![
        4 => Just(Vec::new()),
        1 => (0_usize..2).prop_map(|at| vec![CHANNELS[at].to_owned()]),
    ];
    (kinds, channels).prop_map(|(kinds, channels)| Pattern {
        kinds: kinds.into_iter().map(|at| KINDS[at].to_owned()).collect(),
        stages: Vec::new(),
        channels,
    })
}

prop_compose! {
    fn funnel(order: Order, count: FunnelCount, has_reentry: bool)(
        steps in prop::collection::vec((pattern(), any::<bool>()), 1..5),
        exclusions in prop::collection::vec((pattern(), 1_u8..5, 1_u8..5), 0..2),
        plain in any::<bool>(),
        minutes in prop_oneof![Just(0_i64), 1_i64..40],
    ) -> Funnel {
        let last = steps.len() - 1;
        let step = |(at, (pattern, is_optional)): (usize, (Pattern, bool))| FunnelStep {
            name: at.to_string(),
            pattern,
            is_optional: is_optional && !plain && at > 0 && at < last && order != Order::Any,
        };
        let exclusion = |(pattern, after, length): (Pattern, u8, u8)| Exclusion {
            name: "not".to_owned(),
            pattern,
            after,
            before: after + length,
        };
        Funnel {
            steps: steps.into_iter().enumerate().map(step).collect(),
            window: if minutes == 0 { Span::NEVER } else { Span::from_millis(minutes * 60_000) },
            exclusions: match plain || order == Order::Any {
                true => Vec::new(),
                false => exclusions.into_iter().map(exclusion).collect(),
            },
            holds_subject: false,
            search: Search::Ways { order, count, has_reentry, removes_excluded: false },
        }
    }
}

/// Up to nine touchpoints; often at one instant, unless they must not be.
fn history(are_apart: bool) -> impl Strategy<Value = Vec<Touchpoint>> {
    let touch = (0_u16..6, 0_u16..2, 0_i64..8);
    prop::collection::vec(touch, 0..10).prop_map(move |touches| {
        let reading = reading();
        let mut minutes = 0;
        let touch = |(identity, (kind, channel, gap)): (usize, (u16, u16, i64))| {
            minutes += if are_apart { gap + 1 } else { gap / 2 * 2 };
            let words = reading.dictionary();
            let kind = words.kinds.id(KINDS[usize::from(kind)]).expect("a kind");
            let channel = words.channels.id(CHANNELS[usize::from(channel)]).expect("a channel");
            Touchpoint {
                identity: identity as u64,
                source: SourceId(0),
                time: at(minutes),
                kind: KindId(kind),
                channel: ChannelId(channel),
                currency: CurrencyId(0),
                amount: 0,
                subject: 0,
                label: model::Label::default(),
                flags: Flags::default(),
                revision: 0,
                position: 0,
            }
        };
        let mut history: Vec<Touchpoint> = touches.into_iter().enumerate().map(touch).collect();
        journey::sort(&reading, &mut history);
        history
    })
}

fn ways_of(passages: Vec<Passage>) -> Vec<Way> {
    let way = |passage: Passage| Way {
        times: (0..=passage.step()).map(|step| passage.time(step)).collect(),
        end: passage.end,
    };
    let mut ways: Vec<Way> = passages.into_iter().map(way).collect();
    sort(&mut ways);
    ways
}

fn sort(ways: &mut [Way]) {
    ways.sort_by_key(|way| (way.times.clone(), way.end as u8));
}

struct Case<'a> {
    reading: &'a Reading,
    funnel: &'a Funnel,
    history: &'a [Touchpoint],
    now: i64,
}

impl Case<'_> {
    fn found(&self) -> Vec<Passage> {
        let lens = Lens::new(self.funnel, self.reading);
        passages(&lens, self.history, Period::default(), at(self.now))
    }

    fn with_oracle<T>(&self, ask: impl FnOnce(&Oracle<'_>) -> T) -> T {
        let words = self.reading.dictionary();
        let word = |touch: &Touchpoint| {
            let kind = words.kinds.word(touch.kind.0).to_owned();
            (kind, words.channels.word(touch.channel.0).to_owned())
        };
        ask(&Oracle { funnel: self.funnel, word: &word, now: at(self.now) })
    }
}

const SOON: i64 = 80;

/// Whether no touchpoint can be two steps.
fn are_different(funnel: &Funnel) -> bool {
    let kinds: Vec<&String> = funnel.steps.iter().flat_map(|s| &s.pattern.kinds).collect();
    kinds.iter().collect::<BTreeSet<_>>().len() == kinds.len()
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Sequential), Just(Order::Strict)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_person_is_told_by_the_best_of_every_entry(
        (funnel, history) in (order().prop_flat_map(|order| {
            funnel(order, FunnelCount::Uniques, true)
        }), history(false)),
    ) {
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let expected = case.with_oracle(|oracle| oracle.unique(oracle.every_entry(&history)));
        let found = ways_of(case.found());
        prop_assert_eq!(found.len(), usize::from(expected.is_some()));
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert_eq!(found.step(), expected.step());
            prop_assert_eq!(found.entered(), expected.entered());
            prop_assert_eq!(found.times.last(), expected.times.last());
            let is = |end| (found.end == end, expected.end == end);
            let (found, expected) = is(PassageEnd::Converted);
            prop_assert_eq!(found, expected);
            let (found, expected) = is(PassageEnd::Open);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn ways_that_follow_each_other_are_those_found_one_by_one(
        (funnel, history) in ((order(), any::<bool>()).prop_flat_map(|(order, is_totals)| {
            let count = if is_totals { FunnelCount::Totals } else { FunnelCount::Uniques };
            funnel(order, count, false)
        }), history(false)),
    ) {
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let mut expected = case.with_oracle(|oracle| {
            let mut ways = oracle.one_by_one(&history);
            ways.truncate(if oracle.is_unique() { 1 } else { usize::MAX });
            ways
        });
        sort(&mut expected);
        prop_assert_eq!(ways_of(case.found()), expected);
    }

    #[test]
    fn no_choice_of_touchpoints_comes_further(
        (funnel, history) in (prop_oneof![Just(Order::Sequential), Just(Order::Any)]
            .prop_flat_map(|order| funnel(order, FunnelCount::Uniques, true)), history(false)),
    ) {
        let mut funnel = funnel;
        funnel.exclusions.clear();
        funnel.steps.iter_mut().for_each(|step| step.is_optional = false);
        // At one instant, steps that are like each other are given out by their order alone.
        let mut history = history;
        if !are_different(&funnel) && !funnel.is_any_order() {
            history.dedup_by_key(|touch| touch.time);
        }
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let furthest = case.with_oracle(|oracle| oracle.furthest(&history));
        let found = case.found().first().map_or(0, |way| way.step() + 1);
        prop_assert_eq!(found, furthest);
    }

    #[test]
    fn in_any_order_the_most_steps_come_first_then_the_earliest_then_the_latest_entry(
        (funnel, history) in (funnel(Order::Any, FunnelCount::Uniques, true), history(false)),
    ) {
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let expected = case.with_oracle(|oracle| oracle.any_order(&history));
        let found = case.found();
        let found = found.first().map(|way| {
            (way.step() + 1, way.time(way.step()).expect("a time"), way.entered_at)
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn totals_with_reentry_have_a_way_for_each_entry_and_no_touchpoint_twice(
        (funnel, history) in (order().prop_flat_map(|order| {
            funnel(order, FunnelCount::Totals, true)
        }), history(true)),
    ) {
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let ways = case.found();
        let entries = case.with_oracle(|oracle| {
            history.iter().filter(|touch| oracle.is_step(0, touch)).count()
        });
        prop_assert_eq!(ways.len(), entries);
        let mut taken: Vec<_> = ways.iter().flat_map(|way| (1..=way.step()).filter_map(|step| {
            way.time(step)
        })).collect();
        taken.sort_unstable();
        let all = taken.len();
        taken.dedup();
        prop_assert_eq!(all, taken.len());
        // The best of them is what tells of a person, unless steps are alike: then an earlier way
        // may have taken what a later one needed, as an example shows.
        let mut unique = funnel.clone();
        let Search::Ways { count, .. } = &mut unique.search else { unreachable!() };
        *count = FunnelCount::Uniques;
        let case = Case { funnel: &unique, ..case };
        let best = ways.iter().map(|way| way.step()).max();
        let told = case.found().first().map(|way| way.step());
        prop_assert!(best <= told, "{:?} beyond {:?}", best, told);
        prop_assert!(best == told || !are_different(&funnel), "{:?} {:?}", best, told);
    }

    #[test]
    fn neither_identities_nor_the_numbers_of_words_decide(
        (funnel, history) in (order().prop_flat_map(|order| {
            funnel(order, FunnelCount::Totals, false)
        }), history(false)),
    ) {
        let reading = reading();
        let case = Case { reading: &reading, funnel: &funnel, history: &history, now: SOON };
        let found: Vec<String> = case.found().iter().map(told).collect();
        let mut other = Reading::new(reading.map().clone(), model::Dictionary::new());
        KINDS.iter().for_each(|word| _ = other.kind_id(word));
        CHANNELS.iter().for_each(|word| _ = other.channel_id(word));
        let mut renamed: Vec<Touchpoint> = history.iter().map(|touch| Touchpoint {
            identity: u64::MAX - touch.identity,
            kind: other.kind_id(reading.dictionary().kinds.word(touch.kind.0)),
            channel: other.channel_id(reading.dictionary().channels.word(touch.channel.0)),
            ..*touch
        }).collect();
        journey::sort(&other, &mut renamed);
        let case = Case { reading: &other, history: &renamed, ..case };
        let again: Vec<String> = case.found().iter().map(told).collect();
        prop_assert_eq!(found, again);
    }
}
