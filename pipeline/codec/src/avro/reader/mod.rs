//! Data of other systems: any schema, resolved against another where there is one, into JSON.
//!
//! ```text
//! writer's schema ─► types ┐
//!                          ├─► resolution ─► plans     datum ─► reading by the plans ─► row
//! reader's schema ─► types ┘    (once)                         (each record)
//! ```
//!
//! A union is its value; bytes are base64, a decimal is a number to its last digit, a date, a time
//! and an instant are RFC 3339, an enum is its symbol.

mod choice;
mod defaults;
mod fingerprint;
mod logical;
mod parse;
mod plan;
mod read;
mod resolve;
mod spelling;
mod types;
mod unreadable;

pub use choice::{Choice, Chosen, PathStep};
pub use unreadable::{DatumFault, Unreadable};

use crate::avro::SchemaError;
use plan::{Plan, PlanId};
use types::Types;

/// What stands before a datum that names its schema by a fingerprint.
const MARKER: [u8; 2] = [0xC3, 0x01];

/// A writer's schema, compiled to be read as another one or as itself.
#[derive(Clone, Debug)]
pub struct Reader {
    plans: Vec<Plan>,
    root: PlanId,
    /// Of a schema that stands alone.
    fingerprint: Option<[u8; 8]>,
}

impl Reader {
    /// Compiles a writer's schema; `named` are schemas whose types it names, each behind those
    /// that it itself names.
    pub fn compile(writer: &str, named: &[&str]) -> Result<Reader, SchemaError> {
        let types = parse::parse(writer, named)?;
        Reader::of(&types, &types, named.is_empty())
    }

    /// Compiles a writer's schema to be read as a reader's.
    pub fn resolve(writer: &str, named: &[&str], reader: &str) -> Result<Reader, SchemaError> {
        let types = parse::parse(writer, named)?;
        Reader::of(&types, &parse::parse(reader, &[])?, named.is_empty())
    }

    fn of(writer: &Types, reader: &Types, is_alone: bool) -> Result<Reader, SchemaError> {
        let (plans, root) = resolve::Resolution::of(writer, reader)?;
        let fingerprint = is_alone.then(|| fingerprint::of(writer).to_le_bytes());
        Ok(Reader { plans, root, fingerprint })
    }

    /// Reads a datum, the whole of it, into one value of JSON.
    pub fn read(&self, datum: &[u8]) -> Result<String, Box<Unreadable>> {
        read::Reading::of(&self.plans, self.root, datum)
    }

    /// Reads some values of a datum, the whole of which must be as its schema says.
    pub fn choose(&self, datum: &[u8], choice: &Choice) -> Result<Chosen, Box<Unreadable>> {
        read::Reading::choose(&self.plans, self.root, datum, choice)
    }

    /// The datum of a message, whether or not the schema's fingerprint stands before it, as in the
    /// single-object encoding of the specification.
    pub fn datum<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        let print = self.fingerprint.as_ref();
        let datum = print.and_then(|print| message.strip_prefix(&MARKER)?.strip_prefix(print));
        datum.unwrap_or(message)
    }

    /// Reads the datum of a message, likewise.
    pub fn read_object(&self, message: &[u8]) -> Result<String, Box<Unreadable>> {
        self.read(self.datum(message))
    }

    /// Whether a message begins as one with a fingerprint does, and it is another one's.
    pub fn is_of_another(&self, message: &[u8]) -> bool {
        let rest = message.strip_prefix(&MARKER).and_then(|rest| rest.get(..8));
        rest.is_some_and(|print| self.fingerprint.is_none_or(|own| own != *print))
    }

    /// CRC-64-AVRO of the writer's schema in canonical form; `None` where it names others' types.
    pub fn fingerprint(&self) -> Option<u64> {
        self.fingerprint.map(u64::from_le_bytes)
    }
}
