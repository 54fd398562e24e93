//! A label of a customer's touchpoint, as the log has it.

use crate::Settings;
use codec::{encode, identity};
use journey::Reading;
use model::Label;

/// The word by which a label says that nothing stops the customer.
const NONE: &str = "none";

/// Of which touchpoint a label speaks and what it says; `None` on a partition that is not its
/// customer's, where nobody of that name is counted.
pub(crate) fn said(
    settings: &Settings,
    partition: u32,
    reading: &mut Reading,
    label: &encode::Label<'_>,
) -> Option<(u64, Label)> {
    if settings.topics.of_customer(label.customer_id.as_bytes()) != partition {
        return None;
    }
    let word = if label.label == NONE { "" } else { label.label };
    let class = reading.label_id(word);
    let identity = identity::identity(label.source.as_bytes(), label.event_id.as_bytes());
    Some((identity, Label { class, revision: label.revision.max(1) }))
}
