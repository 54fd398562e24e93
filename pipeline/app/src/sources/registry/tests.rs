//! Answers of a registry, each with what it says of a record: something, or nothing.

use super::Registry;
use crate::config::{Config, SecretSource};
use intake::{Learned, Registered};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// A registry that gives these answers by path, and tells what it was sent as authorization.
fn answering(answers: Vec<(&'static str, u16, String)>) -> (Registry, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            let first = lines.next().expect("a line").expect("text");
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let head: Vec<String> =
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let of_us = head.iter().find(|line| line.to_lowercase().starts_with("authorization:"));
            let _ = told.send(of_us.cloned().unwrap_or_default());
            let found = answers.iter().find(|(known, ..)| *known == path);
            let (status, body) = found.map_or((599, ""), |(_, status, body)| (*status, body));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    let mut config = Config::default();
    config.registry.url = format!("http://127.0.0.1:{port}/base/");
    config.registry.token = Some(SecretSource::Env("CARGO_PKG_NAME".to_owned()));
    (Registry::of(&config).expect("a registry").expect("one"), heard)
}

fn schema(text: &str, references: Value) -> String {
    json!({"schema": text, "references": references}).to_string()
}

#[test]
fn a_schema_comes_with_those_that_it_names_each_behind_its_own() {
    let on = |subject: &str| json!([{"name": "n", "subject": subject, "version": 3}]);
    let both = json!([{"name": "n", "subject": "a b/c", "version": 3},
                      {"name": "n", "subject": "leaf", "version": 3}]);
    let (registry, heard) = answering(vec![
        ("/base/schemas/ids/7", 200, schema("\"root\"", both)),
        ("/base/subjects/a%20b%2Fc/versions/3", 200, schema("\"middle\"", on("leaf"))),
        // One that names itself is asked for once.
        ("/base/subjects/leaf/versions/3", 200, schema("\"leaf\"", on("leaf"))),
    ]);
    let named = ["leaf", "middle"].map(|name| format!("\"{name}\"")).into();
    let expected = Registered { schema: "\"root\"".to_owned(), named };
    assert_eq!(registry.schema(7), Ok(Learned::Schema(expected)));
    // The variable that cargo sets for every test.
    assert_eq!(heard.recv().expect("a request"), "authorization: Bearer app");
}

#[test]
fn only_its_own_word_that_there_is_no_schema_says_something_of_a_record() {
    let unknown = json!({"error_code": 40403, "message": "Schema not found"}).to_string();
    let protobuf = json!({"schemaType": "PROTOBUF", "schema": "syntax"}).to_string();
    for (status, body, expected) in [
        (404, unknown.clone(), Ok(Learned::Unknown)),
        (200, protobuf, Ok(Learned::Other("it is of PROTOBUF".to_owned()))),
        (404, "<html>".to_owned(), Err("answers 404: is the path of registry.url right?")),
        (404, json!({"error_code": 40401}).to_string(), Err("answers 404")),
        (200, "<html>".to_owned(), Err("with no schema")),
        (200, "x".repeat(5 * 1_024 * 1_024), Err("does not answer")),
        (200, schema("{}", json!([{"name": "n"}])), Err("names no schema")),
        (200, schema("{}", json!([{"subject": "gone", "version": 1}])), Err("answers 599")),
        (200, schema("{\"type\": \"rec", json!([])), Err("with a schema that is no json")),
        (301, String::new(), Err("answers 301")),
        (401, unknown.clone(), Err("look at user and password")),
        (403, String::new(), Err("look at user and password")),
        (429, String::new(), Err("answers 429")),
        (500, unknown, Err("answers 500")),
        (503, String::new(), Err("answers 503")),
    ] {
        let (registry, _heard) = answering(vec![("/base/schemas/ids/7", status, body)]);
        match (registry.schema(7), expected) {
            (Err(outage), Err(words)) => {
                let said = outage.to_string();
                assert!(said.contains(words) && said.ends_with("[D0466]"), "{status}: {said}");
            }
            (found, expected) => {
                assert_eq!(found.map_err(|e| e.to_string()), expected.map_err(str::to_owned));
            }
        }
    }
    let mut config = Config::default();
    config.registry.url = format!("http://127.0.0.1:{}", tests::free_ports());
    let nobody = Registry::of(&config).expect("a registry").expect("one");
    let said = nobody.schema(7).expect_err("nobody listens").to_string();
    assert!(said.contains("does not answer"), "{said}");
}
