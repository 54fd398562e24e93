//! Nothing is unbounded: sizes, counts, times, and how much is worked on at once.

use crate::client::{Request, Server, raw};
use crate::touchpoints::{gzip, touchpoint};
use serde_json::json;
use serve::{Refusal, ServeOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};
use telemetry::Metrics;

const MIB: usize = 1_024 * 1_024;

fn post(server: &Server, body: &[u8], encoding: &str) -> crate::client::Answer {
    let request = Request::new("POST", "/v1/touchpoints").body(body);
    request.header("content-encoding", encoding).send(server)
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let server = Server::start();
    let head = "POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\n\
        Authorization: Bearer adm1n\r\nConnection: close\r\n";
    for length in ["16777217", "18446744073709551613"] {
        let bytes = format!("{head}Content-Length: {length}\r\n\r\n");
        raw(&server, bytes.as_bytes()).is(413, "D0606");
    }
    // Without a length it is refused where it passes the limit.
    let options = ServeOptions { body_bytes_max: 1_000, ..ServeOptions::default() };
    let server = Server::with(options);
    let chunk = format!("{:x}\r\n{}\r\n0\r\n\r\n", 2_000, " ".repeat(2_000));
    let bytes = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}");
    raw(&server, bytes.as_bytes()).is(413, "D0606");
    server.post("/v1/clock", " ".repeat(1_001)).is(413, "D0606");
}

#[test]
fn a_bomb_is_not_unpacked() {
    let server = Server::start();
    let bomb = gzip(&vec![b' '; 256 * MIB]);
    assert!(bomb.len() < MIB);
    post(&server, &bomb, "gzip").is(413, "D0606");
    // Within the size, and beyond the ratio.
    let small = gzip(&vec![b' '; 8 * MIB]);
    post(&server, &small, "gzip").is(413, "D0606");
    // Touchpoints that are alike compress well and are no bomb.
    let line = format!("{}\n", touchpoint("a", json!({})));
    post(&server, &gzip(line.repeat(5_000).as_bytes()), "gzip").is_ok();
    assert_eq!(server.fake.event_ids().len(), 5_000);
}

#[test]
fn a_request_has_a_greatest_number_of_touchpoints() {
    let options = ServeOptions { records_max: 3, ..ServeOptions::default() };
    let server = Server::with(options);
    let line = format!("{}\n", touchpoint("a", json!({})));
    server.post("/v1/touchpoints", line.repeat(3)).is_ok();
    server.post("/v1/touchpoints", line.repeat(4)).is(413, "D0606");
    server.post("/v1/touchpoints", "[0,0,0,0]").is(413, "D0606");
    assert_eq!(server.fake.event_ids().len(), 3);
}

#[test]
fn a_hundred_thousand_mistakes_are_counted_and_a_thousand_listed() {
    let server = Server::start();
    let answer = server.post("/v1/touchpoints", "x\n".repeat(100_000));
    let problem = answer.is(400, "D0607").json();
    assert_eq!(problem["refused"].as_array().map(Vec::len), Some(1_000));
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("100000")));
    let body = format!("{}\n{}", touchpoint("a", json!({})), "x\n".repeat(2_000));
    let answer = server.post("/v1/touchpoints", body).is_ok().json();
    assert_eq!((&answer["accepted"], &answer["refused_count"]), (&json!(1), &json!(2_000)));
}

#[test]
fn under_back_pressure_nothing_is_taken_and_the_sender_is_told_when() {
    let server = Server::start();
    server.fake.refuse(Refusal::Busy("too much waits to be written [D0307]".to_owned()));
    let answer = server.post("/v1/touchpoints", touchpoint("a", json!({})).to_string());
    assert_eq!(answer.is(503, "D0307").header("retry-after"), Some("1"));
    assert!(server.fake.event_ids().is_empty());
}

#[test]
fn as_many_requests_are_worked_on_as_may_be() {
    let turn_timeout = Duration::from_millis(50);
    let options = ServeOptions { requests_max: 2, turn_timeout, ..ServeOptions::default() };
    let server = Arc::new(Server::with(options));
    server.fake.shut();
    let asking: Vec<_> = (0..2)
        .map(|_| {
            let server = Arc::clone(&server);
            spawn(move || server.get("/v1/report/funnel").status)
        })
        .collect();
    server.fake.wait_for(2);
    server.get("/v1/report/funnel").is(429, "D0613");
    server.post("/v1/touchpoints", touchpoint("a", json!({})).to_string()).is(429, "D0613");
    // Probes and scrapes do not queue.
    server.get("/livez").is_ok();
    server.get("/readyz").is_ok();
    server.get("/metrics").is_ok();
    server.fake.open();
    for asked in asking {
        assert_eq!(asked.join().expect("an answer"), 200);
    }
    server.get("/v1/report/funnel").is_ok();
}

