//! One run, and what it shows.

use crate::oracle::{audit, audit_settled};
use crate::scenario::Scenario;
use engine::sim::World;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// How a run has gone.
pub struct Ran {
    /// What went against the rules.
    pub violation: Option<String>,
    /// A hash of everything that was committed.
    pub digest: u64,
    /// What has happened, in words; empty unless it was asked for.
    pub trace: Vec<String>,
}

/// Lets a scenario happen, and looks at it three times: in the middle of everything, once all is
/// read, and once everybody has gone cold.
pub fn run(scenario: &Scenario, is_traced: bool) -> Ran {
    let world = World::new(scenario.setting.clone(), scenario.inputs.clone(), is_traced);
    let caught = catch_unwind(AssertUnwindSafe(|| happen(scenario, &world)));
    let violation = match caught {
        Ok(result) => result.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Some(format!("panicked: {}", text.unwrap_or("")))
        }
    };
    let trace = world.trace().clone();
    Ran { violation, digest: digest(scenario, &world), trace }
}

fn digest(scenario: &Scenario, world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (topic, _) in scenario.setting.settings.topics.all() {
        for (lane, record) in world.broker().records(topic) {
            (lane, &record.key, &record.value).hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn happen(scenario: &Scenario, world: &Rc<World>) -> Result<(), String> {
    let check = || world.violation().map_or(Ok(()), Err);
    world.run(&scenario.steps);
    check()?;
    if world.is_lost() {
        return Ok(());
    }
    if !scenario.misplaces {
        audit(scenario, world)?;
    }
    world.settle(None);
    check()?;
    if world.is_lost() {
        return Ok(());
    }
    audit_settled(scenario, world)?;
    let latest = model::Timestamp::LAST;
    world.settle(Some(latest));
    check()?;
    if world.is_lost() {
        return Ok(());
    }
    audit_settled(scenario, world)?;
    let asleep = world
        .processes()
        .iter()
        .flat_map(|process| process.journeys().values())
        .find(|task| task.as_of() != latest)
        .map(|task| task.as_of());
    asleep.map_or(Ok(()), |as_of| Err(format!("an idle partition stays at {as_of}")))
}
