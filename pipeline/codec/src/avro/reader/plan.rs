//! What to do with the bytes of a writer so that they become a row of the reader.

use super::spelling::Spelling;

/// The place of a step in a plan.
pub(super) type PlanId = usize;

/// What to do with one value.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Null,
    Boolean,
    Int(Spelling),
    Long(Spelling),
    Float(Spelling),
    Double,
    Bytes(Spelling),
    String(Spelling),
    Fixed(usize, Spelling),
    /// The reader's symbol for each of the writer's, in quotes; or the writer's, which the reader
    /// does not know.
    Enum(Box<[Result<Box<str>, Box<str>>]>),
    Array(PlanId),
    Map(PlanId),
    /// One of these, by the branch.
    Union(Box<[PlanId]>),
    /// Fields of the writer in its order, and behind them what the reader has besides.
    Record {
        steps: Box<[Step]>,
        given: Box<str>,
    },
    /// A decimal with its scale before it, as Debezium writes numbers without a fixed one.
    VariableDecimal,
    /// A value that the reader's schema has no place for, and why.
    Refuse(Box<str>),
}

/// A field of the writer.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The writer's name of it.
    pub(super) name: Box<str>,
    /// The reader's name in quotes; `None` where it is passed over.
    pub(super) written: Option<Box<str>>,
    pub(super) plan: PlanId,
}
