//! Answers that several instances have parts of: each is asked for its part, and whoever was asked
//! first puts them together
//! ([decision 0060](../../../deploy/decisions/0060-answers-are-gathered.md)).
//!
//! An instance that has every task asks nobody.

mod caught_up;
mod counters;
pub mod millis;

pub use caught_up::CaughtUp;
pub use counters::{Counters, CountersPart, Wish, Wishes};

use crate::installation::Installation;
use crate::members::Peer;
use crate::work::Tasks;
use crate::{answers, elsewhere};
use engine::{Node, TaskId, Verdict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Refusal;
use std::collections::BTreeSet;

/// A question whose answer has a part wherever a task is.
pub trait Shared: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What other instances are asked by.
    const NAME: &'static str;
    /// The tasks that are asked; all of theirs together make the answer.
    const NODES: &'static [Node];
    /// What the tasks of one instance answer.
    type Part: Serialize + DeserializeOwned + Send + 'static;

    /// The part of the tasks that are here.
    fn part(&self, installation: &Installation) -> Result<Owned<Self::Part>, Refusal>;
}

/// A part, and of which tasks.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Owned<T> {
    /// Partitions of touchpoints.
    pub journeys: Vec<u32>,
    /// Partitions of counters.
    pub insights: Vec<u32>,
    /// What they answer.
    pub part: T,
}

impl<T> Owned<T> {
    fn tasks(&self, nodes: &[Node]) -> Vec<TaskId> {
        let of = |node: Node| match node {
            Node::Journey => &self.journeys,
            Node::Insight => &self.insights,
        };
        let tasks = nodes.iter().map(|node| (*node, of(*node)));
        let tasks = tasks.flat_map(|(node, partitions)| {
            partitions.iter().map(move |partition| TaskId { node, partition: *partition })
        });
        tasks.collect()
    }
}

/// The part of the tasks that are here, all asked between the same two turns. One that is being
/// replayed does not say yet what is committed, so nothing is said in its stead.
pub fn owned<T: Send + 'static>(
    installation: &Installation,
    question: impl FnOnce(&mut Tasks) -> Result<T, Verdict> + Send + 'static,
) -> Result<Owned<T>, Refusal> {
    owned_as_it_is(installation, move |tasks| match tasks.replaying() {
        0 => question(tasks),
        count => Err(Verdict::Retry(format!(
            "{count} tasks are replaying: the same again in a moment [D0484]"
        ))),
    })
}

/// The part of the tasks that are here, be they replayed or not.
pub fn owned_as_it_is<T: Send + 'static>(
    installation: &Installation,
    question: impl FnOnce(&mut Tasks) -> Result<T, Verdict> + Send + 'static,
) -> Result<Owned<T>, Refusal> {
    installation.ask(move |tasks: &mut Tasks| {
        Ok(Owned {
            journeys: tasks.journeys().keys().copied().collect(),
            insights: tasks.insights().keys().copied().collect(),
            part: question(tasks)?,
        })
    })
}

/// Every part, this instance's first; an answer without one of them would be another answer.
pub fn gather<Q: Shared>(
    installation: &Installation,
    question: &Q,
) -> Result<Vec<Q::Part>, Refusal> {
    let own = question.part(installation)?;
    let partitions = installation.settings().topics.partitions;
    let all = Q::NODES
        .iter()
        .flat_map(|node| (0..partitions).map(|partition| TaskId { node: *node, partition }));
    let mut missing: BTreeSet<TaskId> = all.collect();
    own.tasks(Q::NODES).iter().for_each(|task| _ = missing.remove(task));
    let mut parts = vec![own.part];
    for part in others(installation, question, &missing)? {
        for task in part.tasks(Q::NODES) {
            if !missing.remove(&task) {
                return Err(in_motion(task, "two instances say that they have it"));
            }
        }
        parts.push(part.part);
    }
    match missing.first() {
        Some(task) => Err(in_motion(*task, "no instance that answers has it")),
        None => Ok(parts),
    }
}

/// The part of whoever has a task, alone.
pub fn of_owner<Q: Shared>(
    installation: &Installation,
    question: &Q,
    task: TaskId,
) -> Result<Q::Part, Refusal> {
    let own = question.part(installation)?;
    if own.tasks(Q::NODES).contains(&task) {
        return Ok(own.part);
    }
    let other = others(installation, question, &BTreeSet::from([task]))?.into_iter().next();
    match other.filter(|part| part.tasks(Q::NODES).contains(&task)) {
        Some(part) => Ok(part.part),
        None => Err(in_motion(task, "no instance that answers has it")),
    }
}

/// What the instances answer that have these tasks, asked at once.
pub fn others<Q: Shared>(
    installation: &Installation,
    question: &Q,
    tasks: &BTreeSet<TaskId>,
) -> Result<Vec<Owned<Q::Part>>, Refusal> {
    let Some(members) = installation.members().filter(|_| !tasks.is_empty()) else {
        return Ok(Vec::new());
    };
    let tasks: Vec<TaskId> = tasks.iter().copied().collect();
    let others = members.others(&tasks);
    let text = serde_json::to_value(question).map_err(|error| unreadable(&error))?;
    let secret = &installation.settings().secret;
    std::thread::scope(|scope| {
        let asked = others.iter().filter_map(|(name, member)| {
            let peer = Peer { name, url: member.url.as_deref()? };
            let text = &text;
            Some(scope.spawn(move || {
                let part = peer.ask(secret, Q::NAME, text)?;
                serde_json::from_value(part).map_err(|_| {
                    let why = "it runs another version";
                    Refusal::Busy(format!("instance {name} gives another part: {why} [D0483]"))
                })
            }))
        });
        let asked: Vec<_> = asked.collect();
        let broken = |_| Refusal::Broken("asking an instance has panicked [D0710]".to_owned());
        asked.into_iter().map(|asked| asked.join().map_err(broken)?).collect()
    })
}

fn in_motion(task: TaskId, why: &str) -> Refusal {
    let node = match task.node {
        Node::Journey => "journeys",
        Node::Insight => "counters",
    };
    let partition = task.partition;
    Refusal::Busy(format!(
        "tasks are being given to other instances, the same again in a moment: of the {node} of \
         partition {partition}, {why} [D0484]"
    ))
}

fn unreadable(error: &serde_json::Error) -> Refusal {
    Refusal::Broken(format!("a part is no JSON: {error} [D0710]"))
}

/// What another instance asks for, by its name.
pub fn answer(installation: &Installation, name: &str, question: Value) -> Result<Value, Refusal> {
    macro_rules! one_of {
        ($($question:ty),+) => {
            match name {
                $(<$question>::NAME => told::<$question>(installation, question),)+
                _ => Err(Refusal::Missing(format!("there is no part {name:?} [D0485]"))),
            }
        };
    }
    one_of!(
        Counters,
        answers::AsOf,
        answers::Folded,
        answers::Rows,
        answers::OpenLeads,
        answers::Timeline,
        answers::Words,
        answers::Passed,
        answers::Standing,
        answers::Audited,
        CaughtUp,
        elsewhere::Heard
    )
}

fn told<Q: Shared>(installation: &Installation, question: Value) -> Result<Value, Refusal> {
    let question: Q = serde_json::from_value(question).map_err(|error| {
        Refusal::Invalid(format!("the question cannot be read: {error} [D0485]"))
    })?;
    serde_json::to_value(question.part(installation)?).map_err(|error| unreadable(&error))
}
