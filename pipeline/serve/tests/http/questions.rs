//! What is asked arrives behind the doors as it was meant, or is refused with its fix.

use crate::client::{Request, Server};
use model::{Size, Span, Timestamp, Zone};
use serde_json::{Value, json};
use serve::{People, Question, Refusal, ServeOptions};
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

/// A server in a zone that is always two hours before UTC.
fn server() -> Server {
    let zone = Zone::new("Test/East", &[(Timestamp::FIRST, 7_200)]);
    Server::with(ServeOptions { zone, ..ServeOptions::default() })
}

#[track_caller]
fn asks(path: &str, expected: Question) {
    let server = server();
    server.get(path).is_ok();
    assert_eq!(server.fake.last_question(), expected);
}

#[track_caller]
fn refuses(path: &str, code: &str, says: &str) {
    let answer = server().get(path);
    answer.is(400, code);
    assert!(answer.body.contains(says), "no {says} in {answer:?}");
}

fn report() -> Question {
    let name = "funnel".to_owned();
    Question::Report {
        name,
        period: None,
        from: None,
        to: None,
        by: None,
        model: None,
        as_of: None,
    }
}

#[test]
fn a_report_is_asked_for_with_its_times() {
    asks("/v1/report/funnel", report());
    asks("/v1/report/funnel?from=&by=", report());
    let day = "?from=2026-01-05&to=2026-01-05&by=channel&as_of=2026-01-06T00:00:00%2B02:00";
    let question = Question::Report {
        name: "funnel".to_owned(),
        period: None,
        from: Some(at("2026-01-04T22:00:00Z")),
        to: Some(at("2026-01-05T21:59:59.999Z")),
        by: Some("channel".to_owned()),
        model: None,
        as_of: Some(at("2026-01-05T22:00:00Z")),
    };
    asks(&format!("/v1/report/funnel{day}"), question.clone());
    asks(&format!("/v1/report/funnel{}", day.replace("%2B", "+")), question);
    let mut named = report();
    if let Question::Report { period, .. } = &mut named {
        *period = Some("30d".to_owned());
    }
    asks("/v1/report/funnel?period=30d", named);
    let mut shared = report();
    if let Question::Report { model, .. } = &mut shared {
        *model = Some("linear".to_owned());
    }
    asks("/v1/report/funnel?model=linear", shared);
    let answer = server().get("/v1/report/funnel");
    assert_eq!(answer.json(), json!({ "report": "funnel" }));
}

#[test]
fn a_digest_is_asked_for_with_how_far_it_looks_ahead() {
    let within = |span| Question::Digest { within: Span::parse(span), as_of: None };
    for (said, meant) in [("48h", "2d"), ("1h", "1h"), ("31d", "31d")] {
        asks(&format!("/v1/report/digest?within={said}"), within(meant));
    }
    let as_of = Some(at("2026-01-06T21:59:59.999Z"));
    let question = Question::Digest { within: Span::parse("7d"), as_of };
    asks("/v1/report/digest?within=7d&as_of=2026-01-06", question);
    for query in
        ["digest?within=59m", "digest?within=32d", "digest?within=soon", "funnel?within=48h"]
    {
        server().get(&format!("/v1/report/{query}")).is(400, "D0609");
    }
}

#[test]
fn a_funnel_is_asked_for_by_its_words() {
    let words = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect::<BTreeMap<_, _>>()
    };
    let funnel = |words| Question::Funnel { words, from: None, to: None, by: None, as_of: None };
    asks(
        "/v1/report/funnel?steps=page_viewed,%20purchase_made&window=30d&hold=",
        funnel(words(&[("steps", "page_viewed, purchase_made"), ("window", "30d")])),
    );
    // Whether they make sense is known behind the doors.
    asks("/v1/report/funnel?order=strict", funnel(words(&[("order", "strict")])));
    asks(
        "/v1/report/funnel?steps=*&from=2026-01-05&by=channel",
        Question::Funnel {
            words: words(&[("steps", "*")]),
            from: Some(at("2026-01-04T22:00:00Z")),
            to: None,
            by: Some("channel".to_owned()),
            as_of: None,
        },
    );
    refuses("/v1/report/funnel?steps=*&step=2", "D0609", "steps, order, window");
    refuses("/v1/report/moves?steps=*", "D0609", "of a funnel also steps");
}

