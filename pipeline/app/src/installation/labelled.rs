//! Touchpoints as records, each with its label behind it, and labels that people correct.

use super::Installation;
use crate::answers;
use crate::labels::{self, Sitting};
use codec::identity::identity;
use engine::{Append, Produced, derived_customer};
use model::{Draft, Touchpoint};
use serve::{Correction, Refusal};
use std::collections::BTreeMap;

/// A touchpoint's record, and what goes with it.
pub struct Placed {
    /// Its customer's partition.
    pub partition: u32,
    /// The record.
    pub record: Produced,
    /// Its label, for the same partition, where there is something to say.
    pub label: Option<Produced>,
}

impl Installation {
    /// The record of a touchpoint, its customer's partition, and its label.
    pub fn placed(&self, mut draft: Draft, sitting: &mut Sitting) -> Placed {
        let settings = &self.settings;
        if draft.customer_id.is_empty() {
            let derived = derived_customer(&settings.secret, &draft.identifiers);
            draft.customer_id = derived.unwrap_or_default();
        }
        // A label that stands is left alone: what is there already is not asked about again.
        let is_labelled = self.labels.asks_elsewhere()
            && labels::is_message(&settings.map, &draft)
            && self.is_known(&draft);
        let by = (&settings.map, &settings.secret);
        let label = (!is_labelled).then(|| self.labels.of(&draft, by, sitting)).flatten();
        let value = settings.topics.format.touchpoint(&draft);
        let key = draft.customer_id.into_bytes();
        let label = label.map(|value| Produced { key: key.clone(), value: Some(value) });
        let partition = settings.topics.of_customer(&key);
        Placed { partition, record: Produced { key, value: Some(value) }, label }
    }

    /// Takes what people say that touchpoints are about; once it returns it is durable. Tells how
    /// many texts the model has learned from: those that were sent, and those that are in the log
    /// and of customers who are here.
    pub fn correct(&self, labels: &[Correction]) -> Result<usize, Refusal> {
        let topics = &self.settings.topics;
        let mut by_partition: BTreeMap<u32, Vec<Produced>> = BTreeMap::new();
        for said in labels {
            let value = self.labels.correction(said, &self.settings.secret)?;
            let key = said.customer_id.clone().into_bytes();
            let partition = topics.of_customer(&key);
            let record = Produced { key, value: Some(value) };
            by_partition.entry(partition).or_default().push(record);
        }
        let texts = labels.iter().filter_map(|said| {
            let text = said.text.clone().or_else(|| self.text_of(said))?;
            Some((text, said.label.clone()))
        });
        let texts: Vec<(String, String)> = texts.collect();
        let topic = &topics.touchpoints;
        self.write(by_partition.into_iter().map(|(partition, records)| Append {
            topic: topic.clone(),
            partition,
            records,
        }))?;
        self.labels.count(&Sitting::persons(labels.len()));
        self.labels.learn(&texts)?;
        Ok(texts.len())
    }

    /// The text of a touchpoint, where its customer is here and the log still has it.
    fn text_of(&self, said: &Correction) -> Option<String> {
        let topics = &self.settings.topics;
        let partition = topics.of_customer(said.customer_id.as_bytes());
        let wanted = identity(said.source.as_bytes(), said.event_id.as_bytes());
        let position = self.known(&said.customer_id, wanted)?.position;
        let (topic, partition) = (&topics.touchpoints, Some(partition));
        let rows = answers::topic(self, topic, partition, Some(position), 1).ok()?;
        let row = rows.get(0).filter(|row| row["offset"].as_u64() == Some(position))?;
        let text = row["value"]["text"].as_str().filter(|text| !text.trim().is_empty())?;
        Some(text.to_owned())
    }

    /// Whether a touchpoint is counted already, in these words or in later ones.
    fn is_known(&self, draft: &Draft) -> bool {
        let wanted = identity(draft.source.as_bytes(), draft.event_id.as_bytes());
        let known = self.known(&draft.customer_id, wanted);
        known.is_some_and(|known| known.revision >= draft.revision)
    }

    /// A touchpoint of a customer who is here.
    fn known(&self, customer: &str, wanted: u64) -> Option<Touchpoint> {
        let customer = customer.to_owned();
        let partition = self.settings.topics.of_customer(customer.as_bytes());
        let found = self.ask(move |tasks| {
            let Some(task) = tasks.journeys().get(&partition) else { return Ok(None) };
            let state = task.customer(tasks.store(), &customer)?;
            let mut history = state.iter().flat_map(|state| state.history());
            Ok(history.find(|known| known.identity == wanted))
        });
        found.ok()?
    }
}
