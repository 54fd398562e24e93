//! The laws between counters hold on a running ledger whenever all of its tasks stand for the same
//! records: with one partition after every commit, with several whenever their sources agree.

use crate::plant::Plant;
use engine::sim::Random;
use insight::{Counter, CounterId, laws};
use journey::entries;
use model::{Draft, Family, JourneyMap, Late, Size, Timestamp, Value};
use std::collections::BTreeMap;

pub const BEGIN: i64 = 1_767_571_200_000;
const KINDS: [&str; 9] = [
    "page_viewed",
    "enquiry_received",
    "message_received",
    "quote_sent",
    "booking_made",
    "purchase_made",
    "follow_up_sent",
    "lost",
    "workshop_attended",
];

pub fn hours(hours: i64) -> Timestamp {
    Timestamp::from_millis(BEGIN + hours * 3_600_000)
}

/// A touchpoint of one of a few customers.
pub fn draft(random: &mut Random, span: u64) -> Draft {
    let amount = random.below(5_000) as i64 - 100;
    let currency = if random.once_in(2) { "EUR" } else { "USD" };
    Draft {
        event_id: format!("e{}", random.below(40)),
        source: if random.once_in(3) { "shop".to_owned() } else { String::new() },
        time: hours(random.below(span) as i64),
        customer_id: format!("c{}", random.below(6)),
        channel: ["chat", "email", "store", "fax"][random.below(4) as usize].to_owned(),
        kind: KINDS[random.below(KINDS.len() as u64) as usize].to_owned(),
        value: random
            .once_in(3)
            .then(|| Value { amount_minor: amount, currency: currency.to_owned() }),
        revision: if random.once_in(6) { random.below(3) as u32 } else { 0 },
        history: random.once_in(4),
        ..Draft::default()
    }
}

fn map(random: &mut Random) -> JourneyMap {
    let mut map = rules::default_map();
    let sizes: &[&str] = match random.below(3) {
        0 => &["1h", "1d", "7d"],
        1 => &["2h", "6h", "1d", "3d"],
        _ => &["1d"],
    };
    map.sizes = sizes.iter().map(|size| Size::parse(size).expect("a size")).collect();
    if random.once_in(2) {
        map.late = Late::Divert;
    }
    map
}

/// Touchpoints of all ages, what is none, and clocks; which records are clocks, by partition.
fn fill(plant: &mut Plant, random: &mut Random) {
    for _ in 0..random.below(60) {
        let draft = draft(random, 2_000);
        let age = random.below(100) as i64;
        let at = Timestamp::from_millis(draft.time.millis() + (age - 1) * 3_600_000);
        match random.below(12) {
            0 => plant.append_bytes(&draft.customer_id, b"\0\0nonsense".to_vec(), at),
            1 => plant.clock(at),
            _ => plant.append(&draft, at),
        }
    }
}

fn counters(plant: &Plant) -> BTreeMap<CounterId, Counter> {
    let all = plant.insights.iter().flat_map(|task| task.counters());
    all.map(|(id, counter)| (id.clone(), counter.clone())).collect()
}

/// Records that the counters stand for, without clocks, which are nobody's.
fn records_in(plant: &Plant) -> i64 {
    let sources = plant.insights[0].sources().iter().zip(&plant.touchpoints);
    let count = sources.map(|((position, _), records)| {
        let records = records.iter().take(*position as usize);
        records.filter(|(_, record)| !record.key.is_empty()).count() as i64
    });
    count.sum()
}

fn admitted(counters: &BTreeMap<CounterId, Counter>) -> i64 {
    let admission = counters.iter().filter(|(id, _)| id.series.family() == Some(Family::Admission));
    let fates = admission.filter(|(id, _)| !id.series.0.contains("result=conflict"));
    fates.map(|(_, counter)| counter.count).sum()
}

/// Running totals of flow without the outcome, as the counters have them.
fn entered(counters: &BTreeMap<CounterId, Counter>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    let is_flow =
        |id: &CounterId| id.size == Size::Total && id.series.family() == Some(Family::Flow);
    for (id, counter) in counters.iter().filter(|(id, _)| is_flow(id)) {
        let (cohort, _) = id.series.0.rsplit_once('|').expect("an outcome");
        *sums.entry(cohort.to_owned()).or_default() += counter.count;
    }
    sums
}

/// The same of the stored histories, which stand where the counters do.
fn behind_flow(plant: &Plant) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for task in &plant.journeys {
        let reading = task.reading();
        let visited = task.visit(&plant.disk, &mut |_, state| {
            let history: Vec<_> = state.history().collect();
            for row in entries(reading, &history, state.now(task.as_of())) {
                let series =
                    model::Series::of(&row.flow(reading), reading.map(), reading.dictionary());
                let (cohort, _) = series.0.rsplit_once('|').expect("an outcome");
                *sums.entry(cohort.to_owned()).or_default() += 1;
            }
        });
        visited.expect("a visit");
    }
    sums
}

/// Whether every insight task stands for the same records of every partition.
fn agree(plant: &Plant) -> bool {
    plant.insights.windows(2).all(|pair| pair[0].sources() == pair[1].sources())
}

/// Plays one installation; returns the cuts that were tried, those at which the histories stood
/// where the counters do, and how many records were late.
fn check(seed: u64) -> [u64; 3] {
    let mut random = Random::new(seed);
    let partitions = 1 + random.below(3) as u32;
    let mut plant = Plant::new(map(&mut random), partitions);
    fill(&mut plant, &mut random);
    let (mut cuts, mut current) = (0, 0);
    loop {
        let partition = random.below(u64::from(partitions)) as usize;
        let count = random.below(5) as usize;
        if random.once_in(9) {
            plant.flush();
        }
        let has_worked = match random.once_in(2) {
            true => plant.journey(partition, count),
            false => plant.insight(partition, count),
        };
        if has_worked && agree(&plant) {
            let counters = counters(&plant);
            assert_eq!(laws(&plant.settings.map, counters.iter()), [], "SEED={seed}");
            assert_eq!(admitted(&counters), records_in(&plant), "SEED={seed}");
            let is_current = plant.journeys.iter().zip(plant.insights[0].sources());
            let mut is_current = is_current.map(|(task, (at, _))| task.committed_to() == *at);
            if is_current.all(|is| is) {
                assert_eq!(entered(&counters), behind_flow(&plant), "SEED={seed}");
                current += 1;
            }
            cuts += 1;
        }
        if !has_worked && random.once_in(20) {
            let at = plant.journeys.iter().zip(&plant.touchpoints);
            let mut is_read = at.map(|(task, records)| task.position() == records.len() as u64);
            if is_read.all(|is| is) {
                break;
            }
        }
    }
    plant.run();
    assert_eq!(laws(&plant.settings.map, counters(&plant).iter()), [], "SEED={seed}");
    assert_eq!(entered(&counters(&plant)), behind_flow(&plant), "SEED={seed}");
    let late = plant.outputs.get("late").map_or(0, Vec::len);
    [cuts, current, late as u64]
}

#[test]
fn every_law_holds_on_a_running_ledger_at_every_cut() {
    if let Ok(seed) = std::env::var("SEED") {
        check(seed.parse().expect("a number"));
        return;
    }
    let mut sums = [0; 3];
    for seed in 0..120 {
        sums.iter_mut().zip(check(seed)).for_each(|(sum, one)| *sum += one);
    }
    let [cuts, current, late] = sums;
    assert!(cuts > 1_500 && current > 250 && late > 100, "{cuts} {current} {late}");
}