#[test]
fn entries_are_asked_for_by_dimensions_and_a_window() {
    let filters = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect::<BTreeMap<_, _>>()
    };
    asks("/v1/customers", Question::Customers(People::default()));
    asks(
        "/v1/customers?flow-stage=decision&flow-channel=trade%20fair&window=1d@2026-01-05",
        Question::Customers(People {
            filters: filters(&[("flow-stage", "decision"), ("flow-channel", "trade fair")]),
            window: Some((Size::Days(1), at("2026-01-04T22:00:00Z"))),
            ..People::default()
        }),
    );
    asks(
        "/v1/customers?move-to=cold%7Clost&from=2026-01-05&to=2026-01-05&as_of=2026-01-07&cut=0,9",
        Question::Customers(People {
            filters: filters(&[("move-to", "cold|lost")]),
            from: Some(at("2026-01-04T22:00:00Z")),
            to: Some(at("2026-01-05T21:59:59.999Z")),
            as_of: Some(at("2026-01-07T21:59:59.999Z")),
            cut: vec![0, 9],
            ..People::default()
        }),
    );
    let by_cold = People { by_cold: true, ..People::default() };
    asks("/v1/customers?sort=cold_at", Question::Customers(by_cold));
    asks("/v1/customers/c%2F1", Question::Customer { id: "c/1".to_owned() });
    asks("/v1/customers/%F0%9F%98%80", Question::Customer { id: "😀".to_owned() });
}

