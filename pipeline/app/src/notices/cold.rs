//! A lead that went cold, as the topic of moves tells it, and several of them as a message.

use crate::answers::Readable;
use crate::delivery::Message;
use insight::report::{ColdLead, html};
use model::{Timestamp, Zone};
use serde_json::{Value, json};

/// Leads that one message lists.
pub const LISTED_MAX: usize = 50;

/// A lead that went cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cold {
    /// Names the move.
    pub id: String,
    /// Who, where it stood, and when.
    pub lead: ColdLead,
}

/// What a move is to whoever tells of cold leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// A lead went cold.
    Cold(Cold),
    /// The move of this id did not happen after all.
    Withdrawn(String),
    /// Something else.
    Other,
}

impl Told {
    /// Reads a record of the topic of moves.
    pub fn read(schema: &Readable, value: &[u8]) -> Told {
        let Some(row) = schema.read(value) else { return Told::Other };
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        match row["type"].as_str() {
            Some("withdrawn") => Told::Withdrawn(text("withdraws")),
            Some("cold") => {
                let Some(cold_at) = time(&row["at"]) else { return Told::Other };
                let (customer, stage) = (text("customer_id"), text("from"));
                let (channel, kind) = (text("channel"), text("kind"));
                let lead = ColdLead { cold_at, customer, stage, channel, kind };
                Told::Cold(Cold { id: text("id"), lead })
            }
            _ => Told::Other,
        }
    }
}

/// A time in Avro, or in JSON.
fn time(value: &Value) -> Option<Timestamp> {
    let millis = value.as_i64().map(Timestamp::from_millis);
    millis.or_else(|| Timestamp::parse_rfc3339(value.as_str()?))
}

/// The message about some leads; what is not listed is counted.
pub fn message(id: String, leads: &[&Cold], zone: &Zone) -> Message {
    let listed = &leads[..leads.len().min(LISTED_MAX)];
    let more = leads.len() - listed.len();
    let subject = match leads.len() {
        1 => "1 lead has gone cold".to_owned(),
        count => format!("{count} leads have gone cold"),
    };
    let mut table =
        ColdLead::table("cold", format!("{subject}."), listed.iter().map(|cold| &cold.lead));
    if more > 0 {
        table.notes.push(format!("And {more} more."));
    }
    let rows = listed.iter().map(|Cold { id, lead }| {
        json!({
            "id": id, "customer": lead.customer, "stage": lead.stage,
            "cold_at": zone.format(lead.cold_at), "last_kind": lead.kind,
            "last_channel": lead.channel,
        })
    });
    let data = json!({ "leads": rows.collect::<Vec<_>>(), "more": more });
    Message {
        id,
        kind: "cold",
        text: table.render_narrow(zone),
        html: html(&subject, std::slice::from_ref(&table), zone),
        subject,
        data,
    }
}
