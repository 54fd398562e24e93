//! News come as they happen, are caught up with after a break, and never keep the doors from
//! closing.

use crate::client::{Request, Server};
use crate::keys::Keys;
use model::Timestamp;
use serde_json::Value;
use serve::ServeOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An event of a stream.
#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// Somebody who listens.
struct Listener {
    lines: BufReader<TcpStream>,
    head: String,
}

impl Listener {
    fn start(server: &Server, last: Option<&str>) -> Listener {
        let mut stream = TcpStream::connect(server.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let last = last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let (host, key) = (server.address, "Authorization: Bearer r3ad\r\n");
        write!(stream, "GET /v1/live HTTP/1.1\r\nHost: {host}\r\n{key}{last}\r\n").expect("sent");
        let mut listener = Listener { lines: BufReader::new(stream), head: String::new() };
        loop {
            let line = listener.line().expect("a head");
            if line.is_empty() {
                return listener;
            }
            listener.head += &format!("{}\n", line.to_ascii_lowercase());
        }
    }

    /// A line; `None` at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.lines.read_line(&mut line).expect("a line in time");
        (count > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event; the sizes of chunks between are passed over. `None` once the stream ends.
    fn event(&mut self) -> Option<Event> {
        let mut event = Event { name: String::new(), id: String::new(), data: Value::Null };
        loop {
            let line = self.line()?;
            if let Some(name) = line.strip_prefix("event: ") {
                event.name = name.to_owned();
            } else if let Some(id) = line.strip_prefix("id: ") {
                event.id = id.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                event.data = serde_json::from_str(data).expect("JSON");
                return Some(event);
            }
        }
    }

    #[track_caller]
    fn hears(&mut self, name: &str, family: &str) -> Event {
        let event = self.event().expect("an event");
        assert_eq!(
            (&*event.name, event.data["family"].as_str()),
            (name, Some(family)),
            "{event:?}"
        );
        event
    }
}

fn change(server: &Server, family: &'static str, revision: u64) {
    let mut news = server.fake.news.lock().expect("news");
    news.revisions.insert(family, revision);
    news.as_of = Some(Timestamp::from_millis(1_774_429_200_000));
}

#[test]
fn whoever_listens_hears_at_once_that_they_are_heard_and_then_of_each_change() {
    let server = Server::start();
    let mut listener = Listener::start(&server, None);
    for header in ["text/event-stream", "cache-control: no-store", "x-accel-buffering: no"] {
        assert!(listener.head.contains(header), "no {header} in {}", listener.head);
    }
    assert!(!listener.head.contains("content-encoding"));
    listener.hears("beat", "");
    change(&server, "flow", 7);
    let heard = listener.hears("change", "flow");
    assert_eq!(heard.data["revision"], 7);
    assert_eq!(heard.data["as_of"], "2026-03-25T09:00:00.000Z");
    change(&server, "move", 1);
    listener.hears("change", "move");
}

#[test]
fn many_changes_within_a_moment_are_one_event() {
    let server = Server::start();
    let mut listener = Listener::start(&server, None);
    listener.hears("beat", "");
    let begun = Instant::now();
    for revision in 1..=1_000 {
        change(&server, "flow", revision);
        if revision % 10 == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let passed = begun.elapsed().as_millis();
    let mut heard = 0;
    while listener.hears("change", "flow").data["revision"] != 1_000 {
        heard += 1;
    }
    assert!(heard <= passed / 500 + 1, "{heard} events in {passed} ms");
}

#[test]
fn whoever_comes_back_hears_what_changed_meanwhile_and_nothing_else() {
    let server = Server::start();
    change(&server, "flow", 3);
    change(&server, "move", 5);
    let id = Listener::start(&server, None).hears("beat", "").id;
    change(&server, "move", 6);
    change(&server, "edge", 1);
    let mut back = Listener::start(&server, Some(&id));
    let last = back.hears("beat", "");
    assert_eq!(last.id, id, "a beat does not say that its reader knows more");
    back.hears("change", "edge");
    let id = back.hears("change", "move").id;
    let mut again = Listener::start(&server, Some(&id));
    again.hears("beat", "");
    change(&server, "flow", 4);
    again.hears("change", "flow");
}

#[test]
fn whoever_may_no_longer_read_hears_nothing_more() {
    let keys = Arc::new(Keys::default());
    let gate: Arc<dyn serve::Gate> = Arc::<Keys>::clone(&keys);
    let server = Server::with(ServeOptions { gate: Some(gate), ..ServeOptions::default() });
    let mut listener = Listener::start(&server, None);
    listener.hears("beat", "");
    change(&server, "flow", 1);
    listener.hears("change", "flow");
    keys.keys.lock().expect("keys").retain(|(key, _)| *key != "r3ad");
    change(&server, "flow", 2);
    assert!(listener.event().is_none(), "the stream ends");
}

#[test]
fn an_id_that_is_not_of_this_start_means_to_ask_for_everything() {
    let server = Server::start();
    change(&server, "flow", 3);
    for id in ["17", "0000000000000000-flow.3", "\u{fffd}", &"-flow.1".repeat(1_000)] {
        let mut listener = Listener::start(&server, Some(id));
        assert_eq!(listener.event().expect("an event").name, "resync", "{id}");
        listener.hears("beat", "");
    }
}

#[test]
fn more_readers_than_there_may_be_are_told_to_ask_instead() {
    let server = Server::with(ServeOptions { streams_max: 2, ..ServeOptions::default() });
    let mut one = Listener::start(&server, None);
    one.hears("beat", "");
    let other = Listener::start(&server, None);
    Request::new("GET", "/v1/live").send(&server).is(429, "D0613");
    drop(other);
    // Who has gone is noticed when something is to be said to them.
    let deadline = Instant::now() + Duration::from_secs(20);
    for revision in 1.. {
        change(&server, "flow", revision);
        one.hears("change", "flow");
        let mut third = Listener::start(&server, None);
        if third.head.contains("200 ok") {
            third.hears("beat", "");
            return;
        }
        assert!(Instant::now() < deadline, "a place is never given back");
    }
}

#[test]
fn a_stream_ends_when_the_doors_close() {
    let mut server = Server::start();
    let mut listener = Listener::start(&server, None);
    listener.hears("beat", "");
    let begun = Instant::now();
    server.close();
    assert!(listener.event().is_none());
    drop(server);
    assert!(begun.elapsed() < Duration::from_secs(5), "the doors waited for a stream");
}
