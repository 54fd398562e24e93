//! `deploy/CONFIG.md` and `schemas/desirepath.schema.json`, made of the types and their words.
//! `UPDATE=1` writes both anew.

use super::{ClientSection, Config, SecretSource, read, sending::Url};
use kafka::property;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const INTRODUCTION: &str = "# Configuration

Every key has a default, and a file is not needed. The later wins:

1. the defaults below
2. the file that `--config` names, else `desirepath.toml` where one lies in the folder
3. variables: `DESIREPATH__LOG__KIND=kafka` sets `kind` under `[log]`; lists and tables are
   written as in the file, `DESIREPATH__HTTP__HOSTS='[\"map.example.org\"]'`
4. flags, such as `--data` and `--listen`

`desirepath check` says of every key what it would be and where that was set, tries map, folder,
port and cluster, and starts nothing. What is not known is refused with the nearest that is:

```text
desirepath.toml line 3: key \"listn\" is not known: did you mean \"listen\"? [D0702]
```

**Secrets** stand nowhere in the configuration, which is printed and copied; their place does:
`{ file = \"path\" }`, within the data folder unless the path is absolute, or
`{ env = \"NAME\" }`.

**Settings of librdkafka** stand under `[kafka.client]` by its own names, in quotes because of
the dots. A variable has `_` in the place of each dot,
`DESIREPATH__KAFKA__CLIENT__SECURITY_PROTOCOL=sasl_ssl`; of a secret it is read when it is
needed and never shown, `DESIREPATH__KAFKA__CLIENT__SASL_PASSWORD`, or with `__FILE` behind it
names a file. A cluster with TLS and SCRAM:

```toml
[kafka]
brokers = \"broker-1.example.org:9093\"

[kafka.client]
\"security.protocol\" = \"sasl_ssl\"
\"ssl.ca.location\" = \"/etc/desirepath/cluster-ca.pem\"
\"sasl.mechanism\" = \"SCRAM-SHA-512\"
\"sasl.username\" = \"desirepath\"
\"sasl.password\" = { file = \"/etc/desirepath/kafka-password\" }
```

**Editors** complete and check keys by [the schema](../schemas/desirepath.schema.json), JSON
Schema 2020-12. Those that read TOML by Taplo, such as VS Code with Even Better TOML, look for
it in the first line of the file: `#:schema ./desirepath.schema.json`.

This page and the schema are made of the program's types; a test fails when one is stale.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl JsonSchema for SecretSource {
    fn schema_name() -> Cow<'static, str> {
        "SecretSource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, about: &str| {
            json!({
                "type": "object", "additionalProperties": false, "required": [name],
                "properties": { name: { "type": "string", "description": about } },
            })
        };
        json_schema!({
            "description": "Where a secret is.",
            "oneOf": [
                one("file", "A file, within the data folder unless its path is absolute."),
                one("env", "A variable of the environment, by its name."),
            ],
        })
    }
}

impl JsonSchema for Url {
    fn schema_name() -> Cow<'static, str> {
        "Url".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl JsonSchema for ClientSection {
    fn schema_name() -> Cow<'static, str> {
        "ClientSection".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let place = generator.subschema_for::<SecretSource>();
        let value = json!({ "anyOf": [{ "type": ["string", "integer", "boolean"] }, place] });
        let of = |name: &&str| {
            let known = if property::is_secret(name) { json!(place) } else { value.clone() };
            ((*name).to_owned(), known)
        };
        let known: Map<String, Value> = property::USUAL.iter().map(of).collect();
        let own = json!({ "enum": kafka::OWN });
        json_schema!({
            "type": "object", "properties": known, "additionalProperties": value,
            "propertyNames": { "not": own },
        })
    }
}

/// The schema of the whole file.
fn schema() -> Value {
    let mut schema = schemars::schema_for!(Config).to_value();
    schema["title"] = "Configuration of Desire path".into();
    schema
}

/// What a key may hold, behind references.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str() {
        return &root["$defs"][name.trim_start_matches("#/$defs/")];
    }
    let choices = schema["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    match choices.iter().find(|choice| choice["$ref"].is_string()) {
        Some(choice) => resolved(choice, root),
        None => schema,
    }
}

/// One line of what stands in a docstring over several.
fn line(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// A value as it would stand in the file.
fn written(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Object(table) if table.is_empty() => "none".to_owned(),
        value => {
            let value = toml::Value::try_from(value).expect("a value of TOML");
            format!("`{}`", value.to_string().replace('\n', " "))
        }
    }
}

/// A section with its keys, and behind it the sections in it.
fn section(path: &str, schema: &Value, defaults: &Value, root: &Value, out: &mut String) {
    let is_section = |key: &Value| {
        let key = resolved(key, root);
        let key = if key["type"] == "array" { resolved(&key["items"], root) } else { key };
        key["additionalProperties"] == false && key["properties"].is_object()
    };
    let keys: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
    let (inner, plain): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, key)| is_section(key));
    if !plain.is_empty() {
        let _ = writeln!(out, "| key | default | what it says |\n| --- | --- | --- |");
    }
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, key) in plain {
        // Of a list's entries no default is in the file's, but in their own schema.
        let default = defaults.get(name).or_else(|| key.get("default")).unwrap_or(&Value::Null);
        let must = defaults.is_null() || defaults.is_array();
        let must = must && required.iter().any(|required| required == name);
        let default = if must { "must be said".to_owned() } else { written(default) };
        let what = line(&key["description"]);
        let _ = writeln!(out, "| `{name}` | {default} | {what} |");
    }
    for (name, key) in inner {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_list = resolved(key, root)["type"] == "array";
        let inner = resolved(key, root);
        let inner = if is_list { resolved(&inner["items"], root) } else { inner };
        let title = if is_list { format!("[[{path}]]") } else { format!("[{path}]") };
        let _ = writeln!(out, "\n## {title}\n\n{}\n", line(&key["description"]));
        section(&path, inner, &defaults[name], root, out);
    }
}

