//! What can be wrong with a mapping besides what can be wrong with any file: code and fix.

use crate::map::nearest::suggestion;
use thiserror::Error;

/// A mistake that only a mapping can have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MappingMistake {
    /// An expression, behind `=`, that cannot be read.
    #[error("`{key}` is no expression: {problem}")]
    Expression {
        /// The key.
        key: String,
        /// The expression.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A filter that is not there.
    #[error("there is no filter \"{name}\"")]
    Filter {
        /// The word behind `|`.
        name: String,
        /// The filters.
        known: &'static [&'static str],
    },
    /// A name that nothing gives.
    #[error("nothing is called \"{name}\" here")]
    Name {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A part of the language that is planned and not built.
    #[error("`{0}` is a part of mappings that this version does not read")]
    NotBuilt(String),
    /// A text that begins like a path and is none.
    #[error("\"{path}\" is no path: {problem}")]
    Path {
        /// The text.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A column that the file does not have.
    #[error("the file has no column \"{name}\"")]
    Column {
        /// The name in the mapping.
        name: String,
        /// The columns of the file.
        columns: Vec<String>,
    },
    /// A format of times that cannot be read.
    #[error("the format \"{format}\" {problem}")]
    Format {
        /// The format.
        format: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Times without an offset, and no zone.
    #[error("the format \"{0}\" has no offset, and no `zone` says where its clock hangs")]
    NoZone(String),
    /// Two settings that cannot both hold.
    #[error("`{key}` does not go together with {other}")]
    Together {
        /// The key.
        key: &'static str,
        /// What it does not go together with.
        other: &'static str,
        /// What to write instead.
        fix: &'static str,
    },
    /// A list or a table with nothing in it.
    #[error("`{0}` has nothing in it")]
    Nothing(String),
    /// A lookup that the mapping does not have.
    #[error("there is no lookup \"{name}\"")]
    Lookup {
        /// The name.
        name: String,
        /// The lookups of the mapping.
        known: Vec<String>,
    },
    /// A text that is no region.
    #[error("\"{0}\" is no region")]
    Region(String),
    /// A pattern that cannot be read.
    #[error("the pattern \"{pattern}\" cannot be read: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A constant that is no currency.
    #[error("\"{0}\" is no currency")]
    Currency(String),
    /// Rows are to be dropped by a field that is not asked for that.
    #[error("`{0}` would drop the whole row")]
    Drop(String),
    /// One value for every row, where rows must differ.
    #[error("`{key}` is \"{text}\" in every row")]
    Constant {
        /// The key.
        key: String,
        /// The constant.
        text: String,
    },
}

impl MappingMistake {
    /// The code, which stays the same as long as the mistake exists.
    pub fn code(&self) -> &'static str {
        match self {
            MappingMistake::Expression { .. } => "D0501",
            MappingMistake::Filter { .. } => "D0512",
            MappingMistake::Name { .. } => "D0513",
            MappingMistake::NotBuilt(_) => "D0502",
            MappingMistake::Path { .. } => "D0503",
            MappingMistake::Column { .. } => "D0504",
            MappingMistake::Format { .. } => "D0505",
            MappingMistake::NoZone(_) => "D0506",
            MappingMistake::Together { .. } => "D0507",
            MappingMistake::Nothing(_) => "D0508",
            MappingMistake::Currency(_) => "D0509",
            MappingMistake::Drop(_) => "D0510",
            MappingMistake::Constant { .. } => "D0511",
            MappingMistake::Lookup { .. } => "D0514",
            MappingMistake::Region(_) => "D0515",
            MappingMistake::Pattern { .. } => "D0516",
        }
    }

    /// What the label at the place says.
    pub fn label(&self) -> &'static str {
        match self {
            MappingMistake::Expression { .. } => "no expression",
            MappingMistake::Filter { .. } => "no such filter",
            MappingMistake::Name { .. } => "no such name",
            MappingMistake::NotBuilt(_) => "not built yet",
            MappingMistake::Path { .. } => "no path",
            MappingMistake::Column { .. } => "no such column",
            MappingMistake::Format { .. } => "no format",
            MappingMistake::NoZone(_) => "in which zone?",
            MappingMistake::Together { .. } => "does not fit",
            MappingMistake::Nothing(_) => "empty",
            MappingMistake::Currency(_) => "no currency",
            MappingMistake::Drop(_) => "drops the row",
            MappingMistake::Constant { .. } => "the same for all",
            MappingMistake::Lookup { .. } => "no such lookup",
            MappingMistake::Region(_) => "no region",
            MappingMistake::Pattern { .. } => "no pattern",
        }
    }

    /// How to mend it.
    pub fn help(&self) -> String {
        match self {
            MappingMistake::Expression { .. } => {
                "write it like \"= body.status == 'paid'\" or \"= body.email | email\": names, \
                 filters behind |, and, or, not, in, if and else"
                    .into()
            }
            MappingMistake::Filter { name, known } => {
                let known: Vec<String> = known.iter().map(|word| (*word).to_owned()).collect();
                suggestion(name, &known, "the filters are")
            }
            MappingMistake::Name { name, known } => {
                let help = suggestion(name, known, "the names are");
                format!("{help}; what the input says stands under body, like body.{name}")
            }
            MappingMistake::NotBuilt(_) => {
                "take it out: it comes with webhooks and foreign topics".into()
            }
            MappingMistake::Path { .. } => {
                "write a dot and the name of a column, like \".created_at\"; in JSON a dot before \
                 each name and [0] for the first of a list, like \".lines[0].price\""
                    .into()
            }
            MappingMistake::Column { name, columns } => {
                suggestion(name, columns, "the columns of the file are")
            }
            MappingMistake::Format { .. } => {
                "write what each part is, like \"%Y-%m-%d %H:%M:%S\" or \"%d.%m.%Y\"".into()
            }
            MappingMistake::NoZone(_) => {
                "add the zone in which the times were written, like zone = \"Europe/Berlin\", or \
                 zone = \"UTC\""
                    .into()
            }
            MappingMistake::Together { fix, .. } => (*fix).into(),
            MappingMistake::Nothing(_) => "name at least one, or take it out".into(),
            MappingMistake::Currency(_) => {
                "write the three letters of ISO 4217, like \"EUR\", or the path of a column that \
                 holds them"
                    .into()
            }
            MappingMistake::Drop(_) => {
                "let `kind` or `channel` drop rows, or use `drop`; write another word here".into()
            }
            MappingMistake::Lookup { name, known } => match known.is_empty() {
                true => format!(
                    "say what it is: [lookup.{name}], and in it file = \"{name}.csv\", key = \
                     \"id\" and value = \"email\""
                ),
                false => suggestion(name, known, "the lookups are"),
            },
            MappingMistake::Region(_) => {
                "write the two letters of ISO 3166, like \"DE\": numbers of phones without a \
                 country are read as that country's"
                    .into()
            }
            MappingMistake::Pattern { .. } => {
                "write it in the syntax of Rust's regex, which has neither look-around nor \
                 back-references, like capture('order (\\\\d+)')"
                    .into()
            }
            MappingMistake::Constant { text, .. } => {
                format!("a path begins with a dot: did you mean \".{text}\"?")
            }
        }
    }
}
