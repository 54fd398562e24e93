//! Whom a command asks: the folder that it opens itself, or the instance that holds it.

use crate::backend;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::installation::{self, Installation};
use crate::remote::{self, Remote};
use codec::cost_to_json;
use intake::BadRow;
use model::{Civil, Cost, Draft, Size, Span, Timestamp, Zone};
use serde_json::Value;
use serve::{Correction, Letter, People, Question, Raw};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whom a command asks.
pub enum Target {
    /// A folder that nobody else holds.
    Folder(Arc<Installation>),
    /// A running instance.
    Instance(Remote),
}

/// As `with_target`, for commands that only ask: an embedded log that is not there is not made.
pub fn with_existing<T>(
    place: &Place,
    config: &Config,
    use_it: impl FnOnce(&Target) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let data = &config.log.data;
    if place.url.is_none() && !config.is_kafka() && !data.join("log").is_dir() {
        let data = data.display();
        let fix = "import a file into it, run it, or name another by --data";
        return Err(Failure::Input(format!("there is nothing in folder {data}: {fix} [D0741]")));
    }
    with_target(place, config, use_it)
}

/// Finds the instance, or opens the folder and counts everything in its log without a wall clock;
/// lets something happen, and closes it.
pub fn with_target<T>(
    place: &Place,
    config: &Config,
    use_it: impl FnOnce(&Target) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(url) = &place.url {
        return use_it(&Target::Instance(Remote::by_environment(url)?));
    }
    let installation = match Installation::open(config, Span::NEVER, None) {
        Ok(installation) => installation,
        Err(Failure::Locked(why)) => match Remote::of_folder(&config.log.data) {
            Some(remote) => return use_it(&Target::Instance(remote)),
            None => return Err(Failure::Locked(why)),
        },
        Err(failure) => return Err(failure),
    };
    let target = Target::Folder(installation);
    let done = target.catch_up().and_then(|()| use_it(&target));
    let Target::Folder(installation) = target else { return done };
    let closed = installation.close();
    let done = done?;
    closed.map(|()| done)
}

