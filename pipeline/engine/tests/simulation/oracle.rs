//! What must hold at any moment, told by the specification alone: the records that lie before the
//! committed positions, folded at the committed as_of.

use crate::reader::{net_moves, upserts};
use crate::scenario::{Meaning, SKEW_MAX, Said, Scenario};
use codec::DeltaFrame;
use engine::sim::{Broker, World};
use engine::{Mark, Node, Settings, TaskId, ledger_of};
use insight::Ledger;
use journey::{Diff, FOLD_VERSION, Logged, LoggedLabel, Reading, Sink, contributions, sealed};
use model::{
    CounterKey, Dictionary, Draft, Family, Flags, Label, Late, Measure, Result as Fate, Series,
    SourceId, Span, Timestamp, Touchpoint,
};
use std::collections::{BTreeMap, BTreeSet};

/// Sums by series, pane and currency.
type Cells = BTreeMap<(String, i32, String), i64>;

/// The partition of a customer, and the records in the order of the log.
type Customer = (u32, Vec<Logged>);

/// What the records before the committed positions amount to.
struct Expected {
    reading: Reading,
    sums: Diff,
    /// Records that are neither clocks nor nothing.
    records: i64,
    dead: usize,
    late: usize,
}

/// Compares what is committed with the batch fold.
pub fn audit(scenario: &Scenario, world: &World) -> Result<(), String> {
    let settings = &*scenario.setting.settings;
    let broker = &*world.broker();
    let expected = expect(scenario, world, broker)?;
    let should = expected.cells();
    let is = frames(broker, settings)?;
    equal("sums of the frames", &is, &should)?;
    let is_fate = |series: &str| series.starts_with("admission|") && !series.contains("=conflict");
    let admitted: i64 = is.iter().filter(|cell| is_fate(&cell.0.0)).map(|cell| cell.1).sum();
    equal("records accounted for", &admitted, &expected.records)?;
    let seals = settings.map.retention != Span::NEVER || settings.map.touchpoints_max < 1_000;
    let told = net_moves(broker, &settings.topics.transitions, seals)?;
    equal("moves", &told, &moves(&should))?;
    let count = |topic: &str| broker.records(topic).count();
    equal("dead letters", &count(&settings.topics.dead_letters), &expected.dead)?;
    equal("late ones", &count(&settings.topics.late), &expected.late)?;
    upserts(broker, &settings.topics.insights).map(|_| ())
}

/// Compares besides what the insight tasks hold and have written, once everything is read.
pub fn audit_settled(scenario: &Scenario, world: &World) -> Result<(), String> {
    audit(scenario, world)?;
    let settings = &*scenario.setting.settings;
    let broker = &*world.broker();
    let expected = expect(scenario, world, broker)?;
    let should = rows(settings, [&ledger_of(&expected.reading, &expected.sums)].into_iter())?;
    let processes = world.processes();
    let tasks = || processes.iter().flat_map(|process| process.insights().values());
    equal("counters", &rows(settings, tasks().map(|task| task.ledger()))?, &should)?;
    let mut written = upserts(broker, &settings.topics.insights)?;
    written.retain(|_, told| told.count != 0 || told.amounts.values().any(|sum| *sum != 0));
    let mut rows = Rows::new();
    for (key, mut told) in written {
        told.amounts.retain(|_, sum| *sum != 0);
        rows.insert(String::from_utf8_lossy(&key).into_owned(), (told.count, told.amounts));
    }
    equal("upserts", &rows, &should)?;
    let mut least = Timestamp::END;
    for (partition, task) in processes.iter().flat_map(|process| process.journeys()) {
        let mark = broker.last_mark(TaskId { node: Node::Journey, partition: *partition });
        equal("as_of of a task", &task.as_of(), &mark.as_of)?;
        least = least.min(mark.as_of);
    }
    for task in tasks() {
        equal("as_of of counters", &task.as_of(), &least)?;
    }
    Ok(())
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should: &T) -> Result<(), String> {
    if is == should {
        return Ok(());
    }
    // Of long lists only the rows that differ.
    let (is, should) = (format!("{is:#?}"), format!("{should:#?}"));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (is, should) = (lines(&is), lines(&should));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).take(6).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    Err(format!(
        "{what}: only there {:?}, only expected {:?}",
        only(&is, &should),
        only(&should, &is)
    ))
}

