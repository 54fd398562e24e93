//! Which touchpoints a step is: `enquiry_received|stage:decision@chat|phone`.

use super::{FunnelMistake, KnownWords};
use model::Pattern;

/// Reads kinds, stages and channels; every one of them must be known.
pub(super) fn parse(text: &str, known: KnownWords<'_>) -> Result<Pattern, FunnelMistake> {
    let (kinds, channels) = text.split_once('@').map_or((text, None), |(k, c)| (k, Some(c)));
    let mut pattern = Pattern::default();
    let map = known.map;
    let is_any = matches!(kinds.trim(), "*" | "");
    for word in kinds.split('|').map(str::trim).filter(|_| !is_any) {
        match word.strip_prefix("stage:") {
            Some(name) => {
                let names: Vec<&str> = map.stages.iter().map(|stage| &*stage.name).collect();
                let found = names.iter().position(|known| *known == name);
                let unknown = || FunnelMistake::unknown("stage", name, &names);
                pattern.stages.push(found.ok_or_else(unknown)? as u8);
            }
            None if map.kind(word).is_some() || known.kinds.contains(word) => {
                pattern.kinds.push(word.to_owned());
            }
            None => {
                let kinds = map.kinds.iter().map(|kind| &*kind.name);
                let mut kinds: Vec<&str> =
                    kinds.chain(known.kinds.iter().map(String::as_str)).collect();
                kinds.sort_unstable();
                kinds.dedup();
                return Err(FunnelMistake::unknown("kind", word, &kinds));
            }
        }
    }
    for word in channels.into_iter().flat_map(|words| words.split('|')).map(str::trim) {
        if map.channel(word).is_none() && !known.channels.contains(word) {
            let channels = map.channels.iter().chain(known.channels);
            let mut channels: Vec<&str> = channels.map(String::as_str).collect();
            channels.sort_unstable();
            channels.dedup();
            return Err(FunnelMistake::unknown("channel", word, &channels));
        }
        pattern.channels.push(word.to_owned());
    }
    Ok(pattern)
}

/// What is excluded, and between which steps where that is said: `refund_made:2-3`.
pub(super) fn range(text: &str) -> (&str, Option<(usize, usize)>) {
    let read = || {
        let (kinds, range) = text.rsplit_once(':')?;
        let (after, before) = range.split_once('-')?;
        Some((kinds.trim(), (after.trim().parse().ok()?, before.trim().parse().ok()?)))
    };
    read().map_or((text, None), |(kinds, range)| (kinds, Some(range)))
}
