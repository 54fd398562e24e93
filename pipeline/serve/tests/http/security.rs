//! Who may come in: by Host, by origin, by key or session.

use crate::client::{Answer, Request, Server, raw};
use crate::keys::Keys;
use crate::touchpoints::touchpoint;
use serde_json::json;
use serve::{Question, ServeOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

fn write() -> Request {
    Request::new("POST", "/v1/touchpoints").body(touchpoint("a", json!({})).to_string())
}

#[test]
fn a_host_that_is_not_ours_is_refused_whatever_it_wants() {
    let server = Server::start();
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "localhost@evil.example",
        "localhost:80:80",
        "127.0.0.2",
        "0.0.0.0:8080",
        "[::2]:8080",
        "",
    ] {
        for request in [write(), Request::new("GET", "/livez"), Request::new("GET", "/nothing")] {
            request.host(host).send(&server).is(403, "D0603");
        }
    }
    assert!(server.fake.event_ids().is_empty());
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "[::1]"] {
        Request::new("GET", "/livez").host(host).send(&server).is_ok();
    }
}

#[test]
fn a_host_is_said_once_and_the_target_says_the_same() {
    let server = Server::start();
    let get = |head: &str| raw(&server, format!("{head}Connection: close\r\n\r\n").as_bytes());
    get("GET /livez HTTP/1.1\r\n").is(403, "D0603");
    get("GET /livez HTTP/1.0\r\n").is(403, "D0603");
    get("GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n").is(403, "D0603");
    get("GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n").is(403, "D0603");
    get("GET http://localhost/livez HTTP/1.1\r\nHost: localhost\r\n").is_ok();
}

#[test]
fn a_host_that_is_allowed_is_ours() {
    let hosts = vec!["desirepath.internal".to_owned()];
    let server = Server::with(ServeOptions { hosts, ..ServeOptions::default() });
    Request::new("GET", "/livez").host("desirepath.internal:80").send(&server).is_ok();
    Request::new("GET", "/livez").host("localhost").send(&server).is(403, "D0603");
}

#[test]
fn a_page_of_another_origin_may_not_write() {
    let server = Server::start();
    let own = format!("http://{}", server.address);
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", ""),
        ("origin", "http://127.0.0.1:1"),
        ("origin", "file://"),
        ("origin", &format!("{own}.evil.example")),
        ("origin", &format!("ftp://{}", server.address)),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", ""),
    ] {
        write().header(header, value).send(&server).is(403, "D0604");
        let clock = Request::new("POST", "/v1/clock").body("{}").header(header, value);
        clock.send(&server).is(403, "D0604");
        let audit = Request::new("POST", "/v1/audit").body("").header(header, value);
        audit.send(&server).is(403, "D0604");
    }
    write().header("origin", &own).header("origin", "null").send(&server).is(403, "D0604");
    assert!(server.fake.event_ids().is_empty());
    write().header("origin", &own).send(&server).is_ok();
    write().header("sec-fetch-site", "same-origin").send(&server).is_ok();
    write().header("sec-fetch-site", "none").send(&server).is_ok();
    let read = Request::new("GET", "/v1/report/funnel").header("sec-fetch-site", "cross-site");
    read.send(&server).is_ok();
}

