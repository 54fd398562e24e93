//! `POST /v1/touchpoints` and `POST /v1/clock`: what is taken, what is not, and by which code.

use crate::client::{Answer, Request, Server};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

/// A touchpoint as JSON, with what is said put into it; null takes a field out.
pub fn touchpoint(id: &str, with: Value) -> Value {
    let mut value = json!({
        "event_id": id, "time": "2026-03-25T09:14:03.120Z", "customer_id": "c-102",
        "channel": "chat", "kind": "enquiry_received",
    });
    for (name, field) in with.as_object().expect("an object") {
        match field {
            Value::Null => value.as_object_mut().expect("an object").remove(name),
            field => Some(std::mem::replace(&mut value[name], field.clone())),
        };
    }
    value
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn post(server: &Server, body: impl AsRef<[u8]>) -> Answer {
    server.post("/v1/touchpoints", body)
}

/// Sends a good body: so many were accepted, and they are in the log in their order.
#[track_caller]
fn takes(request: Request, ids: &[&str]) {
    let server = Server::start();
    let answer = request.send(&server);
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json(), json!({ "accepted": ids.len(), "refused": [] }));
    assert_eq!(server.fake.event_ids(), ids);
}

/// Sends a bad body: nothing is in the log.
#[track_caller]
fn refuses(body: impl AsRef<[u8]>, status: u16, code: &str, says: &str) {
    let server = Server::start();
    let answer = post(&server, body);
    answer.is(status, code);
    assert!(answer.body.contains(says), "no {says} in {answer:?}");
    assert!(server.fake.event_ids().is_empty());
}

/// Sends one touchpoint that cannot be read: 400, and the code of its mistake in the list.
#[track_caller]
fn refuses_one(body: impl AsRef<[u8]>, code: &str) {
    let server = Server::start();
    let answer = post(&server, body);
    let problem = answer.is(400, "D0607").json();
    assert_eq!(problem["refused"][0]["index"], 0, "{answer:?}");
    assert_eq!(problem["refused"][0]["code"], code, "{answer:?}");
    assert!(server.fake.event_ids().is_empty());
}

fn request(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", "/v1/touchpoints").body(body)
}

#[test]
fn one_object_an_array_and_lines_are_taken() {
    let (a, b) = (touchpoint("a", json!({})), touchpoint("b", json!({})));
    takes(request(a.to_string()), &["a"]);
    takes(request(serde_json::to_string_pretty(&a).expect("JSON")), &["a"]);
    takes(request(json!([a, b]).to_string()), &["a", "b"]);
    takes(request(serde_json::to_string_pretty(&json!([a, b])).expect("JSON")), &["a", "b"]);
    takes(request(format!("{a}\n{b}\n")), &["a", "b"]);
    takes(request(format!("{a}\r\n\r\n{b}")), &["a", "b"]);
    takes(request(format!("\u{feff}{a}")), &["a"]);
    takes(request("[]"), &[]);
    let lines = request(format!("{a}\n{b}")).header("content-type", "application/x-ndjson");
    takes(lines, &["a", "b"]);
    // What a browser may send without asking first.
    takes(request(a.to_string()).header("content-type", "text/plain"), &["a"]);
}

#[test]
fn gzip_is_taken_also_in_several_members() {
    let (a, b) = (touchpoint("a", json!({})), touchpoint("b", json!({})));
    let gzipped = |body| request(body).header("content-encoding", "gzip");
    takes(gzipped(gzip(json!([a, b]).to_string().as_bytes())), &["a", "b"]);
    let members = [gzip(format!("{a}\n").as_bytes()), gzip(b.to_string().as_bytes())].concat();
    takes(gzipped(members), &["a", "b"]);
    let plain = request(a.to_string()).header("content-encoding", "identity");
    takes(plain, &["a"]);
}

#[test]
fn chunks_are_taken() {
    let server = Server::start();
    let body = touchpoint("a", json!({})).to_string();
    let head = "POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\n\
        Authorization: Bearer adm1n\r\nConnection: close\r\n";
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let bytes = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}");
    crate::client::raw(&server, bytes.as_bytes()).is_ok();
    assert_eq!(server.fake.event_ids(), ["a"]);
}

