//! Windows on running tasks: what is final, what is changed although it was, what is not kept. The
//! records say so, and a task that was killed says the same.

use crate::laws::{BEGIN, draft, hours};
use crate::plant::Plant;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use codec::frame::ids;
use engine::sim::Random;
use engine::{BatchFold, Node, Record};
use insight::{Counter, CounterId, is_kept};
use model::{Draft, Family, JourneyMap, Keep, Size, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn size(text: &str) -> Size {
    Size::parse(text).expect("a size")
}

fn map(random: &mut Random) -> JourneyMap {
    let mut map = rules::default_map();
    map.keep = match random.below(3) {
        0 => Vec::new(),
        1 => vec![Keep { size: size("1h"), span: Span::from_days(2) }],
        _ => vec![
            Keep { size: size("1h"), span: Span::from_days(30) },
            Keep { size: size("1d"), span: Span::from_days(9) },
        ],
    };
    if random.once_in(3) {
        map.repeat_after = Span::NEVER;
    }
    map
}

/// What the topic says of each counter: its count, and whether it is final.
fn told(plant: &Plant) -> BTreeMap<String, (i64, bool)> {
    let schema = codec::schemas::of(ids::INSIGHT).expect("a schema").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let reader = GenericDatumReader::builder(&schema).build().expect("a reader");
    let read = |value: &[u8]| {
        let (_, mut datum) = codec::frame::split(value).expect("a frame");
        let Value::Record(fields) = reader.read_value(&mut datum).expect("a counter") else {
            panic!("no record")
        };
        let field = |name: &str| &fields.iter().find(|field| field.0 == name).expect(name).1;
        match (field("count"), field("is_final")) {
            (Value::Long(count), Value::Boolean(is_final)) => (*count, *is_final),
            other => panic!("{other:?}"),
        }
    };
    let rows = plant.compacted(&plant.settings.topics.insights).into_iter();
    rows.map(|(key, value)| (key, read(&value))).collect()
}

/// The counter's key on the topic.
fn key(map: &JourneyMap, id: &CounterId) -> String {
    let (family, dims) = id.series.0.split_once('|').expect("dimensions");
    let start = id.start.map_or(String::new(), |start| start.to_string());
    format!(
        "{family}|{}|{}|{}|{}|{start}|{dims}",
        map.name,
        map.version,
        journey::FOLD_VERSION,
        id.size
    )
}

/// The batch fold of everything that was read, of the windows that the map keeps.
fn expected(plant: &Plant, as_of: Timestamp) -> BTreeMap<CounterId, i64> {
    let mut sums: BTreeMap<CounterId, i64> = BTreeMap::new();
    for (partition, (journey, stored)) in (0..).zip(plant.journeys.iter().zip(&plant.touchpoints)) {
        let mut fold = BatchFold::new(Arc::clone(&plant.settings), partition);
        for (position, (append_time, record)) in stored.iter().enumerate() {
            fold.add(&Record {
                position: position as u64,
                append_time: *append_time,
                key: &record.key,
                value: record.value.as_deref(),
            });
        }
        for (id, counter) in fold.ledger(journey.as_of()).iter() {
            *sums.entry(id.clone()).or_default() += counter.count;
        }
    }
    sums.retain(|id, count| *count != 0 && is_kept(&plant.settings.map, id, as_of));
    sums
}

fn held(plant: &Plant) -> BTreeMap<CounterId, Counter> {
    let all = plant.insights.iter().flat_map(|task| task.counters());
    all.map(|(id, counter)| (id.clone(), counter.clone())).collect()
}

/// The counters that are final by the definition, from the counters alone.
fn finals(
    map: &JourneyMap,
    held: &BTreeMap<CounterId, Counter>,
    as_of: Timestamp,
) -> BTreeSet<CounterId> {
    let dims = |id: &CounterId| -> BTreeMap<String, String> {
        id.series.dims().map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
    };
    // Stage, channel and entry of what is open, by window.
    let mut open = BTreeSet::new();
    for id in held.iter().filter(|(_, counter)| counter.count != 0).map(|(id, _)| id) {
        let dims = dims(id);
        if id.series.family() == Some(Family::Flow) && dims["outcome"] == "open" {
            let cohort = (dims["stage"].clone(), dims["channel"].clone());
            for entry in [dims["entry"].as_str(), "any"] {
                open.insert((id.size, id.start, cohort.clone(), entry.to_owned()));
            }
        }
    }
    let is_final = |id: &&CounterId| {
        let window = id.start.and_then(|start| id.size.window(&map.zone, start));
        let Some(window) = window else { return false };
        let is_cohort = matches!(id.series.family(), Some(Family::Flow | Family::Duration));
        let wait = match map.repeat_after {
            Span::NEVER if is_cohort => map.grace,
            repeat_after => map.grace.max(repeat_after),
        };
        let dims = dims(id);
        let is_open = is_cohort && {
            let cohort = (dims["stage"].clone(), dims["channel"].clone());
            let entry = dims.get("entry").map_or("any", String::as_str).to_owned();
            open.contains(&(id.size, id.start, cohort, entry))
        };
        window.end.plus(wait) <= as_of && !is_open
    };
    held.keys().filter(is_final).cloned().collect()
}

fn check(seed: u64) -> [usize; 2] {
    let mut random = Random::new(seed);
    let partitions = 1 + random.below(3) as u32;
    let mut plant = Plant::new(map(&mut random), partitions);
    for _ in 0..random.below(60) {
        let draft = draft(&mut random, 1_000);
        plant.append(&draft, Timestamp::LAST);
        if random.once_in(12) {
            plant.clock(hours(random.below(1_500) as i64));
        }
    }
    for _ in 0..random.below(80) {
        let partition = random.below(u64::from(partitions)) as usize;
        let count = random.below(6) as usize;
        _ = plant.journey(partition, count);
        _ = plant.insight(partition, count);
        if random.once_in(6) {
            plant.flush();
        }
        if random.once_in(8) {
            plant.restart();
        }
    }
    plant.run();
    let as_of = plant.insights.iter().map(|task| task.as_of()).min().expect("a task");
    let (map, held) = (&plant.settings.map, held(&plant));
    let counts = held.iter().map(|(id, counter)| (id.clone(), counter.count));
    let counts: BTreeMap<CounterId, i64> = counts.filter(|(_, count)| *count != 0).collect();
    assert_eq!(counts, expected(&plant, as_of), "SEED={seed}");
    let is_final = |(_, counter): &(&CounterId, &Counter)| counter.is_final;
    let is: BTreeSet<CounterId> = held.iter().filter(is_final).map(|(id, _)| id.clone()).collect();
    assert_eq!(is, finals(map, &held, as_of), "SEED={seed}");

    let told = told(&plant);
    for (id, counter) in &held {
        let told = told.get(&key(map, id));
        assert_eq!(told, Some(&(counter.count, counter.is_final)), "SEED={seed} {id:?}");
    }
    let zero = told.iter().filter(|(_, (count, _))| *count == 0).count();
    let lacking = told.len() - zero - counts.len();
    assert_eq!(lacking, 0, "SEED={seed}: the topic says more than is held");

    plant.flush();
    let stored = plant.disk.keys(Node::Insight, b'c').len();
    assert!(stored >= held.len() && stored <= told.len() + held.len(), "SEED={seed}");
    plant.restart();
    assert_eq!(held, self::held(&plant), "SEED={seed}: a task made anew says the same");
    let cohorts = is.iter().filter(|id| id.series.family().is_some_and(Family::is_cohort)).count();
    [cohorts, expected(&plant, Timestamp::NEVER).len() - counts.len()]
}

#[test]
fn windows_are_final_changed_and_gone_whatever_is_killed() {
    if let Ok(seed) = std::env::var("SEED") {
        check(seed.parse().expect("a number"));
        return;
    }
    let mut sums = [0; 2];
    for seed in 0..200 {
        sums.iter_mut().zip(check(seed)).for_each(|(sum, one)| *sum += one);
    }
    let [cohorts, gone] = sums;
    assert!(cohorts > 2_000 && gone > 2_000, "{cohorts} cohorts were final, {gone} were gone");
}

fn touchpoint(id: &str, kind: &str, at: i64) -> Draft {
    Draft {
        event_id: id.to_owned(),
        time: Timestamp::from_millis(BEGIN + at * 3_600_000),
        customer_id: "ann".to_owned(),
        channel: "chat".to_owned(),
        kind: kind.to_owned(),
        ..Draft::default()
    }
}

#[test]
fn a_cohort_says_itself_when_it_is_mature_on_every_number_of_partitions() {
    for partitions in 1..=8 {
        let mut map = rules::default_map();
        map.sizes = vec![size("1d")];
        let mut plant = Plant::new(map, partitions);
        let day = |plant: &Plant, family: &str| -> Vec<(String, i64, bool)> {
            let rows = told(plant).into_iter();
            let rows = rows.filter(|(key, _)| key.starts_with(family) && key.contains("|1d|"));
            rows.map(|(key, (count, is_final))| {
                let dims = key.split("|dims").next().expect("a key");
                let words = dims.split('|').filter(|word| word.contains('='));
                let words = words.map(|word| word.split('=').nth(1).expect("a value"));
                (words.collect::<Vec<_>>().join(" "), count, is_final)
            })
            .filter(|(_, count, _)| *count != 0)
            .collect()
        };
        let row = |words: &str, is_final| (words.to_owned(), 1, is_final);
        plant.append(&touchpoint("a", "enquiry_received", 1), Timestamp::LAST);
        plant.clock(hours(23 + 48));
        plant.run();
        assert_eq!(day(&plant, "flow"), [row("consideration chat first open", false)]);
        assert_eq!(day(&plant, "activity"), [row("consideration chat enquiry_received", true)]);
        plant.append(&touchpoint("b", "purchase_made", 24 * 5), Timestamp::LAST);
        plant.run();
        assert_eq!(
            day(&plant, "flow"),
            [
                row("consideration chat first converted", true),
                row("retention chat first open", false),
            ],
            "{partitions} partitions"
        );
        let duration = [row("consideration chat converted 3d-5d", true)];
        assert_eq!(day(&plant, "duration"), duration, "{partitions} partitions");
        let revised =
            |plant: &Plant| -> u64 { plant.insights.iter().map(|task| task.final_revised()).sum() };
        assert_eq!(revised(&plant), 0);
        // A day late: the enquiry was made twice, and the first one was lost in between.
        plant.append(&touchpoint("c", "lost", 2), Timestamp::LAST);
        plant.append(&touchpoint("d", "message_received", 3), Timestamp::LAST);
        plant.run();
        let counts = day(&plant, "flow");
        assert!(counts.contains(&row("consideration chat first expired", true)), "{counts:?}");
        assert!(counts.contains(&row("consideration chat again converted", true)), "{counts:?}");
        assert!(revised(&plant) > 0, "{partitions} partitions");
    }
}
