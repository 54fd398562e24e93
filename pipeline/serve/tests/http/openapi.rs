//! The published description says what the doors are, no door more and none less.

use crate::client::{Request, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn described(server: &Server) -> Value {
    server.get("/openapi.json").is_ok().json()
}

/// The parameters of an operation by their place.
fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(move |parameter| parameter["in"] == place)
}

/// A path whose segments say something.
fn filled(path: &str) -> String {
    path.replace("{name}", "funnel").replace("{id}", "ann").replace("{code}", "D0601")
}

#[test]
fn every_door_is_described_and_every_description_is_a_door() {
    let server = Server::start();
    let document = described(&server);
    let paths = document["paths"].as_object().expect("paths");
    let source = include_str!("../../src/router.rs");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let routes: BTreeSet<&str> = routes.collect();
    assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), routes);
    for (path, operations) in paths {
        for method in ["get", "post"] {
            if path == "/v1/live" && method == "get" {
                // A stream that does not end by itself: live.rs listens to it.
                continue;
            }
            let is_described = operations.get(method).is_some();
            let answer = Request::new(&method.to_uppercase(), &filled(path)).body("").send(&server);
            let is_door = answer.status != 405;
            assert_eq!(is_door, is_described, "{method} {path}: {answer:?}");
        }
        let named: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|p| p.split('}').next()).collect();
        for operation in operations.as_object().expect("operations").values() {
            let said = parameters(operation, "path").filter_map(|p| p["name"].as_str());
            assert_eq!(said.collect::<BTreeSet<_>>(), named, "{path}");
        }
    }
}

#[test]
fn every_parameter_that_is_described_is_taken_and_no_other() {
    let server = Server::start();
    let document = described(&server);
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let Some(operation) = operations.get("get") else { continue };
        for parameter in parameters(operation, "query") {
            let name = parameter["name"].as_str().expect("a name");
            let value = match name {
                "from" | "to" | "as_of" => "2026-01-05",
                "window" => "1d@2026-01-05",
                "cursor" => "0000000000000001-1",
                "format" => "csv",
                "sort" => "cold_at",
                "cut" => "0,250",
                _ => "1",
            };
            let answer = server.get(&format!("{}?{name}={value}", filled(path)));
            let code = if answer.status < 400 { json!("") } else { answer.json()["code"].clone() };
            let expected = if name == "cursor" { "D0610" } else { "" };
            assert_eq!(code, expected, "{path}?{name}: {answer:?}");
        }
        if parameters(operation, "query").count() > 0 {
            server.get(&format!("{}?nonsense=1", filled(path))).is(400, "D0609");
        }
    }
}

/// Whoever reads the description knows which key to ask for.
#[test]
fn every_description_says_who_may_come_in() {
    let server = Server::start();
    for (path, operations) in described(&server)["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            if path == "/v1/live" {
                continue;
            }
            let schemes = operation["security"].as_array().expect("what it needs");
            let opens = |role: &str| {
                let all = schemes.iter().filter_map(|scheme| scheme["key"].as_array());
                all.flatten().any(|known| known == role)
            };
            let status = |key: &str| {
                let request = Request::new(&method.to_uppercase(), &filled(path)).body("");
                request.header("authorization", key).send(&server).status
            };
            let said = format!("{method} {path}: {schemes:?}");
            assert_eq!(status("none") == 401, !schemes.is_empty(), "{said}");
            if !schemes.is_empty() {
                assert_eq!(status("Bearer r3ad") != 403, opens("read"), "{said}");
                assert_eq!(status("Bearer 1ngest") != 403, opens("ingest"), "{said}");
                let has_session = schemes.iter().any(|scheme| scheme.get("session").is_some());
                // A person may correct a label where they read the message.
                let is_persons = path == "/v1/labels";
                assert_eq!(has_session, !opens("admin") || is_persons, "{said}");
            }
        }
    }
}

#[test]
fn references_lead_somewhere() {
    let document = described(&Server::start());
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn who_has_an_answer_already_is_told_just_that() {
    let server = Server::start();
    for path in ["/v1/report/funnel", "/v1/customers/ann"] {
        let first = server.get(path);
        let tag = first.is_ok().header("etag").expect("a tag").to_owned();
        assert_eq!(first.header("cache-control"), Some("no-store"));
        for known in [tag.clone(), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = Request::new("GET", path).header("if-none-match", &known).send(&server);
            assert_eq!((again.status, &*again.body), (304, ""), "{known}");
            assert_eq!(again.header("etag"), Some(&*tag));
        }
        let other = Request::new("GET", path).header("if-none-match", "\"other\"").send(&server);
        assert_eq!((other.status, other.body), (200, first.body));
    }
}

#[test]
fn a_version_of_the_map_that_is_not_counted_is_refused() {
    let server = Server::start();
    server.get("/v1/report/funnel?map_version=1").is_ok();
    server.get("/v1/report/funnel?map_version=2").is(422, "D0612");
    server.get("/v1/report/funnel?map_version=x").is(400, "D0609");
}

#[test]
fn a_hundred_thousand_rows_are_paged_to_their_end() {
    let server = Server::start();
    *server.fake.rows.lock().expect("rows") = 100_000;
    let (mut cursor, mut next) = (String::new(), 0);
    loop {
        let page = server.get(&format!("/v1/insights?limit=1000{cursor}")).is_ok().json();
        assert_eq!(page["total"], 100_000);
        for row in page["items"].as_array().expect("rows") {
            assert_eq!(row["n"], next);
            next += 1;
        }
        match page["next"].as_str() {
            Some(more) => cursor = format!("&cursor={more}"),
            None => break,
        }
    }
    assert_eq!(next, 100_000);
}
