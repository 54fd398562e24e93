//! Who may come in: by Host, by origin, by token.

use crate::client::{Request, Server, raw};
use crate::touchpoints::touchpoint;
use serde_json::json;
use serve::{Question, ServeOptions, Token};

fn write() -> Request {
    Request::new("POST", "/v1/touchpoints").body(touchpoint("a", json!({})).to_string())
}

fn with_token() -> ServeOptions {
    ServeOptions { token: Some(Token("s3cret".to_owned())), ..ServeOptions::default() }
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

#[test]
fn with_a_token_every_write_has_to_carry_it() {
    let server = Server::with(with_token());
    for said in
        ["", "s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Basic s3cret"]
    {
        let answer = write().header("authorization", said).send(&server);
        assert_eq!(answer.is(401, "D0605").header("www-authenticate"), Some("bearer"));
    }
    write().send(&server).is(401, "D0605");
    Request::new("POST", "/v1/audit").body("").send(&server).is(401, "D0605");
    assert!(server.fake.event_ids().is_empty());
    write().header("authorization", "Bearer s3cret").send(&server).is_ok();
    write().header("authorization", "bearer s3cret").send(&server).is_ok();
    // A page of another origin that has come by the token may still not write.
    let stolen = write().header("authorization", "Bearer s3cret");
    stolen.header("origin", "https://evil.example").send(&server).is(403, "D0604");
}

/// Whoever has a backup made has the instance write files, and what customers sent with it.
#[test]
fn backups_want_the_token_of_the_folder_always() {
    let begin = |server: &Server, token: &str| {
        let begin = Request::new("POST", "/v1/backup").body(r#"{"folder": "/a/b"}"#);
        begin.header("authorization", token).send(server)
    };
    let look = |server: &Server, token: &str| {
        Request::new("GET", "/v1/backup").header("authorization", token).send(server)
    };
    let admin = Some(Token("adm1n".to_owned()));
    let open = ServeOptions { admin: admin.clone(), ..ServeOptions::default() };
    for options in
        [ServeOptions::default(), with_token(), open, ServeOptions { admin, ..with_token() }]
    {
        let has_admin = options.admin.is_some();
        let server = Server::with(options);
        for token in ["", "Bearer", "Bearer ", "Bearer s3cret", "Bearer adm1", "Basic adm1n"] {
            begin(&server, token).is(401, "D0605");
            look(&server, token).is(401, "D0605");
        }
        assert!(server.fake.asked.lock().expect("questions").is_empty());
        if has_admin {
            assert_eq!(begin(&server, "Bearer adm1n").status, 202);
            let folder = "/a/b".to_owned();
            assert_eq!(server.fake.last_question(), Question::Backup { folder });
            look(&server, "Bearer adm1n").is_ok();
            assert_eq!(server.fake.last_question(), Question::BackupProgress);
            let stolen = Request::new("POST", "/v1/backup").body(r#"{"folder": "/a/b"}"#);
            let stolen = stolen.header("authorization", "Bearer adm1n");
            stolen.header("origin", "https://evil.example").send(&server).is(403, "D0604");
            write().header("authorization", "Bearer adm1n").send(&server).is_ok();
        }
    }
}

#[test]
fn reads_are_open_on_loopback_and_need_the_token_beyond() {
    let server = Server::with(with_token());
    server.get("/v1/report/funnel").is_ok();
    let options = ServeOptions { is_beyond_loopback_allowed: true, ..with_token() };
    let server = Server::with(options);
    server.get("/v1/report/funnel").is(401, "D0605");
    server.get("/metrics").is(401, "D0605");
    server.get("/livez").is_ok();
    server.get("/readyz").is_ok();
    let read = Request::new("GET", "/v1/report/funnel").header("authorization", "Bearer s3cret");
    read.send(&server).is_ok();
}

#[test]
fn an_empty_token_opens_nothing() {
    let options = ServeOptions { token: Some(Token(String::new())), ..ServeOptions::default() };
    let server = Server::with(options);
    write().header("authorization", "Bearer ").send(&server).is(401, "D0605");
}

#[test]
fn a_token_is_not_printed() {
    assert!(!format!("{:?}", with_token()).contains("s3cret"));
}
