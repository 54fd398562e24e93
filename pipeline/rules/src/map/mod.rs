//! Journey maps: TOML in, a checked `JourneyMap` or one mistake out.
//!
//! ```text
//! text -- toml --> tables with places --> stages --> kinds, channels --> settings --> JourneyMap
//!                        |
//!                        +--------------- the first mistake --------------> MapError
//! ```

mod credit;
pub(crate) mod error;
pub(crate) mod fields;
mod kinds;
mod mistake;
pub(crate) mod name;
pub(crate) mod nearest;
mod objections;
mod settings;
mod stages;

pub use error::MapError;
pub use mistake::Mistake;
pub use nearest::suggestion;
pub use objections::Objection;

use crate::zone::{zone, zone_names};
use error::Fault;
use fields::{Fields, Word};
use model::{JourneyMap, Late, Span, Zone};
use stages::Stages;
use toml::Spanned;
use toml::de::DeTable;

/// The default map as text, as it ships: what a new data folder begins with.
pub const DEFAULT_MAP: &str = include_str!("../../../../deploy/journey.example.toml");

/// The tables of a map.
const ROOT: &[&str] = &[
    "map",
    "stage",
    "kind",
    "channel",
    "objection",
    "window",
    "history",
    "credit",
    "cadence",
    "counters",
];

/// Reads a journey map.
///
/// What the text leaves out has the value of the default map; `conversion` is then the last stage.
/// Only stages have no defaults: each says its name and its `cold_after`. Names of families that
/// are known but not built yet are accepted and left out of the map. `file_name` is for errors.
pub fn parse_map(text: &str, file_name: &str) -> Result<JourneyMap, MapError> {
    read(text).map_err(|fault| fault.in_file(text, file_name))
}

/// Reads what a journey map says of objections: its classes and phrases, in the order of the text.
///
/// Phrases are for whoever looks for objections; no counter depends on them.
pub fn parse_objections(text: &str, file_name: &str) -> Result<Vec<Objection>, MapError> {
    let read = || {
        let document = document(text)?;
        let root = Fields::new("the map", 0..0, document.get_ref(), ROOT)?;
        objections::objections(&root)
    };
    read().map_err(|fault| fault.in_file(text, file_name))
}

/// The map that is used where none is given: `deploy/journey.example.toml`.
pub fn default_map() -> JourneyMap {
    parse_map(DEFAULT_MAP, "journey.example.toml").expect("invariant: a test reads the example")
}

/// The tables of a text.
pub(crate) fn document(text: &str) -> Result<Spanned<DeTable<'_>>, Fault> {
    DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        Fault::new(Mistake::Syntax(lowercase(error.message())), &span)
    })
}

fn read(text: &str) -> Result<JourneyMap, Fault> {
    let document = document(text)?;
    let root = Fields::new("the map", 0..0, document.get_ref(), ROOT)?;
    let map = root.table("map", "[map]", &["name", "version", "timezone", "conversion"])?;
    let window = root.table("window", "[window]", &["sizes", "keep", "grace", "late"])?;
    let history = root.table("history", "[history]", &["retention", "touchpoints_max"])?;
    let credit = root.table("credit", "[credit]", &["direct", "lookback", "path", "custom"])?;
    let cadence = root.table("cadence", "[cadence]", &["follow_ups", "landmark", "intensity"])?;
    let counters = root.table("counters", "[counters]", &["families"])?;

    let stages = Stages::read(&root)?;
    let channels = kinds::channels(&root)?;
    let kinds = kinds::kinds(&root, &stages)?;
    let sizes = settings::sizes(&window)?;
    Ok(JourneyMap {
        name: name(&map)?,
        version: map.number("version", 1)?,
        zone: timezone(&map)?,
        conversion: match map.word("conversion")? {
            Some(word) => stages.find(&word)?,
            None => (stages.list.len() - 1) as u8,
        },
        keep: settings::keep(&window, &sizes)?,
        sizes,
        grace: window.length("grace", Span::from_hours(48))?,
        late: match window.choice("late", &["revise", "divert"])? {
            Some(1) => Late::Divert,
            _ => Late::Revise,
        },
        retention: history.length("retention", Span::NEVER)?,
        touchpoints_max: history.number("touchpoints_max", 100_000)?,
        credit_direct: settings::direct(&credit, &channels)?,
        credit_lookback: settings::lookback(&credit)?,
        credit_path: credit::path(&credit)?,
        credit_custom: credit::custom(&credit)?,
        cadence_follow_ups: settings::follow_ups(&cadence, &kinds)?,
        cadence_landmark: settings::landmark(&cadence)?,
        cadence_intensity: settings::intensity(&cadence)?,
        objections: objections::names(&objections::objections(&root)?),
        families: settings::families(&counters)?,
        kinds,
        channels,
        repeat_after: stages.repeat_after,
        stages: stages.list,
    })
}

fn name(map: &Fields<'_>) -> Result<String, Fault> {
    let Some(word) = map.word("name")? else { return Ok("default".to_owned()) };
    name::check("map", &word)?;
    Ok(word.text.to_owned())
}

fn timezone(map: &Fields<'_>) -> Result<Zone, Fault> {
    zone_named(&map.word("timezone")?.unwrap_or(Word { text: "Europe/Berlin", span: 0..0 }))
}

/// The zone of a name, or the name that it is like.
pub(crate) fn zone_named(word: &Word<'_>) -> Result<Zone, Fault> {
    zone(word.text).ok_or_else(|| {
        let city = |name: &&str| {
            name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(word.text))
        };
        let nearest = zone_names().find(city).or_else(|| nearest::nearest(word.text, zone_names()));
        let nearest = nearest.map(str::to_owned);
        Fault::new(Mistake::Timezone { name: word.text.to_owned(), nearest }, &word.span)
    })
}

/// The parser's message as ours are: it begins with a small letter.
fn lowercase(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
