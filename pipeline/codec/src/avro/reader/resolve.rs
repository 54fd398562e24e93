//! A writer's schema held against a reader's, as the specification's "schema resolution" has it.
//!
//! Of the reader's union the closest branch is taken, not the first: the same type before a renamed
//! one, and either before a wider one. So a `long` for `["double", "long"]` keeps its digits, as it
//! does in Java's implementation; where the branches differ in more than width both rules agree.

use super::defaults;
use super::plan::{Plan, PlanId, Step};
use super::spelling::{self, Spelling};
use super::types::{Field, Kind, Name, Type, TypeId, Types};
use crate::avro::SchemaError;
use std::collections::BTreeMap;

/// Steps of a plan: pairs of types that meet, of two schemas with thousands of types each.
const PLANS_MAX: usize = 100_000;
/// Nesting of types that name one another, which bounds the depth of the calls here.
const DEPTH_MAX: usize = 256;

/// The record that Debezium writes a number in whose scale differs from row to row.
const VARIABLE: &str = "io.debezium.data.VariableScaleDecimal";

/// How near a type of the reader is to one of the writer; the least is the nearest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    Same,
    Renamed,
    Elsewhere,
    Wider,
}

/// The plans of a pair of schemas, as they come to be.
pub(super) struct Resolution<'a> {
    writer: &'a Types,
    /// `None`: the writer's own.
    reader: &'a Types,
    plans: Vec<Plan>,
    /// What is known of a type of the writer, by the type of the reader, or by none where it is
    /// passed over.
    known: BTreeMap<(TypeId, Option<TypeId>), PlanId>,
    path: Vec<String>,
}

impl<'a> Resolution<'a> {
    /// The plans that read the writer's data by the reader's schema, and the outermost of them.
    pub(super) fn of(
        writer: &'a Types,
        reader: &'a Types,
    ) -> Result<(Vec<Plan>, PlanId), SchemaError> {
        let (plans, known, path) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut resolution = Resolution { writer, reader, plans, known, path };
        let root = resolution.pair(writer.root, Some(reader.root))?;
        Ok((resolution.plans, root))
    }

    fn pair(&mut self, w: TypeId, r: Option<TypeId>) -> Result<PlanId, SchemaError> {
        if let Some(plan) = self.known.get(&(w, r)) {
            return Ok(*plan);
        }
        if self.plans.len() >= PLANS_MAX {
            return Err(SchemaError::Size { limit: PLANS_MAX, what: "pairs of types" });
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(SchemaError::Size { limit: DEPTH_MAX, what: "levels of types" });
        }
        let id = self.plans.len();
        self.plans.push(Plan::Null);
        // Known before its parts are: they may name it.
        self.known.insert((w, r), id);
        let plan = match r {
            None => self.passed_over(w),
            Some(r) => self.plan(w, r),
        };
        // Where it cannot be, whoever named it meanwhile refuses its values.
        let (plan, outcome) = match plan {
            Ok(plan) => (plan, Ok(id)),
            Err(error) => (Plan::Refuse(error.to_string().into()), Err(error)),
        };
        if let Some(place) = self.plans.get_mut(id) {
            *place = plan;
        }
        outcome
    }

    /// The same for a part, whose name stands in what is said of it.
    fn part(&mut self, name: &str, w: TypeId, r: Option<TypeId>) -> Result<PlanId, SchemaError> {
        self.path.push(name.to_owned());
        let plan = self.pair(w, r);
        self.path.pop();
        plan
    }

    fn unlike(&self, why: String) -> SchemaError {
        let path: Vec<&str> = self.path.iter().filter(|n| !n.is_empty()).map(|n| &**n).collect();
        let place = if path.is_empty() { "record".to_owned() } else { path.join(".") };
        SchemaError::Unlike { place, why }
    }

    fn unlike_at(&mut self, name: &str, why: &str) -> SchemaError {
        self.path.push(name.to_owned());
        let error = self.unlike(why.to_owned());
        self.path.pop();
        error
    }