#[test]
fn counters_topics_and_an_audit_are_asked_for() {
    let family = Some("flow".to_owned());
    let as_of = Some(at("2026-01-05T21:59:59.999Z"));
    asks("/v1/insights", Question::Insights { family: None, as_of: None });
    asks("/v1/insights?family=flow&as_of=2026-01-05", Question::Insights { family, as_of });
    let name = "touchpoints".to_owned();
    asks(
        "/v1/topics/touchpoints?partition=3&offset=18446744073709551615&limit=5",
        Question::Topic { name, partition: Some(3), offset: Some(u64::MAX), limit: 5 },
    );
    let server = server();
    assert_eq!(server.post("/v1/audit", "").json(), json!({ "equal": true }));
    assert_eq!(server.fake.last_question(), Question::Audit);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_fix() {
    for (path, says) in [
        ("/v1/report/funnel?form=2026-01-05", "from, to, by, as_of, map_version"),
        ("/v1/report/funnel?by=channel&by=stage", "twice"),
        ("/v1/report/funnel?from=yesterday", "RFC 3339"),
        ("/v1/report/funnel?from=2026-02-30", "RFC 3339"),
        ("/v1/report/funnel?from=0001-01-01", "1990 to 2199"),
        ("/v1/report/funnel?to=9999-12-31T23:59:59Z", "1990 to 2199"),
        ("/v1/report/funnel?as_of=-1", "1990 to 2199"),
        ("/v1/report/funnel?as_of=NaN", "RFC 3339"),
        ("/v1/report/%FF%FE", "UTF-8"),
        ("/v1/insights?limit=0", "1 to 1000"),
        ("/v1/insights?limit=1001", "1 to 1000"),
        ("/v1/insights?limit=-1", "whole number"),
        ("/v1/insights?limit=99999999999999999999999", "whole number"),
        ("/v1/customers?stage=decision", "flow-stage"),
        ("/v1/customers?window=1d", "1d@2026-01-05"),
        ("/v1/customers?window=5h@2026-01-05", "1d@2026-01-05"),
        ("/v1/customers?window=total@2026-01-05", "1d@2026-01-05"),
        ("/v1/customers?window=1d@0001-01-05", "1990 to 2199"),
        ("/v1/customers/c?limit=3", "nothing but"),
        ("/v1/topics/touchpoints?partition=x", "whole number"),
        ("/v1/topics/touchpoints?offset=-1", "whole number"),
    ] {
        refuses(path, "D0609", says);
    }
}

#[test]
fn paths_and_methods_that_are_not_there_say_what_is() {
    let server = server();
    for path in ["/v1", "/v1/report", "/v1/insights/", "/v2/insights", "/v1/../etc/passwd"] {
        assert!(server.get(path).is(404, "D0601").body.contains("/v1/touchpoints"));
    }
    for (method, path, allowed) in [
        ("GET", "/v1/touchpoints", "post"),
        ("PUT", "/v1/touchpoints", "post"),
        ("OPTIONS", "/v1/touchpoints", "post"),
        ("POST", "/v1/insights", "get,head"),
        ("DELETE", "/v1/customers/c", "get,head"),
        ("BREW", "/livez", "get,head"),
    ] {
        let answer = Request::new(method, path).body("").send(&server);
        assert_eq!(answer.is(405, "D0602").header("allow"), Some(allowed), "{method} {path}");
    }
    assert!(server.fake.asked.lock().expect("questions").is_empty());
}

#[test]
fn a_refusal_from_behind_the_doors_keeps_its_own_code() {
    let server = server();
    server.get("/v1/report/nothing").is(404, "D0611");
    for (refusal, status, code) in [
        (Refusal::Invalid("no such dimension".to_owned()), 422, "D0612"),
        (Refusal::Missing("no such customer".to_owned()), 404, "D0611"),
        (Refusal::Busy("still replaying".to_owned()), 503, "D0614"),
        (Refusal::Busy("too much waits to be written [D0307]".to_owned()), 503, "D0307"),
        (Refusal::Broken("a page is torn [D0301]".to_owned()), 500, "D0301"),
        (Refusal::Broken("the disk is gone".to_owned()), 500, "D0615"),
    ] {
        server.fake.refuse(refusal);
        let answer = server.get("/v1/report/funnel");
        answer.is(status, code);
        assert!(!answer.json()["detail"].as_str().is_some_and(|text| text.contains('[')));
    }
}

#[test]
fn a_panic_behind_the_doors_is_an_answer_and_not_the_end() {
    let server = server();
    server.get("/v1/report/panic").is(500, "D0615");
    server.get("/v1/report/funnel").is_ok();
}

#[test]
fn a_long_list_comes_in_pages_of_one_moment() {
    let server = server();
    *server.fake.rows.lock().expect("rows") = 250;
    let (mut found, mut path) = (Vec::new(), "/v1/insights?family=flow".to_owned());
    for size in [100, 100, 50] {
        let page = server.get(&path).is_ok().json();
        // What changes between two pages is in neither.
        *server.fake.rows.lock().expect("rows") = 7;
        assert_eq!(page["total"], 250);
        let items = page["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), size);
        found.extend(items.iter().map(|item| item["n"].as_u64().expect("a number")));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/insights?family=flow&cursor={next}");
    }
    assert_eq!(found, (0..250).collect::<Vec<_>>());
    server.get(&path.replace("flow", "move")).is(400, "D0610");
    server.get(&path.replace("insights?family=flow&", "customers?")).is(400, "D0610");
    server.get("/v1/insights?cursor=00000000000000ff-100").is(400, "D0610");
    server.get("/v1/insights?cursor=%00").is(400, "D0610");
    let page = server.get("/v1/customers?limit=1000").json();
    assert_eq!((&page["next"], &page["total"]), (&Value::Null, &json!(7)));
}

#[test]
fn health_and_metrics_answer() {
    let server = server();
    assert_eq!(server.get("/livez").is_ok().json(), json!({ "alive": true }));
    assert_eq!(server.get("/readyz").is_ok().json(), json!({ "ready": true, "reasons": [] }));
    let metrics = server.get("/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(metrics.body.contains("desirepath_touchpoints_total"));
    server.fake.refuse(Refusal::Busy("task 0_1 replays".to_owned()));
    let answer = server.get("/readyz");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json(), json!({ "ready": false, "reasons": ["task 0_1 replays"] }));
    server.get("/livez").is_ok();
}

#[test]
fn the_type_of_an_error_leads_to_its_page() {
    let server = server();
    let problem = server.get("/nothing").is(404, "D0601").json();
    let page = server.get(problem["type"].as_str().expect("a link"));
    let heading = format!("# D0601: {}", problem["title"].as_str().expect("a title"));
    assert!(page.is_ok().body.starts_with(&heading), "{page:?}");
    assert!(server.get("/errors/D0125").is_ok().body.contains("**What to do.**"));
    server.get("/errors/D9").is(404, "D0611");
}