fn expect(scenario: &Scenario, world: &World, broker: &Broker) -> Result<Expected, String> {
    let settings = &*scenario.setting.settings;
    let partitions = settings.topics.partitions;
    let marks: Vec<Mark> = (0..partitions)
        .map(|partition| broker.last_mark(TaskId { node: Node::Journey, partition }))
        .collect();
    let mut expected = Expected {
        reading: Reading::new(settings.map.clone(), Dictionary::new()),
        sums: Diff::default(),
        records: 0,
        dead: 0,
        late: 0,
    };
    let mut customers: BTreeMap<&str, Customer> = BTreeMap::new();
    let mut labels: BTreeMap<&str, Vec<LoggedLabel>> = BTreeMap::new();
    let mut heard = vec![Timestamp::NEVER; partitions as usize];
    for arrived in &*world.arrived() {
        let partition = scenario.inputs[arrived.input].partition;
        // What lies elsewhere counts once it is forwarded: then everything is read.
        if !scenario.misplaces && arrived.position >= marks[partition as usize].position {
            continue;
        }
        let heard = &mut heard[partition as usize];
        match &scenario.meanings[arrived.input] {
            Meaning::Clock(time) => *heard = (*heard).max(*time),
            Meaning::Label(said) => {
                let customer = &*said.of[0];
                if settings.topics.of_customer(customer.as_bytes()) == partition {
                    let before = customers.get(customer).map_or(0, |of| of.1.len());
                    let (identity, label) = expected.said(said);
                    labels.entry(customer).or_default().push((before, identity, label));
                }
            }
            Meaning::Nonsense => expected.refuse("", Fate::Dead),
            Meaning::Touchpoint(draft) => match judge(settings, draft, arrived.time) {
                Fate::Counted => {
                    expected.records += 1;
                    let (touchpoint, source) = expected.read(draft);
                    let record = (touchpoint, source, arrived.time);
                    let partition = settings.topics.of_customer(draft.customer_id.as_bytes());
                    let customer = customers.entry(&draft.customer_id);
                    customer.or_insert((partition, Vec::new())).1.push(record);
                }
                fate => expected.refuse(&draft.source, fate),
            },
        }
    }
    for (customer, (partition, records)) in &customers {
        let labels = labels.get(customer).map_or(&[][..], |labels| labels);
        let is = sealed(&expected.reading, records, labels);
        // What is at or before the seal may have come too late, and what is late moves no time.
        let is_heard = |(touchpoint, ..): &&Logged| {
            !touchpoint.flags.has(Flags::HISTORY)
                && is.until().is_none_or(|until| touchpoint.time > until)
        };
        let latest = records.iter().filter(is_heard).map(|record| record.0.time).max();
        let heard = &mut heard[*partition as usize];
        *heard = (*heard).max(latest.unwrap_or(Timestamp::NEVER));
        let late = is.admission.counters.iter().filter(|((key, _), _)| {
            key.family == Family::Admission && key.dims[1] == Fate::Late as u16
        });
        expected.late += late.map(|(_, count)| *count as usize).sum::<usize>();
        let as_of = marks[*partition as usize].as_of;
        let history = is.history();
        let now = history.last().map_or(as_of, |last| last.time.max(as_of));
        let group = codec::identity::group(customer.as_bytes());
        for diff in [is.admission, contributions(&expected.reading, group, &history, now)] {
            expected.sums.merge(&diff);
        }
    }
    for (mark, heard) in marks.iter().zip(heard) {
        let latest = heard.max(world.latest_wall());
        if !scenario.misplaces && (mark.as_of < heard || mark.as_of > latest) {
            return Err(format!("as_of {} is not from {heard} to {latest}", mark.as_of));
        }
    }
    Ok(expected)
}

/// What must become of a touchpoint that was appended at a time, as `design` has it.
fn judge(settings: &Settings, draft: &Draft, appended: Timestamp) -> Fate {
    let map = &settings.map;
    let age = appended.millis() - draft.time.millis();
    let is_older = |span: Span| span != Span::NEVER && age > span.millis();
    match () {
        () if -age > SKEW_MAX => Fate::Dead,
        () if draft.history => Fate::Counted,
        () if is_older(map.retention) => Fate::Late,
        () if map.late == Late::Divert && is_older(map.grace) => Fate::Late,
        () => Fate::Counted,
    }
}

impl Expected {
    fn refuse(&mut self, source: &str, fate: Fate) {
        let SourceId(source) = self.reading.source_id(source);
        let key = CounterKey::total(Family::Admission, [source, fate as u16, 0, 0, 0]);
        self.sums.add(key, Measure::Count, 1);
        self.records += 1;
        if fate == Fate::Late { self.late += 1 } else { self.dead += 1 }
    }

