//! The doors out: reports, counters, customers, topics, the audit; health and metrics.

use crate::doors::Doors;
use crate::pages::page;
use crate::parameters::Parameters;
use crate::problem::{Code, Problem};
use crate::question::{People, Question};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Funnel;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

type Doorway = State<Arc<Doors>>;
type Segment<T> = Result<Path<T>, PathRejection>;

/// The text of a path's segment, which must be UTF-8 once it is decoded.
fn segment(segment: Segment<String>) -> Result<String, Problem> {
    let Path(text) = segment.map_err(|error| Problem::new(Code::Parameter, error.body_text()))?;
    Ok(text)
}

/// `GET /v1/report/{name}`
pub(crate) async fn report(
    State(doors): Doorway,
    name: Segment<String>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let (zone, counted) = (&doors.options.zone, doors.options.map_version);
    let version = parameters.number("map_version")?.unwrap_or(counted);
    if version != counted {
        let detail = format!("map version {version} is not counted here: {counted} is");
        return Err(Problem::new(Code::Unanswerable, detail));
    }
    let name = segment(name)?;
    let period = parameters.text("period");
    let from = parameters.time_from("from", zone)?;
    let to = parameters.time_to("to", zone)?;
    let by = parameters.text("by");
    let as_of = parameters.time_to("as_of", zone)?;
    let form = match parameters.one_of("format", &["json", "csv"])?.as_deref() {
        Some("csv") => Form::Csv(csv_name(&name)),
        Some(_) | None => Form::Json,
    };
    // The funnel of the map's stages has counters; one of steps that somebody names has none.
    let words = match name.as_str() {
        "funnel" => parameters.texts(&Funnel::WORDS),
        _ => BTreeMap::new(),
    };
    if !words.is_empty() {
        let known = Funnel::WORDS.join(", ");
        parameters.none_left(&format!("from, to, by, as_of, map_version, format, {known}"))?;
        let question = Question::Funnel { words, from, to, by, as_of };
        return tagged(&doors, question, form, &headers).await;
    }
    let model = parameters.text("model");
    let within = if name == "digest" { parameters.span("within")? } else { None };
    let is_whole =
        period.is_none() && model.is_none() && by.is_none() && from.is_none() && to.is_none();
    if within.is_some() && is_whole {
        parameters.none_left("as_of, within, map_version, format")?;
        return tagged(&doors, Question::Digest { within, as_of }, form, &headers).await;
    }
    let known = "period, from, to, by, as_of, map_version, format; of channels also model, of a \
                 funnel also steps";
    parameters.none_left(known)?;
    let question = Question::Report { name, period, from, to, by, model, as_of };
    tagged(&doors, question, form, &headers).await
}

/// How an answer is written.
enum Form {
    Json,
    /// The table alone, as a file of this name.
    Csv(HeaderValue),
}

