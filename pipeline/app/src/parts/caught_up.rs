//! Whether everything in the log is counted, wherever the tasks are.

use super::{Owned, Shared, owned};
use crate::installation::Installation;
use engine::{Node, Worker};
use serde::{Deserialize, Serialize};
use serve::Refusal;

/// Whether the tasks of an instance have counted what is in the log.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CaughtUp {}

impl Shared for CaughtUp {
    const NAME: &'static str = "caught-up";
    const NODES: &'static [Node] = &[Node::Journey, Node::Insight];
    type Part = bool;

    fn part(&self, installation: &Installation) -> Result<Owned<bool>, Refusal> {
        owned(installation, Worker::is_caught_up)
    }
}
