//! Labels: what messages are about, said by a model at the door and corrected by people.
//!
//! A label is a record of its own, appended behind the touchpoint that it speaks of. So a model
//! that learns makes no replay differ, and a correction corrects what is counted
//! ([decision 0071](../../../deploy/decisions/0071-labels-are-records.md)).

use crate::failure::Failure;
use crate::{clock, durable, map_file};
use codec::control::{Secret, write_label};
use codec::encode::Label;
use model::{By, Draft, Family, JourneyMap};
use objection::{Model, NONE, SHIPPED_VERSION, Taxonomy};
use serve::{Correction, Refusal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What people have taught, in the data folder.
const LEARNED: &str = "objections.model";

/// Revisions of a person's labels begin here, above those of every model.
pub const PERSON: u32 = 1 << 26;

/// Since when a person's revisions count seconds: 2020-01-01. They last until 2086.
const PERSON_SINCE: i64 = 1_577_836_800;

/// Whoever judges messages, and learns.
pub struct Labels {
    data: PathBuf,
    taxonomy: Taxonomy,
    /// Made when the first message comes: to fit it takes a moment.
    model: Mutex<Option<Arc<Model>>>,
}

impl Labels {
    /// Of the classes of a folder's map.
    pub fn new(data: &Path, map_file: Option<&Path>) -> Result<Labels, Failure> {
        let taxonomy = map_file::taxonomy(data, map_file)?;
        Ok(Labels { data: data.to_owned(), taxonomy, model: Mutex::new(None) })
    }

    /// The model as it has learned so far.
    fn model(&self) -> Arc<Model> {
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(model.get_or_insert_with(|| {
            Arc::new(learned(&self.data, &self.taxonomy).unwrap_or_else(|failure| {
                tracing::warn!("{failure}");
                Model::shipped(self.taxonomy.clone())
            }))
        }))
    }

    /// The label of a touchpoint whose customer is known, as a record; `None` where there is
    /// nothing to say.
    pub fn of(&self, draft: &Draft, map: &JourneyMap, secret: &Secret) -> Option<Vec<u8>> {
        let is_heard = !draft.text.is_empty() && !draft.customer_id.is_empty();
        if !is_heard || !map.counts(Family::Objection) || !is_listened_to(map, &draft.kind) {
            return None;
        }
        let model = self.model();
        let judged = model.judge(&draft.text);
        // What is sent again in other words may be no objection any more.
        let label = judged.label().or_else(|| (draft.revision > 0).then_some(NONE))?;
        let mut value = Vec::new();
        let label = Label {
            customer_id: &draft.customer_id,
            source: &draft.source,
            event_id: &draft.event_id,
            label,
            by: &format!("model:{SHIPPED_VERSION}+{}", model.corrections()),
            revision: SHIPPED_VERSION << 16 | draft.revision.min(u32::from(u16::MAX)),
            time: clock::wall(),
        };
        write_label(&label, secret, &mut value);
        Some(value)
    }

    /// A person's label, as a record; refused where no class has that name.
    pub fn correction(&self, said: &Correction, secret: &Secret) -> Result<Vec<u8>, Refusal> {
        let is_known = |name: &str| self.taxonomy.names().iter().any(|known| known == name);
        if said.label != NONE && !is_known(&said.label) {
            let (name, names) = (&said.label, self.taxonomy.names().join(", "));
            return Err(Refusal::Invalid(format!(
                "no objection is called {name:?}: say {NONE}, or one of {names} [D0821]"
            )));
        }
        let now = clock::wall();
        let seconds = (now.millis() / 1_000 - PERSON_SINCE).max(0) as u32;
        let mut value = Vec::new();
        let label = Label {
            customer_id: &said.customer_id,
            source: &said.source,
            event_id: &said.event_id,
            label: &said.label,
            by: "person",
            revision: PERSON.saturating_add(seconds),
            time: now,
        };
        write_label(&label, secret, &mut value);
        Ok(value)
    }

    /// Learns from texts that people have said the class of; once it returns it is durable.
    pub fn learn(&self, texts: &[(String, String)]) -> Result<(), Refusal> {
        if texts.is_empty() {
            return Ok(());
        }
        let mut model = (*self.model()).clone();
        for (text, class) in texts {
            model.correct(text, class);
        }
        durable::write(&self.data.join(LEARNED), &model.to_bytes()).map_err(|error| {
            let path = self.data.join(LEARNED);
            Refusal::Broken(format!("could not write {}: {error} [D0303]", path.display()))
        })?;
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(model));
        Ok(())
    }
}

/// Whether a kind says what the customer said: the customer's own, and notes of calls and losses.
/// What the business writes names prices too.
fn is_listened_to(map: &JourneyMap, kind: &str) -> bool {
    let known = map.kind(kind).and_then(|at| map.kinds.get(usize::from(at)));
    known.is_none_or(|kind| {
        kind.by == By::Customer || kind.is_lost || matches!(&*kind.name, "call_made")
    })
}

/// The model of a data folder: what ships, and what people have taught it.
pub fn learned(data: &Path, taxonomy: &Taxonomy) -> Result<Model, Failure> {
    let path = data.join(LEARNED);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Model::shipped(taxonomy.clone()));
        }
        Err(error) => {
            let path = path.display();
            return Err(Failure::Input(format!("could not read {path}: {error} [D0824]")));
        }
    };
    Model::from_bytes(taxonomy.clone(), &bytes).map_err(|error| {
        let path = path.display();
        Failure::Input(format!(
            "{path}: {error}: delete it, and teach the model again by your corrections [D0824]"
        ))
    })
}