#[test]
fn one_connection_carries_many_requests_and_a_body_that_waits_to_be_asked_for() {
    let server = Server::start();
    let body = touchpoint("a", json!({})).to_string();
    let head =
        "POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer adm1n\r\n";
    let length = body.len();
    let first = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    let last = format!("{head}Content-Length: {length}\r\nExpect: 100-continue\r\n");
    let bytes = format!("{first}{first}{last}Connection: close\r\n\r\n{body}");
    let answer = crate::client::raw(&server, bytes.as_bytes());
    let whole = format!("{}{}", answer.head, answer.body.to_ascii_lowercase());
    assert_eq!(whole.matches("http/1.1 202").count(), 3, "{whole}");
    assert_eq!(server.fake.event_ids(), ["a", "a", "a"]);
}

#[test]
fn a_bad_record_costs_only_itself() {
    let server = Server::start();
    let good = [touchpoint("a", json!({})), touchpoint("b", json!({}))];
    let bad = touchpoint("c", json!({ "channel": null }));
    let body = format!("{}\n{{\"event_id\": \n{bad}\n{}\n", good[0], good[1]);
    let answer = post(&server, body).json();
    assert_eq!(answer["accepted"], 2);
    let refused = answer["refused"].as_array().expect("a list");
    let found: Vec<_> = refused.iter().map(|row| (&row["index"], &row["code"])).collect();
    assert_eq!(found, [(&json!(1), &json!("D0121")), (&json!(2), &json!("D0123"))]);
    assert!(refused[1]["error"].as_str().is_some_and(|error| error.contains("channel")));
    assert_eq!(server.fake.event_ids(), ["a", "b"]);

    let body = format!("[{}, {{\"a\": nul}}, 7, {bad}]", good[0]);
    let answer = post(&server, body).json();
    assert_eq!(answer["accepted"], 1);
    let codes: Vec<_> = (0..3).map(|at| answer["refused"][at]["code"].clone()).collect();
    assert_eq!(codes, ["D0121", "D0122", "D0123"]);
}

#[test]
fn bodies_that_hold_nothing_are_refused_as_a_whole() {
    let one = touchpoint("a", json!({}));
    refuses("", 400, "D0607", "empty");
    refuses(" \r\n\t ", 400, "D0607", "empty");
    refuses("\u{feff}", 400, "D0607", "empty");
    refuses(format!("[{one}, "), 400, "D0607", "not closed");
    refuses(format!("[{one}] [{one}]"), 400, "D0607", "follows the array");
    refuses("[".repeat(1_000_000), 400, "D0607", "not closed");
    refuses(format!("[{one}, {{\"a\": \"]"), 400, "D0607", "not closed");
}

#[test]
fn a_record_that_cannot_be_read_is_refused_by_its_code() {
    let with = |with| touchpoint("a", with).to_string();
    // Malformed.
    refuses_one("{", "D0121");
    refuses_one("{\"event_id\": \"a\"", "D0121");
    refuses_one("hello", "D0121");
    refuses_one("NaN", "D0121");
    refuses_one(with(json!({})).replace("\"chat\"", "'chat'"), "D0121");
    refuses_one(
        with(json!({ "revision": 1 })).replace("\"revision\":1", "\"revision\":NaN"),
        "D0121",
    );
    refuses_one(b"{\"event_id\": \"\xff\xfe\"}", "D0121");
    refuses_one(b"\x00\x00\x00\x00\x01\x02a", "D0121");
    // Another shape.
    refuses_one("7", "D0122");
    refuses_one("\"text\"", "D0122");
    refuses_one("[[]]", "D0122");
    refuses_one(with(json!({ "kind": ["a"] })), "D0122");
    // Missing.
    refuses_one("{}", "D0123");
    refuses_one(with(json!({ "event_id": "" })), "D0123");
    refuses_one(with(json!({ "customer_id": null })), "D0123");
    // Times that are absurd.
    for time in
        ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", "2026-02-30T00:00:00Z"]
    {
        refuses_one(with(json!({ "time": time })), "D0125");
    }
    for time in [-1_i64, 0, i64::MIN, i64::MAX, 1_774_430_043] {
        refuses_one(with(json!({ "time": time })), "D0125");
    }
    // Money that is no number of cents.
    for amount in ["1e400", "NaN"] {
        let body = with(json!({ "value": { "amount_minor": 1, "currency": "EUR" } }));
        refuses_one(body.replace(":1,", &format!(":{amount},")), "D0121");
    }
    for amount in ["9223372036854775808", "1.5", "1e3"] {
        let body = with(json!({ "value": { "amount_minor": 1, "currency": "EUR" } }));
        refuses_one(body.replace(":1,", &format!(":{amount},")), "D0126");
    }
}

