//! What was refused is read after the mapping was mended, and a mapping is tried before it is used.

use crate::program::Program;
use crate::touchpoint;
use serde_json::{Value, json};

const BROKEN: &str = "source = 'shop'\ntime = { at = '.at', zone = 'UTC' }\nchannel = 'store'\n\
    kind = 'purchase_made'\ncustomer_id = '.who'\n\
    value = { amount = '.sum', unit = 'major', currency = 'EUR' }\n\
    drop = { when = { '.who' = 'test' }, reason = 'a test' }\n\
    [file]\nformat = 'csv'\nencoding = 'cp1252'\n";
const ROWS: &[u8] = b"at,who,sum\n2026-03-25,J\xfcrgen,1.5\n25.3.2026,bea,2\n25.3.2026,bea,2\n\
    2026-03-26,test,1\n25.3.2026,J\xfcrgen,3\nnever,cem,1\n";

fn mended() -> String {
    BROKEN.replace("zone = 'UTC'", "zone = 'UTC', format = ['%Y-%m-%d', '%d.%m.%Y']")
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a path")
}

/// Counted, duplicates and dead letters of an answer.
fn counted(answer: &Value) -> [i64; 3] {
    ["counted", "duplicates", "dead_letters"].map(|name| answer[name].as_i64().expect("a number"))
}

#[test]
fn dead_letters_are_read_once_more_and_as_their_file_would_have_been() {
    for (format, is_instance) in [("avro", false), ("json", false), ("avro", true)] {
        let program = Program::new();
        let config = program.file("desirepath.toml", format!("[log]\nformat = '{format}'\n"));
        let config = path(&config);
        let broken = program.file("broken.toml", BROKEN);
        let mended = program.file("mended.toml", mended());
        let file = program.file("sales.csv", ROWS);
        let import = |mapping| {
            let asked = ["import", path(&file), "--mapping", mapping, "--config", config];
            program.say(&[&asked[..], &["--from-start"]].concat())
        };
        let replay = |more: &[&str]| {
            let asked = ["dead-letters", "replay", "--mapping", path(&mended), "--config", config];
            program.say(&[&asked, more].concat()).json()
        };
        let instance = is_instance.then(|| program.start());
        assert_eq!(counted(&import(path(&broken)).json()), [1, 0, 4], "{format}");
        // Twice, so each letter lies there twice.
        assert_eq!(counted(&import(path(&broken)).json()), [0, 1, 4], "{format}");
        let listed = program.say(&["dead-letters", "list", "--config", config]).lines();
        assert_eq!(listed.len(), 8);
        assert_eq!((&listed[0]["from"], &listed[0]["row"]), (&json!("sales.csv"), &json!(2)));
        assert!(listed[0]["error"].as_str().is_some_and(|text| text.starts_with("line 3, time")));

        let dry = replay(&["--dry-run"]);
        assert_eq!((&dry["read"], counted(&dry)), (&json!(3), [0, 0, 0]), "{format}");
        let answer = replay(&[]);
        assert_eq!(counted(&answer), [3, 0, 0], "{answer}");
        assert_eq!((&answer["left"], &answer["twice"]), (&json!(1), &json!(4)), "{answer}");
        assert_eq!(counted(&replay(&[])), [0, 3, 0], "{format}");
        // The file gives the same ids, so the two ways are one.
        assert_eq!(counted(&import(path(&mended)).json()), [0, 4, 1], "{format}");
        assert_eq!(replay(&["--file", "other.csv"])["read"], 0);
        if let Some(instance) = instance {
            instance.stop();
        }
        assert_eq!(program.say(&["audit", "--config", config]).exit, 0);
    }
}

#[test]
fn a_record_from_the_future_is_replayed_once_its_time_has_come() {
    let program = Program::new();
    let far = touchpoint("far", json!({ "time": "2199-01-01T00:00:00Z" })).to_string();
    let file = program.file("t.jsonl", far);
    assert_eq!(counted(&program.say(&["import", path(&file)]).json()), [0, 0, 1]);
    let listed = program.say(&["dead-letters", "list"]).lines();
    assert_eq!(
        (&listed[0]["from"], &listed[0]["class"]),
        (&json!("touchpoints"), &json!("future"))
    );
    // That time has not come, and nothing is written.
    let answer = program.say(&["dead-letters", "replay"]).json();
    assert_eq!((&answer["read"], &answer["left"]), (&json!(0), &json!(1)));
    program.adds_up(1);
}