    fn plan(&mut self, w: TypeId, r: TypeId) -> Result<Plan, SchemaError> {
        let (writer, reader) = (self.writer, self.reader);
        let (from, to) = (writer.get(w), reader.get(r));
        if let Kind::Union(branches) = &from.kind {
            return self.each(branches, r);
        }
        if let Kind::Union(branches) = &to.kind {
            let near = |branch: &TypeId| Some((nearness(from, reader.get(*branch))?, *branch));
            let Some((_, branch)) = branches.iter().filter_map(near).min_by_key(|(n, _)| *n) else {
                return Err(self.unlike(format!("{} is no branch there", from.kind.said())));
            };
            return self.plan(w, branch);
        }
        if nearness(from, to).is_none() {
            return Err(self.unlike(apart(from, to)));
        }
        let spelling = spelling(to);
        Ok(match (&from.kind, &to.kind) {
            (Kind::Null, _) => Plan::Null,
            (Kind::Boolean, _) => Plan::Boolean,
            (Kind::Int, _) => Plan::Int(spelling),
            (Kind::Long, _) => Plan::Long(spelling),
            (Kind::Float, _) => Plan::Float(spelling),
            (Kind::Double, _) => Plan::Double,
            (Kind::Bytes, _) => Plan::Bytes(spelling),
            (Kind::String, _) => Plan::String(spelling),
            (Kind::Fixed { size, .. }, _) => Plan::Fixed(*size, spelling),
            (Kind::Enum { symbols, .. }, Kind::Enum { symbols: known, default, .. }) => {
                Plan::Enum(symbols.iter().map(|symbol| mapped(symbol, known, *default)).collect())
            }
            (Kind::Array(from), Kind::Array(to)) => Plan::Array(self.part("", *from, Some(*to))?),
            (Kind::Map(from), Kind::Map(to)) => Plan::Map(self.part("", *from, Some(*to))?),
            (Kind::Record { name, fields: from }, Kind::Record { fields: to, .. }) => {
                match is_variable(name, from, writer) && is_variable(name, to, reader) {
                    true => Plan::VariableDecimal,
                    false => self.record(from, to)?,
                }
            }
            _ => return Err(self.unlike(apart(from, to))),
        })
    }

    /// Each branch of the writer; one that the reader has no place for is refused where it comes.
    fn each(&mut self, branches: &[TypeId], r: TypeId) -> Result<Plan, SchemaError> {
        let mut plans = Vec::with_capacity(branches.len());
        let mut first = None;
        for branch in branches {
            let plan = match self.part("", *branch, Some(r)) {
                Ok(plan) => plan,
                Err(SchemaError::Unlike { place, why }) => {
                    let plan = Plan::Refuse(why.clone().into());
                    first.get_or_insert(SchemaError::Unlike { place, why });
                    self.plans.push(plan);
                    self.plans.len() - 1
                }
                Err(error) => return Err(error),
            };
            plans.push(plan);
        }
        let is_refused =
            |plan: &PlanId| matches!(self.plans.get(*plan), Some(Plan::Refuse(_)) | None);
        match first {
            Some(error) if plans.iter().all(is_refused) => Err(error),
            _ => Ok(Plan::Union(plans.into())),
        }
    }

    fn record(&mut self, from: &[Field], to: &[Field]) -> Result<Plan, SchemaError> {
        let mut taken: BTreeMap<&str, &Field> = BTreeMap::new();
        let mut lacking = Vec::new();
        for field in to {
            let is_named = |theirs: &&Field| theirs.name == field.name;
            let is_alias = |theirs: &&Field| field.aliases.contains(&theirs.name);
            let found = from.iter().find(is_named).or_else(|| from.iter().find(is_alias));
            match found {
                Some(theirs) => {
                    // One that has this very name goes before one that once had it.
                    let place = taken.entry(&theirs.name).or_insert(field);
                    if field.name == theirs.name && place.name != theirs.name {
                        lacking.push(*place);
                        *place = field;
                    } else if !std::ptr::eq(*place, field) {
                        lacking.push(field);
                    }
                }
                None => lacking.push(field),
            }
        }
        let mut steps = Vec::with_capacity(from.len());
        for theirs in from {
            let ours = taken.get(&*theirs.name);
            let plan = self.part(&theirs.name, theirs.of, ours.map(|field| field.of))?;
            let written = ours.map(|field| named(&field.name));
            steps.push(Step { name: theirs.name.clone(), written, plan });
        }
        let mut given = String::new();
        for field in lacking {
            let Some(default) = &field.default else {
                let why = "is not written, and the reader's schema has no default for it";
                return Err(self.unlike_at(&field.name, why));
            };
            if !given.is_empty() {
                given.push(',');
            }
            given.push_str(&named(&field.name));
            if defaults::write(self.reader, field.of, default, &mut given).is_none() {
                let why = "has a default in the reader's schema that is none of its type";
                return Err(self.unlike_at(&field.name, why));
            }
        }
        Ok(Plan::Record { steps: steps.into(), given: given.into() })
    }

