//! Touchpoints as records, each with its label behind it, and labels that people correct.

use super::Installation;
use crate::answers;
use codec::identity::identity;
use engine::{Append, Produced, derived_customer};
use model::Draft;
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
    pub fn placed(&self, mut draft: Draft) -> Placed {
        let settings = &self.settings;
        if draft.customer_id.is_empty() {
            let derived = derived_customer(&settings.secret, &draft.identifiers);
            draft.customer_id = derived.unwrap_or_default();
        }
        let label = self.labels.of(&draft, &settings.map, &settings.secret);
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
        self.labels.learn(&texts)?;
        Ok(texts.len())
    }

    /// The text of a touchpoint, where its customer is here and the log still has it.
    fn text_of(&self, said: &Correction) -> Option<String> {
        let topics = &self.settings.topics;
        let customer = said.customer_id.clone();
        let partition = topics.of_customer(customer.as_bytes());
        let wanted = identity(said.source.as_bytes(), said.event_id.as_bytes());
        let position = self.ask(move |tasks| {
            let Some(task) = tasks.journeys().get(&partition) else { return Ok(None) };
            let state = task.customer(tasks.store(), &customer)?;
            let mut history = state.iter().flat_map(|state| state.history());
            Ok(history.find(|known| known.identity == wanted).map(|known| known.position))
        });
        let position = position.ok()??;
        let (topic, partition) = (&topics.touchpoints, Some(partition));
        let rows = answers::topic(self, topic, partition, Some(position), 1).ok()?;
        let row = rows.get(0).filter(|row| row["offset"].as_u64() == Some(position))?;
        let text = row["value"]["text"].as_str().filter(|text| !text.trim().is_empty())?;
        Some(text.to_owned())
    }
}
