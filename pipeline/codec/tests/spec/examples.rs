//! The schemas and their examples, read with apache-avro.

use apache_avro::Schema;
use apache_avro::types::Value;
use codec::schemas;
use serde_json::Value as Json;

/// A built-in schema by name.
pub fn schema(name: &str) -> Schema {
    let found = schemas::ALL.iter().find(|schema| schema.name == name).unwrap();
    Schema::parse_str(found.json).unwrap()
}

/// The example of a record, as its schema types it.
pub fn example(name: &str) -> Value {
    let path = format!("{}/../../schemas/examples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let json: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    Value::try_from(json).unwrap().resolve(&schema(name)).unwrap()
}

fn fields(schema: &Json, undocumented: &mut Vec<String>) {
    if let Some(list) = schema["fields"].as_array() {
        for field in list {
            if field["doc"].as_str().is_none_or(str::is_empty) {
                undocumented.push(field["name"].to_string());
            }
            let kind = &field["type"];
            fields(kind, undocumented);
            for branch in kind.as_array().into_iter().flatten() {
                fields(branch, undocumented);
            }
        }
    }
}

#[test]
fn every_field_of_every_schema_says_what_it_is() {
    for built_in in schemas::ALL {
        let mut undocumented = Vec::new();
        fields(&serde_json::from_str(built_in.json).unwrap(), &mut undocumented);
        assert!(undocumented.is_empty(), "{}: {undocumented:?}", built_in.name);
    }
}

#[test]
fn every_built_in_schema_has_an_id_of_its_own_and_a_row_in_the_readme() {
    let readme = include_str!("../../../../schemas/README.md");
    for (place, built_in) in schemas::ALL.iter().enumerate() {
        assert_eq!(built_in.id as usize, 2_000_000_000 + place, "{}", built_in.name);
        assert_eq!(schemas::of(built_in.id), Some(built_in));
        let row = format!("| `{}.avsc` |", built_in.name);
        let row = readme.lines().find(|line| line.starts_with(&row)).unwrap();
        assert!(row.contains(&built_in.id.to_string()), "{row}");
    }
}

#[test]
fn every_record_but_the_touchpoint_has_an_example_that_its_schema_reads() {
    for built_in in schemas::ALL.iter().filter(|built_in| built_in.name != "touchpoint") {
        let value = example(built_in.name);
        assert!(value.validate(&schema(built_in.name)), "{}", built_in.name);
    }
}

#[test]
fn control_records_carry_a_mac() {
    for name in ["clock", "absorb", "erase", "map_switch", "label", "forwarded"] {
        let Value::Record(fields) = example(name) else { panic!("{name} is no record") };
        let (last, mac) = fields.last().unwrap();
        assert_eq!((last.as_str(), mac), ("mac", &Value::Bytes(vec![1, 2, 3])), "{name}");
    }
}
