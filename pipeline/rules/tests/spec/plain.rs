//! Mappings of paths and tables alone: which they are, and that rows of which only the values of
//! paths are known become what whole rows do.

use model::Timestamp;
use rules::{Around, Mapping, Occurrences, Row, Step, parse_mapping};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Holds the leaves of a row against the whole of it, where the mapping is plain.
#[track_caller]
pub fn same(mapping: &Mapping, row: &str) {
    let Ok(plain) = mapping.clone().plain() else { return };
    let Ok(fields) = serde_json::from_str::<&RawValue>(row) else { return };
    let found: Vec<Option<String>> = plain.paths.iter().map(|path| walk(fields, path)).collect();
    let leaves: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
    let around = Around {
        topic: "t".to_owned(),
        key: None,
        headers: BTreeMap::new(),
        received_at: Timestamp::NEVER,
        id: "t-0-7".to_owned(),
    };
    let whole = Row::json(row).expect("a row").within(&around);
    let leaves = Row::leaves(&leaves).within(&around);
    let (mut seen, mut other) = (Occurrences::default(), Occurrences::default());
    let expected = mapping.drafts(&whole, 7, &mut seen);
    assert_eq!(plain.mapping.drafts(&leaves, 7, &mut other), expected, "{row}");
    assert_eq!(seen.dropped(), other.dropped(), "{row}");
}

fn walk(row: &RawValue, path: &[Step]) -> Option<String> {
    let mut here = row;
    for step in path {
        here = match step {
            Step::Key(key) => {
                *serde_json::from_str::<BTreeMap<String, &RawValue>>(here.get()).ok()?.get(key)?
            }
            Step::Item(index) => {
                *serde_json::from_str::<Vec<&RawValue>>(here.get()).ok()?.get(*index)?
            }
        };
    }
    Some(here.get().to_owned())
}

const LEAST: &str = "time = '.at'\nchannel = 'chat'\n";

#[test]
fn what_is_more_than_paths_and_tables_is_named() {
    let who = "customer_id = '.who'\nkind = 'message_received'\n";
    for (lines, said) in [
        (who.to_owned(), ""),
        (format!("{who}value = {{ amount = '.a', unit = 'minor', currency = '.c' }}"), ""),
        (format!("{who}drop = {{ when = {{ '.test' = true }} }}"), ""),
        (format!("{who}[[rule]]\nwhen = {{ '.a' = 'b' }}\n[[rule]]\nkind = 'lost'"), ""),
        (format!("{who}text = '= body.text'"), "`text` is an expression"),
        (format!("{who}properties = {{ a = '= 1' }}"), "`properties.a` is an expression"),
        (format!("{who}subject = {{ any = ['.a', '= body.b'] }}"), "`subject` is an expression"),
        (format!("{who}drop = {{ when = '= body.test' }}"), "`drop` is an expression"),
        (format!("{who}let = {{ o = '= body.o' }}"), "`let` is an expression"),
        (format!("{who}each = 'body.m[] as m'"), "`each` is several touchpoints of one record"),
        (
            format!(
                "{who}subject = {{ lookup = 'l', key = '.a' }}\n[lookup.l]\ntable = {{ a = 'b' }}"
            ),
            "`subject` is a lookup",
        ),
        (
            format!(
                "{who}match = 'all'\n[[rule]]\nwhen = {{ '.a' = 'b' }}\n[[rule]]\nkind = 'lost'"
            ),
            "`match` is \"all\", several touchpoints of one record",
        ),
        ("kind = 'lost'\nidentifiers = { email = '.mail' }".to_owned(), "`customer_id` is missing"),
    ] {
        let mapping = parse_mapping(&format!("{LEAST}{lines}"), "test.toml");
        let mapping = mapping.unwrap_or_else(|error| panic!("{error:?}\n{lines}"));
        let told = mapping.plain().err().map(|not| not.to_string()).unwrap_or_default();
        assert_eq!(told, said, "{lines}");
    }
}