impl Target {
    /// Waits until everything that was sent is counted.
    pub fn catch_up(&self) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.catch_up()?),
            Target::Instance(remote) => remote.catch_up(),
        }
    }

    /// The same, unless `is_over` says that whoever waits does not want to any more: then `false`.
    pub fn catch_up_unless(&self, is_over: impl Fn() -> bool) -> Result<bool, Failure> {
        loop {
            let (is_caught_up, pause) = match self {
                Target::Folder(installation) => {
                    (installation.is_caught_up()?, installation::CAUGHT_UP_EVERY)
                }
                Target::Instance(remote) => (remote.is_caught_up()?, remote::CAUGHT_UP_EVERY),
            };
            if is_caught_up || is_over() {
                return Ok(is_caught_up);
            }
            std::thread::sleep(pause);
        }
    }

    /// Every counter.
    pub fn insights(&self, family: Option<&str>, as_of: Option<&str>) -> Result<Value, Failure> {
        match self {
            Target::Folder(installation) => {
                let zone = &installation.settings().map.zone;
                let as_of = as_of.map(|text| time_to(zone, text)).transpose()?;
                let family = family.map(str::to_owned);
                Ok(backend::answer(installation, &Question::Insights { family, as_of })?)
            }
            Target::Instance(remote) => {
                let query = given(&[("family", family), ("as_of", as_of)]);
                remote.list("/v1/insights", &query)
            }
        }
    }

    /// A report, of a period by its name or by its ends, and of a model where it has some.
    pub fn report(
        &self,
        name: &str,
        period: Option<&str>,
        model: Option<&str>,
        [from, to, by, as_of]: [Option<&str>; 4],
    ) -> Result<Value, Failure> {
        match self {
            Target::Folder(installation) => {
                let zone = &installation.settings().map.zone;
                let question = Question::Report {
                    name: name.to_owned(),
                    period: period.map(str::to_owned),
                    from: from.map(|text| time_from(zone, text)).transpose()?,
                    to: to.map(|text| time_to(zone, text)).transpose()?,
                    by: by.map(str::to_owned),
                    model: model.map(str::to_owned),
                    as_of: as_of.map(|text| time_to(zone, text)).transpose()?,
                };
                Ok(backend::answer(installation, &question)?)
            }
            Target::Instance(remote) => {
                let mut query = given(&[("from", from), ("to", to), ("by", by), ("as_of", as_of)]);
                query.extend(given(&[("period", period), ("model", model)]));
                remote.get(&format!("/v1/report/{name}"), &query)
            }
        }
    }

    /// A funnel of steps, by the words that say what it is.
    pub fn funnel(
        &self,
        words: &BTreeMap<String, String>,
        [from, to, by, as_of]: [Option<&str>; 4],
    ) -> Result<Value, Failure> {
        match self {
            Target::Folder(installation) => {
                let zone = &installation.settings().map.zone;
                let question = Question::Funnel {
                    words: words.clone(),
                    from: from.map(|text| time_from(zone, text)).transpose()?,
                    to: to.map(|text| time_to(zone, text)).transpose()?,
                    by: by.map(str::to_owned),
                    as_of: as_of.map(|text| time_to(zone, text)).transpose()?,
                };
                Ok(backend::answer(installation, &question)?)
            }
            Target::Instance(remote) => {
                let mut query = given(&[("from", from), ("to", to), ("by", by), ("as_of", as_of)]);
                query.extend(words.iter().map(|(name, value)| (&**name, value.clone())));
                remote.get("/v1/report/funnel", &query)
            }
        }
    }

    /// Yesterday in short.
    pub fn digest(&self, within: Option<Span>, as_of: Option<&str>) -> Result<Value, Failure> {
        match self {
            Target::Folder(installation) => {
                let zone = &installation.settings().map.zone;
                let as_of = as_of.map(|text| time_to(zone, text)).transpose()?;
                Ok(backend::answer(installation, &Question::Digest { within, as_of })?)
            }
            Target::Instance(remote) => {
                let mut query = given(&[("as_of", as_of)]);
                query.extend(within.map(|within| ("within", within.to_string())));
                remote.get("/v1/report/digest", &query)
            }
        }
    }

    /// The rows behind a number.
    pub fn customers(
        &self,
        filters: &BTreeMap<String, String>,
        window: Option<&str>,
        [from, to, as_of]: [Option<&str>; 3],
    ) -> Result<Value, Failure> {
        match self {
            Target::Folder(installation) => {
                let zone = &installation.settings().map.zone;
                let people = People {
                    filters: filters.clone(),
                    window: window.map(|text| parse_window(zone, text)).transpose()?,
                    from: from.map(|text| time_from(zone, text)).transpose()?,
                    to: to.map(|text| time_to(zone, text)).transpose()?,
                    as_of: as_of.map(|text| time_to(zone, text)).transpose()?,
                    ..People::default()
                };
                Ok(backend::answer(installation, &Question::Customers(people))?)
            }
            Target::Instance(remote) => {
                let mut query = given(&[("from", from), ("to", to), ("as_of", as_of)]);
                query.extend(given(&[("window", window)]));
                query.extend(filters.iter().map(|(name, value)| (&**name, value.clone())));
                remote.list("/v1/customers", &query)
            }
        }
    }

    /// Any other question, which is the same for both.
    pub fn ask(&self, question: &Question) -> Result<Value, Failure> {
        let remote = match self {
            Target::Folder(installation) => return Ok(backend::answer(installation, question)?),
            Target::Instance(remote) => remote,
        };
        match question {
            Question::Customer { id } => remote.get(&format!("/v1/customers/{}", escape(id)), &[]),
            Question::Topic { name, partition, offset, limit } => {
                let (partition, offset) =
                    (partition.map(|n| n.to_string()), offset.map(|n| n.to_string()));
                let mut query =
                    given(&[("partition", partition.as_deref()), ("offset", offset.as_deref())]);
                query.push(("limit", limit.to_string()));
                let mut page = remote.get(&format!("/v1/topics/{}", escape(name)), &query)?;
                Ok(page["items"].take())
            }
            Question::Costs => Ok(remote.get("/v1/costs", &[])?["items"].take()),
            Question::Topics => Ok(remote.get("/v1/topics", &[])?["items"].take()),
            Question::Audit => remote.post("/v1/audit", &Value::Null),
            Question::Backup { folder } => {
                if !remote.is_own() {
                    return Err(Failure::Usage(format!(
                        "no backup can be made in {folder}: {} is not asked by its folder; name \
                         that by --data [D0750]",
                        remote.url()
                    )));
                }
                remote.post("/v1/backup", &serde_json::json!({ "folder": folder }))
            }
            Question::BackupProgress => remote.get("/v1/backup", &[]),
            Question::Report { .. }
            | Question::Funnel { .. }
            | Question::Digest { .. }
            | Question::Insights { .. }
            | Question::Customers(_) => {
                Err(Failure::Internal("a question with times needs its words".to_owned()))
            }
        }
    }

    /// Takes touchpoints; once it returns they are durable.
    pub fn append(&self, drafts: Vec<Draft>) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.append(drafts)?),
            Target::Instance(remote) => remote.append(&drafts),
        }
    }

    /// Takes touchpoints on one partition, whosever they are.
    pub fn append_to(&self, partition: u32, drafts: Vec<Draft>) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.append_to(partition, drafts)?),
            Target::Instance(_) => Err(Failure::Usage(
                "a running instance places touchpoints itself: stop it to choose a partition \
                 [D0712]"
                    .to_owned(),
            )),
        }
    }

    /// Bad rows of a file, each with its reason, to the dead letters. `source` is the file's.
    pub fn refuse(
        &self,
        file: &str,
        source: &str,
        header: Option<&[u8]>,
        rows: &[BadRow],
    ) -> Result<(), Failure> {
        let letters = rows.iter().map(|row| Letter {
            source: row.source(source).to_owned(),
            file: file.to_owned(),
            row: row.row,
            alike: row.alike,
            header: header.map(<[u8]>::to_vec),
            bytes: row.raw.clone(),
            class: row.class,
            error: format!("line {}, {}", row.line, row.error),
        });
        let letters: Vec<Letter> = letters.collect();
        match self {
            Target::Folder(installation) => Ok(installation.refuse(letters)?),
            Target::Instance(remote) => remote.refuse(&letters),
        }
    }

    /// Takes what people say that touchpoints are about; tells how many texts were learned from.
    pub fn correct(&self, labels: &[Correction]) -> Result<u64, Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.correct(labels)? as u64),
            Target::Instance(remote) => {
                let learned = std::cell::Cell::new(0);
                remote.post_all(
                    "/v1/labels",
                    labels.iter().map(Correction::to_json),
                    |answer| {
                        learned.set(learned.get() + answer["learned"].as_u64().unwrap_or(0));
                        Ok(())
                    },
                )?;
                Ok(learned.get())
            }
        }
    }

    /// Takes what channels have cost.
    pub fn spend(&self, costs: &[Cost]) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.spend(costs)?),
            Target::Instance(remote) => {
                remote.post_all("/v1/costs", costs.iter().map(cost_to_json), |_| Ok(()))
            }
        }
    }

    /// Appends records to a topic as they are.
    pub fn write(&self, topic: &str, records: Vec<Raw>) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.write_raw(topic, records)?),
            Target::Instance(remote) => {
                let path = format!("/v1/topics/{}", escape(topic));
                remote.post_all(&path, records.iter().map(Raw::to_json), |_| Ok(()))
            }
        }
    }

    /// Tells how far a source has sent.
    pub fn clock(&self, source: &str, time: Timestamp) -> Result<(), Failure> {
        match self {
            Target::Folder(installation) => Ok(installation.append_clock(source, time)?),
            Target::Instance(remote) => remote.clock(source, &time.to_string()),
        }
    }
}