fn page() -> String {
    let schema = schema();
    let defaults = serde_json::to_value(Config::default()).expect("the defaults");
    let mut page = INTRODUCTION.to_owned();
    section("", &schema, &defaults, &schema, &mut page);
    page
}

/// Holds a file against what the types say now.
fn holds(path: &str, expected: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).expect("a file");
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = is.lines().zip(expected.lines()).find(|(is, expected)| is != expected);
    let name = path.display();
    assert!(is == expected, "{name} is stale, UPDATE=1 writes it anew: {differs:?}");
}

#[test]
fn the_reference_and_the_schema_say_what_the_types_say() {
    holds("deploy/CONFIG.md", &page());
    let schema = serde_json::to_string_pretty(&schema()).expect("a schema");
    holds("schemas/desirepath.schema.json", &format!("{schema}\n"));
}

/// Each key that there is has words, and stands on the page under its section.
#[test]
fn every_key_is_explained() {
    let defaults = toml::Table::try_from(Config::default()).expect("a table");
    let page = page();
    let mut count = 0;
    read::leaves("", &defaults, &mut |key, _| {
        let names: Vec<&str> = key.split('.').collect();
        let is_row = |at: usize| {
            let title = format!("\n## [{}]\n", names[..at].join("."));
            let keys = page.split(&title).nth(1).and_then(|text| text.split("\n## ").next());
            keys.is_some_and(|keys| keys.contains(&format!("| `{}` |", names[at])))
        };
        let is_section = page.contains(&format!("\n## [{key}]\n"));
        assert!(is_section || (1..names.len()).any(is_row), "{key} is not on the page");
        count += 1;
    });
    assert!(count > 20, "{count} keys");
    let bare: Vec<&str> = page.lines().filter(|line| line.ends_with("|  |")).collect();
    assert!(bare.is_empty(), "keys without a word: {bare:?}");
}

/// The closed sets of the schema are those of the program.
#[test]
fn what_the_schema_lists_is_what_the_program_takes() {
    let schema = schema();
    let mut count = 0;
    for (section, key) in schema["properties"].as_object().expect("sections") {
        let keys = resolved(key, &schema)["properties"].as_object();
        for (name, key) in keys.into_iter().flatten() {
            let Some(values) = key["enum"].as_array() else { continue };
            count += 1;
            let read = |value: &Value| {
                let text = format!("[{section}]\n{name} = {value}");
                read::merged("d.toml", &text, std::iter::empty())
            };
            values.iter().for_each(|value| assert!(read(value).is_ok(), "{name} = {value}"));
            assert!(read(&json!("something else")).is_err(), "{section}.{name}");
        }
    }
    assert_eq!(count, 4);
}

/// By a validator of somebody else: what people are given passes, and what the program refuses for
/// its form does not.
#[test]
fn an_editor_says_of_a_file_what_the_program_says() {
    let packaged = std::fs::read_to_string(root().join("deploy/package/desirepath.toml"));
    let packaged = packaged.expect("a file");
    let example = INTRODUCTION.split("```toml\n").nth(1).and_then(|text| text.split("```").next());
    let rows = [
        (packaged.as_str(), true),
        (example.expect("an example"), true),
        ("[log]\nsecret = { env = \"KEY\" }\n[http]\nhosts = [\"a.example.org\"]", true),
        ("[kafka.client]\n\"socket.timeout.ms\" = 5000\n\"sasl.username\" = { env = \"A\" }", true),
        ("[registry]\nurl = \"https://a.example.org\"\ntoken = { env = \"TOKEN\" }", true),
        ("[mail]\npassword = \"hunter2\"", false),
        ("[registry]\ntoken = \"hunter2\"", false),
        ("[[source]]\ntopic = \"a\"\nmapping = \"a\"\npoison_percent_max = 200", false),
        ("[kafka.client]\n\"sasl.password\" = \"hunter2\"", false),
        ("[kafka.client]\n\"isolation.level\" = \"read_uncommitted\"", false),
        ("[http]\nlistn = \"x\"", false),
        ("[htp]\nlisten = \"x\"", false),
        ("[log]\npartitions = 0", false),
        ("[log]\npartitions = \"four\"", false),
        ("[log]\nkind = \"files\"", false),
        ("[log]\nsecret = { file = \"a\", env = \"b\" }", false),
    ];
    let schema = root().join("schemas/desirepath.schema.json");
    let line = |text: &str| {
        let value: toml::Table = toml::from_str(text).expect("TOML");
        json!({ "schema": schema, "value": value }).to_string()
    };
    let lines: Vec<String> = rows.iter().map(|(text, _)| line(text)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("values.jsonl");
    std::fs::write(&file, lines.join("\n")).expect("a file");
    let script = root().join("tests/data/schemas.sh");
    let output = Command::new(script).arg(file).output().expect("the script");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let judged = String::from_utf8_lossy(&output.stdout);
    assert_eq!(judged.lines().count(), rows.len(), "{judged}");
    for ((text, is_good), judged) in rows.iter().zip(judged.lines()) {
        assert_eq!(judged == "ok", *is_good, "{text}: {judged}");
        let read = read::merged("d.toml", text, std::iter::empty());
        assert_eq!(read.is_ok(), *is_good, "{text}: {:?}", read.err());
    }
}
