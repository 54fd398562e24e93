//! Sending: a digest or a notice, by mail through the business's own server and to a webhook. A
//! message has an id that is the same whenever it is sent again, by which a receiver knows it.

mod address;
mod mail;
mod retry;
mod undelivered;
mod webhook;

pub use address::Address;
pub use mail::Mail;
pub use undelivered::{Undelivered, Why};
pub use webhook::Webhook;

use crate::config::{Config, SecretSource};
use crate::failure::Failure;
use serde_json::Value;
use std::path::Path;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same whenever it is sent again: letters, digits, `-` and `_`.
    pub id: String,
    /// What sort of message it is: `digest`, `cold`.
    pub kind: &'static str,
    /// In a line, without anybody's name.
    pub subject: String,
    /// For people, as plain text.
    pub text: String,
    /// For people, as HTML.
    pub html: String,
    /// For programs.
    pub data: Value,
}

/// A way to send, ready to be used.
pub enum Way {
    /// Through an SMTP server.
    Mail(Mail),
    /// To a receiver over HTTP.
    Webhook(Webhook),
}

impl Way {
    /// The ways that are configured, with their secrets read.
    pub fn of(config: &Config) -> Result<Vec<Way>, Failure> {
        let mail = Mail::of(config)?.map(Way::Mail);
        let webhook = Webhook::of(config)?.map(Way::Webhook);
        Ok([mail, webhook].into_iter().flatten().collect())
    }

    /// Its name, which is a word.
    pub fn name(&self) -> &'static str {
        match self {
            Way::Mail(_) => "mail",
            Way::Webhook(_) => "webhook",
        }
    }

    /// Where it leads, without anybody's address.
    pub fn place(&self) -> String {
        match self {
            Way::Mail(mail) => mail.place(),
            Way::Webhook(webhook) => webhook.place(),
        }
    }

    /// Sends; tries a few times where that may help. Once it returns, the other side has it.
    pub fn send(&self, message: &Message) -> Result<(), Undelivered> {
        retry::tried(&mut std::thread::sleep, || match self {
            Way::Mail(mail) => mail.send(message),
            Way::Webhook(webhook) => webhook.send(message),
        })
    }

    /// Asks whether the other side is there and lets us in; sends nothing.
    pub fn probe(&self) -> Result<String, Undelivered> {
        match self {
            Way::Mail(mail) => mail.probe(),
            Way::Webhook(webhook) => webhook.probe(),
        }
    }
}

/// What is wrong with how sending is configured: the key, and the fix.
pub fn mistake(config: &Config) -> Option<String> {
    mail::checked(config).err().or_else(|| webhook::checked(config).err()).or_else(|| {
        let is_nowhere = config.mail.smtp.is_empty() && config.webhook.url.0.is_empty();
        (config.notify.cold && is_nowhere).then(|| {
            "notify.cold is set, but there is no way to send: set mail.smtp or webhook.url".into()
        })
    })
}

/// The text of a secret, from where it is.
fn secret(data: &Path, key: &str, source: &SecretSource) -> Result<String, Failure> {
    source
        .read(data)
        .map_err(|why| Failure::Configuration(format!("could not use {key} of {why} [D0775]")))
}
