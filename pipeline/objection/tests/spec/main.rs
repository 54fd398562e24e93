//! What the classifier says, as tables.

mod accuracy;
mod corrections;
mod language;
mod negation;
mod taxonomy;
mod text;

use objection::{Model, Taxonomy};
use std::sync::LazyLock;

/// The model that ships; fitted once for all tests.
pub(crate) static SHIPPED: LazyLock<Model> = LazyLock::new(|| Model::shipped(Taxonomy::default()));

/// Checks the class that the shipped model gives each text.
#[track_caller]
pub(crate) fn check(rows: &[(&str, &str)]) {
    let wrong: Vec<_> = rows
        .iter()
        .map(|(text, class)| (SHIPPED.judge(text).class, *class, *text))
        .filter(|(judged, class, _)| judged != class)
        .collect();
    assert!(wrong.is_empty(), "(judged, expected, text): {wrong:#?}");
}
