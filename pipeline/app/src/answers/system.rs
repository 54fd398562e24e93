//! How the installation itself does: what came in, where its tasks stand, what it counts by.

use super::report::{Asked, told};
use crate::clock;
use crate::installation::Installation;
use crate::parts::{CountersPart, Owned, Shared, gather, millis, owned_as_it_is};
use crate::work::Tasks;
use engine::{Node, TaskId};
use insight::report::{Cell, Column, Kind, Query, Table};
use model::{Family, JourneyMap, Size, Timestamp, ends};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serve::Refusal;
use std::collections::BTreeMap;

/// The name of the report.
pub const NAME: &str = "system";

/// What may become of a record, and how often identities contradict themselves.
const RESULTS: [&str; 5] = ["counted", "duplicate", "late", "dead", "conflict"];

/// What the tasks say of themselves.
struct Stand {
    as_of: Timestamp,
    cut: Vec<u32>,
    /// Records in, as the log gave them: to be held against what became of each. Not known while
    /// some are on their way.
    records: Option<i64>,
    sources: BTreeMap<String, [i64; 5]>,
    tasks: Vec<TaskStand>,
}

/// A task, and the instance that has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct TaskStand {
    name: String,
    instance: String,
    lag: Option<i64>,
    is_replaying: bool,
    #[serde(with = "millis")]
    as_of: Timestamp,
}

/// The tasks of an instance.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Standing {}

/// What they say.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StandingPart {
    tasks: Vec<TaskStand>,
    /// By journey task the position that it has come to, and how many records it was given.
    journeys: Vec<(u32, u64, u64)>,
    /// By insight task up to where it has counted each partition of touchpoints.
    counted: Vec<Vec<u64>>,
    is_caught_up: bool,
    admission: CountersPart,
}

impl Shared for Standing {
    const NAME: &'static str = "standing";
    const NODES: &'static [Node] = &[Node::Journey, Node::Insight];
    type Part = StandingPart;

    fn part(&self, installation: &Installation) -> Result<Owned<StandingPart>, Refusal> {
        let members = installation.members();
        let instance = members.map_or(String::new(), |members| members.own().to_owned());
        owned_as_it_is(installation, move |tasks| Ok(standing(tasks, &instance)))
    }
}

/// The report.
pub fn system(installation: &Installation, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let said = [asked.period, asked.by, asked.model].into_iter().flatten().next();
    if said.is_some() || asked.ends != (None, None) || asked.as_of.is_some() {
        let why = "report system is of now: it takes no period, time, dimension or model [D0720]";
        return Err(Refusal::Invalid(why.to_owned()));
    }
    let stand = stand(gather(installation, &Standing {})?)?;
    let map = &installation.settings().map;
    let (about, tasks) = (instance(&stand, map), task_table(&stand));
    let tables = [about, stages(map), channels(map), objections(map), sources(&stand), tasks];
    let query = Query { from: None, to: None, by: None, model: None, as_of: stand.as_of };
    Ok(told(NAME, &query, &stand.cut, &tables, map))
}

fn standing(tasks: &mut Tasks, instance: &str) -> StandingPart {
    let is_caught_up = tasks.is_caught_up().unwrap_or(false);
    // A log that does not answer now leaves unknown how much is waiting.
    let lag = tasks.lag().unwrap_or_default();
    let task = |node: Node, partition: u32, as_of: Timestamp, is_replaying: bool| {
        let records = lag.get(&TaskId { node, partition });
        let lag = records.map(|records| i64::try_from(*records).unwrap_or(i64::MAX));
        let name = match node {
            Node::Journey => format!("journey-{partition}"),
            Node::Insight => format!("insight-{partition}"),
        };
        TaskStand { name, instance: instance.to_owned(), lag, is_replaying, as_of }
    };
    let journeys = (tasks.journeys().iter())
        .map(|(p, held)| task(Node::Journey, *p, held.as_of(), held.is_replaying()));
    let insights = (tasks.insights().iter())
        .map(|(p, held)| task(Node::Insight, *p, held.as_of(), held.is_replaying()));
    let positions = tasks.journeys().iter();
    let counted = tasks.insights().values();
    StandingPart {
        tasks: journeys.chain(insights).collect(),
        journeys: positions.map(|(p, task)| (*p, task.position(), task.records())).collect(),
        counted: counted.map(|task| task.sources().iter().map(|(at, _)| *at).collect()).collect(),
        is_caught_up,
        admission: CountersPart::live(tasks, |id| {
            id.size == Size::Total && id.series.family() == Some(Family::Admission)
        }),
    }
}

