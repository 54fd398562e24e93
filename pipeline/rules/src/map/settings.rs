//! What a map says besides its stages and words: windows, history, credit, counters.

use super::error::Fault;
use super::fields::{Fields, Word, choice, length, wrong_type};
use super::mistake::Mistake;
use model::{Family, Keep, Kind, Size, Span};
use toml::de::DeValue;

/// Every family that a map may name. Those that `model` does not have yet are accepted and not
/// counted, so that a map written for them is a map today.
const FAMILIES: &[&str] = &[
    "flow",
    "move",
    "activity",
    "edge",
    "duration",
    "credit",
    "markov",
    "sequence",
    "cadence",
    "objection",
    "value",
    "coalition",
    "chain",
    "intensity",
];

/// The sizes of windows, ascending.
pub(super) fn sizes(window: &Fields<'_>) -> Result<Vec<Size>, Fault> {
    let Some(words) = window.words("sizes")? else {
        return Ok(vec![Size::Hours(1), Size::Days(1), Size::Days(7)]);
    };
    let mut sizes = Vec::new();
    for word in words {
        let size = size(&word)?;
        if sizes.contains(&size) {
            let mistake = Mistake::Duplicate { sort: "size", name: word.text.to_owned() };
            return Err(Fault::new(mistake, &word.span));
        }
        sizes.push(size);
    }
    sizes.sort_unstable();
    Ok(sizes)
}

/// A size of windows; the running total is always counted and has none.
fn size(word: &Word<'_>) -> Result<Size, Fault> {
    Size::parse(word.text)
        .filter(|size| *size != Size::Total)
        .ok_or_else(|| Fault::new(Mistake::WindowSize(word.text.to_owned()), &word.span))
}

/// How long the windows of each size are kept; a size kept for ever is not named.
pub(super) fn keep(window: &Fields<'_>, sizes: &[Size]) -> Result<Vec<Keep>, Fault> {
    let Some(value) = window.get("keep") else { return Ok(Vec::new()) };
    let mut keep = Vec::new();
    match value.get_ref() {
        DeValue::Table(table) => {
            for (key, value) in table {
                let word = Word { text: key.get_ref().as_ref(), span: key.span() };
                let size = size(&word)?;
                if !sizes.contains(&size) {
                    let mistake = Mistake::KeepSize(word.text.to_owned());
                    return Err(Fault::new(mistake, &word.span));
                }
                keep.push(Keep { size, span: length(word.text, value)? });
            }
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) => {
            let span = length("keep", value)?;
            keep.extend(sizes.iter().map(|size| Keep { size: *size, span }));
        }
        _ => return Err(wrong_type("keep", value, "\"forever\", or a table with a key per size")),
    }
    keep.retain(|keep| keep.span != Span::NEVER);
    keep.sort_unstable_by_key(|keep| keep.size);
    Ok(keep)
}

/// The channels that last_non_direct passes over, which the map must know.
pub(super) fn direct(credit: &Fields<'_>, channels: &[String]) -> Result<Vec<String>, Fault> {
    let Some(words) = credit.words("direct")? else { return Ok(vec!["website".to_owned()]) };
    let mut direct = Vec::new();
    for word in words {
        if !channels.iter().any(|channel| channel == word.text) {
            let (name, channels) = (word.text.to_owned(), channels.to_vec());
            return Err(Fault::new(Mistake::UnknownChannel { name, channels }, &word.span));
        }
        direct.push(word.text.to_owned());
    }
    direct.sort_unstable();
    direct.dedup();
    Ok(direct)
}

/// How far back credit looks; `NEVER` for the attempt.
pub(super) fn lookback(credit: &Fields<'_>) -> Result<Span, Fault> {
    match credit.get("lookback").map(|value| value.get_ref()) {
        Some(DeValue::String(text)) if text == "attempt" => Ok(Span::NEVER),
        _ => credit.length("lookback", Span::NEVER),
    }
}

/// The kinds that cadence counts as follow-ups, which the map must know.
pub(super) fn follow_ups(cadence: &Fields<'_>, kinds: &[Kind]) -> Result<Vec<String>, Fault> {
    let Some(words) = cadence.words("follow_ups")? else {
        return Ok(vec!["follow_up_sent".to_owned()]);
    };
    let mut follow_ups = Vec::new();
    for word in words {
        let Some(kind) = kinds.iter().find(|kind| kind.name == word.text) else {
            let kinds = kinds.iter().map(|kind| kind.name.clone()).collect();
            let mistake = Mistake::UnknownKind { name: word.text.to_owned(), kinds };
            return Err(Fault::new(mistake, &word.span));
        };
        if kind.is_lost {
            return Err(Fault::new(Mistake::LostFollowsUp, &word.span));
        }
        follow_ups.push(word.text.to_owned());
    }
    follow_ups.sort_unstable();
    follow_ups.dedup();
    Ok(follow_ups)
}

/// How long after an entry cadence looks at its follow-ups.
pub(super) fn landmark(cadence: &Fields<'_>) -> Result<Span, Fault> {
    let span = cadence.length("landmark", Span::from_days(7))?;
    match cadence.get("landmark").filter(|_| span == Span::default()) {
        Some(value) => Err(Fault::new(Mistake::Zero("landmark"), &value.span())),
        None => Ok(span),
    }
}

/// How long after an entry intensity counts what the customer does: not beyond the landmark, for
/// what is compared there must have been before.
pub(super) fn intensity(cadence: &Fields<'_>) -> Result<Span, Fault> {
    let landmark = landmark(cadence)?;
    let span = cadence.length("intensity", Span::from_hours(12).min(landmark))?;
    match cadence.get("intensity").filter(|_| span > landmark) {
        Some(value) => Err(Fault::new(Mistake::AfterLandmark(landmark), &value.span())),
        None => Ok(span),
    }
}

/// The families that are counted besides *admission*, ascending.
pub(super) fn families(counters: &Fields<'_>) -> Result<Vec<Family>, Fault> {
    let built = |name: &str| Family::parse(name).filter(|family| *family != Family::Admission);
    let Some(words) = counters.words("families")? else {
        return Ok(Family::ALL.into_iter().filter(|f| *f != Family::Admission).collect());
    };
    let mut families = Vec::new();
    for word in words {
        // Admission is always counted: to name it is idle, but true.
        if word.text != "admission" {
            choice("families", &word, FAMILIES)?;
        }
        families.extend(built(word.text));
    }
    families.sort_unstable();
    families.dedup();
    Ok(families)
}
