//! Funnels that somebody asks for: words in, a checked `Funnel` or one mistake out.
//!
//! ```text
//! steps     "enquiry_received|call_received@chat, stage:decision, purchase_made"
//!           kinds with |, stages by stage:, channels after @, * for any kind
//! order     sequential · strict · any            count    uniques · totals
//! window    30d                                  reentry  on · off
//! optional  2                                    hold     subject
//! exclude   "lost, refund_made:2-3"              excluded stop · remove
//! mode      windowFunnel:strict_order,strict_increase
//! ```

mod mistake;
mod pattern;

pub use mistake::FunnelMistake;

use model::{
    Exclusion, Funnel, FunnelCount, FunnelStep, JourneyMap, Order, Search, Span, WindowFunnelModes,
};
use std::collections::{BTreeMap, BTreeSet};

/// How long a way through a funnel may take where nothing is said.
pub const WINDOW_DEFAULT: Span = Span::from_days(30);

/// The words that steps may be made of.
#[derive(Clone, Copy, Debug)]
pub struct KnownWords<'a> {
    /// Its stages, kinds and channels.
    pub map: &'a JourneyMap,
    /// Kinds of touchpoints that have come, whether the map names them or not.
    pub kinds: &'a BTreeSet<String>,
    /// Their channels.
    pub channels: &'a BTreeSet<String>,
}

/// Reads a funnel from its words.
pub fn parse_funnel(
    words: &BTreeMap<String, String>,
    known: KnownWords<'_>,
) -> Result<Funnel, FunnelMistake> {
    if let Some(word) = words.keys().find(|word| !Funnel::WORDS.contains(&word.as_str())) {
        return Err(FunnelMistake::Word(word.clone()));
    }
    let said = |name: &str| words.get(name).map(String::as_str);
    let mut steps = steps(said("steps").unwrap_or_default(), known)?;
    optional(said("optional"), &mut steps)?;
    let exclusions = exclusions(said("exclude"), steps.len(), known)?;
    let holds_subject = choice("hold", said("hold"), "subject", &[("subject", true)], false)?;
    let funnel = Funnel {
        window: window(said("window"))?,
        search: match said("mode") {
            Some(mode) => window_funnel(mode, words)?,
            None => ways(said, &steps, !exclusions.is_empty())?,
        },
        steps,
        exclusions,
        holds_subject,
    };
    if funnel.is_any_order()
        && let Some(part) = funnel
            .exclusions
            .iter()
            .find(|part| usize::from(part.before - part.after) + 1 < funnel.steps.len())
    {
        let why = "in any order no step is before another: exclude without steps";
        return Err(FunnelMistake::contradiction(&part.name, "order any", why));
    }
    Ok(funnel)
}

/// What stands between commas.
fn parts<'a>(place: &'static str, text: &'a str) -> Result<Vec<&'a str>, FunnelMistake> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if let Some(at) = parts.iter().position(|part| part.is_empty()) {
        return Err(FunnelMistake::Empty { place, number: at + 1 });
    }
    if parts.len() > Funnel::STEPS_MAX {
        return Err(FunnelMistake::TooMany { place, count: parts.len() });
    }
    Ok(parts)
}

fn steps(text: &str, known: KnownWords<'_>) -> Result<Vec<FunnelStep>, FunnelMistake> {
    if text.trim().is_empty() {
        return Err(FunnelMistake::NoSteps);
    }
    let step = |part: &str| {
        let pattern = pattern::parse(part, known)?;
        Ok(FunnelStep { name: part.to_owned(), pattern, is_optional: false })
    };
    parts("steps", text)?.into_iter().map(step).collect()
}

fn optional(text: Option<&str>, steps: &mut [FunnelStep]) -> Result<(), FunnelMistake> {
    let count = steps.len();
    for part in text.into_iter().flat_map(|text| text.split(',')).map(str::trim) {
        let refuse = || FunnelMistake::Optional { text: part.to_owned(), steps: count };
        let number: usize = part.parse().map_err(|_| refuse())?;
        if number < 2 || number >= count {
            return Err(refuse());
        }
        steps[number - 1].is_optional = true;
    }
    Ok(())
}

fn exclusions(
    text: Option<&str>,
    steps: usize,
    known: KnownWords<'_>,
) -> Result<Vec<Exclusion>, FunnelMistake> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let exclusion = |part: &str| {
        let (kinds, range) = pattern::range(part);
        let (after, before) = match range {
            Some(range) => range,
            None => (1, steps),
        };
        if after == 0 || after >= before || before > steps {
            let (text, kind) = (part.to_owned(), kinds.to_owned());
            return Err(FunnelMistake::Between { text, kind, steps });
        }
        Ok(Exclusion {
            name: part.to_owned(),
            pattern: pattern::parse(kinds, known)?,
            after: after as u8,
            before: before as u8,
        })
    };
    parts("exclude", text)?.into_iter().map(exclusion).collect()
}

