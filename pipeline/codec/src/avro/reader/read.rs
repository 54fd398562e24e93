//! One datum by its plan, written into a row, or some values of it.

use super::choice::{Choice, Chosen, NOTHING, Node, Values, WHOLE};
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
    values: Values,
}

impl<'a> Reading<'a> {
    /// Reads a datum, the whole of it.
    pub(super) fn of(
        plans: &'a [Plan],
        root: PlanId,
        datum: &'a [u8],
    ) -> Result<String, Box<Unreadable>> {
        let (out, _) = Reading::whole(plans, root, datum, &WHOLE, Values::new(0))?;
        Ok(out)
    }

    /// Reads some values of a datum, the whole of which must be as it should.
    pub(super) fn choose(
        plans: &'a [Plan],
        root: PlanId,
        datum: &'a [u8],
        choice: &Choice,
    ) -> Result<Chosen, Box<Unreadable>> {
        let values = Values::new(choice.count());
        let (out, values) = Reading::whole(plans, root, datum, &choice.root, values)?;
        Ok(Chosen::new(out, values))
    }

    fn whole(
        plans: &'a [Plan],
        root: PlanId,
        datum: &'a [u8],
        node: &Node,
        values: Values,
    ) -> Result<(String, Values), Box<Unreadable>> {
        let out = String::with_capacity(datum.len().saturating_mul(3).min(ROW_BYTES_MAX));
        let (cursor, fuel) = (Cursor::new(datum), Fuel::of(VALUES_MAX));
        let mut reading = Reading { plans, cursor, fuel, depth: 0, out, values };
        reading.value(root, node)?;
        reading.cursor.end()?;
        Ok((reading.out, reading.values))
    }

    fn value(&mut self, id: PlanId, node: &Node) -> Outcome {
        self.fuel.burn(self.cursor.at())?;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Fuel { at: self.cursor.at(), limit: DEPTH_MAX }.into());
        }
        if self.out.len() > ROW_BYTES_MAX {
            return Err(Unreadable::new(DatumFault::Size { limit: ROW_BYTES_MAX }));
        }
        self.depth += 1;
        let (plans, begin) = (self.plans, self.out.len());
        let outcome = match plans.get(id) {
            None | Some(Plan::Null) => {
                self.out.push_str("null");
                Ok(())
            }
            Some(Plan::Union(branches)) => {
                let branch = self.cursor.branch(branches.len())?;
                self.value(branches.get(branch).copied().unwrap_or(usize::MAX), node)
            }
            Some(Plan::Array(item)) => self.items('[', *item, ']', node),
            Some(Plan::Map(item)) => self.items('{', *item, '}', node),
            Some(Plan::Record { steps, given }) => self.record(steps, given, node),
            Some(Plan::VariableDecimal) => self.variable(),
            Some(Plan::Enum(symbols)) => self.symbol(symbols),
            Some(Plan::Refuse(why)) => Err(Unreadable::new(DatumFault::Unmatched(why.clone()))),
            Some(plan) => self.plain(plan),
        };
        self.depth -= 1;
        if outcome.is_ok() {
            self.values.found(node, begin..self.out.len());
        }
        outcome
    }

    /// A value of which nothing is wanted: it must be as it should all the same.
    fn pass_over(&mut self, id: PlanId) -> Outcome {
        let length = self.out.len();
        self.value(id, &NOTHING)?;
        self.out.truncate(length);
        Ok(())
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

    fn record(&mut self, steps: &[Step], given: &str, node: &Node) -> Outcome {
        self.out.push('{');
        let mut is_first = true;
        for Step { name, written, plan } in steps {
            let wanted =
                written.as_deref().and_then(|written| Some((written, node.field(written)?)));
            let outcome = match wanted {
                Some((written, node)) => {
                    if !std::mem::replace(&mut is_first, false) {
                        self.out.push(',');
                    }
                    self.out.push_str(written);
                    self.value(*plan, node)
                }
                None => self.pass_over(*plan),
            };
            outcome.map_err(|unreadable| unreadable.within(name))?;
        }
        if !given.is_empty() && node.is_whole {
            if !is_first {
                self.out.push(',');
            }
            self.out.push_str(given);
        }
        self.values.given(node, given);
        self.out.push('}');
        Ok(())
    }

    /// Items of an array, or of a map with their keys, block after block.
    fn items(&mut self, begin: char, item: PlanId, end: char, node: &Node) -> Outcome {
        self.out.push(begin);
        let mut index = 0_u64;
        loop {
            let (count, _) = self.cursor.block()?;
            if count == 0 {
                break;
            }
            for _ in 0..count {
                let length = self.out.len();
                if index > 0 {
                    self.out.push(',');
                }
                let item = match begin {
                    '{' => self.entry(item, node, length),
                    _ => match node.item(index) {
                        Some(node) => self.value(item, node),
                        None => {
                            self.out.truncate(length);
                            self.pass_over(item)
                        }
                    },
                };
                // By its number: a key may be anybody's name.
                item.map_err(|unreadable| unreadable.within(&format!("[{index}]")))?;
                index += 1;
            }
        }
        self.out.push(end);
        Ok(())
    }

    /// A key and its value; one that is passed over leaves nothing behind a length.
    fn entry(&mut self, item: PlanId, node: &Node, length: usize) -> Outcome {
        let key = self.cursor.text()?;
        let begin = self.out.len();
        spelling::text(key, &mut self.out);
        self.out.push(':');
        match node.field(self.out.get(begin..).unwrap_or_default()) {
            Some(node) => {
                self.values.forget(node);
                self.value(item, node)
            }
            None => {
                self.out.truncate(length);
                self.pass_over(item)
            }
        }
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