    /// A plan that reads what nobody asks for; of what it stands for nothing is asked either.
    fn passed_over(&mut self, w: TypeId) -> Result<Plan, SchemaError> {
        let writer = self.writer;
        Ok(match &writer.get(w).kind {
            Kind::Null => Plan::Null,
            Kind::Boolean => Plan::Boolean,
            Kind::Int => Plan::Int(Spelling::Whole),
            Kind::Long => Plan::Long(Spelling::Whole),
            Kind::Float => Plan::Float(Spelling::Float),
            Kind::Double => Plan::Double,
            Kind::Bytes | Kind::String => Plan::Bytes(Spelling::Base64),
            Kind::Fixed { size, .. } => Plan::Fixed(*size, Spelling::Base64),
            Kind::Enum { symbols, .. } => {
                Plan::Enum(symbols.iter().map(|_| Ok("0".into())).collect())
            }
            Kind::Array(item) => Plan::Array(self.part("", *item, None)?),
            Kind::Map(item) => Plan::Map(self.part("", *item, None)?),
            Kind::Union(branches) => {
                let plans = branches.iter().map(|branch| self.part("", *branch, None));
                Plan::Union(plans.collect::<Result<_, _>>()?)
            }
            Kind::Record { fields, .. } => {
                let step = |field: &Field| {
                    let plan = self.part(&field.name, field.of, None)?;
                    Ok(Step { name: field.name.clone(), written: None, plan })
                };
                let steps: Result<Box<[Step]>, SchemaError> = fields.iter().map(step).collect();
                Plan::Record { steps: steps?, given: Box::default() }
            }
        })
    }
}

/// A name in quotes with its colon.
pub(super) fn named(name: &str) -> Box<str> {
    let mut out = String::new();
    spelling::text(name, &mut out);
    out.push(':');
    out.into()
}

/// The reader's symbol for one of the writer.
fn mapped(symbol: &str, known: &[Box<str>], default: Option<usize>) -> Result<Box<str>, Box<str>> {
    let found = known.iter().find(|ours| ***ours == *symbol);
    let found = found.or_else(|| known.get(default?)).ok_or(symbol)?;
    let mut out = String::new();
    spelling::text(found, &mut out);
    Ok(out.into())
}

/// How near two types are that are no unions; `None` where one cannot be read as the other.
fn nearness(from: &Type, to: &Type) -> Option<Nearness> {
    use Kind::{Array, Boolean, Bytes, Double, Enum, Fixed, Float, Int, Long, Map, Null, Record};
    if let (Some(from), Some(to)) = (from.logical, to.logical)
        && from != to
    {
        return None;
    }
    match (&from.kind, &to.kind) {
        (Null, Null) | (Boolean, Boolean) | (Int, Int) | (Long, Long) | (Float, Float) => {
            Some(Nearness::Same)
        }
        (Double, Double) | (Bytes, Bytes) | (Kind::String, Kind::String) => Some(Nearness::Same),
        (Array(_), Array(_)) | (Map(_), Map(_)) => Some(Nearness::Same),
        (Fixed { name: a, size }, Fixed { name: b, size: wanted }) => {
            names(a, b).filter(|_| size == wanted)
        }
        (Enum { name: a, .. }, Enum { name: b, .. }) => names(a, b),
        (Record { name: a, .. }, Record { name: b, .. }) => names(a, b),
        (Int, Long | Float | Double) | (Long, Float | Double) | (Float, Double) => {
            Some(Nearness::Wider)
        }
        (Kind::String, Bytes) | (Bytes, Kind::String) => Some(Nearness::Wider),
        _ => None,
    }
}

fn names(from: &Name, to: &Name) -> Option<Nearness> {
    match () {
        () if from.full == to.full => Some(Nearness::Same),
        () if to.aliases.contains(&from.full) => Some(Nearness::Renamed),
        () if from.short() == to.short() => Some(Nearness::Elsewhere),
        () => None,
    }
}

/// Why two types do not meet.
fn apart(from: &Type, to: &Type) -> String {
    match (from.logical, to.logical) {
        (Some(a), Some(b)) if a != b && from.kind.word() == to.kind.word() => {
            format!("{} as {a:?} is not read as {b:?}", from.kind.said())
        }
        _ => format!("{} is not read as {}", from.kind.said(), to.kind.said()),
    }
}

/// What values of a type of the reader are written as.
fn spelling(of: &Type) -> Spelling {
    match (&of.kind, of.logical) {
        (Kind::Float, _) => Spelling::Float,
        (Kind::Double, _) => Spelling::Double,
        (Kind::String, _) => Spelling::Text,
        (_, Some(logical)) => Spelling::Of(logical),
        (Kind::Bytes | Kind::Fixed { .. }, None) => Spelling::Base64,
        _ => Spelling::Whole,
    }
}

/// Whether a record is Debezium's decimal with a scale of its own.
fn is_variable(name: &Name, fields: &[Field], types: &Types) -> bool {
    let kind = |field: &Field| &types.get(field.of).kind;
    match fields {
        [scale, value] if *name.full == *VARIABLE => {
            let are_named = *scale.name == *"scale" && *value.name == *"value";
            let are_typed = matches!((kind(scale), kind(value)), (Kind::Int, Kind::Bytes));
            are_named && are_typed
        }
        _ => false,
    }
}
