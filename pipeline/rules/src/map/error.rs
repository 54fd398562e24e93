//! A mistake at its place in the file, as miette shows it.

use super::mistake::Mistake;
use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};
use std::fmt;
use std::ops::Range;

/// A mistake and where it stands, before the file's name is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) mistake: Box<Mistake>,
    pub(crate) span: Range<usize>,
    /// The other place that belongs to it, and what to say of it.
    pub(crate) other: Option<(Range<usize>, &'static str)>,
}

impl Fault {
    pub(crate) fn new(mistake: impl Into<Mistake>, span: &Range<usize>) -> Fault {
        Fault { mistake: Box::new(mistake.into()), span: span.clone(), other: None }
    }

    pub(crate) fn beside(mut self, other: &Range<usize>, label: &'static str) -> Fault {
        self.other = Some((other.clone(), label));
        self
    }

    pub(crate) fn in_file(self, text: &str, file_name: &str) -> MapError {
        MapError(Box::new(Place {
            source: NamedSource::new(file_name, text.to_owned()),
            fault: self,
        }))
    }
}

/// Why a journey map or a mapping is refused: one mistake, its place in the file, and the fix.
///
/// A miette diagnostic: code, labels and help come from the [`Mistake`].
pub struct MapError(Box<Place>);

struct Place {
    source: NamedSource<String>,
    fault: Fault,
}

impl MapError {
    /// The mistake.
    pub fn mistake(&self) -> &Mistake {
        &self.0.fault.mistake
    }

    /// The line that the mistake stands in, from 1.
    pub fn line(&self) -> usize {
        let text = self.0.source.inner();
        let before = text.get(..self.0.fault.span.start).unwrap_or(text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// The text that the label points at.
    pub fn excerpt(&self) -> &str {
        self.0.source.inner().get(self.0.fault.span.clone()).unwrap_or("")
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mistake().fmt(out)
    }
}

impl fmt::Debug for MapError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, line, code) = (self.0.source.name(), self.line(), self.mistake().code());
        write!(out, "{name}:{line}: {self} [{code}]: {}", self.mistake().help())
    }
}

impl std::error::Error for MapError {}

impl Diagnostic for MapError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.mistake().code()))
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.mistake().help()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let fault = &self.0.fault;
        let label = |text: &str, span: &Range<usize>| {
            LabeledSpan::new(Some(text.to_owned()), span.start, span.len())
        };
        let first = LabeledSpan::new_primary_with_span(
            Some(fault.mistake.label().to_owned()),
            fault.span.clone(),
        );
        let other = fault.other.as_ref().map(|(span, text)| label(text, span));
        Some(Box::new(std::iter::once(first).chain(other)))
    }
}
