//! Open leads that go cold soon.

use super::customers::{Stand, stage};
use crate::installation::Installation;
use crate::parts::{Owned, Shared, gather, millis, owned};
use crate::work::Tasks;
use engine::Node;
use insight::report::{ColdLead, ColdSoon};
use journey::{EntryRow, Reading, Row, Selection, cut, select};
use model::{Span, Timestamp, Touchpoint};
use serde::{Deserialize, Serialize};
use serve::Refusal;

/// The open leads that go cold within a time to come, as a report's as_of and cut have them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OpenLeads {
    #[serde(with = "millis")]
    as_of: Timestamp,
    cut: Vec<u32>,
    within: i64,
}

/// The first of the leads of an instance, and how many there are.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OpenPart {
    leads: Vec<Lead>,
    count: i64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Lead {
    #[serde(with = "millis")]
    cold_at: Timestamp,
    customer: String,
    stage: String,
    channel: String,
    kind: String,
}

impl Shared for OpenLeads {
    const NAME: &'static str = "open-leads";
    const NODES: &'static [Node] = &[Node::Journey];
    type Part = OpenPart;

    fn part(&self, installation: &Installation) -> Result<Owned<OpenPart>, Refusal> {
        let map = &installation.settings().map;
        let selection = Selection::parse(map, [("flow-outcome", "open")], None)
            .map_err(|mistake| Refusal::Invalid(format!("{mistake} [D0716]")))?;
        let (as_of, within) = (self.as_of, Span::from_millis(self.within));
        let stand = Stand { as_of: Some(as_of), cut: self.cut.clone() };
        owned(installation, move |tasks: &mut Tasks| {
            let mut cold = ColdSoon::new(as_of, within);
            for (partition, task) in tasks.journeys() {
                let at = stand.of(*partition).unwrap_or(as_of);
                task.visit(tasks.store(), &mut |customer, state| {
                    let history = cut(&state.history().collect::<Vec<_>>(), at);
                    for row in select(task.reading(), &history, at, &selection) {
                        let (Row::Entry(entry), Some(last)) = (row, history.last()) else {
                            continue;
                        };
                        add_open(&mut cold, task.reading(), customer, &entry, last);
                    }
                })?;
            }
            let lead = |lead: ColdLead| Lead {
                cold_at: lead.cold_at,
                customer: lead.customer,
                stage: lead.stage,
                channel: lead.channel,
                kind: lead.kind,
            };
            Ok(OpenPart { count: cold.count, leads: cold.leads.into_iter().map(lead).collect() })
        })
    }
}

/// Counts an open entry where it goes cold in time.
fn add_open(
    cold: &mut ColdSoon,
    reading: &Reading,
    customer: &[u8],
    entry: &EntryRow,
    last: &Touchpoint,
) {
    let cold_at = entry.cold_at.filter(|at| entry.decided.is_none() && cold.has(*at));
    let Some(cold_at) = cold_at else { return };
    let words = reading.dictionary();
    cold.add(ColdLead {
        cold_at,
        customer: String::from_utf8_lossy(customer).into_owned(),
        stage: stage(reading, u16::from(entry.stage)).to_owned(),
        channel: words.channels.word(last.channel.0).to_owned(),
        kind: words.kinds.word(last.kind.0).to_owned(),
    });
}

/// The open leads of all instances that go cold within a time.
pub(super) fn cold_soon(
    installation: &Installation,
    as_of: Timestamp,
    cut: &[u32],
    within: Span,
) -> Result<ColdSoon, Refusal> {
    let question = OpenLeads { as_of, cut: cut.to_vec(), within: within.millis() };
    let mut cold = ColdSoon::new(as_of, within);
    let mut count = 0;
    for part in gather(installation, &question)? {
        count += part.count;
        for lead in part.leads {
            let Lead { cold_at, customer, stage, channel, kind } = lead;
            cold.add(ColdLead { cold_at, customer, stage, channel, kind });
        }
    }
    // Each instance lists its first ones, and counts all of its own.
    cold.count = count;
    Ok(cold)
}