fn window(text: Option<&str>) -> Result<Span, FunnelMistake> {
    let Some(text) = text else { return Ok(WINDOW_DEFAULT) };
    Span::parse(text.trim()).filter(|span| span.millis() > 0).ok_or_else(|| FunnelMistake::Value {
        name: "window",
        value: text.to_owned(),
        allowed: "a length of time with its unit, such as 30d, 12h or never",
    })
}

fn choice<T: Copy>(
    name: &'static str,
    value: Option<&str>,
    allowed: &'static str,
    choices: &[(&str, T)],
    default: T,
) -> Result<T, FunnelMistake> {
    let Some(value) = value else { return Ok(default) };
    let found = choices.iter().find(|(word, _)| *word == value.trim());
    let refuse = || FunnelMistake::Value { name, value: value.to_owned(), allowed };
    found.map(|(_, choice)| *choice).ok_or_else(refuse)
}

fn ways<'a>(
    said: impl Fn(&str) -> Option<&'a str>,
    steps: &[FunnelStep],
    has_exclusions: bool,
) -> Result<Search, FunnelMistake> {
    let orders = [Order::Sequential, Order::Strict, Order::Any].map(|order| (order.word(), order));
    let order =
        choice("order", said("order"), "sequential, strict or any", &orders, Order::Sequential)?;
    let counts = [("uniques", FunnelCount::Uniques), ("totals", FunnelCount::Totals)];
    let count = choice("count", said("count"), "uniques or totals", &counts, FunnelCount::Uniques)?;
    let reentry = [("on", true), ("off", false)];
    let has_reentry = choice("reentry", said("reentry"), "on or off", &reentry, true)?;
    let excluded = [("stop", false), ("remove", true)];
    let removes_excluded =
        choice("excluded", said("excluded"), "stop or remove", &excluded, false)?;
    let any = order == Order::Any;
    if any && steps.iter().any(|step| step.is_optional) {
        let why = "the report says how many of the steps were met, so none needs to be optional";
        return Err(FunnelMistake::contradiction("optional", "order any", why));
    }
    if any && removes_excluded {
        let why = "in any order what is excluded ends a way, and what it had met still counts";
        return Err(FunnelMistake::contradiction("excluded remove", "order any", why));
    }
    if any && count == FunnelCount::Totals && said("reentry").is_some_and(|on| on.trim() == "on") {
        let why = "of totals in any order each way begins when the one before has ended";
        return Err(FunnelMistake::contradiction("reentry on", "order any with totals", why));
    }
    if removes_excluded && !has_exclusions {
        let why = "nothing is excluded: say what, with exclude";
        return Err(FunnelMistake::contradiction("excluded", "no exclude", why));
    }
    Ok(Search::Ways { order, count, has_reentry, removes_excluded })
}

fn window_funnel(text: &str, words: &BTreeMap<String, String>) -> Result<Search, FunnelMistake> {
    const ALLOWED: &str = "windowFunnel, or windowFunnel: and of strict_deduplication, \
                           strict_order, strict_increase, strict_once, allow_reentry";
    let refuse = || FunnelMistake::Value { name: "mode", value: text.to_owned(), allowed: ALLOWED };
    let (name, modes) = text.split_once(':').unwrap_or((text, ""));
    if name.trim() != "windowFunnel" {
        return Err(refuse());
    }
    let mut on = WindowFunnelModes::default();
    for mode in modes.split(',').map(str::trim).filter(|mode| !mode.is_empty()) {
        match mode {
            "strict_deduplication" => on.strict_deduplication = true,
            "strict_order" => on.strict_order = true,
            "strict_increase" => on.strict_increase = true,
            "strict_once" => on.strict_once = true,
            "allow_reentry" => on.allow_reentry = true,
            _ => return Err(refuse()),
        }
    }
    if on.allow_reentry && !on.strict_order {
        let why = "it passes over steps that come too early, which only strict_order minds";
        return Err(FunnelMistake::contradiction("allow_reentry", "no strict_order", why));
    }
    let others = ["order", "count", "reentry", "optional", "exclude", "excluded"];
    if let Some(other) = others.into_iter().find(|word| words.contains_key(*word)) {
        let why = "windowFunnel has its own modes and counts each customer once";
        return Err(FunnelMistake::contradiction("mode", other, why));
    }
    Ok(Search::WindowFunnel(on))
}
