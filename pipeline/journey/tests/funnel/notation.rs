//! Funnels, histories and ways through them as short text.

use journey::{Lens, Period, Reading, passages};
use model::{
    ChannelId, CurrencyId, Dictionary, Exclusion, Family, Flags, Funnel, FunnelCount, FunnelStep,
    JourneyMap, KindId, Late, Order, Passage, PassageEnd, Pattern, Search, Size, SourceId, Span,
    Stage, Timestamp, Touchpoint, WindowFunnelModes, Zone,
};

/// Kinds are letters.
pub const KINDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "x", "y"];
/// Channels are digits.
pub const CHANNELS: [&str; 3] = ["1", "2", "3"];

/// A map of one stage that knows none of the kinds.
pub fn reading() -> Reading {
    let map = JourneyMap {
        name: "letters".to_owned(),
        version: 1,
        zone: Zone::utc(),
        conversion: 0,
        stages: vec![Stage { name: "only".to_owned(), cold_after: Span::from_days(7) }],
        repeat_after: Span::NEVER,
        kinds: Vec::new(),
        channels: Vec::new(),
        sizes: vec![Size::Days(1)],
        keep: Vec::new(),
        grace: Span::from_hours(48),
        late: Late::Revise,
        retention: Span::NEVER,
        touchpoints_max: 100_000,
        credit_direct: Vec::new(),
        credit_lookback: Span::NEVER,
        credit_path: Vec::new(),
        credit_custom: None,
        cadence_follow_ups: Vec::new(),
        cadence_landmark: Span::NEVER,
        cadence_intensity: Span::NEVER,
        objections: Vec::new(),
        families: vec![Family::Flow],
    };
    let mut reading = Reading::new(map, Dictionary::new());
    KINDS.iter().rev().for_each(|word| _ = reading.kind_id(word));
    CHANNELS.iter().rev().for_each(|word| _ = reading.channel_id(word));
    reading
}

/// Minutes after some day.
pub fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_767_571_200_000 + minute * 60_000)
}

pub fn minute(at: Timestamp) -> i64 {
    (at.millis() - 1_767_571_200_000) / 60_000
}

fn pattern(text: &str) -> Pattern {
    let (kinds, channels) = text.split_once('@').unwrap_or((text, ""));
    let words = |text: &str| text.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    Pattern { kinds: words(kinds), stages: Vec::new(), channels: words(channels) }
}

/// `a, b?, c|d@1; strict; totals; 60m; no reentry; hold; not x:1-2; remove`, or
/// `…; windowFunnel:strict_order`. The window is an hour where nothing is said.
pub fn funnel(text: &str) -> Funnel {
    let mut words = text.split(';').map(str::trim);
    let steps = words.next().expect("steps").split(',').map(str::trim).map(|step| FunnelStep {
        name: step.to_owned(),
        pattern: pattern(step.trim_end_matches('?')),
        is_optional: step.ends_with('?'),
    });
    let mut funnel = Funnel {
        steps: steps.collect(),
        window: Span::from_hours(1),
        exclusions: Vec::new(),
        holds_subject: false,
        search: Search::WindowFunnel(WindowFunnelModes::default()),
    };
    let (mut order, mut count) = (Order::Sequential, FunnelCount::Uniques);
    let (mut has_reentry, mut removes_excluded, mut modes) = (true, false, None);
    for word in words {
        match word {
            "strict" => order = Order::Strict,
            "any" => order = Order::Any,
            "totals" => count = FunnelCount::Totals,
            "no reentry" => has_reentry = false,
            "remove" => removes_excluded = true,
            "hold" => funnel.holds_subject = true,
            _ if word.starts_with("windowFunnel") => modes = Some(word),
            _ => match word.strip_prefix("not ") {
                Some(text) => funnel.exclusions.push(exclusion(text, funnel.steps.len())),
                None => funnel.window = Span::parse(word).expect("a window"),
            },
        }
    }
    funnel.search = match modes {
        None => Search::Ways { order, count, has_reentry, removes_excluded },
        Some(text) => {
            let has = |mode: &str| text.contains(mode);
            Search::WindowFunnel(WindowFunnelModes {
                strict_deduplication: has("strict_deduplication"),
                strict_order: has("strict_order"),
                strict_increase: has("strict_increase"),
                strict_once: has("strict_once"),
                allow_reentry: has("allow_reentry"),
            })
        }
    };
    funnel
}

fn exclusion(text: &str, steps: usize) -> Exclusion {
    let (kinds, range) = text.split_once(':').unwrap_or((text, ""));
    let (after, before) = range.split_once('-').unwrap_or(("1", ""));
    let before = before.parse().unwrap_or(steps as u8);
    let after = after.parse().expect("a step");
    Exclusion { name: text.to_owned(), pattern: pattern(kinds), after, before }
}

/// `a0 b5 b5/7 c9@2`: kind, minute, subject after a slash, channel after an at; in order.
pub fn history(reading: &Reading, text: &str) -> Vec<Touchpoint> {
    let words = reading.dictionary();
    let read = |(identity, word): (usize, &str)| {
        let (word, channel) = word.split_once('@').unwrap_or((word, "1"));
        let (word, subject) = word.split_once('/').unwrap_or((word, "0"));
        let (kind, minute) = word.split_at(1);
        Touchpoint {
            identity: identity as u64,
            source: SourceId(0),
            time: at(minute.parse().expect("a minute")),
            kind: KindId(words.kinds.id(kind).expect("a kind")),
            channel: ChannelId(words.channels.id(channel).expect("a channel")),
            currency: CurrencyId(0),
            amount: 0,
            subject: subject.parse().expect("a subject"),
            label: model::Label::default(),
            flags: Flags::default(),
            revision: 0,
            position: 0,
        }
    };
    let mut history: Vec<Touchpoint> = text.split_whitespace().enumerate().map(read).collect();
    journey::sort(reading, &mut history);
    history
}

/// A way as text: the minutes of its steps, `-` where one was passed over, and how it ended.
pub fn told(way: &Passage) -> String {
    let step = |at: usize| match way.time(at) {
        Some(time) => minute(time).to_string(),
        None => "-".to_owned(),
    };
    let steps: Vec<String> = (0..=way.step()).map(step).collect();
    let end = match way.end {
        PassageEnd::Converted => "converted",
        PassageEnd::Open => "open",
        PassageEnd::TimedOut => "timed out",
        PassageEnd::Excluded => "excluded",
        PassageEnd::Broken => "broken",
        PassageEnd::Overtaken => "overtaken",
    };
    format!("{} {end}", steps.join(" "))
}

/// The ways of a history as text, judged long after, in the order of their entries.
#[track_caller]
pub fn check(funnel_text: &str, history_text: &str, expected: &[&str]) {
    let reading = reading();
    let lens = Lens::new(&funnel(funnel_text), &reading);
    let history = history(&reading, history_text);
    let mut ways = passages(&lens, &history, Period::default(), at(1_000_000));
    ways.sort_by_key(|way| (way.entered_at, way.met, way.times));
    let found: Vec<String> = ways.iter().map(told).collect();
    assert_eq!(found, expected, "{funnel_text} over {history_text}");
}