/// The parameters that were given.
fn given<'a>(parameters: &[(&'a str, Option<&str>)]) -> Vec<(&'a str, String)> {
    let given = parameters.iter();
    given.filter_map(|(name, value)| value.map(|value| (*name, value.to_owned()))).collect()
}

/// A segment of a path: everything but letters, digits and `-._~` percent-encoded.
fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = text.bytes();
    bytes
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn no_time(text: &str) -> Failure {
    Failure::Usage(format!(
        "{text:?} is no time: say 2026-03-25 or 2026-03-25T09:00:00+01:00 [D0719]"
    ))
}

/// A last time: RFC 3339, or a date, which is its last millisecond in the business's zone.
fn time_to(zone: &Zone, text: &str) -> Result<Timestamp, Failure> {
    let date = Civil::parse(text).map(|date| zone.day_end(date));
    date.or_else(|| Timestamp::parse_rfc3339(text)).ok_or_else(|| no_time(text))
}

/// A first time: RFC 3339, or a date, which is its first millisecond in the business's zone.
fn time_from(zone: &Zone, text: &str) -> Result<Timestamp, Failure> {
    let date = Civil::parse(text).map(|date| zone.day_start(date));
    date.or_else(|| Timestamp::parse_rfc3339(text)).ok_or_else(|| no_time(text))
}

/// `1d@2026-01-05`
fn parse_window(zone: &Zone, text: &str) -> Result<(Size, Timestamp), Failure> {
    let usage = || Failure::Usage(format!("{text:?} is no window: say 1d@2026-01-05 [D0719]"));
    let (size, start) = text.split_once('@').ok_or_else(usage)?;
    Ok((Size::parse(size).ok_or_else(usage)?, time_from(zone, start)?))
}
