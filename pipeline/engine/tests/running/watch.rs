//! The audit between two turns: silent while everything is right, whatever arrives meanwhile, and
//! loud about a counter that is not what the histories say.

use crate::laws::{draft, hours};
use crate::plant::Plant;
use engine::sim::Random;
use engine::{InsightTask, JourneyTask, Node, StateStore, TaskId, Watch, Watched};
use model::Timestamp;

/// A few customers at a time.
fn step(watch: &mut Watch, plant: &Plant) {
    let journeys: Vec<&JourneyTask> = plant.journeys.iter().collect();
    let insights: Vec<&InsightTask> = plant.insights.iter().collect();
    watch.step(&journeys, &insights, &plant.disk, 2, || Ok(plant.is_read())).expect("a step");
}

/// Looks at everything, as often as it takes.
fn look(plant: &Plant) -> Watched {
    let mut watch = Watch::default();
    (0..400).for_each(|_| step(&mut watch, plant));
    watch.watched()
}

fn busy(seed: u64) -> (Plant, Watched) {
    let mut random = Random::new(seed);
    let partitions = 1 + random.below(3) as u32;
    let mut plant = Plant::new(rules::default_map(), partitions);
    let mut watch = Watch::default();
    for _ in 0..random.below(120) {
        if random.once_in(3) {
            plant.append(&draft(&mut random, 900), Timestamp::LAST);
        }
        if random.once_in(30) {
            plant.clock(hours(random.below(1_500) as i64));
        }
        let partition = random.below(u64::from(partitions)) as usize;
        let count = random.below(4) as usize;
        match random.below(3) {
            0 => _ = plant.journey(partition, count),
            1 => _ = plant.insight(partition, count),
            _ => step(&mut watch, &plant),
        }
        if random.once_in(9) {
            plant.flush();
        }
    }
    plant.run();
    plant.flush();
    (plant, watch.watched())
}

/// Changes the count of a stored counter, and lets the tasks come back with it.
fn corrupt(plant: &mut Plant, nth: usize) -> bool {
    let mut all = Vec::new();
    for partition in 0..plant.settings.topics.partitions {
        let task = TaskId { node: Node::Insight, partition };
        let mut note = |key: &[u8], value: &[u8]| {
            let is_admission = String::from_utf8_lossy(key).contains("|admission|");
            if !is_admission {
                all.push((task, key.to_vec(), value.to_vec()));
            }
            true
        };
        plant.disk.scan(task, b"c", &mut note).expect("a scan");
    }
    if all.is_empty() {
        return false;
    }
    let (task, key, value) = all.swap_remove(nth % all.len());
    let (count, amounts, rest) = codec::state::decode_counter(&value).expect("a counter");
    let mut bytes = Vec::new();
    let amounts = amounts.iter().map(|(currency, amount)| (&**currency, *amount));
    codec::state::encode_counter(count + 1, amounts, rest, &mut bytes);
    let write = engine::StateWrite { key, value: Some(bytes) };
    plant.disk.write(task, &[write]).expect("a write");
    plant.restart();
    true
}

#[test]
fn an_audit_between_turns_is_silent_while_all_is_right_and_finds_a_counter_that_is_not() {
    let (mut compared, mut corrupted) = (0, 0);
    for seed in 0..60 {
        let (mut plant, meanwhile) = busy(seed);
        let right = Watched { counters: meanwhile.counters, ..Watched::default() };
        assert_eq!(meanwhile, right, "SEED={seed}");
        compared += meanwhile.counters;
        let at_rest = look(&plant);
        assert_eq!((at_rest.differences, at_rest.violations), (0, 0), "SEED={seed}");
        if corrupt(&mut plant, seed as usize * 7) {
            corrupted += 1;
            assert!(at_rest.counters > 0, "SEED={seed}");
            assert!(look(&plant).differences > 0, "SEED={seed}: nothing was found");
        }
    }
    assert!(compared > 300 && corrupted > 40, "{compared} compared, {corrupted} corrupted");
}
