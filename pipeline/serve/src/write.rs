//! The doors in: touchpoints, and how far a source has sent.

use crate::Correction;
use crate::body::{Fault, Form, Parsed, parse};
use crate::doors::{Doors, Room};
use crate::problem::{Code, Problem};
use crate::question::{Letter, Raw};
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::time::timeout;

/// `POST /v1/touchpoints`: once it is answered by 202, what was accepted is durable.
pub(crate) async fn touchpoints(
    State(doors): State<Arc<Doors>>,
    request: Request,
) -> Result<Response, Problem> {
    let form = form(request.headers())?;
    // What is compressed may become as large as any body.
    let max = doors.options.body_bytes_max;
    let bytes = if form.is_gzip { max } else { length(request.headers()).unwrap_or(max).min(max) };
    let room = doors.room(bytes).await?;
    let body = read(&doors, request).await?;
    let append = move |doors: &Doors| {
        let _room = room;
        append(doors, &body, form)
    };
    let answer = doors.work(append).await?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

fn append(doors: &Doors, body: &[u8], form: Form) -> Result<Value, Problem> {
    let Parsed { drafts, refused, refused_count } =
        parse(body, form, &doors.options).map_err(|fault| match fault {
            Fault::TooLarge(detail) => Problem::new(Code::TooLarge, detail),
            Fault::Damaged(detail) => Problem::new(Code::Damaged, detail),
            Fault::Unreadable(detail) => Problem::new(Code::Unreadable, detail),
        })?;
    let accepted = drafts.len();
    if accepted == 0 && refused_count > 0 {
        let why = refused.first().and_then(|row| row["error"].as_str()).unwrap_or_default();
        let detail = format!("none of {refused_count} touchpoints can be read; the first: {why}");
        return Err(Problem::new(Code::Unreadable, detail).with_refused(Value::Array(refused)));
    }
    if accepted > 0 {
        doors.backend.append(drafts)?;
    }
    let is_cut = refused.len() < refused_count;
    let mut answer = json!({ "accepted": accepted, "refused": refused });
    if is_cut && let Some(answer) = answer.as_object_mut() {
        answer.insert("refused_count".to_owned(), json!(refused_count));
    }
    Ok(answer)
}

/// `POST /v1/clock`: everything of a source up to a time has been sent.
pub(crate) async fn clock(
    State(doors): State<Arc<Doors>>,
    request: Request,
) -> Result<Response, Problem> {
    let (room, body) = whole(&doors, request).await?;
    drop(room);
    let (source, time) = clock_of(&body, doors.options.limits.id_bytes)?;
    let answer = json!({ "source": source, "time": time.to_string() });
    doors.work(move |doors| Ok(doors.backend.clock(&source, time)?)).await?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

/// `POST /v1/costs`: what channels have cost, by date; all of it or nothing.
pub(crate) async fn costs(
    State(doors): State<Arc<Doors>>,
    request: Request,
) -> Result<Response, Problem> {
    let (room, body) = whole(&doors, request).await?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| {
        unreadable(format!("the body is no cost and no array of them: {error}"))
    })?;
    let rows = match body {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let costs = each(&rows, |index, row| {
        codec::cost_from_json(row).map_err(|error| format!("cost {index}: {error}"))
    })?;
    drop(room);
    let answer = json!({ "accepted": costs.len() });
    doors.work(move |doors| Ok(doors.backend.spend(costs)?)).await?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

/// `POST /v1/labels`: what touchpoints are about, by a person; all of it or nothing.
pub(crate) async fn labels(
    State(doors): State<Arc<Doors>>,
    request: Request,
) -> Result<Response, Problem> {
    let (room, body) = whole(&doors, request).await?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| {
        unreadable(format!("the body is no label and no array of them: {error}"))
    })?;
    let rows = match body {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let (bytes_max, form) = (doors.options.limits.id_bytes, Correction::FORM);
    let labels = each(&rows, |index, row| {
        Correction::from_json(row, bytes_max)
            .map_err(|error| format!("label {index}: {error}: write {form}"))
    })?;
    drop(room);
    let count = labels.len();
    let learned = doors.work(move |doors| Ok(doors.backend.label(labels)?)).await?;
    let answer = json!({ "accepted": count, "learned": learned });
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

/// `POST /v1/topics/{name}`: records as they are, whatever they hold.
pub(crate) async fn topic(
    State(doors): State<Arc<Doors>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (room, body) = whole(&doors, request).await?;
    let rows = rows_of(&body, "records")?;
    let records = each(&rows, |index, row| {
        let form = Raw::FORM;
        Raw::from_json(row).ok_or_else(|| format!("record {index} is none: write {form}"))
    })?;
    drop(room);
    let answer = json!({ "accepted": records.len() });
    doors.work(move |doors| Ok(doors.backend.write(&name, records)?)).await?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

/// `POST /v1/dead-letters`: rows of a file that an import beside this instance could not read.
pub(crate) async fn dead_letters(
    State(doors): State<Arc<Doors>>,
    request: Request,
) -> Result<Response, Problem> {
    let (room, body) = whole(&doors, request).await?;
    let letters = letters_of(&body)?;
    drop(room);
    let answer = json!({ "accepted": letters.len() });
    doors.work(move |doors| Ok(doors.backend.refuse(letters)?)).await?;
    Ok(json_response(StatusCode::ACCEPTED, &answer))
}

fn letters_of(body: &[u8]) -> Result<Vec<Letter>, Problem> {
    each(&rows_of(body, "letters")?, |index, row| {
        Letter::from_json(row).ok_or_else(|| {
            let fields = "source, file, row, bytes in hex, class 0 to 4 and error";
            format!("letter {index} is not whole: it needs {fields}")
        })
    })
}

/// The array that a body is.
fn rows_of(body: &[u8], what: &str) -> Result<Vec<Value>, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| unreadable(format!("the body is no array of {what}: {error}")))
}

/// What each of them says, or why one of them cannot be read.
fn each<T>(
    rows: &[Value],
    read: impl Fn(usize, &Value) -> Result<T, String>,
) -> Result<Vec<T>, Problem> {
    let read = rows.iter().enumerate().map(|(index, row)| read(index, row).map_err(unreadable));
    read.collect()
}

fn unreadable(detail: String) -> Problem {
    Problem::new(Code::Unreadable, detail)
}

fn clock_of(body: &[u8], id_bytes: usize) -> Result<(String, Timestamp), Problem> {
    let refuse = unreadable;
    let form = "send {\"source\": \"crm\", \"time\": \"2026-03-25T09:14:03Z\"}";
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| refuse(format!("the body is not JSON ({error}): {form}")))?;
    let Value::Object(object) = value else {
        return Err(refuse(format!("the body is no object: {form}")));
    };
    if let Some(name) = object.keys().find(|name| !matches!(name.as_str(), "source" | "time")) {
        let name: String = name.chars().take(60).collect();
        return Err(refuse(format!("{name:?} is not known: {form}")));
    }
    let source = match object.get("source") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(source)) if source.len() <= id_bytes => source.clone(),
        Some(_) => {
            let detail = format!("source is no text of at most {id_bytes} bytes: {form}");
            return Err(refuse(detail));
        }
    };
    let time = match object.get("time") {
        Some(Value::String(text)) => Timestamp::parse_rfc3339(text),
        Some(Value::Number(number)) => number.as_i64().map(Timestamp::from_millis),
        _ => None,
    };
    let time = time.filter(|time| time.is_admissible()).ok_or_else(|| {
        let fix = "RFC 3339 with its offset or epoch milliseconds, from 1990 to 2199";
        refuse(format!("time is missing or cannot be used: write {fix}"))
    })?;
    Ok((source, time))
}

