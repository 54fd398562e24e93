//! A lead that went cold, as the topic of moves tells it, and several of them as a message.

use crate::answers::Readable;
use crate::delivery::Message;
use insight::report::{Cell, Column, Kind, Table, html};
use model::{Timestamp, Zone};
use serde_json::{Value, json};

/// Leads that one message lists.
pub const LISTED_MAX: usize = 50;

/// A lead that went cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cold {
    /// Names the move.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// Where it stood.
    pub stage: String,
    /// When it went cold.
    pub at: Timestamp,
    /// Channel and kind of the last that was heard of it.
    pub channel: String,
    pub kind: String,
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
                let Some(at) = time(&row["at"]) else { return Told::Other };
                Told::Cold(Cold {
                    id: text("id"),
                    customer: text("customer_id"),
                    stage: text("from"),
                    at,
                    channel: text("channel"),
                    kind: text("kind"),
                })
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
    let table = table(format!("{subject}."), listed, more);
    let rows = listed.iter().map(|lead| {
        json!({
            "id": lead.id, "customer": lead.customer, "stage": lead.stage,
            "cold_at": zone.format(lead.at), "last_kind": lead.kind, "last_channel": lead.channel,
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

fn table(title: String, leads: &[&Cold], more: usize) -> Table {
    let column = |name, heading, kind| Column { name, heading, kind };
    let text = |text: &str| Cell::Text(text.to_owned());
    let row = |lead: &&Cold| {
        let (customer, stage) = (text(&lead.customer), text(&lead.stage));
        vec![customer, stage, Cell::Time(lead.at), text(&lead.kind), text(&lead.channel)]
    };
    Table {
        name: "cold",
        title,
        columns: vec![
            column("customer", "Customer", Kind::Text),
            column("stage", "Stood in", Kind::Text),
            column("cold_at", "Cold at", Kind::Time),
            column("last_kind", "Last heard", Kind::Text),
            column("last_channel", "By", Kind::Text),
        ],
        keys: 1,
        rows: leads.iter().map(row).collect(),
        notes: if more > 0 { vec![format!("And {more} more.")] } else { Vec::new() },
    }
}
