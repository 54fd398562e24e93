//! Names of maps, stages, kinds and channels: what may be one.

use super::error::Fault;
use super::fields::Word;
use super::mistake::Mistake;
use model::defaults;

/// The longest name in bytes: it stands in every key of a counter.
const NAME_BYTES_MAX: usize = 100;

/// Refuses a name that is empty, too long or not printable.
pub(crate) fn check(sort: &'static str, word: &Word<'_>) -> Result<(), Fault> {
    let name = word.text;
    let fault = if name.is_empty() {
        "is empty".to_owned()
    } else if name.len() > NAME_BYTES_MAX {
        format!("has {} bytes, more than {NAME_BYTES_MAX}", name.len())
    } else if name.trim() != name {
        "has spaces around it".to_owned()
    } else if name.chars().any(char::is_control) {
        "has control characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Fault::new(Mistake::Name { sort, fault }, &word.span))
}

/// Refuses, besides, a name that counters use for something else.
pub(crate) fn check_free(sort: &'static str, word: &Word<'_>) -> Result<(), Fault> {
    check(sort, word)?;
    // A move to `lost` is an end of an attempt, so no stage can be called so; a kind is.
    let is_end = sort == "stage" && word.text == "lost";
    if is_end || defaults::RESERVED.contains(&word.text) {
        let mistake = Mistake::Reserved { sort, name: word.text.to_owned() };
        return Err(Fault::new(mistake, &word.span));
    }
    Ok(())
}