#[test]
fn bodies_have_room_as_long_as_they_are_worked_on() {
    let options = ServeOptions {
        body_bytes_max: MIB,
        bodies_bytes_max: MIB,
        turn_timeout: Duration::from_millis(50),
        ..ServeOptions::default()
    };
    let server = Arc::new(Server::with(options));
    server.fake.shut();
    let large = {
        let server = Arc::clone(&server);
        let line = format!("{}\n", touchpoint("a", json!({})));
        spawn(move || server.post("/v1/touchpoints", line.repeat(MIB / line.len())).status)
    };
    server.fake.wait_for(1);
    let body = touchpoint("b", json!({ "text": "x".repeat(70_000) })).to_string();
    server.post("/v1/touchpoints", body).is(429, "D0613");
    server.fake.open();
    assert_eq!(large.join().expect("an answer"), 202);
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let answer_timeout = Duration::from_millis(50);
    let server = Server::with(ServeOptions { answer_timeout, ..ServeOptions::default() });
    server.fake.shut();
    server.get("/v1/report/funnel").is(503, "D0617");
    server.fake.open();
}

#[test]
fn a_head_or_a_body_that_does_not_come_holds_nothing_for_long() {
    let read_timeout = Duration::from_millis(200);
    let server = Server::with(ServeOptions { read_timeout, ..ServeOptions::default() });
    let head = "POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\n\
        Authorization: Bearer adm1n\r\nConnection: close\r\n";
    let start = Instant::now();
    raw(&server, format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).is(408, "D0616");
    // Part of a head gets no answer, or a bare one: nobody has said yet what he wants.
    let answer = raw(&server, b"GET /livez HTTP/1.1\r\nHost: local");
    assert!(matches!(answer.status, 0 | 408), "{answer:?}");
    raw(&server, b"");
    assert!(start.elapsed() < Duration::from_secs(10), "it held on for {:?}", start.elapsed());
}

#[test]
fn nonsense_and_great_heads_end_their_own_connection_alone() {
    // Empty lines may come before a head, so that one of these waits for it.
    let read_timeout = Duration::from_millis(200);
    let server = Server::with(ServeOptions { read_timeout, ..ServeOptions::default() });
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\n\
            Authorization: Bearer adm1n\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\n\
            Authorization: Bearer adm1n\r\nContent-Length: 1\r\n\
          Content-Length: 2\r\n\r\n{}",
    ] {
        let answer = raw(&server, bytes);
        assert!(matches!(answer.status, 0 | 400..=499), "{answer:?}");
    }
    let path = format!("/v1/report/{}", "x".repeat(100_000));
    let answer = server.get(&path);
    assert!(matches!(answer.status, 0 | 414 | 431), "{answer:?}");
    server.get("/livez").is_ok();
}

#[test]
fn a_connection_too_many_waits_until_another_ends() {
    let server =
        Arc::new(Server::with(ServeOptions { connections_max: 1, ..ServeOptions::default() }));
    let mut first = TcpStream::connect(server.address).expect("the server listens");
    first.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    let mut answer = [0; 12];
    first.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200");
    let second = {
        let server = Arc::clone(&server);
        spawn(move || server.get("/livez").status)
    };
    sleep(Duration::from_millis(100));
    assert!(!second.is_finished(), "a second connection was served beside the first");
    drop(first);
    assert_eq!(second.join().expect("an answer"), 200);
}

#[test]
fn a_request_that_runs_when_the_doors_close_is_answered() {
    let mut server = Server::start();
    server.fake.shut();
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream
        .write_all(
            b"GET /v1/report/funnel HTTP/1.1\r\nHost: localhost\r\n\
        Authorization: Bearer adm1n\r\n\r\n",
        )
        .expect("sent");
    server.fake.wait_for(1);
    server.close();
    sleep(Duration::from_millis(100));
    assert!(TcpStream::connect(server.address).is_err(), "the doors are closed");
    server.fake.open();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn requests_are_counted_by_door_and_never_by_path() {
    let metrics = Arc::new(Metrics::new("0.1.0"));
    let options = ServeOptions { metrics: Some(Arc::clone(&metrics)), ..ServeOptions::default() };
    let server = Server::with(options);
    server.get("/v1/customers/ann@example.org").is_ok();
    server.get("/v1/customers").is_ok();
    server.get("/ann@example.org").is(404, "D0601");
    server.get("/livez").is_ok();
    Request::new("GET", "/livez").host("evil.example").send(&server).is(403, "D0603");
    let text = metrics.render();
    for (door, count) in [("customer", 1), ("customers", 1), ("other", 1), ("health", 2)] {
        let line = "desirepath_http_request_duration_seconds_count";
        assert!(text.contains(&format!("{line}{{door=\"{door}\"}} {count}\n")), "{text}");
    }
    assert!(text.contains("desirepath_http_answers_total{status=\"4xx\"} 2\n"), "{text}");
    assert!(!text.contains("ann"), "{text}");
}
