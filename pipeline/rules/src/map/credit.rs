//! What a map says of credit besides how far it looks back: which touches count, and weights of its
//! own.

use super::error::Fault;
use super::fields::{Fields, choice, wrong_type};
use super::mistake::Mistake;
use model::TouchFilter;
use toml::de::DeValue;

/// The filters by name.
const FILTERS: &[&str] = &["indirect", "exposure", "first"];

/// What touches a path loses before it is credited, in the order in which the map says it.
pub(super) fn path(credit: &Fields<'_>) -> Result<Vec<TouchFilter>, Fault> {
    let mut filters = Vec::new();
    for word in credit.words("path")?.unwrap_or_default() {
        let filter = TouchFilter::ALL[choice("path", &word, FILTERS)?];
        if filters.contains(&filter) {
            let mistake = Mistake::Duplicate { sort: "filter", name: word.text.to_owned() };
            return Err(Fault::new(mistake, &word.span));
        }
        filters.push(filter);
    }
    Ok(filters)
}

/// Per cent to the first touch, those between together, and the last; `None` without such a model.
pub(super) fn custom(credit: &Fields<'_>) -> Result<Option<[u8; 3]>, Fault> {
    const EXPECTED: &str = "three whole numbers that add up to 100, like [30, 20, 50]";
    let Some(value) = credit.get("custom") else { return Ok(None) };
    let DeValue::Array(items) = value.get_ref() else {
        return Err(wrong_type("custom", value, EXPECTED));
    };
    let number = |item: &DeValue<'_>| match item {
        DeValue::Integer(number) => u8::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    let numbers: Option<Vec<u8>> = items.iter().map(|item| number(item.get_ref())).collect();
    let weights: Option<[u8; 3]> = numbers.and_then(|numbers| numbers.try_into().ok());
    let sum = |weights: &[u8; 3]| weights.iter().map(|weight| u32::from(*weight)).sum::<u32>();
    match weights.filter(|weights| sum(weights) == 100) {
        Some(weights) => Ok(Some(weights)),
        None => Err(Fault::new(Mistake::Weights, &value.span())),
    }
}
