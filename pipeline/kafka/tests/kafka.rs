//! The log on a real broker. `tests/broker/broker.sh` brings it; it ends with this process.

mod protocol;
mod proxy;
mod world;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use engine::{Log, Mark, Part, TaskId, Transaction, Verdict};
use kafka::topics::{Cleanup, TopicSpec};
use kafka::{Error, KafkaLog, Producer, Settings, topics};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use world::{PATIENCE, Polled, World, broker, fresh, part, poll_until, task, world};

/// Copies records to the output for a number of commits, as a task would.
fn copy(world: &World, log: &mut KafkaLog, commits_max: usize, attempt: u64) -> usize {
    let tasks = log.tasks();
    let mut marks: BTreeMap<TaskId, Mark> =
        tasks.iter().map(|task| (*task, log.committed(*task).expect("a mark"))).collect();
    let mut commits = 0;
    while commits < commits_max {
        let mut polled = Polled::default();
        log.poll(4_000, 20, &mut polled).expect("polled");
        let mut transaction = Transaction::default();
        for (task, records) in polled.0 {
            let mark = marks.get_mut(&task).expect("records of an owned task");
            assert_eq!(records[0].0, mark.position, "records are missing");
            mark.position += records.len() as u64;
            mark.sequence += 1;
            mark.attempt = attempt;
            transaction.parts.push(Part { task, mark: *mark });
            let values: Vec<&str> = records.iter().map(|(_, value)| value.as_str()).collect();
            let part = *transaction.parts.last().expect("just pushed");
            transaction.appends.extend(world.transaction(part, &values).appends);
        }
        if transaction.parts.is_empty() {
            let is_done =
                |task: &TaskId| log.bounds(*task).expect("bounds").1 == marks[task].position;
            if tasks.iter().all(is_done) {
                break;
            }
            continue;
        }
        assert_eq!(log.commit(&transaction), Verdict::Done);
        commits += 1;
    }
    commits
}

#[test]
fn records_are_copied_exactly_once_over_restarts() {
    let world = world(broker(), "copy", 4);
    let values = |partition: u32| (0..2_000).map(move |i| format!("{partition}:{i}"));
    (0..4).for_each(|partition| world.send(partition, values(partition)));
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut log = world.open();
        assert_eq!(log.tasks(), (0..4).map(task).collect::<Vec<_>>());
        if copy(&world, &mut log, 7, attempt) < 7 {
            for mark in (0..4).map(|p| log.committed(task(p)).expect("a mark")) {
                assert_eq!(mark.position, 2_000);
                assert!(mark.sequence > 0 && mark.attempt <= attempt, "{mark:?}");
            }
            break;
        }
        // Dropped without a word, as if the process had died.
    }
    assert!(attempt > 1, "no restart was tried");
    let expected: BTreeMap<u32, Vec<String>> = (0..4).map(|p| (p, values(p).collect())).collect();
    assert_eq!(world.output(), expected);
}

#[test]
fn a_mark_is_read_back_as_it_was_committed() {
    let world = world(broker(), "mark", 2);
    world.send(1, ["a".to_owned()]);
    let mut log = world.open();
    assert_eq!(log.committed(task(1)), Ok(Mark::NONE));
    let part = part(1, 1, 9, u64::MAX);
    assert_eq!(log.commit(&world.transaction(part, &["out"])), Verdict::Done);
    assert_eq!(log.committed(task(1)), Ok(part.mark));
    assert_eq!(log.committed(task(0)), Ok(Mark::NONE));
    let empty = Transaction {
        parts: vec![Part { mark: Mark { sequence: 10, ..part.mark }, ..part }],
        appends: vec![],
    };
    assert_eq!(log.commit(&empty), Verdict::Done);
    log.close().expect("left");
    assert_eq!(world.open().committed(task(1)).map(|mark| mark.sequence), Ok(10));
    assert_eq!(world.output(), BTreeMap::from([(1, vec!["out".to_owned()])]));
}

#[test]
fn an_aborted_transaction_shows_nothing() {
    let world = world(broker(), "abort", 1);
    let mut producer = Producer::transactional(&world.settings, &fresh("abort-id")).expect("one");
    producer.begin().expect("begun");
    producer.append(&world.output, 0, b"k", Some(b"rolled back")).expect("taken");
    producer.flush().expect("written");
    producer.abort().expect("aborted");
    producer.begin().expect("begun");
    producer.append(&world.output, 0, b"k", Some(b"kept")).expect("taken");
    // Nothing waits in the log yet: this one is thrown away before it was sent.
    producer.commit().expect("committed");
    producer.begin().expect("begun");
    producer.append(&world.output, 0, b"k", Some(b"not even sent")).expect("taken");
    producer.abort().expect("aborted");
    assert_eq!(world.output(), BTreeMap::from([(0, vec!["kept".to_owned()])]));
}