/// The name of a file: a report's own where there is one, as nothing else may be in a header.
fn csv_name(report: &str) -> HeaderValue {
    let is_plain = report.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = if is_plain { report } else { "report" };
    let text = format!("attachment; filename=\"{name}.csv\"");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// `GET /v1/insights`
pub(crate) async fn insights(
    State(doors): Doorway,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let question = Question::Insights {
        family: parameters.text("family"),
        as_of: parameters.time_to("as_of", &doors.options.zone)?,
    };
    let (limit, cursor) = (parameters.limit()?, parameters.text("cursor"));
    parameters.none_left("family, as_of, limit, cursor")?;
    list(&doors, question, limit, cursor).await
}

/// `GET /v1/customers`
pub(crate) async fn customers(
    State(doors): Doorway,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let (limit, cursor) = (parameters.limit()?, parameters.text("cursor"));
    let zone = &doors.options.zone;
    let people = People {
        window: parameters.window(zone)?,
        from: parameters.time_from("from", zone)?,
        to: parameters.time_to("to", zone)?,
        as_of: parameters.time_to("as_of", zone)?,
        cut: parameters.cut()?,
        by_cold: parameters.one_of("sort", &["cold_at"])?.is_some(),
        filters: parameters.filters()?,
    };
    list(&doors, Question::Customers(people), limit, cursor).await
}

/// `GET /v1/customers/{id}`
pub(crate) async fn customer(
    State(doors): Doorway,
    id: Segment<String>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, Problem> {
    let id = segment(id)?;
    parameters.none_left("nothing but the customer's id")?;
    tagged(&doors, Question::Customer { id }, Form::Json, &headers).await
}

/// `GET /v1/topics/{name}`
pub(crate) async fn topic(
    State(doors): Doorway,
    name: Segment<String>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let question = Question::Topic {
        name: segment(name)?,
        partition: parameters.number("partition")?,
        offset: parameters.number("offset")?,
        limit: parameters.limit()?,
    };
    parameters.none_left("partition, offset, limit")?;
    let rows = ask(&doors, question).await?;
    Ok(Json(json!({ "items": rows })).into_response())
}

/// `GET /v1/costs`
pub(crate) async fn costs(
    State(doors): Doorway,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    let rows = ask(&doors, Question::Costs).await?;
    Ok(Json(json!({ "items": rows })).into_response())
}

/// `GET /v1/topics`
pub(crate) async fn topics(
    State(doors): Doorway,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    let rows = ask(&doors, Question::Topics).await?;
    Ok(Json(json!({ "items": rows })).into_response())
}

/// `POST /v1/audit`
pub(crate) async fn audit(
    State(doors): Doorway,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    answer(&doors, Question::Audit).await
}

/// `POST /v1/part/{name}`: among the instances of an application.
pub(crate) async fn part(
    State(doors): Doorway,
    name: Segment<String>,
    parameters: Parameters,
    body: Bytes,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    let name = segment(name)?;
    let question = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(Code::Parameter, format!("the body is no JSON: {error}")))?;
    let part = doors.work(move |doors| Ok(doors.backend.part(&name, question)?)).await?;
    Ok(Json(part).into_response())
}

async fn ask(doors: &Arc<Doors>, question: Question) -> Result<Value, Problem> {
    doors.work(move |doors| Ok(doors.backend.answer(&question)?)).await
}

pub(crate) async fn answer(doors: &Arc<Doors>, question: Question) -> Result<Response, Problem> {
    Ok(Json(ask(doors, question).await?).into_response())
}

/// An answer under a tag of what it says: whoever has it already is told just that.
async fn tagged(
    doors: &Arc<Doors>,
    question: Question,
    form: Form,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let answer = ask(doors, question).await?;
    let body = match form {
        Form::Json => answer.to_string(),
        Form::Csv(name) => {
            let text = answer["csv"].as_str().unwrap_or_default().to_owned();
            let kind = HeaderValue::from_static("text/csv; charset=utf-8");
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
            return Ok((headers, text).into_response());
        }
    };
    let mut hasher = DefaultHasher::new();
    hasher.write(body.as_bytes());
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    let mut known = known.flat_map(|tags| tags.split(','));
    let is_known = known.any(|known| known.trim() == "*" || known.trim() == tag);
    // No cache keeps what may be personal: whoever asks keeps the tag beside what it shows.
    let tag = [(header::ETAG, tag)];
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok(match is_known {
        true => (StatusCode::NOT_MODIFIED, tag).into_response(),
        false => (tag, kind, body).into_response(),
    })
}

async fn list(
    doors: &Arc<Doors>,
    question: Question,
    limit: usize,
    cursor: Option<String>,
) -> Result<Response, Problem> {
    let page = doors.work(move |doors| match cursor {
        Some(cursor) => doors.listings.next(&question, &cursor, limit),
        None => {
            let rows = doors.backend.answer(&question)?;
            Ok(doors.listings.first(question, rows, limit))
        }
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], page.await?).into_response())
}

/// `GET /openapi.json`: every door, for programs that write clients.
pub(crate) async fn openapi() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, include_str!("../../../schemas/openapi.json")).into_response()
}

/// `GET /livez`: the loop that answers turns. What is behind it is not asked: a broker that is down
/// must not get this process killed.
pub(crate) async fn livez() -> Response {
    Json(json!({ "alive": true })).into_response()
}

/// `GET /readyz`: every task has replayed; otherwise 503 and the reasons.
pub(crate) async fn readyz(State(doors): Doorway) -> Result<Response, Problem> {
    // Probes and scrapes wait for no turn: they must answer when there is too much to do.
    let readiness = doors.beside(|doors| doors.backend.readiness()).await?;
    let status = match readiness.is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({ "ready": readiness.is_ready, "reasons": readiness.reasons });
    Ok((status, Json(body)).into_response())
}

/// `GET /metrics`
pub(crate) async fn metrics(State(doors): Doorway) -> Result<Response, Problem> {
    let text = doors.beside(|doors| doors.backend.metrics()).await?;
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// `GET /errors/{code}`: what the `type` of an error points at.
pub(crate) async fn error_page(code: Segment<String>) -> Result<Response, Problem> {
    let code = segment(code)?;
    let text = page(&code).ok_or_else(|| {
        let code: String = code.chars().take(20).collect();
        Problem::new(Code::Missing, format!("there is no error {code:?}"))
    })?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}