    fn said(&mut self, said: &Said) -> (u64, Label) {
        let [_, source, event_id] = &said.of;
        let class = if said.class == "none" { "" } else { said.class };
        let identity = codec::identity::identity(source.as_bytes(), event_id.as_bytes());
        (identity, Label { class: self.reading.label_id(class), revision: said.revision })
    }

    fn read(&mut self, draft: &Draft) -> (Touchpoint, SourceId) {
        let (reading, value) = (&mut self.reading, draft.value.as_ref());
        let mut flags = Flags::default();
        flags.set(Flags::HISTORY, draft.history);
        let touchpoint = Touchpoint {
            source: reading.source_id(&draft.source),
            identity: codec::identity::identity(draft.source.as_bytes(), draft.event_id.as_bytes()),
            time: draft.time,
            kind: reading.kind_id(&draft.kind),
            channel: reading.channel_id(&draft.channel),
            currency: reading.currency_id(value.map_or("", |value| &value.currency)),
            amount: value.map_or(0, |value| value.amount_minor),
            subject: 0,
            label: Label::default(),
            flags,
            revision: draft.revision,
            position: 0,
        };
        (touchpoint, touchpoint.source)
    }

    fn cells(&self) -> Cells {
        let reading = &self.reading;
        let cells = self.sums.counters.iter().map(|((key, measure), amount)| {
            let series = Series::of(key, reading.map(), reading.dictionary());
            let currency = match measure {
                Measure::Count => "",
                Measure::Money(code) => reading.dictionary().currencies.word(code.0),
            };
            ((series.0.to_string(), key.pane, currency.to_owned()), *amount)
        });
        let purchases = self.sums.purchases.iter().map(|(key, count)| {
            let series = Series::of_purchases(key, reading.map(), reading.dictionary());
            ((series.0.to_string(), CounterKey::TOTAL, String::new()), *count)
        });
        cells.chain(purchases).filter(|cell| cell.1 != 0).collect()
    }
}

/// The sums of all committed frames. A source's frames come once and in their order.
fn frames(broker: &Broker, settings: &Settings) -> Result<Cells, String> {
    let mut cells = Cells::new();
    let mut sequences = BTreeMap::new();
    for (lane, record) in broker.records(&settings.topics.frames) {
        let bytes = record.value.as_deref().unwrap_or_default();
        let frame = DeltaFrame::decode(bytes).map_err(|fault| fault.to_string())?;
        let last = sequences.insert((lane.1, frame.partition), frame.sequence);
        if last.is_some_and(|last| last >= frame.sequence) {
            return Err(format!("frame {} of {} comes again", frame.sequence, frame.partition));
        }
        for cell in &frame.cells {
            let series = frame.series[cell.series as usize].to_owned();
            *cells.entry((series, cell.pane, cell.currency.to_owned())).or_default() += cell.amount;
        }
    }
    cells.retain(|_, sum| *sum != 0);
    Ok(cells)
}

/// Moves by where they lead, as the counters have them.
fn moves(cells: &Cells) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for ((series, _, currency), sum) in cells.iter().filter(|cell| cell.0.0.starts_with("move|")) {
        if !currency.is_empty() {
            continue;
        }
        let to = series.split("|to=").nth(1).and_then(|rest| rest.split('|').next());
        *sums.entry(to.expect("to").to_owned()).or_default() += sum;
    }
    sums.retain(|_, count| *count != 0);
    sums
}

/// Counters that are not zero, by their keys on the topic.
type Rows = BTreeMap<String, (i64, BTreeMap<String, i64>)>;

fn rows<'a>(
    settings: &Settings,
    ledgers: impl Iterator<Item = &'a Ledger>,
) -> Result<Rows, String> {
    let map = &settings.map;
    let mut rows = Rows::new();
    for (id, counter) in ledgers.flat_map(|ledger| ledger.iter()) {
        let (family, dims) = id.series.0.split_once('|').unwrap_or((&id.series.0, ""));
        let start = id.start.map_or(String::new(), |start| start.to_string());
        let (name, version, size) = (&map.name, map.version, id.size);
        let key = format!("{family}|{name}|{version}|{FOLD_VERSION}|{size}|{start}|{dims}");
        let mut amounts = counter.amounts.clone();
        amounts.retain(|_, sum| *sum != 0);
        if rows.insert(key.clone(), (counter.count, amounts)).is_some() {
            return Err(format!("{key} is on two partitions"));
        }
    }
    Ok(rows)
}
