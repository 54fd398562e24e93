//! One datum by its plan, written into a row.

use super::plan::{Plan, PlanId, Step};
use super::spelling::{self, Spelling};
use super::unreadable::{DatumFault, Unreadable};
use crate::Fault;
use crate::avro::skip::Fuel;
use crate::cursor::Cursor;

/// Values of one datum: a record of a mebibyte holds no more that have bytes, and those that have
/// none are what this is for.
const VALUES_MAX: u32 = 1 << 20;
/// Nesting of one datum, as a schema may refer to itself.
const DEPTH_MAX: u32 = 64;
/// Bytes of a row: names and symbols of a schema stand in it as often as the datum says.
const ROW_BYTES_MAX: usize = 8 * 1_024 * 1_024;

type Outcome = Result<(), Box<Unreadable>>;

/// A datum on its way into a row.
pub(super) struct Reading<'a> {
    plans: &'a [Plan],
    cursor: Cursor<'a>,
    fuel: Fuel,
    depth: u32,
    out: String,
}

impl<'a> Reading<'a> {
    /// Reads a datum, the whole of it.
    pub(super) fn of(
        plans: &'a [Plan],
        root: PlanId,
        datum: &'a [u8],
    ) -> Result<String, Box<Unreadable>> {
        let out = String::with_capacity(datum.len().saturating_mul(3).min(ROW_BYTES_MAX));
        let (cursor, fuel) = (Cursor::new(datum), Fuel::of(VALUES_MAX));
        let mut reading = Reading { plans, cursor, fuel, depth: 0, out };
        reading.value(root)?;
        reading.cursor.end()?;
        Ok(reading.out)
    }

    fn value(&mut self, id: PlanId) -> Outcome {
        self.fuel.burn(self.cursor.at())?;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Fuel { at: self.cursor.at(), limit: DEPTH_MAX }.into());
        }
        if self.out.len() > ROW_BYTES_MAX {
            return Err(Unreadable::new(DatumFault::Size { limit: ROW_BYTES_MAX }));
        }
        self.depth += 1;
        let plans = self.plans;
        let outcome = match plans.get(id) {
            None | Some(Plan::Null) => {
                self.out.push_str("null");
                Ok(())
            }
            Some(Plan::Union(branches)) => {
                let branch = self.cursor.branch(branches.len())?;
                self.value(branches.get(branch).copied().unwrap_or(usize::MAX))
            }
            Some(Plan::Array(item)) => self.items('[', *item, ']'),
            Some(Plan::Map(item)) => self.items('{', *item, '}'),
            Some(Plan::Record { steps, given }) => self.record(steps, given),
            Some(Plan::VariableDecimal) => self.variable(),
            Some(Plan::Enum(symbols)) => self.symbol(symbols),
            Some(Plan::Refuse(why)) => Err(Unreadable::new(DatumFault::Unmatched(why.clone()))),
            Some(plan) => self.plain(plan),
        };
        self.depth -= 1;
        outcome
    }

    /// A value without parts.
    fn plain(&mut self, plan: &Plan) -> Outcome {
        let Reading { cursor, out, .. } = self;
        match plan {
            Plan::Boolean => out.push_str(if cursor.flag()? { "true" } else { "false" }),
            Plan::Int(spelling) => spelling::whole(i64::from(cursor.int()?), *spelling, out),
            Plan::Long(spelling) => spelling::whole(cursor.long()?, *spelling, out),
            Plan::Float(spelling) => {
                let number = f32::from_le_bytes(array(cursor)?);
                match spelling {
                    Spelling::Double => spelling::double(f64::from(number), out),
                    _ => spelling::float(number, out),
                }
            }
            Plan::Double => spelling::double(f64::from_le_bytes(array(cursor)?), out),
            Plan::Bytes(spelling) => {
                let raw = cursor.bytes()?;
                self.bytes(raw, *spelling)?;
            }
            Plan::String(Spelling::Text) => spelling::text(cursor.text()?, out),
            Plan::String(spelling) => {
                let raw = cursor.text()?.as_bytes();
                self.bytes(raw, *spelling)?;
            }
            Plan::Fixed(size, spelling) => {
                let raw = cursor.take(*size)?;
                self.bytes(raw, *spelling)?;
            }
            Plan::Null
            | Plan::Enum(_)
            | Plan::Array(_)
            | Plan::Map(_)
            | Plan::Union(_)
            | Plan::Record { .. }
            | Plan::VariableDecimal
            | Plan::Refuse(_) => {}
        }
        Ok(())
    }

    fn bytes(&mut self, raw: &[u8], spelling: Spelling) -> Outcome {
        let at = self.cursor.at();
        spelling::bytes(raw, spelling, &mut self.out)
            .map_err(|misspelt| Unreadable::misspelt(misspelt, at))
    }

    fn symbol(&mut self, symbols: &[Result<Box<str>, Box<str>>]) -> Outcome {
        let branch = self.cursor.branch(symbols.len())?;
        match symbols.get(branch) {
            Some(Ok(symbol)) => self.out.push_str(symbol),
            Some(Err(symbol)) => {
                let why = format!("symbol {symbol}");
                return Err(Unreadable::new(DatumFault::Unmatched(why.into())));
            }
            None => {}
        }
        Ok(())
    }

    fn record(&mut self, steps: &[Step], given: &str) -> Outcome {
        self.out.push('{');
        let mut is_first = true;
        for Step { name, written, plan } in steps {
            let length = self.out.len();
            if let Some(written) = written {
                if !is_first {
                    self.out.push(',');
                }
                self.out.push_str(written);
            }
            self.value(*plan).map_err(|unreadable| unreadable.within(name))?;
            match written {
                Some(_) => is_first = false,
                None => self.out.truncate(length),
            }
        }
        if !given.is_empty() {
            if !is_first {
                self.out.push(',');
            }
            self.out.push_str(given);
        }
        self.out.push('}');
        Ok(())
    }

    /// Items of an array, or of a map with their keys, block after block.
    fn items(&mut self, begin: char, item: PlanId, end: char) -> Outcome {
        self.out.push(begin);
        let mut index = 0_u64;
        loop {
            let (count, _) = self.cursor.block()?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                if index > 0 {
                    self.out.push(',');
                }
                let item = self.item(begin == '{', item);
                // By its number: a key may be anybody's name.
                item.map_err(|unreadable| unreadable.within(&format!("[{index}]")))?;
                index += 1;
            }
        }
        self.out.push(end);
        Ok(())
    }

    fn item(&mut self, is_keyed: bool, item: PlanId) -> Outcome {
        if is_keyed {
            let key = self.cursor.text()?;
            spelling::text(key, &mut self.out);
            self.out.push(':');
        }
        self.value(item)
    }

    fn variable(&mut self) -> Outcome {
        let scale = self.cursor.int()?;
        let raw = self.cursor.bytes()?;
        let at = self.cursor.at();
        spelling::decimal(raw, scale, &mut self.out)
            .map_err(|misspelt| Unreadable::misspelt(misspelt, at))
    }
}

/// So many bytes.
fn array<const N: usize>(cursor: &mut Cursor<'_>) -> Result<[u8; N], Fault> {
    let (at, left) = (cursor.at(), cursor.left());
    let bytes = cursor.take(N)?;
    <[u8; N]>::try_from(bytes).map_err(|_| Fault::Ends { at, wanted: N, left })
}
