//! The file, the environment, and mistakes in both.

use super::{Config, SecretSource, read};
use std::path::PathBuf;

fn merged(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    let merged = read::merged("d.toml", text, variables);
    merged.map(|(config, _)| config).map_err(|failure| failure.to_string())
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let file = "[http]\nlisten = \"127.0.0.1:1\"\n[log]\npartitions = 2";
    let config = merged(file, &[("DESIREPATH__HTTP__LISTEN", "127.0.0.1:2")]).expect("a config");
    assert_eq!((&*config.http.listen, config.log.partitions), ("127.0.0.1:2", 2));
    assert_eq!(config.time.idle_bound, "10s");
}

/// Every key that there is can be set by a variable, in the type that it has.
#[test]
fn every_key_can_be_set_by_a_variable() {
    let defaults = toml::Table::try_from(Config::default()).expect("a table");
    let all = toml::Value::Table(defaults.clone());
    let mut keys = vec!["map.file".to_owned()];
    read::leaves("", &defaults, &mut |key| keys.push(key));
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        let known = key.split('.').try_fold(&all, |at, name| at.get(name));
        let value = match (&*key, known) {
            ("log.kind", _) => "kafka".to_owned(),
            ("kafka.append_time", _) => "create".to_owned(),
            ("log.format", _) => "json".to_owned(),
            ("kafka.partitioner", _) => "crc32".to_owned(),
            ("kafka.commit_interval", _) => "7ms".to_owned(),
            ("log.retention" | "log.retention_outputs", _) => "7d".to_owned(),
            ("time.clock_skew_max" | "time.idle_bound", _) => "7m".to_owned(),
            ("kafka.client", _) => "{ \"security.protocol\" = \"ssl\" }".to_owned(),
            (_, Some(toml::Value::Integer(_))) => "7".to_owned(),
            (_, Some(toml::Value::Boolean(is))) => (!is).to_string(),
            // A name of digits is a name.
            _ => "42".to_owned(),
        };
        let variable = format!("DESIREPATH__{}", key.to_uppercase().replace('.', "__"));
        let config = merged("", &[(&variable, &value)]).unwrap_or_else(|e| panic!("{key}: {e}"));
        let config = toml::Table::try_from(config).expect("a table");
        assert_ne!(config, defaults, "{variable} changes nothing");
    }
}

#[test]
fn the_folder_keeps_records_for_an_hour_at_least_and_a_cluster_keeps_its_own() {
    for (text, expected) in [
        ("retention = \"1h\"", None),
        ("retention = \"forever\"\nretention_outputs = \"30d\"", None),
        ("retention = \"59m\"", Some("log.retention is \"59m\": say \"forever\" or")),
        ("retention_outputs = \"a week\"", Some("log.retention_outputs is \"a week\"")),
        ("kind = \"kafka\"\nretention = \"7d\"", Some("set retention.ms of the topic there")),
    ] {
        let read = merged(&format!("[log]\n{text}"), &[]);
        match (read, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(part)) => assert!(error.contains(part), "{text}: {error}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
}

#[test]
fn a_secret_is_named_by_its_place() {
    let secret = |text: &str| merged(text, &[]).expect("a config").log.secret;
    assert_eq!(
        secret("[log]\nsecret = { file = \"/run/key\" }"),
        SecretSource::File(PathBuf::from("/run/key"))
    );
    assert_eq!(secret("[log]\nsecret = { env = \"KEY\" }"), SecretSource::Env("KEY".to_owned()));
    let file = "[log]\nsecret = { file = \"/run/key\" }";
    let config = merged(file, &[("DESIREPATH__LOG__SECRET__ENV", "KEY")]).expect("a config");
    assert_eq!(config.log.secret, SecretSource::Env("KEY".to_owned()));
}

#[test]
fn a_secret_that_stands_in_the_file_itself_is_refused_and_not_repeated() {
    for (text, variables) in [
        ("[log]\nsecret = \"hunter2\"", None),
        ("[log]\nsecret = { value = \"hunter2\" }", None),
        ("[log]\nsecret = { file = \"a\", value = \"hunter2\" }", None),
        ("", Some(("DESIREPATH__LOG__SECRET", "hunter2"))),
    ] {
        let variables: Vec<_> = variables.into_iter().collect();
        let error = merged(text, &variables).expect_err(text);
        assert!(!error.contains("hunter2"), "{error}");
        assert!(error.contains("{ file = \"secret\" }") && error.contains("D0702"), "{error}");
    }
}

#[test]
fn mistakes_name_the_place_the_key_and_the_fix() {
    for (text, words) in [
        ("[log]\nkind = \"files\"", "log.kind is \"files\": say"),
        ("[log]\npartitions = 0", "log.partitions is 0: 1 to 1024"),
        ("[log]\npartitions = \"four\"", "d.toml line 2: invalid type: string \"four\""),
        ("[time]\nidle_bound = \"soon\"", "time.idle_bound"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[kafka]\npartitioner = \"random\"", "kafka.partitioner"),
        ("[kafka.client]\n\"isolation.level\" = \"read_uncommitted\"", "isolation.level"),
        ("[kafka.client]\n\"enable.auto.commit\" = \"true\"", "exactly-once"),
        ("[kafka]\ncommit_interval = \"1s\"", "kafka.commit_interval"),
        ("[kafka]\ncommit_interval = \"never\"", "kafka.commit_interval"),
        (
            "\n[http]\nlistn = \"x\"",
            "d.toml line 3: key \"listn\" is not known: did you mean \"listen\"?",
        ),
        (
            "[htp]\nlisten = \"x\"",
            "d.toml line 1: key \"htp\" is not known: did you mean \"http\"?",
        ),
        ("[whatever]", "here there are log, http, map, time, kafka"),
        ("[log", "d.toml line 1: unclosed"),
    ] {
        let error = merged(text, &[]).expect_err(text);
        assert!(error.contains(words) && error.contains("D0702"), "{text}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    for (name, value, words) in [
        (
            "DESIREPATH__HTTP__LISTN",
            "x",
            "DESIREPATH__HTTP__LISTN: key \"listn\" is not known: did",
        ),
        ("DESIREPATH__HTTP", "x", "names no key"),
        ("DESIREPATH____LISTEN", "x", "names no key"),
        ("DESIREPATH__LOG__PARTITIONS", "many", "DESIREPATH__LOG__PARTITIONS: invalid type"),
    ] {
        let error = merged("", &[(name, value)]).expect_err(name);
        assert!(error.contains(words) && error.contains("D0702"), "{name}: {error}");
    }
}
