//! What can be wrong with a journey map, each with its code and its fix.

use super::nearest::suggestion;
use crate::mapping::MappingMistake;
use model::Span;
use thiserror::Error;

/// A mistake in a journey map, or in a mapping.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Mistake {
    /// The text is not TOML.
    #[error("not readable as TOML: {0}")]
    Syntax(String),
    /// A key that is not known there.
    #[error("unknown key `{key}` in {place}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The table that it stands in.
        place: &'static str,
        /// The keys of that table.
        known: &'static [&'static str],
    },
    /// A value of another type.
    #[error("`{key}` is {found}, where {expected} belongs")]
    WrongType {
        /// The key.
        key: String,
        /// What stands there.
        found: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
    /// A key that must be there.
    #[error("{place} without `{key}`")]
    Missing {
        /// The table.
        place: &'static str,
        /// The key.
        key: &'static str,
        /// A line that would do.
        example: &'static str,
    },
    /// A length of time without its unit.
    #[error("`{key}` is {number} without a unit")]
    BareNumber {
        /// The key.
        key: String,
        /// The number.
        number: String,
    },
    /// A text that is no length of time.
    #[error("`{key}` is \"{text}\", which is no length of time")]
    Span {
        /// The key.
        key: String,
        /// The text.
        text: String,
    },
    /// A length of time that is none.
    #[error("`{0}` is zero")]
    Zero(&'static str),
    /// A size that no window has.
    #[error("no window is of size \"{0}\"")]
    WindowSize(String),
    /// A word that is not among those allowed.
    #[error("\"{text}\" is no value of `{key}`")]
    Word {
        /// The key.
        key: String,
        /// The word.
        text: String,
        /// The words allowed.
        allowed: &'static [&'static str],
    },
    /// A time zone that the database does not have.
    #[error("unknown timezone \"{name}\"")]
    Timezone {
        /// The name.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// A map without a stage.
    #[error("a journey map without a stage")]
    NoStage,
    /// A name that counters use for something else.
    #[error("\"{name}\" is a reserved word, no {sort} may be called so")]
    Reserved {
        /// Stage, kind or channel.
        sort: &'static str,
        /// The name.
        name: String,
    },
    /// Two of one name.
    #[error("{sort} \"{name}\" is there twice")]
    Duplicate {
        /// What is there twice.
        sort: &'static str,
        /// Its name.
        name: String,
    },
    /// A stage that the map does not have.
    #[error("unknown stage \"{name}\"")]
    UnknownStage {
        /// The name.
        name: String,
        /// The map's stages.
        stages: Vec<String>,
    },
    /// A kind that would enter two stages.
    #[error("kind \"{kind}\" enters two stages, \"{first}\" and \"{second}\"")]
    TwoStages {
        /// The kind.
        kind: String,
        /// The stage that it enters already.
        first: String,
        /// The other one.
        second: String,
    },
    /// A repeat of a stage that is not the last.
    #[error("`repeat_after` in stage \"{stage}\", which is not the last one")]
    RepeatAfter {
        /// The stage.
        stage: String,
        /// The last stage.
        last: String,
    },
    /// A kind that ends attempts and would enter a stage.
    #[error("kind \"lost\" enters stage \"{0}\"")]
    LostEnters(String),
    /// A name that cannot be kept.
    #[error("the name of a {sort} {fault}")]
    Name {
        /// Map, stage, kind or channel.
        sort: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// More than a map may have.
    #[error("more than {limit} {sort}")]
    TooMany {
        /// Stages, kinds or channels.
        sort: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// A channel that the map does not know.
    #[error("unknown channel \"{name}\"")]
    UnknownChannel {
        /// The name.
        name: String,
        /// The map's channels.
        channels: Vec<String>,
    },
    /// A kind that the map does not know.
    #[error("unknown kind \"{name}\"")]
    UnknownKind {
        /// The name.
        name: String,
        /// The map's kinds.
        kinds: Vec<String>,
    },
    /// What gives a lead up, among the follow-ups.
    #[error("kind \"lost\" is no follow-up")]
    LostFollowsUp,
    /// What a customer does is counted beyond the landmark.
    #[error("`intensity` goes beyond the landmark, {0}")]
    AfterLandmark(Span),
    /// Weights of a rule that are not three or do not add up.
    #[error("`custom` is not three whole numbers that add up to 100")]
    Weights,
    /// A number too small or too large.
    #[error("`{key}` is {number}, which is not from {least} to {most}")]
    Range {
        /// The key.
        key: String,
        /// The number.
        number: String,
        /// The least that is allowed.
        least: u32,
        /// The greatest that is allowed.
        most: u32,
    },
    /// A size is to be kept that is not counted.
    #[error("`keep` names \"{0}\", which is not among the sizes")]
    KeepSize(String),
    /// A phrase by which nothing can be found.
    #[error("\"{0}\" is no phrase")]
    Phrase(String),
    /// What only a mapping can get wrong.
    #[error(transparent)]
    Mapping(#[from] MappingMistake),
}

/// How weights are written.
const WEIGHTS: &str =
    "write per cent to the first touch, those between together and the last, like [30, 20, 50]";
const ZERO_HELP: &str = "every attempt would end at once; write a length of time like \"14d\"";

const PHRASE_HELP: &str =
    "write words as customers write them, 200 bytes at most, like \"takes too long\"";

impl Mistake {
    /// The code, which stays the same as long as the mistake exists.
    pub fn code(&self) -> &'static str {
        match self {
            Mistake::Syntax(_) => "D0201",
            Mistake::UnknownKey { .. } => "D0202",
            Mistake::WrongType { .. } => "D0203",
            Mistake::Missing { .. } => "D0204",
            Mistake::BareNumber { .. } => "D0205",
            Mistake::Span { .. } => "D0206",
            Mistake::WindowSize(_) => "D0207",
            Mistake::Word { .. } => "D0208",
            Mistake::Timezone { .. } => "D0209",
            Mistake::NoStage => "D0210",
            Mistake::Reserved { .. } => "D0211",
            Mistake::Duplicate { .. } => "D0212",
            Mistake::UnknownStage { .. } => "D0213",
            Mistake::TwoStages { .. } => "D0214",
            Mistake::RepeatAfter { .. } => "D0215",
            Mistake::LostEnters(_) => "D0216",
            Mistake::Name { .. } => "D0217",
            Mistake::TooMany { .. } => "D0218",
            Mistake::UnknownChannel { .. } => "D0219",
            Mistake::Range { .. } => "D0220",
            Mistake::KeepSize(_) => "D0221",
            Mistake::Zero(_) => "D0222",
            Mistake::UnknownKind { .. } => "D0237",
            Mistake::LostFollowsUp => "D0238",
            Mistake::AfterLandmark(_) => "D0250",
            Mistake::Weights => "D0240",
            Mistake::Phrase(_) => "D0820",
            Mistake::Mapping(mistake) => mistake.code(),
        }
    }

    /// What the label at the place says.
    pub fn label(&self) -> &'static str {
        match self {
            Mistake::Syntax(_) => "reading stopped here",
            Mistake::UnknownKey { .. } => "no such key",
            Mistake::WrongType { .. } => "of another type",
            Mistake::Missing { .. } => "something is missing here",
            Mistake::BareNumber { .. } => "of what?",
            Mistake::Span { .. } => "no length of time",
            Mistake::WindowSize(_) => "no such size",
            Mistake::Zero(_) => "no time at all",
            Mistake::Word { .. } => "no such value",
            Mistake::Timezone { .. } => "no such timezone",
            Mistake::NoStage => "nowhere to go",
            Mistake::Reserved { .. } => "reserved",
            Mistake::Duplicate { .. } => "the second one",
            Mistake::UnknownStage { .. } => "no such stage",
            Mistake::TwoStages { .. } => "the second stage",
            Mistake::RepeatAfter { .. } => "belongs to the last stage",
            Mistake::LostEnters(_) => "enters nothing",
            Mistake::Name { .. } => "no name",
            Mistake::TooMany { .. } => "one too many",
            Mistake::UnknownChannel { .. } => "no such channel",
            Mistake::UnknownKind { .. } => "no such kind",
            Mistake::LostFollowsUp => "ends the attempt",
            Mistake::Range { .. } => "out of range",
            Mistake::KeepSize(_) => "not counted",
            Mistake::AfterLandmark(_) => "too long",
            Mistake::Weights => "no weights",
            Mistake::Phrase(_) => "no phrase",
            Mistake::Mapping(mistake) => mistake.label(),
        }
    }

    /// How to mend it.
    pub fn help(&self) -> String {
        match self {
            Mistake::Syntax(_) => "texts stand in double quotes, and lists in [ ]".into(),
            Mistake::UnknownKey { key, known, .. } => suggestion(key, known, "the keys here are"),
            Mistake::WrongType { expected, .. } => format!("write {expected}"),
            Mistake::Missing { example, .. } => format!("add a line like {example}"),
            Mistake::BareNumber { number, .. } => {
                format!("say the unit, for example \"{number}d\" or \"{number}h\"")
            }
            Mistake::Span { .. } => {
                "write a whole number and one of ms, s, m, h, d, w, like \"14d\"; or \"never\", \
                 where that makes sense"
                    .into()
            }
            Mistake::Zero("landmark") => {
                "nobody has heard anything by then; write a length of time like \"7d\"".into()
            }
            Mistake::Zero(_) => ZERO_HELP.into(),
            Mistake::WindowSize(_) => {
                "hours must divide the day: 1h, 2h, 3h, 4h, 6h, 8h or 12h; days go from 1d to 366d"
                    .into()
            }
            Mistake::Word { text, allowed, .. } => suggestion(text, allowed, "it may be"),
            Mistake::Timezone { nearest: Some(name), .. } => format!("did you mean \"{name}\"?"),
            Mistake::Timezone { nearest: None, .. } => {
                "write a name of the IANA database, like \"Europe/Berlin\"".into()
            }
            Mistake::NoStage => {
                "add at least one [[stage]] with a `name`, an `enter` and a `cold_after`".into()
            }
            Mistake::Reserved { sort, name } => format!(
                "reports use the word \"{name}\" themselves; give the {sort} another name, \
                 like \"{name}_{sort}\""
            ),
            Mistake::Duplicate { .. } => "remove one of them, or rename it".into(),
            Mistake::UnknownStage { name, stages } => {
                suggestion(name, stages, "the stages of this map are")
            }
            Mistake::TwoStages { first, second, .. } => {
                format!("take it out of \"{first}\" or out of \"{second}\"")
            }
            Mistake::RepeatAfter { last, .. } => {
                format!("move the line to stage \"{last}\", or remove it")
            }
            Mistake::LostEnters(_) => {
                "\"lost\" ends the attempt in whatever stage it is; take it out, and use a kind \
                 of your own for what enters this stage"
                    .into()
            }
            Mistake::Name { .. } => {
                "use 1 to 100 bytes, without spaces around it and without control characters".into()
            }
            Mistake::TooMany { sort, .. } => {
                format!("merge some {sort}: reports with so many tell nobody anything")
            }
            Mistake::UnknownChannel { name, channels } => unknown("channel", name, channels),
            Mistake::UnknownKind { name, kinds } => unknown("kind", name, kinds),
            Mistake::LostFollowsUp => {
                "it ends the attempt, so nothing can come of it; take it out".into()
            }
            Mistake::AfterLandmark(landmark) => {
                format!("say at most {landmark}, or a later landmark")
            }
            Mistake::Weights => WEIGHTS.into(),
            Mistake::Range { least, most, .. } => {
                format!("write a whole number from {least} to {most}")
            }
            Mistake::KeepSize(size) => {
                format!("add \"{size}\" to `sizes`, or take it out of `keep`")
            }
            Mistake::Phrase(_) => PHRASE_HELP.into(),
            Mistake::Mapping(mistake) => mistake.help(),
        }
    }
}

/// How to mend a name that is not among those of the map.
fn unknown(sort: &str, name: &str, names: &[String]) -> String {
    let known = suggestion(name, names, &format!("the {sort}s of this map are"));
    format!("{known}; a {sort} of your own needs a [[{sort}]]")
}
