//! Avro of other systems: by the schema of a file, or by the one of a registry that each record
//! names.
//!
//! A registry is asked by whoever reads the topic, between two records: until then a record whose
//! schema is not known is wanting, which is neither read nor refused.

use super::reader::{Choice, Chosen, DatumFault, Reader, Unreadable};
use super::schema::SchemaError;
use crate::{Invalid, frame};
use std::collections::VecDeque;

/// Schemas of a registry that are kept compiled: a topic has a few at a time.
const KNOWN_MAX: usize = 256;

/// The number of a schema in its registry.
pub type SchemaId = u32;

/// A schema as a registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its text.
    pub schema: String,
    /// Schemas whose types it names, each behind those that it itself names.
    pub named: Vec<String>,
}

/// What a registry says of a number: a schema, or why there is none that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learned {
    /// This one.
    Schema(Registered),
    /// It has none of this number.
    Unknown,
    /// It is none of Avro, in words.
    Other(String),
}

/// What the records of a topic are written by.
#[derive(Debug)]
pub struct Schemas {
    origin: Origin,
    /// The schema that they are read as, where that is another one.
    reader: Option<String>,
    /// The number that the registry was asked about last, until a record was read by it: what
    /// cannot be read by what it has just said is the fault of the record.
    confirmed: Option<SchemaId>,
}

#[derive(Debug)]
enum Origin {
    File(Box<Reader>),
    /// What has been learned, the latest last.
    Registry(VecDeque<Known>),
}

/// What a registry has said of a number.
#[derive(Debug)]
struct Known {
    id: SchemaId,
    learned: Learned,
    reader: Result<Reader, Invalid>,
}

/// Why a record is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It never will be.
    Invalid(Invalid),
    /// Its schema is not known yet.
    Wanting(SchemaId),
    /// The schema of its number does not fit it: it never will be read, unless the registry has
    /// given that number to another one meanwhile.
    Doubtful(SchemaId, Invalid),
}

impl From<Invalid> for Unread {
    fn from(invalid: Invalid) -> Self {
        Unread::Invalid(invalid)
    }
}

impl Schemas {
    /// Every record is written by one schema, and read as it or as another one.
    pub fn of_file(schema: &str, reader: Option<&str>) -> Result<Schemas, SchemaError> {
        let compiled = match reader {
            None => Reader::compile(schema, &[]),
            Some(reader) => Reader::resolve(schema, &[], reader),
        };
        let reader = reader.map(str::to_owned);
        let origin = Origin::File(Box::new(compiled?));
        Ok(Schemas { origin, reader, confirmed: None })
    }

    /// Every record names its schema in a registry, and is read as that or as another one.
    pub fn of_registry(reader: Option<&str>) -> Result<Schemas, SchemaError> {
        if let Some(reader) = reader {
            Reader::compile(reader, &[])?;
        }
        let (origin, reader) = (Origin::Registry(VecDeque::new()), reader.map(str::to_owned));
        Ok(Schemas { origin, reader, confirmed: None })
    }

    /// Takes what a registry says of a number. False where it has said another schema of it before:
    /// that one stays, and records that bear the number may be of either.
    pub fn learn(&mut self, id: SchemaId, learned: &Learned) -> bool {
        let Origin::Registry(known) = &mut self.origin else { return true };
        self.confirmed = Some(id);
        let before = known.iter().find(|known| known.id == id);
        if let Some(Known { learned: before @ Learned::Schema(_), .. }) = before {
            // One that it has no more was what it was.
            return before == learned || *learned == Learned::Unknown;
        }
        let reader = match learned {
            Learned::Schema(Registered { schema, named }) => {
                let named: Vec<&str> = named.iter().map(String::as_str).collect();
                let compiled = match &self.reader {
                    None => Reader::compile(schema, &named),
                    Some(reader) => Reader::resolve(schema, &named, reader),
                };
                compiled.map_err(|error| unusable(id, &without_code(&error.to_string())))
            }
            Learned::Unknown => {
                let problem = format!("names schema {id}, which the registry does not have");
                let fix = "register it and replay the dead letters, or look at [registry] url";
                Err(refused("D0234", problem, fix))
            }
            Learned::Other(words) => Err(unusable(id, words)),
        };
        known.retain(|known| known.id != id);
        if known.len() >= KNOWN_MAX {
            known.pop_front();
        }
        known.push_back(Known { id, learned: learned.clone(), reader });
        true
    }

    /// Forgets which numbers the registry did not have: it may have them now.
    pub fn forget_unknown(&mut self) {
        if let Origin::Registry(known) = &mut self.origin {
            known.retain(|known| known.learned != Learned::Unknown);
        }
    }

    /// The object that a value is, or `null`. One that its schema does not fit is wanting until
    /// the registry was asked once more, and is to blame then.
    pub fn value(&mut self, bytes: &[u8]) -> Result<String, Unread> {
        let read = self.read(bytes, |reader, datum| reader.read(datum));
        let text = match read {
            Err(Unread::Doubtful(id, invalid)) => {
                let is_confirmed = self.confirmed == Some(id);
                return Err(if is_confirmed { invalid.into() } else { Unread::Wanting(id) });
            }
            read => read?,
        };
        self.confirmed = None;
        match text.starts_with('{') || text == "null" {
            true => Ok(text),
            false => Err(no_record().into()),
        }
    }

