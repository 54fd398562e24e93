//! How the installation itself does: what came in, where its tasks stand, what it counts by.

use super::report::{Asked, told};
use crate::clock;
use crate::installation::Installation;
use crate::work::Tasks;
use engine::{InsightTask, Node, TaskId};
use insight::report::{Cell, Column, Kind, Query, Table};
use model::{Family, JourneyMap, Size, Timestamp};
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

struct TaskStand {
    name: String,
    lag: Option<i64>,
    is_replaying: bool,
    as_of: Timestamp,
}

/// The report.
pub fn system(installation: &Installation, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let said = [asked.period, asked.by].into_iter().flatten().next();
    if said.is_some() || asked.ends != (None, None) || asked.as_of.is_some() {
        let why = "report system is of now: it takes no period, time or dimension [D0720]";
        return Err(Refusal::Invalid(why.to_owned()));
    }
    let stand = installation.ask(|tasks: &mut Tasks| Ok(stand(tasks)))?;
    let map = &installation.settings().map;
    let tables =
        [instance(&stand, map), stages(map), channels(map), sources(&stand), task_table(&stand)];
    let query = Query { from: None, to: None, by: None, as_of: stand.as_of };
    Ok(told(NAME, &query, &stand.cut, &tables, map))
}

fn stand(tasks: &mut Tasks) -> Stand {
    let positions: Vec<u64> = tasks.journeys().values().map(|task| task.position()).collect();
    let is_counted = |task: &InsightTask| {
        task.sources().iter().zip(&positions).all(|((counted, _), position)| counted >= position)
    };
    // What moves the time alone is on its way once a second, and changes no sum.
    let is_read = tasks.insights().values().all(is_counted);
    let is_read = is_read || tasks.is_caught_up().unwrap_or(false);
    let records: u64 = tasks.journeys().values().map(|task| task.records()).sum();
    // A log that does not answer now leaves unknown how much is waiting.
    let lag = tasks.lag().unwrap_or_default();
    let lag = |node: Node, partition: u32| {
        let records = lag.get(&TaskId { node, partition });
        records.map(|records| i64::try_from(*records).unwrap_or(i64::MAX))
    };
    let journeys = tasks.journeys().iter().map(|(partition, task)| TaskStand {
        name: format!("journey-{partition}"),
        lag: lag(Node::Journey, *partition),
        is_replaying: task.is_replaying(),
        as_of: task.as_of(),
    });
    let insights = tasks.insights().iter().map(|(partition, task)| TaskStand {
        name: format!("insight-{partition}"),
        lag: lag(Node::Insight, *partition),
        is_replaying: task.is_replaying(),
        as_of: task.as_of(),
    });
    let snapshot = super::insights::live(tasks, |id| {
        id.size == Size::Total && id.series.family() == Some(Family::Admission)
    });
    let mut sources: BTreeMap<String, [i64; 5]> = BTreeMap::new();
    for (id, counter) in &snapshot.counters {
        let dim = |name: &str| {
            let found = id.series.dims().find(|(known, _)| *known == name);
            found.map_or(String::new(), |(_, value)| value.into_owned())
        };
        let result = RESULTS.iter().position(|known| *known == dim("result"));
        if let Some(at) = result {
            sources.entry(dim("source")).or_default()[at] += counter.count;
        }
    }
    Stand {
        as_of: snapshot.as_of,
        cut: snapshot.cut,
        records: is_read.then(|| i64::try_from(records).unwrap_or(i64::MAX)),
        sources,
        tasks: journeys.chain(insights).collect(),
    }
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
        ]
    };
    Table {
        name: "tasks",
        title: "The tasks of this instance.".to_owned(),
        columns: vec![
            column("task", "Task", Kind::Text),
            column("lag", "Records waiting", Kind::Count),
            column("state", "State", Kind::Text),
            column("as_of", "Judged up to", Kind::Time),
        ],
        keys: 1,
        rows: stand.tasks.iter().map(row).collect(),
        notes: Vec::new(),
    }
}
