//! One process on an embedded log where nothing goes wrong, for tests of other things.

use super::Rules;
use super::broker::Broker;
use super::log::{Kind, Place, SimLog};
use super::schedule::Plan;
use super::store::{Pause, SimStore};
use crate::{Node, TaskId, Topics};
use std::cell::RefCell;
use std::rc::Rc;

/// A log that owns every task and gives a few records at a time, its store, and the broker behind
/// them.
pub fn alone(topics: &Topics) -> (Rc<RefCell<Broker>>, SimLog, SimStore) {
    let broker = Rc::new(RefCell::new(Broker::default()));
    let tasks = [Node::Journey, Node::Insight].into_iter().flat_map(|node| {
        (0..topics.partitions).map(move |partition| (TaskId { node, partition }, 0))
    });
    broker.borrow_mut().assign(tasks.collect());
    let (log, store) = again(&broker, topics);
    (broker, log, store)
}

/// Likewise on a broker that another process has worked on, whose store is lost.
pub fn again(broker: &Rc<RefCell<Broker>>, topics: &Topics) -> (SimLog, SimStore) {
    let store = SimStore::new(&Rc::default(), broker, Rules::default(), unpaused());
    (alone_again(broker, topics), store)
}

/// The log as a later process sees it, once the one before is gone.
pub fn alone_again(broker: &Rc<RefCell<Broker>>, topics: &Topics) -> SimLog {
    let (pause, broker) = (unpaused(), Rc::clone(broker));
    let plan = Rc::new(RefCell::new(Plan { take: [4; 4], ..Plan::default() }));
    let place =
        Place { who: 0, kind: Kind::Embedded, broker, plan, pause, rules: Rules::default() };
    SimLog::open(place, topics)
}

fn unpaused() -> Pause {
    Rc::new(|_| Ok(()))
}
