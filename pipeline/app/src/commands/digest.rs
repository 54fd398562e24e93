//! `digest`: yesterday in short, printed, or sent for whoever is not at the machine.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::delivery::{Message, Way};
use crate::failure::Failure;
use crate::target::with_existing;
use clap::Args;
use model::Span;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// How far ahead may be looked.
const AHEAD: RangeInclusive<Span> = Span::from_hours(1)..=Span::from_days(31);

/// Of which day, and what becomes of it.
#[derive(Args)]
pub struct Digest {
    /// Print one HTML document that mail clients show.
    #[arg(long, conflicts_with_all = ["text", "json"])]
    html: bool,
    /// Print plain text, 78 columns wide, which is the default.
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// Fold the stored histories as they were at this date or time: yesterday is the day before.
    #[arg(long, value_name = "T")]
    as_of: Option<String>,
    /// How far ahead leads are looked for that go cold: 1h to 31d.
    #[arg(long, value_name = "SPAN", default_value = "48h", value_parser = ahead)]
    within: Span,
    /// Send it once by mail and to the webhook, wherever [mail] and [webhook] are set.
    #[arg(long, conflicts_with_all = ["html", "text"])]
    send: bool,
}

fn ahead(text: &str) -> Result<Span, String> {
    let span = Span::parse(text).filter(|span| AHEAD.contains(span));
    span.ok_or_else(|| "write 1h to 31d".to_owned())
}

/// Prints the digest, or sends it and says where it went.
pub fn digest(place: &Place, config: &Config, asked: &Digest) -> Result<(), Failure> {
    // Known before anything is counted.
    let ways = if asked.send { Way::of(config)? } else { Vec::new() };
    if asked.send && ways.is_empty() {
        let fix = "set mail.smtp or webhook.url in desirepath.toml";
        return Err(Failure::Configuration(format!("there is no way to send: {fix} [D0771]")));
    }
    let as_of = asked.as_of.as_deref();
    let digest = with_existing(place, config, |target| target.digest(Some(asked.within), as_of))?;
    if asked.send {
        return send(digest, &ways, place.json);
    }
    let text = |name: &str| digest[name].as_str().unwrap_or_default();
    print(|out| match (asked.html, place.json) {
        (true, _) => write!(out, "{}", text("html")),
        (false, true) => writeln!(out, "{}", without(digest.clone(), &["text", "csv", "html"])),
        (false, false) => writeln!(out, "{}", text("text").trim_end()),
    })
}

/// Sends by every way, also where one of them fails.
fn send(digest: Value, ways: &[Way], is_json: bool) -> Result<(), Failure> {
    let text = |name: &str| digest[name].as_str().unwrap_or_default().to_owned();
    let message = Message {
        id: text("id"),
        kind: "digest",
        subject: text("line"),
        text: text("text"),
        html: text("html"),
        data: without(digest, &["csv", "html"]),
    };
    let (mut sent, mut failed) = (Vec::new(), None);
    for way in ways {
        match way.send(&message) {
            Ok(()) => sent.push(way.place()),
            Err(undelivered) => {
                if let Some(earlier) = failed.replace(Failure::from(undelivered)) {
                    eprintln!("{earlier}");
                }
            }
        }
    }
    let id = &message.id;
    print(|out| match is_json {
        true => writeln!(out, "{}", json!({ "id": id, "sent": sent })),
        false => sent.iter().try_for_each(|place| writeln!(out, "{id} went to {place}")),
    })?;
    failed.map_or(Ok(()), Err)
}

fn without(mut value: Value, names: &[&str]) -> Value {
    if let Some(object) = value.as_object_mut() {
        names.iter().for_each(|name| drop(object.remove(*name)));
    }
    value
}
