//! The doors of backups: one begins it, one says how far it is. Both need an admin, such as whoever
//! can read the data folder, in which the instance keeps a key for that.

use crate::doors::Doors;
use crate::parameters::Parameters;
use crate::problem::{Code, Problem};
use crate::question::Question;
use crate::read::answer;
use crate::write::{json_response, read};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;

/// `POST /v1/backup`: begins one and does not wait for it.
pub(crate) async fn begin(
    State(doors): State<Arc<Doors>>,
    parameters: Parameters,
    request: Request,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    let folder = folder_of(&read(&doors, request).await?)?;
    let question = Question::Backup { folder };
    let begun = doors.work(move |doors| Ok(doors.backend.answer(&question)?)).await?;
    Ok(json_response(StatusCode::ACCEPTED, &begun))
}

/// `GET /v1/backup`: how far the last one is.
pub(crate) async fn progress(
    State(doors): State<Arc<Doors>>,
    parameters: Parameters,
) -> Result<Response, Problem> {
    parameters.none_left("nothing")?;
    answer(&doors, Question::BackupProgress).await
}

fn folder_of(body: &[u8]) -> Result<String, Problem> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let known = value.as_object().filter(|object| object.keys().all(|name| name == "folder"));
    let folder = known.and_then(|object| object.get("folder")?.as_str());
    let form = "the body is no backup: send {\"folder\": \"/an/absolute/path\"}";
    folder.map(str::to_owned).ok_or_else(|| Problem::new(Code::Unreadable, form))
}
