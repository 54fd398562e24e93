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

/// Changes the counts of stored counters, of the admission or of the others, and lets the tasks
/// come back with them: of every so many, from the first on; how many were changed.
fn corrupt(plant: &mut Plant, of_admission: bool, first: usize, each: usize) -> usize {
    let mut all = Vec::new();
    for partition in 0..plant.settings.topics.partitions {
        let task = TaskId { node: Node::Insight, partition };
        let mut note = |key: &[u8], value: &[u8]| {
            let key_text = String::from_utf8_lossy(key);
            // A conflict is no fate of a record, so that its count is in no sum.
            let is_conflict = key_text.contains("result=conflict");
            if key_text.contains("|admission|") == of_admission && !is_conflict {
                all.push((task, key.to_vec(), value.to_vec()));
            }
            true
        };
        plant.disk.scan(task, b"c", &mut note).expect("a scan");
    }
    let first = first % all.len().max(1);
    let mut changed = 0;
    for (task, key, value) in all.into_iter().skip(first).step_by(each) {
        let (count, amounts, rest) = codec::state::decode_counter(&value).expect("a counter");
        let mut bytes = Vec::new();
        let amounts = amounts.iter().map(|(currency, amount)| (&**currency, *amount));
        codec::state::encode_counter(count + 1, amounts, rest, &mut bytes);
        let write = engine::StateWrite { key, value: Some(bytes) };
        plant.disk.write(task, &[write]).expect("a write");
        changed += 1;
    }
    plant.restart();
    changed
}

#[test]
fn an_audit_between_turns_is_silent_while_all_is_right_and_finds_a_counter_that_is_not() {
    let (mut compared, mut listed, mut corrupted) = (0, 0, 0);
    for seed in 0..60 {
        let (mut plant, meanwhile) = busy(seed);
        let Watched { counters, lists, .. } = meanwhile;
        let right = Watched { counters, lists, ..Watched::default() };
        assert_eq!(meanwhile, right, "SEED={seed}");
        compared += counters;
        listed += lists;
        let at_rest = look(&plant);
        let Watched { counters, lists, .. } = at_rest;
        assert_eq!(at_rest, Watched { counters, lists, ..Watched::default() }, "SEED={seed}");
        if corrupt(&mut plant, false, seed as usize * 7, usize::MAX) > 0 {
            corrupted += 1;
            assert!(at_rest.counters > 0, "SEED={seed}");
            let found = look(&plant);
            assert!(found.differences > 0, "SEED={seed}: nothing was found");
            assert_eq!(found.unaccounted, 0, "SEED={seed}");
        }
        if corrupt(&mut plant, true, seed as usize, usize::MAX) > 0 {
            assert_eq!(look(&plant).unaccounted, -1, "SEED={seed}: one too many was counted");
        }
        if corrupt(&mut plant, false, 0, 1) > 50 {
            let found = look(&plant);
            assert!(found.lists > 0, "SEED={seed}");
            assert_eq!(found.list_differences, found.lists, "SEED={seed}");
        }
    }
    assert!(compared > 300 && corrupted > 40, "{compared} compared, {corrupted} corrupted");
    assert!(listed > 10, "{listed} lists");
}