#[test]
fn a_record_that_is_too_large_or_too_deep_is_refused() {
    let with = |with| touchpoint("a", with).to_string();
    let identifiers = |count: usize| {
        let pairs = (0..count).map(|n| (format!("i{n}"), json!(n.to_string())));
        json!({ "identifiers": Value::Object(pairs.collect()) })
    };
    refuses_one(with(identifiers(9)), "D0124");
    refuses_one(with(identifiers(100_000)), "D0124");
    refuses_one(with(json!({ "event_id": "x".repeat(257) })), "D0124");
    refuses_one(with(json!({ "text": "x".repeat(8_193) })), "D0124");
    refuses_one(with(json!({ "text": "x".repeat(70_000) })), "D0124");
    // What is nested beyond 16 is refused by its place, beyond 128 as no JSON at all.
    let nested = |depth: usize| {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        with(json!({ "x": 1 })).replace("\"x\":1", &format!("\"x\":{deep}"))
    };
    refuses_one(nested(17), "D0122");
    refuses_one(nested(10_000), "D0121");
    refuses_one(nested(100_000), "D0124");
}

#[test]
fn encodings_that_are_unknown_or_untrue_are_refused() {
    let body = touchpoint("a", json!({})).to_string();
    let server = Server::start();
    let send = |encoding: &str, body: &[u8]| {
        request(body).header("content-encoding", encoding).send(&server)
    };
    assert_eq!(
        send("br", body.as_bytes()).is(415, "D0608").header("accept-encoding"),
        Some("gzip")
    );
    send("gzip, gzip", &gzip(&gzip(body.as_bytes()))).is(415, "D0608");
    send("gzip", body.as_bytes()).is(400, "D0618");
    let whole = gzip(body.as_bytes());
    send("gzip", &whole[..whole.len() - 9]).is(400, "D0618");
    send("gzip", &[&whole[..], b"more"].concat()).is(400, "D0618");
    send("gzip", b"").is(400, "D0618");
    send("gzip", &gzip(b"")).is(400, "D0607");
    assert!(server.fake.event_ids().is_empty());
}

#[test]
fn a_source_says_how_far_it_has_sent() {
    let server = Server::start();
    let time = "2026-03-25T09:14:03.000Z";
    let body = json!({ "source": "crm", "time": "2026-03-25T10:14:03+01:00" });
    let answer = server.post("/v1/clock", body.to_string());
    assert_eq!((answer.status, answer.json()), (202, json!({ "source": "crm", "time": time })));
    server.post("/v1/clock", "{\"time\": 1774430043000}").is_ok();
    let clocks = server.fake.clocks.lock().expect("clocks").clone();
    let said: Vec<_> =
        clocks.iter().map(|(source, at)| (source.as_str(), at.to_string())).collect();
    assert_eq!(said, [("crm", time.to_owned()), ("", time.to_owned())]);
}

#[test]
fn a_clock_that_cannot_be_read_is_refused() {
    let server = Server::start();
    let long = "x".repeat(300);
    for body in [
        "",
        "{",
        "[]",
        "{}",
        "{\"source\": \"crm\"}",
        "{\"time\": \"9999-01-01T00:00:00Z\"}",
        "{\"time\": 0}",
        "{\"time\": NaN}",
        "{\"time\": \"2026-03-25T09:14:03Z\", \"source\": 7}",
        "{\"time\": \"2026-03-25T09:14:03Z\", \"sauce\": \"crm\"}",
        &format!("{{\"time\": \"2026-03-25T09:14:03Z\", \"source\": \"{long}\"}}"),
    ] {
        server.post("/v1/clock", body).is(400, "D0607");
    }
    assert!(server.fake.clocks.lock().expect("clocks").is_empty());
}