#[test]
fn a_mapping_is_tried_on_a_sample_and_held_to_its_fixtures() {
    let program = Program::new();
    let mapping = program.file("sales.toml", BROKEN);
    let sample = program.file("sales.fixture.csv", ROWS);
    let tried = program.say(&["map", "test", path(&mapping), path(&sample)]);
    tried.fails(1, "D0748", "4 rows");
    let rows = tried.lines();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0]["touchpoint"]["customer_id"], "Jürgen");
    assert_eq!((&rows[1]["code"], &rows[1]["line"]), (&json!("D0523"), &json!(3)));
    assert_eq!(rows[3]["dropped"], "a test");
    let table = program.command(&["map", "test", path(&mapping), path(&sample)]).output();
    let table = String::from_utf8(table.expect("a table").stdout).expect("text");
    assert!(table.contains("1.50 EUR") && table.ends_with("4 not read\n"), "{table}");

    program.say(&["map", "test", path(&mapping)]).fails(66, "D0747", "has no");
    program.file("sales.expected.jsonl", &tried.out);
    assert_eq!(program.say(&["map", "test", path(&mapping)]).exit, 0);
    let check = |exit| {
        let said = program.say(&["check", "--offline", path(&mapping)]);
        assert_eq!(said.exit, exit, "{said:?}");
    };
    check(0);
    // Another mapping under the same name: what it makes is no longer what was expected.
    program.file("sales.toml", mended());
    check(1);
    program.say(&["map", "test", path(&mapping)]).fails(1, "D0747", "other touchpoints");
    program.say(&["map", "test", path(&program.file("new.toml", BROKEN))]).fails(64, "D0745", "");
}

#[test]
fn maps_and_mappings_are_checked_and_compared() {
    let program = Program::new();
    let (old, new) = (program.file("old.toml", BROKEN), program.file("new.toml", mended()));
    let sample = program.file("sales.csv", ROWS);
    let diff = |old, new| program.say(&["map", "diff", old, new, path(&sample)]);
    assert_eq!(diff(path(&old), path(&old)).exit, 0);
    let said = diff(path(&old), path(&new));
    said.fails(1, "D0747", "8 lines");
    assert_eq!(said.json()["added"].as_array().map(Vec::len), Some(4));
    program.say(&["map", "diff", path(&old), path(&new)]).fails(64, "D0745", "sample");

    let map = rules_default();
    let one = program.file("one.toml", &map);
    let other = program.file("two.toml", map.replace("cold_after = \"7d\"", "cold_after = \"8d\""));
    let said = program.say(&["map", "diff", path(&one), path(&other)]);
    assert_eq!(said.json()["added"], json!(["stage 2 consideration, cold after 8d"]));
    program.say(&["map", "diff", path(&one), path(&old)]).fails(64, "D0745", "cannot be compared");
    assert_eq!(program.say(&["map", "check", path(&one), path(&old)]).exit, 0);
    let wrong = program.file("wrong.toml", BROKEN.replace("'.at'", "'at'"));
    program.say(&["map", "check", path(&wrong)]).fails(78, "D0511", ".at");
}

fn rules_default() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/journey.example.toml");
    std::fs::read_to_string(path).expect("the example")
}

#[test]
fn words_are_looked_up_in_a_file_beside_the_mapping() {
    let program = Program::new();
    let keys = "identifiers = { email = { lookup = 'people', key = '.who' } }\n[lookup.people]\n\
                file = 'people.csv'\nkey = 'id'\nvalue = 'mail'\ndelimiter = ';'\n[file]";
    let text = mended().replace("[file]", keys).replace("customer_id = '.who'\n", "");
    let mapping = program.file("sales.toml", text);
    let sample = program.file("sales.csv", "at,who,sum\n2026-03-25,17,1\n2026-03-25,18,1\n");
    let test = || program.say(&["map", "test", path(&mapping), path(&sample)]);
    test().fails(66, "D0541", "people.csv");
    for (people, problem) in [
        ("", "it is empty"),
        ("id;mail\n17;a;b\n", "line 2 has 3 columns"),
        ("number;mail\n", "no column \"id\""),
    ] {
        program.file("people.csv", people);
        test().fails(65, "D0549", problem);
    }
    program.file("people.csv", "name;mail;id\nAnn;ann@example.org;17\nBea;other@example.org;17\n");
    let rows = test().lines();
    assert_eq!(rows[0]["touchpoint"]["identifiers"], json!({ "email": "ann@example.org" }));
    assert_eq!(rows[1]["code"], "D0521");
}

#[test]
fn the_mappings_that_ship_make_what_their_fixtures_say() {
    let program = Program::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/mappings");
    let mappings = ["cdnow.toml", "ecom.toml"].map(|name| format!("{folder}/{name}"));
    let said = program.say(&["check", "--offline", &mappings[0], &mappings[1]]);
    assert_eq!(said.exit, 0, "{said:?}");
    let probes = said.json()["probes"].as_array().map(Vec::len);
    assert_eq!(probes, Some(2), "{said:?}");
}