/// What the tasks of all instances say together.
fn stand(parts: Vec<StandingPart>) -> Result<Stand, Refusal> {
    let positions: BTreeMap<u32, u64> =
        parts.iter().flat_map(|part| &part.journeys).map(|(p, at, _)| (*p, *at)).collect();
    let counted = || parts.iter().flat_map(|part| &part.counted);
    let all = |holds: fn(&u64, &u64) -> bool| {
        counted().all(|counted| counted.iter().zip(positions.values()).all(|(a, b)| holds(a, b)))
    };
    // What moves the time alone is on its way once a second, and changes no sum. Of instances that
    // were asked one after the other, none may have counted what another had not been given.
    let is_caught_up = parts.iter().all(|part| part.is_caught_up);
    let is_read = all(u64::le) && (all(u64::eq) || is_caught_up);
    let records: u64 = parts.iter().flat_map(|part| &part.journeys).map(|(_, _, n)| *n).sum();
    let mut tasks: Vec<TaskStand> = parts.iter().flat_map(|part| part.tasks.clone()).collect();
    // Journeys first, as the records go.
    tasks.sort_by_key(|task| {
        let (node, partition) = task.name.split_once('-').unwrap_or_default();
        (node != "journey", partition.parse().unwrap_or(0_u32))
    });
    let admission: Vec<CountersPart> = parts.into_iter().map(|part| part.admission).collect();
    let as_of = CountersPart::as_of(&admission);
    let cut = CountersPart::cut(&admission, as_of);
    let mut sources: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    for part in admission {
        for (id, counter) in part.counters()? {
            let dim = |name: &str| {
                let found = id.series.dims().find(|(known, _)| *known == name);
                found.map_or(String::new(), |(_, value)| value.into_owned())
            };
            let result = RESULTS.iter().position(|known| *known == dim("result"));
            if let Some(at) = result {
                sources.entry(dim("source")).or_default()[at] += counter.count;
            }
        }
    }
    let records = is_read.then(|| i64::try_from(records).unwrap_or(i64::MAX));
    Ok(Stand { as_of, cut, records, sources, tasks })
}

fn column(name: &'static str, heading: &'static str, kind: Kind) -> Column {
    Column { name, heading, kind }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn instance(stand: &Stand, map: &JourneyMap) -> Table {
    let is_judged = stand.as_of.is_admissible();
    let behind = clock::now().since(stand.as_of).millis() / 1_000;
    let has_records = stand.sources.values().flatten().any(|count| *count > 0);
    Table {
        name: "instance",
        title: "This instance.".to_owned(),
        columns: vec![
            column("version", "Version", Kind::Text),
            column("map", "Map", Kind::Text),
            column("map_version", "its version", Kind::Count),
            column("zone", "Zone", Kind::Text),
            column("conversion", "Conversion", Kind::Text),
            column("has_records", "Has records", Kind::Text),
            column("records", "Records in", Kind::Count),
            column("behind_seconds", "Judged so many seconds ago", Kind::Count),
        ],
        keys: 1,
        rows: vec![vec![
            text(env!("CARGO_PKG_VERSION")),
            text(&map.name),
            Cell::Count(i64::from(map.version)),
            text(map.zone.name()),
            text(&map.stages[usize::from(map.conversion)].name),
            text(if has_records { "yes" } else { "no" }),
            stand.records.map_or(Cell::None, Cell::Count),
            if is_judged { Cell::Count(behind) } else { Cell::None },
        ]],
        notes: Vec::new(),
    }
}

fn stages(map: &JourneyMap) -> Table {
    let row = |stage: &model::Stage| vec![text(&stage.name), text(&stage.cold_after.to_string())];
    Table {
        name: "stages",
        title: "The stages of the map.".to_owned(),
        columns: vec![
            column("stage", "Stage", Kind::Text),
            column("cold_after", "Cold after", Kind::Text),
        ],
        keys: 1,
        rows: map.stages.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn channels(map: &JourneyMap) -> Table {
    Table {
        name: "channels",
        title: "The channels of the map.".to_owned(),
        columns: vec![column("channel", "Channel", Kind::Text)],
        keys: 1,
        rows: map.channels.iter().map(|channel| vec![text(channel)]).collect(),
        notes: Vec::new(),
    }
}

fn objections(map: &JourneyMap) -> Table {
    let names = map.objections.iter().map(|name| &**name).chain([ends::word(ends::OTHER)]);
    Table {
        name: "objections",
        title: "The classes of objections of the map.".to_owned(),
        columns: vec![column("objection", "Objection", Kind::Text)],
        keys: 1,
        rows: names.map(|name| vec![text(name)]).collect(),
        notes: Vec::new(),
    }
}

fn sources(stand: &Stand) -> Table {
    let row = |(source, counts): (&String, &[i64; 5])| {
        let counts = counts.iter().map(|count| Cell::Count(*count));
        [Cell::Text(source.clone())].into_iter().chain(counts).collect()
    };
    Table {
        name: "sources",
        title: "What became of every record, by source.".to_owned(),
        columns: vec![
            column("source", "Source", Kind::Text),
            column("counted", "Counted", Kind::Count),
            column("duplicate", "Duplicates", Kind::Count),
            column("late", "Late", Kind::Count),
            column("dead", "Unreadable", Kind::Count),
            column("conflict", "Contradicting", Kind::Count),
        ],
        keys: 1,
        rows: stand.sources.iter().map(row).collect(),
        notes: vec![
            "Records in = counted + duplicates + late + unreadable. Contradicting: identities \
             whose records of the greatest revision differ, counted beside the sum."
                .to_owned(),
        ],
    }
}

fn task_table(stand: &Stand) -> Table {
    let row = |task: &TaskStand| {
        let as_of = task.as_of;
        vec![
            Cell::Text(task.name.clone()),
            task.lag.map_or(Cell::None, Cell::Count),
            text(if task.is_replaying { "replaying" } else { "running" }),
            if as_of.is_admissible() { Cell::Time(as_of) } else { Cell::None },
            Cell::Text(task.instance.clone()),
        ]
    };
    Table {
        name: "tasks",
        title: "The tasks, and which instance has each.".to_owned(),
        columns: vec![
            column("task", "Task", Kind::Text),
            column("lag", "Records waiting", Kind::Count),
            column("state", "State", Kind::Text),
            column("as_of", "Judged up to", Kind::Time),
            column("instance", "Instance", Kind::Text),
        ],
        keys: 1,
        rows: stand.tasks.iter().map(row).collect(),
        notes: Vec::new(),
    }
}
