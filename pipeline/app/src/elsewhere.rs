//! What has changed on other instances, for whoever waits for news here.

use crate::installation::Installation;
use crate::parts::{Owned, Shared, others, owned_as_it_is};
use engine::{Node, TaskId};
use model::{Family, Timestamp};
use serde::{Deserialize, Serialize};
use serve::{News, Refusal};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the others are asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long after the last one who waited for news nobody is asked any more.
const WAITED: Duration = Duration::from_secs(30);

/// What has changed on an instance since its start.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Heard {}

/// Its numbers, which grow with each change.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct HeardPart {
    revisions: BTreeMap<String, u64>,
    as_of: Option<i64>,
}

impl Shared for Heard {
    const NAME: &'static str = "news";
    const NODES: &'static [Node] = &[Node::Insight];
    type Part = HeardPart;

    fn part(&self, installation: &Installation) -> Result<Owned<HeardPart>, Refusal> {
        let News { revisions, as_of } = installation.own_news();
        let revisions = revisions.into_iter().map(|(name, at)| (name.to_owned(), at)).collect();
        let part = HeardPart { revisions, as_of: as_of.map(Timestamp::millis) };
        owned_as_it_is(installation, move |_| Ok(part))
    }
}

/// What was heard of the others so far.
#[derive(Default)]
pub struct Elsewhere(Mutex<State>);

#[derive(Default)]
struct State {
    /// When somebody here wanted to know last.
    wanted: Option<Instant>,
    /// What each instance said last, by its tasks.
    last: BTreeMap<Vec<u32>, HeardPart>,
    /// All changes so far.
    sums: BTreeMap<&'static str, u64>,
    as_of: Option<Timestamp>,
}

impl Elsewhere {
    /// News of here with those of elsewhere.
    pub fn with(&self, mut own: News) -> News {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.wanted = Some(Instant::now());
        for (family, at) in &state.sums {
            *own.revisions.entry(family).or_default() += at;
        }
        own.as_of = [own.as_of, state.as_of].into_iter().flatten().min();
        own
    }

    /// Asks the others, now and then, for as long as somebody wants to know.
    pub fn run(&self, installation: &Installation) {
        while !installation.is_closing() {
            std::thread::sleep(INTERVAL);
            let wanted = self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted;
            if wanted.is_none_or(|wanted| wanted.elapsed() > WAITED) {
                continue;
            }
            let tasks = (0..installation.settings().topics.partitions)
                .map(|partition| TaskId { node: Node::Insight, partition })
                .collect();
            // One that does not answer now is asked again.
            if let Ok(parts) = others(installation, &Heard {}, &tasks) {
                self.take(parts);
            }
        }
    }

    fn take(&self, parts: Vec<Owned<HeardPart>>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { last, sums, as_of, .. } = &mut *state;
        let least = parts.iter().filter_map(|part| part.part.as_of).min();
        *as_of = least.map(Timestamp::from_millis);
        let mut now = BTreeMap::new();
        for Owned { insights, part, .. } in parts {
            let before = last.get(&insights);
            for (name, at) in &part.revisions {
                let Some(family) = Family::parse(name) else { continue };
                let known = before.and_then(|before| before.revisions.get(name)).copied();
                // An instance that has other tasks than before has changed altogether.
                let grown = match known {
                    Some(known) => at.saturating_sub(known),
                    None => 1,
                };
                *sums.entry(family.name()).or_default() += grown;
            }
            now.insert(insights, part);
        }
        *last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(insights: &[u32], moves: u64) -> Owned<HeardPart> {
        let revisions = BTreeMap::from([("move".to_owned(), moves)]);
        let part = HeardPart { revisions, as_of: Some(5) };
        Owned { journeys: Vec::new(), insights: insights.to_vec(), part }
    }

    #[test]
    fn what_changes_elsewhere_is_news_here_and_never_goes_back() {
        let elsewhere = Elsewhere::default();
        let moves = |own: u64| {
            let revisions = BTreeMap::from([("move", own)]);
            let news = News { revisions, as_of: Some(Timestamp::from_millis(9)) };
            let told = elsewhere.with(news);
            (told.revisions["move"], told.as_of.map(Timestamp::millis))
        };
        assert_eq!(moves(3), (3, Some(9)));
        elsewhere.take(vec![part(&[1], 10), part(&[2], 100)]);
        assert_eq!(moves(3), (5, Some(5)));
        elsewhere.take(vec![part(&[1], 10), part(&[2], 104)]);
        assert_eq!(moves(3), (9, Some(5)));
        // It began anew: what it counted before is not taken back.
        elsewhere.take(vec![part(&[1], 10), part(&[2], 1)]);
        assert_eq!(moves(3), (9, Some(5)));
        elsewhere.take(vec![part(&[1, 2], 7)]);
        assert_eq!(moves(4), (11, Some(5)));
    }
}
