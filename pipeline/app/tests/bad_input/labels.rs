//! What messages are about: found at the door, counted, and corrected by a table and over HTTP.

use crate::program::Program;
use crate::touchpoint;
use serde_json::{Value, json};

/// What is objected in consideration, whatever was done next, by class.
fn raised(rows: &[Value]) -> Vec<(String, i64)> {
    let totals = rows.iter().filter(|row| row["window"].is_null());
    let row = |row: &Value| {
        let class = row["dims"]["objection"].as_str().expect("a class").to_owned();
        (class, row["count"].as_i64().expect("a count"))
    };
    let mut raised: Vec<_> = totals.map(row).filter(|(_, count)| *count != 0).collect();
    raised.sort();
    raised
}

fn said(classes: &[&str]) -> Vec<(String, i64)> {
    classes.iter().map(|class| ((*class).to_owned(), 1)).collect()
}

const DEAR: &str = "That is too expensive for me.";

#[test]
fn what_a_message_is_about_is_counted_and_a_person_corrects_it() {
    let program = Program::new();
    let lines: String = [
        touchpoint("m-1", json!({ "text": DEAR })),
        touchpoint("m-1", json!({ "text": DEAR })),
        touchpoint("m-2", json!({ "kind": "message_sent", "text": "We are not too expensive." })),
    ]
    .iter()
    .map(|line| format!("{line}\n"))
    .collect();
    let file = program.file("messages.jsonl", &lines);
    program.say(&["import", file.to_str().expect("a path")]).lines();
    let counted = || raised(&program.say(&["insights", "--family", "objection"]).lines());
    assert_eq!(counted(), said(&["all", "price"]));

    let correct = |name: &str, text: &str| {
        let file = program.file(name, text);
        program.say(&["label", "--correct", file.to_str().expect("a path")])
    };
    let header = "customer_id,source,event_id,label\n";
    correct("column.csv", "customer_id,label\nann,price\n").fails(65, "D0822", "event_id");
    let unknown = format!("{header}ann,test,m-1,none\nann,test,m-1,prize\n");
    correct("class.csv", &unknown).fails(64, "D0821", "prize");
    assert_eq!(counted(), said(&["all", "price"]), "nothing of it was taken");
    let told = correct("good.csv", &format!("{header}ann,test,m-1,trust\n")).json();
    assert_eq!(told, json!({ "corrected": 1, "learned": 1 }), "the text is in the log");
    assert_eq!(counted(), said(&["all", "trust"]));
    // The message once more, as the model judges it: a person's word stands.
    program.say(&["import", file.to_str().expect("a path")]).lines();
    assert_eq!(counted(), said(&["all", "trust"]));

    let instance = program.start();
    let label = |label: Value| instance.post("/v1/labels", label.to_string().as_bytes(), None);
    let one = json!({ "customer_id": "ann", "source": "test", "event_id": "m-3", "label": "need",
                      "text": "We have enough of them." });
    let (status, answer) = label(json!([one]));
    assert_eq!((status, answer), (202, json!({ "accepted": 1, "learned": 1 })));
    for (bad, says) in [
        (json!({ "customer_id": "ann", "label": "need" }), "event_id is missing"),
        (json!({ "customer_id": "ann", "event_id": "m", "label": "need", "x": 1 }), "\"x\""),
        (json!("need"), "no object"),
    ] {
        let (status, answer) = label(json!([one, bad]));
        assert_eq!(status, 400, "{answer}");
        let detail = answer["detail"].as_str().expect("words");
        assert!(detail.starts_with("label 1: ") && detail.contains(says), "{detail}");
    }
    // It waits for its touchpoint.
    let late = touchpoint("m-3", json!({ "time": "2026-03-25T10:00:00Z" }));
    let (_, touched) = instance.post("/v1/touchpoints", late.to_string().as_bytes(), None);
    assert_eq!(touched["accepted"], 1);
    assert_eq!(counted(), said(&["all", "need", "trust"]));
    let report = program.say(&["report", "objections"]).json();
    let row = &report["tables"][0]["rows"][0];
    assert_eq!((&row["objection"], &row["entries"]), (&json!("all"), &json!(1)), "{report}");
    assert_eq!(row["share"]["whole"], 1, "{report}");
    assert_eq!(program.say(&["audit"]).json()["equal"], true);
}