#[test]
fn no_answer_allows_another_site_to_read_it() {
    let server = Server::start();
    let with_origin = |path| Request::new("GET", path).header("origin", "https://evil.example");
    for path in ["/v1/report/funnel", "/nothing", "/metrics"] {
        let answer = with_origin(path).send(&server);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// One request of each kind, as whoever sends these headers.
fn ask(server: &Server, request: &str, headers: &[(&str, &str)]) -> Answer {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let body = match path {
        "/v1/touchpoints" => touchpoint("a", json!({})).to_string(),
        "/v1/clock" => r#"{"source": "a", "time": "2026-03-25T09:14:03Z"}"#.to_owned(),
        "/v1/backup" => r#"{"folder": "/a/b"}"#.to_owned(),
        "/v1/topics/touchpoints" => r#"[{"key": "a", "value": "b"}]"#.to_owned(),
        "/v1/dead-letters" | "/v1/labels" => "[]".to_owned(),
        _ => String::new(),
    };
    let request = Request::new(method, path);
    let request = if method == "POST" { request.body(body) } else { request };
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send(server)
}

const INGEST: [&str; 2] = ["POST /v1/touchpoints", "POST /v1/clock"];
const READ: [&str; 6] = [
    "POST /v1/audit",
    "GET /v1/report/funnel",
    "GET /v1/insights",
    "GET /v1/customers/c-1",
    "GET /v1/topics",
    "GET /metrics",
];
const ADMIN: [&str; 4] =
    ["POST /v1/backup", "GET /v1/backup", "POST /v1/topics/touchpoints", "POST /v1/dead-letters"];
const PUBLIC: [&str; 6] = [
    "GET /livez",
    "GET /readyz",
    "GET /openapi.json",
    "GET /errors/D0605",
    "GET /",
    "GET /channels",
];

#[test]
fn without_a_key_nothing_is_answered_but_what_says_nothing_of_anybody() {
    let server = Server::start();
    for request in INGEST.iter().chain(&READ).chain(&ADMIN) {
        for said in
            ["none", "", "r3ad", "Bearer", "Bearer ", "Bearer r3a", "Bearer r3add", "Basic adm1n"]
        {
            let answer = ask(&server, request, &[("authorization", said)]);
            assert_eq!(answer.is(401, "D0605").header("www-authenticate"), Some("bearer"));
        }
        for cookie in ["desirepath=s3ssion", "s3ssion", "desirepath=adm1n", ""] {
            ask(&server, request, &[("cookie", cookie)]).is(401, "D0605");
        }
        let twice = [("authorization", "Bearer adm1n"), ("authorization", "Bearer adm1n")];
        ask(&server, request, &twice).is(401, "D0605");
    }
    // What is not there is not told either.
    ask(&server, "GET /v1/nothing", &[("authorization", "none")]).is(401, "D0605");
    assert!(server.fake.asked.lock().expect("questions").is_empty());
    assert!(server.fake.event_ids().is_empty());
    for request in PUBLIC {
        ask(&server, request, &[("authorization", "none")]).is_ok();
    }
}

/// Else whoever sends a body, piece by piece, hears that the connection is gone and not why.
#[test]
fn a_refusal_waits_until_a_small_body_is_sent() {
    let server = Server::start();
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head = "POST /v1/touchpoints HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    let pieces = [format!("{head}Connection: close\r\n\r\n"), "{".to_owned(), "}".to_owned()];
    for piece in pieces {
        stream.write_all(piece.as_bytes()).expect("somebody listens");
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[test]
fn a_key_opens_what_it_is_for_and_an_admin_all() {
    let server = Server::start();
    for (key, own) in [("1ngest", &INGEST[..]), ("r3ad", &READ[..]), ("adm1n", &ADMIN[..])] {
        let bearer = format!("Bearer {key}");
        for request in INGEST.iter().chain(&READ).chain(&ADMIN) {
            let answer = ask(&server, request, &[("authorization", &bearer)]);
            match own.contains(request) || key == "adm1n" {
                true => assert!(![401, 403].contains(&answer.status), "{request}: {answer:?}"),
                false => _ = answer.is(403, "D0619"),
            }
        }
    }
    ask(&server, "POST /v1/touchpoints", &[("authorization", "bearer 1ngest")]).is_ok();
    // A page of another origin that has come by a key may still not write.
    let stolen = [("authorization", "Bearer 1ngest"), ("origin", "https://evil.example")];
    ask(&server, "POST /v1/touchpoints", &stolen).is(403, "D0604");
}

/// Whoever has a backup made has the instance write files, and what customers sent with it.
#[test]
fn a_backup_is_made_for_an_admin_alone() {
    let server = Server::start();
    let admin = [("authorization", "Bearer adm1n")];
    assert_eq!(ask(&server, "POST /v1/backup", &admin).status, 202);
    assert_eq!(server.fake.last_question(), Question::Backup { folder: "/a/b".to_owned() });
    ask(&server, "GET /v1/backup", &admin).is_ok();
    assert_eq!(server.fake.last_question(), Question::BackupProgress);
}

#[test]
fn open_doors_let_everybody_read_and_send_and_do_no_more() {
    let server = Server::with(ServeOptions { is_open: true, ..ServeOptions::default() });
    let nobody = [("authorization", "none")];
    for request in INGEST.iter().chain(&READ) {
        let answer = ask(&server, request, &nobody);
        assert!(![401, 403].contains(&answer.status), "{request}: {answer:?}");
    }
    for request in ADMIN {
        ask(&server, request, &nobody).is(401, "D0605");
        ask(&server, request, &[("authorization", "Bearer r3ad")]).is(403, "D0619");
    }
}

#[test]
fn a_link_lets_a_browser_in_once_and_it_may_read_and_send() {
    let keys = Arc::new(Keys::default());
    let options = ServeOptions { gate: Some(keys), ..ServeOptions::default() };
    let server = Server::with(options);
    let none = [("authorization", "none")];
    for path in ["/?token=", "/?token=l1n", "/?token=l1nkk", "/?a=l1nk", "/?tokens=l1nk"] {
        let answer = ask(&server, &format!("GET {path}"), &none);
        assert!([200, 303].contains(&answer.status), "{answer:?}");
        assert_eq!(answer.header("set-cookie"), None, "{path}");
    }
    // Whoever only looks whether the address is there uses nothing up.
    assert_eq!(ask(&server, "HEAD /?token=l1nk", &none).header("set-cookie"), None);
    let entered = ask(&server, "GET /?period=30d&token=l1nk", &none);
    assert_eq!((entered.status, entered.header("location")), (303, Some("/")));
    let name = format!("desirepath_{}", server.address.port());
    let said = format!("{name}=s3ssion; path=/; max-age=60; httponly; samesite=strict");
    assert_eq!(entered.header("set-cookie"), Some(&*said));
    assert_eq!(ask(&server, "GET /?token=l1nk", &none).header("set-cookie"), None, "once");
    let cookie = format!("theme=dark; {name}=s3ssion");
    let session = [("cookie", &*cookie)];
    for request in INGEST.iter().chain(&READ) {
        let answer = ask(&server, request, &session);
        assert!(![401, 403].contains(&answer.status), "{request}: {answer:?}");
    }
    for request in ADMIN {
        ask(&server, request, &session).is(401, "D0605");
    }
    // What a person says of a message that they read.
    assert_eq!(ask(&server, "POST /v1/labels", &session).status, 202);
    // A key that is wrong is not made good by a session.
    let both = [("cookie", &*cookie), ("authorization", "Bearer wrong")];
    ask(&server, "GET /v1/topics", &both).is(401, "D0605");
    let foreign = [("cookie", &*cookie), ("origin", "https://evil.example")];
    for request in ["POST /v1/audit", "POST /v1/labels"] {
        ask(&server, request, &foreign).is(403, "D0604");
    }
}

#[test]
fn a_session_goes_over_https_alone_where_browsers_come_by_it() {
    let server = Server::with(ServeOptions { is_https: true, ..ServeOptions::default() });
    let entered = ask(&server, "GET /?token=l1nk", &[("authorization", "none")]);
    assert!(entered.header("set-cookie").expect("a cookie").ends_with("; secure"), "{entered:?}");
}

#[test]
fn without_anybody_who_keeps_keys_nobody_comes_in() {
    let options = ServeOptions::default();
    assert!(options.gate.is_none() && !options.is_open);
    assert!(!format!("{options:?}").contains("gate"));
}