/// How a body says that it is written.
fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let lines = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    let is_lines = lines.iter().any(|name| name.eq_ignore_ascii_case(kind));
    let encodings = headers.get_all(header::CONTENT_ENCODING).iter().count();
    match text(header::CONTENT_ENCODING).trim() {
        "" | "identity" if encodings <= 1 => Ok(Form { is_gzip: false, is_lines }),
        encoding if encodings == 1 && encoding.eq_ignore_ascii_case("gzip") => {
            Ok(Form { is_gzip: true, is_lines })
        }
        _ => {
            Err(Problem::new(Code::Encoding, "send the body as it is, or compressed by gzip once"))
        }
    }
}

/// The length that a request says its body has.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A body whose length is bounded by what its head says of it, and the room that it takes.
async fn whole(doors: &Doors, request: Request) -> Result<(Room, Bytes), Problem> {
    let max = doors.options.body_bytes_max;
    let room = doors.room(length(request.headers()).unwrap_or(max).min(max)).await?;
    Ok((room, read(doors, request).await?))
}

/// The bytes of a body, if they come in time and are not too many.
pub(crate) async fn read(doors: &Doors, request: Request) -> Result<Bytes, Problem> {
    let max = doors.options.body_bytes_max;
    let too_large = || Problem::new(Code::TooLarge, format!("the body is larger than {max} bytes"));
    // Said before any of it is read, so that nobody sends what will be refused.
    if length(request.headers()).is_some_and(|length| length > max) {
        return Err(too_large());
    }
    match timeout(doors.options.read_timeout, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Ok(Err(error)) => Err(Problem::new(Code::Unreadable, error.body_text())),
        Err(_) => Err(Problem::new(Code::SlowBody, "the body took too long to arrive")),
    }
}

/// JSON with a status.
pub(crate) fn json_response(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
