//! Errors as RFC 9457 says them: a status, a stable code, what happened, where to read on.

use crate::pages::title;
use crate::question::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Seconds after which the same may be tried again.
const RETRY_AFTER: &str = "1";

/// What the doors themselves refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    UnknownPath,
    MethodNotAllowed,
    ForeignHost,
    ForeignOrigin,
    KeyNeeded,
    RightMissing,
    TooLarge,
    Unreadable,
    Encoding,
    Parameter,
    Cursor,
    Missing,
    Unanswerable,
    TooMany,
    Busy,
    Broken,
    SlowBody,
    SlowAnswer,
    Damaged,
}

impl Code {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Code::UnknownPath => "D0601",
            Code::MethodNotAllowed => "D0602",
            Code::ForeignHost => "D0603",
            Code::ForeignOrigin => "D0604",
            Code::KeyNeeded => "D0605",
            Code::RightMissing => "D0619",
            Code::TooLarge => "D0606",
            Code::Unreadable => "D0607",
            Code::Encoding => "D0608",
            Code::Parameter => "D0609",
            Code::Cursor => "D0610",
            Code::Missing => "D0611",
            Code::Unanswerable => "D0612",
            Code::TooMany => "D0613",
            Code::Busy => "D0614",
            Code::Broken => "D0615",
            Code::SlowBody => "D0616",
            Code::SlowAnswer => "D0617",
            Code::Damaged => "D0618",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Code::UnknownPath | Code::Missing => StatusCode::NOT_FOUND,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::ForeignHost | Code::ForeignOrigin | Code::RightMissing => StatusCode::FORBIDDEN,
            Code::KeyNeeded => StatusCode::UNAUTHORIZED,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::Unreadable | Code::Damaged => StatusCode::BAD_REQUEST,
            Code::Parameter | Code::Cursor => StatusCode::BAD_REQUEST,
            Code::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unanswerable => StatusCode::UNPROCESSABLE_ENTITY,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::Busy | Code::SlowAnswer => StatusCode::SERVICE_UNAVAILABLE,
            Code::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Code::SlowBody => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// An error on its way to whoever asked; boxed, since nearly every answer is none.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Said>);

#[derive(Clone, Debug)]
struct Said {
    status: StatusCode,
    code: String,
    detail: String,
    refused: Option<Value>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem(Box::new(Said {
            status: code.status(),
            code: code.text().to_owned(),
            detail: detail.into(),
            refused: None,
        }))
    }

    /// With the records that were refused, each with its reason.
    pub(crate) fn with_refused(mut self, refused: Value) -> Problem {
        self.0.refused = Some(refused);
        self
    }
}

impl From<Refusal> for Problem {
    /// The code at the end of the text, where it has one, is more exact than ours.
    fn from(refusal: Refusal) -> Problem {
        let (code, text) = match refusal {
            Refusal::Invalid(text) => (Code::Unanswerable, text),
            Refusal::Missing(text) => (Code::Missing, text),
            Refusal::Busy(text) => (Code::Busy, text),
            Refusal::Broken(text) => (Code::Broken, text),
        };
        let mut problem = Problem::new(code, text);
        if let Some((detail, code)) = split_code(&problem.0.detail) {
            (problem.0.detail, problem.0.code) = (detail.to_owned(), code.to_owned());
        }
        // Whoever asked can mend everything else.
        if problem.0.status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(code = problem.0.code, "{}", problem.0.detail);
        }
        problem
    }
}

/// A message and the code in square brackets that it ends with.
fn split_code(text: &str) -> Option<(&str, &str)> {
    let (detail, code) = text.strip_suffix(']')?.rsplit_once('[')?;
    let digits = code.strip_prefix('D')?;
    let is_code = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| (detail.trim_end(), code))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Said { status, code, detail, refused } = *self.0;
        let mut body = json!({
            "type": format!("/errors/{code}"),
            "title": title(&code),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        if let (Some(refused), Some(body)) = (refused, body.as_object_mut()) {
            body.insert("refused".to_owned(), refused);
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn splits(text: &str, expected: Option<(&str, &str)>) {
        assert_eq!(split_code(text), expected);
    }

    #[test]
    fn a_code_is_taken_from_the_end_alone() {
        splits("the log is full [D0307]", Some(("the log is full", "D0307")));
        splits("the log is full", None);
        splits("[D0307] the log is full", None);
        splits("list [1, 2]", None);
        splits("[D03071]", None);
        splits("]", None);
    }
}
