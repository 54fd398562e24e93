//! The page comes from the binary, may do little, and is the same document at each of its
//! addresses.

use crate::client::{Request, Server};

const ADDRESSES: [&str; 9] = [
    "/",
    "/drop-offs",
    "/channels",
    "/findings",
    "/leads",
    "/system",
    "/customers",
    "/customers/c-102",
    "/customers/a%20b?flow-stage=decision",
];

#[test]
fn every_address_of_the_page_is_the_same_document() {
    let server = Server::start();
    let document = server.get("/");
    assert!(document.is_ok().body.starts_with("<!doctype html>"), "{document:?}");
    for address in ADDRESSES {
        let answer = server.get(address);
        assert_eq!((answer.status, &answer.body), (200, &document.body), "{address}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{address}");
    }
    server.get("/nowhere").is(404, "D0601");
    server.get("/assets/nothing.js").is(404, "D0601");
    server.get("/assets/..%2f..%2fCargo.toml").is(404, "D0601");
}

#[test]
fn the_page_may_take_nothing_from_elsewhere_and_write_nothing_into_itself() {
    let server = Server::start();
    let answer = server.get("/");
    let policy = answer.header("content-security-policy").expect("a policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "no {rule} in {policy}");
    }
    assert!(
        !policy.contains("-inline") && !policy.contains("-eval") && !policy.contains("http"),
        "{policy}"
    );
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    // Nothing inline: it would be refused.
    for inline in ["<style", "style=", "onload", "onclick", "javascript:"] {
        assert!(!answer.body.contains(inline), "{inline}");
    }
}

#[test]
fn who_has_the_document_already_is_told_just_that() {
    let server = Server::start();
    let answer = server.get("/");
    let tag = answer.header("etag").expect("a tag").to_owned();
    let again = Request::new("GET", "/leads").header("if-none-match", &tag).send(&server);
    assert_eq!((again.status, &*again.body), (304, ""));
    assert!(
        again.header("content-security-policy").is_some_and(|text| text.contains("script-src"))
    );
}

#[test]
fn a_foreign_host_gets_no_page() {
    let server = Server::start();
    Request::new("GET", "/").host("evil.example").send(&server).is(403, "D0603");
}

/// Where the page was built: its files have names that change with them, and may be kept for ever.
#[test]
fn files_of_the_page_are_kept_for_ever() {
    let server = Server::start();
    let document = server.get("/").body;
    let files = document.split('"').filter(|text| text.starts_with("/assets/"));
    for file in files {
        let answer = server.get(file);
        let kept = answer.is_ok().header("cache-control").expect("how long").to_owned();
        assert!(kept.contains("immutable"), "{file}: {kept}");
        assert!(!answer.body.is_empty(), "{file}");
    }
}

#[test]
fn a_report_is_had_as_a_file() {
    let server = Server::start();
    *server.fake.rows.lock().expect("rows") = 1;
    let answer = server.get("/v1/report/funnel?format=csv");
    assert_eq!(answer.is_ok().body, "stage,entered\r\n");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let name = answer.header("content-disposition");
    assert_eq!(name, Some("attachment; filename=\"funnel.csv\""));
    server.get("/v1/report/funnel?format=xlsx").is(400, "D0609");
}

#[test]
fn a_list_says_how_many_people_it_is_of_and_what_is_urgent_has_no_second_page() {
    let server = Server::start();
    *server.fake.rows.lock().expect("rows") = 5;
    let page = server.get("/v1/customers?flow-outcome=open&limit=2").json();
    assert_eq!((&page["total"], &page["people"]), (&5.into(), &3.into()));
    assert!(page["next"].is_string());
    let page = server.get("/v1/customers?flow-outcome=open&limit=2&sort=cold_at").json();
    assert_eq!((&page["total"], &page["people"]), (&5.into(), &3.into()));
    assert!(page["next"].is_null() && page["items"].as_array().is_some_and(|it| it.len() == 2));
    assert!(server.get("/v1/insights?limit=2").json()["people"].is_null());
}
