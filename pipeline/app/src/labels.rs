//! Labels: what messages are about, said by a model at the door and corrected by people.
//!
//! A label is a record of its own, appended behind the touchpoint that it speaks of. So a model
//! that learns makes no replay differ, and a correction corrects what is counted
//! ([decision 0071](../../../deploy/decisions/0071-labels-are-records.md)).

use crate::classifier::Classifier;
use crate::config::Config;
use crate::failure::Failure;
use crate::{clock, durable, map_file};
use codec::control::{Secret, write_label};
use codec::encode::Label;
use codec::identity::identity;
use model::{By, Draft, Family, JourneyMap};
use objection::{Model, NONE, SHIPPED_VERSION, Taxonomy};
use serve::{Correction, Refusal};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use telemetry::{Judge, Metrics};

/// What people have taught, in the data folder.
const LEARNED: &str = "objections.model";

/// Revisions of a person's labels begin here, above those of every model.
pub const PERSON: u32 = 1 << 26;

/// Since when a person's revisions count seconds: 2020-01-01. They last until 2086.
const PERSON_SINCE: i64 = 1_577_836_800;

/// How many judgements are remembered where a classifier is asked, for whoever sends a message again
/// at once: it is not yet known to be there.
const JUDGED_MAX: usize = 1_000;

/// Whoever judges messages, and learns.
pub struct Labels {
    data: PathBuf,
    taxonomy: Taxonomy,
    /// Made when the first message comes: to fit it takes a moment.
    model: Mutex<Option<Arc<Model>>>,
    classifier: Option<Classifier>,
    judged: Mutex<VecDeque<((u64, u32), Said)>>,
    metrics: Option<Arc<Metrics>>,
}

/// What was said of a message: the class of an objection, and by whom.
#[derive(Clone, Debug)]
struct Said {
    class: Option<String>,
    by: String,
}

/// The messages of one write: how long it may still wait, and who has judged how many.
#[derive(Debug, Default)]
pub struct Sitting {
    until: Option<Instant>,
    judged: [u64; Judge::ALL.len()],
}

impl Labels {
    /// Of the classes of a folder's map, and the classifier that is configured.
    pub fn new(config: &Config, metrics: Option<&Arc<Metrics>>) -> Result<Labels, Failure> {
        let data = config.log.data.clone();
        let taxonomy = map_file::taxonomy(&data, config.map.file.as_deref())?;
        let classifier = Classifier::of(config, &taxonomy)?;
        let (model, judged) = (Mutex::new(None), Mutex::default());
        Ok(Labels { data, taxonomy, model, classifier, judged, metrics: metrics.cloned() })
    }

    /// Whether somebody else is asked about messages: what is there already is not asked again.
    pub fn asks_elsewhere(&self) -> bool {
        self.classifier.is_some()
    }

    /// Counts who has judged the messages of a write.
    pub fn count(&self, sitting: &Sitting) {
        if let Some(metrics) = &self.metrics {
            sitting.count(metrics);
        }
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
    pub fn of(
        &self,
        draft: &Draft,
        (map, secret): (&JourneyMap, &Secret),
        sitting: &mut Sitting,
    ) -> Option<Vec<u8>> {
        if !is_message(map, draft) {
            return None;
        }
        let Said { class, by } = self.said(draft, sitting);
        // What is sent again in other words may be no objection any more.
        let label = class.or_else(|| (draft.revision > 0).then(|| NONE.to_owned()))?;
        let mut value = Vec::new();
        let label = Label {
            customer_id: &draft.customer_id,
            source: &draft.source,
            event_id: &draft.event_id,
            label: &label,
            by: &by,
            revision: SHIPPED_VERSION << 16 | draft.revision.min(u32::from(u16::MAX)),
            time: clock::wall(),
        };
        write_label(&label, secret, &mut value);
        Some(value)
    }

    fn said(&self, draft: &Draft, sitting: &mut Sitting) -> Said {
        let Some(classifier) = &self.classifier else {
            sitting.judged[Judge::Model as usize] += 1;
            return self.offline(draft, "");
        };
        let of = identity(draft.source.as_bytes(), draft.event_id.as_bytes());
        let key = (of, draft.revision);
        let judged = || self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, said)) = judged().iter().find(|(known, _)| *known == key) {
            return said.clone();
        }
        let until = *sitting.until.get_or_insert_with(|| Instant::now() + classifier.timeout());
        let (judge, said) = match classifier.judge(&draft.text, until) {
            Some(class) => {
                let by = format!("classifier:{}", classifier.name());
                let class = Some(class).filter(|class| class != NONE);
                (Judge::Classifier, Said { class, by })
            }
            None => (Judge::Instead, self.offline(draft, " instead")),
        };
        sitting.judged[judge as usize] += 1;
        let mut judged = judged();
        judged.truncate(JUDGED_MAX - 1);
        judged.push_front((key, said.clone()));
        said
    }

    /// What the model that ships says, and what people have taught it.
    fn offline(&self, draft: &Draft, instead: &str) -> Said {
        let model = self.model();
        Said {
            class: model.judge(&draft.text).label().map(str::to_owned),
            by: format!("model:{SHIPPED_VERSION}+{}{instead}", model.corrections()),
        }
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

impl Sitting {
    /// Counts who has judged its messages.
    pub fn count(&self, metrics: &Metrics) {
        for (judge, count) in Judge::ALL.into_iter().zip(self.judged) {
            metrics.add_judged(judge, count);
        }
    }

    /// A person has said what so many are about.
    pub fn persons(count: usize) -> Sitting {
        let mut sitting = Sitting::default();
        sitting.judged[Judge::Person as usize] = count as u64;
        sitting
    }
}

/// Whether a touchpoint is a message in which objections are looked for.
pub fn is_message(map: &JourneyMap, draft: &Draft) -> bool {
    let is_heard = !draft.text.is_empty() && !draft.customer_id.is_empty();
    is_heard && map.counts(Family::Objection) && is_listened_to(map, &draft.kind)
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