#[test]
fn what_a_killed_producer_had_begun_is_aborted_by_its_successor() {
    let world = world(broker(), "kill", 1);
    let id = fresh("kill-id");
    let test = std::env::current_exe().expect("this test");
    let folder = test.ancestors().nth(2).expect("the folder of the build");
    let mut victim = Command::new(folder.join("examples/half_transaction"))
        .args([broker(), &id, &world.output])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    let mut line = String::new();
    let out = victim.stdout.take().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("a line");
    assert_eq!(line, "written\n");
    victim.kill().expect("killed");
    victim.wait().expect("gone");
    let since = Instant::now();
    let mut producer = Producer::transactional(&world.settings, &id).expect("a successor");
    producer.begin().expect("begun");
    producer.append(&world.output, 0, b"k", Some(b"after")).expect("taken");
    producer.commit().expect("committed");
    assert_eq!(world.output(), BTreeMap::from([(0, vec!["after".to_owned()])]));
    assert!(since.elapsed() < Duration::from_secs(20), "waited for the time-out of a transaction");
}

#[test]
fn a_zombie_is_fenced() {
    let world = world(broker(), "zombie", 1);
    let id = fresh("zombie-id");
    let mut zombie = Producer::transactional(&world.settings, &id).expect("the first");
    zombie.begin().expect("begun");
    zombie.append(&world.output, 0, b"k", Some(b"of the zombie")).expect("taken");
    zombie.flush().expect("written");
    let mut heir = Producer::transactional(&world.settings, &id).expect("the second");
    let verdict = zombie.commit().map_err(|error| error.verdict());
    assert!(matches!(verdict, Err(Verdict::Fenced(_))), "{verdict:?}");
    heir.begin().expect("begun");
    heir.append(&world.output, 0, b"k", Some(b"of the heir")).expect("taken");
    heir.commit().expect("committed");
    assert_eq!(world.output(), BTreeMap::from([(0, vec!["of the heir".to_owned()])]));
}

#[test]
fn a_log_whose_name_is_taken_says_so_and_stays_so() {
    let world = world(broker(), "twin", 1);
    let mut first = world.open();
    let _second = world.open();
    let verdict = first.commit(&world.transaction(part(0, 0, 1, 1), &["of the first"]));
    assert!(matches!(verdict, Verdict::Fenced(_)), "{verdict:?}");
    let again = first.commit(&world.transaction(part(0, 0, 1, 1), &["of the first"]));
    assert!(matches!(again, Verdict::Fenced(_)), "{again:?}");
    assert_eq!(world.output(), BTreeMap::new());
}

#[test]
fn no_record_is_left_out_when_the_group_changes() {
    for before in [0, 5] {
        let world = world(broker(), "regroup", 2);
        let values = |count: u64| (0..count).map(|i| i.to_string());
        (0..2).for_each(|partition| world.send(partition, values(before)));
        let mut first = world.open();
        poll_until(&mut first, 2 * before as usize);
        first.poll(1 << 20, 200, &mut Polled::default()).expect("the end");
        let other = Settings { instance: "two".to_owned(), ..world.settings.clone() };
        let mut second = KafkaLog::open(other).expect("a second instance");
        share(&mut first, &mut second);
        let kept = first.tasks()[0];
        world.send(kept.partition, values(50));
        let polled = poll_until(&mut first, 50);
        let positions: Vec<u64> = polled.0[&kept].iter().map(|(position, _)| *position).collect();
        assert_eq!(positions, (before..before + 50).collect::<Vec<_>>());
    }
}

/// Polls both until each owns one of two tasks.
pub fn share(first: &mut KafkaLog, second: &mut KafkaLog) {
    let until = Instant::now() + PATIENCE;
    while first.tasks().len() != 1 || second.tasks().len() != 1 {
        assert!(Instant::now() < until, "{:?} {:?}", first.tasks(), second.tasks());
        let mut nothing = Polled::default();
        first.poll(1 << 20, 10, &mut nothing).expect("polled");
        second.poll(1 << 20, 10, &mut nothing).expect("polled");
    }
}

/// Commits once the group has come to rest: what is sent under an older generation is rolled back.
fn commit_at_rest(log: &mut KafkaLog, transaction: &Transaction) -> Verdict {
    let until = Instant::now() + PATIENCE;
    loop {
        match log.commit(transaction) {
            Verdict::Abort(_) if Instant::now() < until => {
                log.poll(1 << 20, 10, &mut Polled::default()).expect("polled");
            }
            verdict => return verdict,
        }
    }
}

#[test]
fn a_task_that_went_to_another_instance_cannot_be_committed() {
    let world = world(broker(), "share", 2);
    let mut first = world.open();
    assert_eq!(first.commit(&world.transaction(part(0, 0, 1, 1), &[])), Verdict::Done);
    assert_eq!(first.commit(&world.transaction(part(1, 0, 1, 1), &[])), Verdict::Done);
    let other = Settings { instance: "two".to_owned(), ..world.settings.clone() };
    let mut second = KafkaLog::open(other).expect("a second instance");
    share(&mut first, &mut second);
    let (kept, gone) = (first.tasks()[0].partition, second.tasks()[0].partition);
    let verdict = first.commit(&world.transaction(part(gone, 0, 2, 1), &["too late"]));
    assert!(matches!(verdict, Verdict::Fenced(_)), "{verdict:?}");
    let transaction = world.transaction(part(kept, 0, 2, 1), &["kept"]);
    assert_eq!(commit_at_rest(&mut first, &transaction), Verdict::Done);
    assert_eq!(second.committed(task(gone)).map(|mark| mark.sequence), Ok(1));
    let transaction = world.transaction(part(gone, 0, 2, 2), &["new"]);
    assert_eq!(commit_at_rest(&mut second, &transaction), Verdict::Done);
    let expected = [(kept, vec!["kept".to_owned()]), (gone, vec!["new".to_owned()])];
    assert_eq!(world.output(), BTreeMap::from(expected));
}