    /// Some values of the object that a value is; `None` where it is null. Whoever asks sees to
    /// one that is doubtful.
    pub fn choose(&self, bytes: &[u8], choice: &Choice) -> Result<Option<Chosen>, Unread> {
        let chosen = self.read(bytes, |reader, datum| reader.choose(datum, choice))?;
        match (chosen.is_object(), chosen.is_null()) {
            (true, _) => Ok(Some(chosen)),
            (false, true) => Ok(None),
            (false, false) => Err(no_record().into()),
        }
    }

    fn read<T>(
        &self,
        bytes: &[u8],
        read: impl FnOnce(&Reader, &[u8]) -> Result<T, Box<Unreadable>>,
    ) -> Result<T, Unread> {
        Ok(match &self.origin {
            Origin::File(reader) => read(reader, reader.datum(bytes)).map_err(|unreadable| {
                let is_other = reader.is_of_another(bytes);
                if is_other { of_another() } else { illegible(&unreadable) }
            })?,
            Origin::Registry(_) => {
                let (id, datum) = frame::split(bytes).map_err(|_| unframed(bytes))?;
                let reader = self.known(id)?.map_err(Invalid::clone)?;
                read(reader, datum).map_err(|unreadable| match unreadable.why() {
                    DatumFault::Bytes(_) => Unread::Doubtful(id, illegible(&unreadable)),
                    DatumFault::Unmatched(_) | DatumFault::Decimal | DatumFault::Size { .. } => {
                        illegible(&unreadable).into()
                    }
                })?
            }
        })
    }

    /// A key as JSON by the schema that it names; the outer `None` where it names none.
    pub fn key(&self, bytes: &[u8]) -> Result<Option<Option<String>>, Unread> {
        let (Origin::Registry(_), Ok((id, datum))) = (&self.origin, frame::split(bytes)) else {
            return Ok(None);
        };
        // A key of another kind may begin with a zero as well; it is no text then.
        Ok(Some(self.known(id)?.ok().and_then(|reader| reader.read(datum).ok())))
    }

    /// Whether what a registry says of a number was learned.
    pub fn knows(&self, id: SchemaId) -> bool {
        self.known(id).is_ok()
    }

    fn known(&self, id: SchemaId) -> Result<Result<&Reader, &Invalid>, Unread> {
        let found = match &self.origin {
            Origin::File(_) => None,
            Origin::Registry(known) => known.iter().rev().find(|known| known.id == id),
        };
        found.map(|known| known.reader.as_ref()).ok_or(Unread::Wanting(id))
    }
}

fn refused(code: &'static str, problem: String, fix: &str) -> Invalid {
    let (field, fix) = ("record".to_owned(), fix.to_owned());
    Invalid { code, field, problem, fix, of_source: String::new() }
}

fn no_record() -> Invalid {
    let problem = "is no json object: its schema is none of a record".to_owned();
    refused("D0225", problem, "see `format` of the [[source]]")
}

fn unusable(id: SchemaId, why: &str) -> Invalid {
    let problem = format!("names schema {id}, which cannot be used: {why}");
    refused("D0235", problem, "let its producer write Avro that `reader_schema` can read")
}

fn unframed(bytes: &[u8]) -> Invalid {
    let begin = match bytes {
        [] => "is empty".to_owned(),
        [0, ..] => format!("ends after {} bytes", bytes.len()),
        [byte, ..] => format!("begins with byte {byte}"),
    };
    let problem = format!("{begin}, and not with 0 and the number of a schema");
    refused("D0233", problem, "bare Avro is read by a `schema` of the [[source]]")
}

fn of_another() -> Invalid {
    let problem = "begins with the fingerprint of another schema".to_owned();
    refused("D0233", problem, "name the schema of its writer as `schema` of the [[source]]")
}

fn illegible(unreadable: &Unreadable) -> Invalid {
    let (code, fix) = match unreadable.why() {
        DatumFault::Bytes(_) => ("D0236", "it was written by another schema, or is damaged"),
        DatumFault::Unmatched(_) => ("D0230", "give `reader_schema` a branch, symbol or default"),
        DatumFault::Decimal => ("D0231", "amounts have at most 38 digits"),
        DatumFault::Size { .. } => ("D0232", "let the producer write smaller records"),
    };
    let place = unreadable.place();
    Invalid {
        code,
        field: if place.is_empty() { "record".to_owned() } else { place.to_owned() },
        problem: without_code(&unreadable.why().to_string()),
        fix: fix.to_owned(),
        of_source: String::new(),
    }
}

/// A message whose code another one takes the place of.
fn without_code(message: &str) -> String {
    message.rsplit_once(" [D").map_or(message, |(message, _)| message).to_owned()
}
