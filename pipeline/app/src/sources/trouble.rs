//! Why nothing comes from the sources at the moment.

use std::sync::{Mutex, PoisonError};

/// What is wrong with the sources, shared between the thread that reads and whoever asks.
#[derive(Default)]
pub struct Trouble(Mutex<Option<String>>);

impl Trouble {
    /// What is wrong, if something is.
    pub fn said(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something is wrong; says whether that is new.
    pub(super) fn say(&self, text: String) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = said.as_ref() != Some(&text);
        *said = Some(text);
        is_new
    }

    /// Nothing is wrong; says whether something was.
    pub(super) fn clear(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}