#[test]
fn an_input_is_replayed_from_where_it_is_sought_up_to_its_end() {
    let world = world(broker(), "seek", 1);
    world.send(0, (0..100).map(|i| i.to_string()));
    // A marker of a transaction follows the last record, so that offsets go on beyond it.
    let mut producer = Producer::transactional(&world.settings, &fresh("seek-id")).expect("one");
    producer.begin().expect("begun");
    producer.append(&world.input, 0, b"", Some(b"100")).expect("taken");
    producer.commit().expect("committed");
    let mut log = world.open();
    assert_eq!(poll_until(&mut log, 101).0[&task(0)].len(), 101);
    for from in [40, 0, 100] {
        log.seek(task(0), from).expect("sought");
        let replayed = poll_until(&mut log, 101 - from as usize);
        let expected: Vec<_> = (from..101).map(|i| (i, i.to_string())).collect();
        assert_eq!(replayed.0[&task(0)], expected);
    }
    let until = Instant::now() + PATIENCE;
    while log.bounds(task(0)) != Ok((0, 101)) {
        assert!(Instant::now() < until, "{:?}", log.bounds(task(0)));
        log.poll(1 << 20, 20, &mut Polled::default()).expect("polled");
    }
    log.seek(task(0), 5_000).expect("sought");
    let beyond = (0..100).find_map(|_| log.poll(1 << 20, 50, &mut Polled::default()).err());
    assert!(matches!(beyond, Some(Verdict::Corrupted(_))), "{beyond:?}");
}

#[test]
fn a_record_that_cannot_be_written_is_refused_and_the_next_commit_goes_through() {
    let world = world(broker(), "refuse", 1);
    let mut log = world.open();
    let good = world.transaction(part(0, 0, 1, 1), &["good"]);
    for (partition, topic) in [(7, world.output.as_str()), (0, "nowhere")] {
        let mut bad = good.clone();
        bad.appends[0].partition = partition;
        bad.appends[0].topic = topic.to_owned();
        bad.appends.push(good.appends[0].clone());
        let verdict = log.commit(&bad);
        assert!(matches!(verdict, Verdict::Refuse(_)), "{partition} {topic} {verdict:?}");
        assert_eq!(log.committed(task(0)), Ok(Mark::NONE));
    }
    assert_eq!(log.commit(&good), Verdict::Done);
    assert_eq!(world.output(), BTreeMap::from([(0, vec!["good".to_owned()])]));
}

#[test]
fn an_offset_that_another_program_committed_is_refused() {
    let world = world(broker(), "foreign", 1);
    world.send(0, ["a".to_owned()]);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker()).set("group.id", &world.settings.application);
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&world.input, 0, Offset::Offset(1)).expect("an offset");
    consumer.commit(&list, CommitMode::Sync).expect("moved by hand");
    let mut log = KafkaLog::open(world.settings.clone()).expect("a log");
    let verdict = log.join(PATIENCE).map_err(|error| error.verdict());
    assert!(
        matches!(&verdict, Err(Verdict::Refuse(text)) if text.contains("D0462")),
        "{verdict:?}"
    );
}

#[test]
fn a_topic_that_is_not_as_it_must_be_is_refused_with_the_command_that_mends_it() {
    let name = fresh("shape");
    let settings = Settings::new(broker(), "shape", "one");
    let spec = TopicSpec::new(&name, 2, Cleanup::Delete);
    let absent = topics::verify(&settings, std::slice::from_ref(&spec));
    assert!(matches!(absent, Err(Error::Topic { .. })), "{absent:?}");
    let created = TopicSpec { is_append_time: false, ..spec.clone() };
    topics::ensure(&settings, &[created]).expect("created");
    assert_eq!(topics::partition_count(&settings, &name), Ok(2));
    let wrong = |spec: TopicSpec| topics::ensure(&settings, &[spec]).map_err(|e| e.to_string());
    for (spec, code, command) in [
        (spec.clone(), "D0453", "kafka-configs"),
        (TopicSpec { cleanup: Cleanup::Compact, ..spec.clone() }, "D0452", "kafka-configs"),
        (TopicSpec { partitions: 3, ..spec.clone() }, "D0451", "kafka-topics"),
        (TopicSpec { partitions: 1, ..spec.clone() }, "D0451", "configuring 2"),
    ] {
        let text = wrong(spec).expect_err("refused");
        for word in [code, command, &name] {
            assert!(text.contains(word), "{word} is missing in: {text}");
        }
    }
}
