//! The file, the environment, and mistakes in both.

use super::{Config, SecretSource, read};
use std::path::PathBuf;

/// Everything that sending needs: some of its keys do not go without the others.
const SENDING: &str = "
    [mail]
    smtp = \"smtp://localhost\"
    from = \"shop@example.org\"
    to = [\"owner@example.org\"]
    user = \"shop\"
    password = { env = \"PASSWORD\" }
    [webhook]
    url = \"http://localhost\"
    secret = { file = \"whsec\" }
    [registry]
    url = \"http://localhost\"
    user = \"shop\"
    password = { env = \"PASSWORD\" }
";

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
    let table = |config: Config| toml::Table::try_from(config).expect("a table");
    let (defaults, sending) = (table(Config::default()), table(merged(SENDING, &[]).expect("all")));
    let all = toml::Value::Table(defaults.clone());
    let mut keys = vec!["map.file".to_owned()];
    read::leaves("", &defaults, &mut |key, _| keys.push(key));
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
            ("mail.smtp", _) => "smtps://mail.example.org".to_owned(),
            ("mail.from", _) => "other@example.org".to_owned(),
            ("mail.to", _) => "[\"a@example.org\", \"b@example.org\"]".to_owned(),
            ("webhook.url", _) => "https://example.org/hooks".to_owned(),
            ("registry.url", _) => "https://registry.example.org".to_owned(),
            ("http.tls", _) => "{ certificate = \"a.pem\", key = \"b.pem\" }".to_owned(),
            ("http.hosts", _) => "[\"map.example.org\"]".to_owned(),
            ("kafka.client", _) => "{ \"security.protocol\" = \"ssl\" }".to_owned(),
            (_, Some(toml::Value::Integer(_))) => "7".to_owned(),
            (_, Some(toml::Value::Boolean(is))) => (!is).to_string(),
            // A name of digits is a name.
            _ => "42".to_owned(),
        };
        let variable = format!("DESIREPATH__{}", key.to_uppercase().replace('.', "__"));
        let needing = ["mail.", "webhook.", "notify.", "registry."];
        let is_sending = needing.iter().any(|name| key.starts_with(name));
        let (file, before) = if is_sending { (SENDING, &sending) } else { ("", &defaults) };
        let config = merged(file, &[(&variable, &value)]).unwrap_or_else(|e| panic!("{key}: {e}"));
        assert_ne!(table(config), *before, "{variable} changes nothing");
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
fn hosts_are_names_and_a_certificate_comes_with_its_key() {
    for (text, expected) in [
        ("hosts = [\"map.example.org\", \"192.168.1.5\", \"[fe80::1]\"]", None),
        ("tls = { certificate = \"a.pem\", key = \"b.pem\" }", None),
        ("hosts = [\"https://map.example.org\"]", Some("say a name alone")),
        ("hosts = [\"map.example.org:443\"]", Some("say a name alone")),
        ("hosts = [\"\"]", Some("say a name alone")),
        ("tls = { certificate = \"a.pem\" }", Some("certificate and key are two")),
        ("tls = { key = \"a.pem\" }", Some("certificate and key are two")),
    ] {
        let read = merged(&format!("[http]\n{text}"), &[]);
        match (read, expected) {
            (Ok(_), None) => {}
            (Err(error), Some(part)) => assert!(error.contains(part), "{text}: {error}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
}

#[test]
fn the_two_files_of_a_certificate_may_come_from_two_places() {
    let file = "[http.tls]\ncertificate = \"a.pem\"\nkey = \"b.pem\"";
    let config = merged(file, &[("DESIREPATH__HTTP__TLS__KEY", "c.pem")]).expect("a config");
    let files = config.http.certificate().map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(files, Some((PathBuf::from("a.pem"), PathBuf::from("c.pem"))));
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
fn each_setting_of_the_client_has_a_variable_and_secrets_stay_where_they_are() {
    let file = "[kafka.client]\n\"sasl.password\" = { file = \"/run/key\" }";
    for (name, value, expected) in [
        ("SECURITY_PROTOCOL", "ssl", "\"security.protocol\" = \"ssl\""),
        ("SOCKET_TIMEOUT_MS", "5000", "\"socket.timeout.ms\" = \"5000\""),
        ("SASL_PASSWORD__FILE", "/run/a", "\"sasl.password\" = { file = \"/run/a\" }"),
        ("SASL_PASSWORD__ENV", "A", "\"sasl.password\" = { env = \"A\" }"),
        (
            "SASL_PASSWORD",
            "hunter2",
            "\"sasl.password\" = { env = \"DESIREPATH__KAFKA__CLIENT__SASL_PASSWORD\" }",
        ),
        ("SASL_USERNAME__ENV", "A", "\"sasl.username\" = { env = \"A\" }"),
    ] {
        let variable = format!("DESIREPATH__KAFKA__CLIENT__{name}");
        let config = merged(file, &[(&variable, value)]).unwrap_or_else(|e| panic!("{name}: {e}"));
        let is_other = !expected.starts_with("\"sasl.password");
        let before = if is_other { file } else { "[kafka.client]" };
        let expected = merged(&format!("{before}\n{expected}"), &[]);
        assert_eq!(config.kafka.client, expected.expect(name).kafka.client, "{name}");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}

#[test]
fn settings_of_the_client_are_those_that_librdkafka_knows() {
    for (line, words) in [
        ("\"security.protokol\" = \"ssl\"", "did you mean \"security.protocol\"?"),
        ("\"sasl.jaas\" = \"hunter2\"", "is not known to librdkafka"),
        ("\"security.protocol\" = \"tls\"", "kafka.client \"security.protocol\" is \"tls\": "),
        ("\"sasl.password\" = \"hunter2\"", "a secret itself does not belong here"),
        ("\"ssl.key.pem\" = \"hunter2\"", "a secret itself does not belong here"),
        ("sasl.password = \"hunter2\"", "write the whole name in quotes"),
        ("\"sasl.password\" = { value = \"hunter2\" }", "{ file = \"path\" }"),
        ("\"isolation.level\" = { env = \"A\" }", "exactly-once"),
        ("\"sasl.oauthbearer.method\" = \"oidc\"", "sasl.oauthbearer.method"),
    ] {
        let error = merged(&format!("[kafka.client]\n{line}"), &[]).expect_err(line);
        assert!(error.contains(words) && error.contains("D0702"), "{line}: {error}");
        assert!(!error.contains("hunter2"), "{line}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
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
        ("[whatever]", "here there are log, http, map, time, kafka, mail"),
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

#[test]
fn sending_that_cannot_work_is_refused_and_nobody_is_named() {
    let mail = |key: &str, value: &str| {
        let line = SENDING.lines().find(|line| line.trim().starts_with(key)).expect("a key");
        SENDING.replacen(
            line,
            &if value.is_empty() { String::new() } else { format!("{key} = {value}") },
            1,
        )
    };
    for (text, words) in [
        (
            mail("smtp", "\"localhost\""),
            "mail.smtp is no address that can be used: say smtps://host",
        ),
        (mail("smtp", "\"http://localhost\""), "mail.smtp is no address"),
        (mail("smtp", "\"smtps://ann:hunter2@localhost\""), "mail.smtp has a user or a password"),
        (mail("smtp", "\"smtps://localhost/hunter2\""), "mail.smtp has a path"),
        (mail("from", ""), "mail.from is no address"),
        (mail("from", "\"hunter2\""), "mail.from is no address: say"),
        (mail("to", "[]"), "mail.to has 0 addresses: 1 to 20"),
        (mail("to", "[\"a@example.org\", \"hunter2\"]"), "mail.to is no address in place 2"),
        (mail("to", &format!("{:?}", ["hunter2@example.org"; 21])), "mail.to has 21 addresses"),
        (mail("user", ""), "mail.user and mail.password go together"),
        (mail("password", ""), "mail.user and mail.password go together"),
        (mail("password", "\"hunter2\""), "a secret itself does not belong here"),
        (mail("secret", "\"hunter2\""), "a secret itself does not belong here"),
        (mail("secret", ""), "webhook.secret is not set, and nothing is sent unsigned"),
        (
            mail("url", "\"http://example.org/hunter2\""),
            "webhook.url is http:// and leads to another",
        ),
        (mail("url", "\"http://0.0.0.0/hunter2\""), "say https://"),
        (mail("url", "\"https://hunter2@example.org\""), "webhook.url has a user or a password"),
        (mail("url", "\"hunter2\""), "webhook.url is no address that can be used"),
        ("[notify]\ncold = true".to_owned(), "notify.cold is set, but there is no way to send"),
        ("[notify]\nwarm = true".to_owned(), "key \"warm\" is not known"),
    ] {
        let error = merged(&text, &[]).expect_err(&text);
        assert!(error.contains(words) && error.contains("D0702"), "{text}: {error}");
        assert!(!error.contains("hunter2") && !error.contains("owner@"), "{text}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    // Nothing of it is there by itself.
    let Config { mail, webhook, notify, .. } = Config::default();
    assert!(mail.smtp.is_empty() && webhook.url.0.is_empty() && !notify.cold);
}

#[test]
fn a_source_is_direct_where_the_tasks_can_read_it_as_it_lies() {
    let text = |source: &str, rest: &str| {
        format!(
            "[log]\nkind = \"kafka\"\n[[source]]\ntopic = \"chat\"\nmapping = \"chat.toml\"\n\
             schema = \"chat.avsc\"\ndirect = true\n{source}\n{rest}"
        )
    };
    let avro = "format = \"avro\"";
    let config = merged(&text(avro, ""), &[]).expect("a direct source");
    assert_eq!(config.topics().touchpoints, "chat", "the input of the tasks");
    assert_eq!(config.own_topics().touchpoints, "touchpoints");
    assert_eq!(config.idle_bound_of_tasks(), config.idle_bound());
    let another = "[[source]]\ntopic = \"mail\"\nmapping = \"mail.toml\"";
    for (source, rest, words) in [
        ("format = \"debezium-avro\"", "", "its format is \"debezium-avro\": only"),
        ("format = \"avro\"\nhistory = true", "", "direct and history = true: nothing would"),
        ("format = \"avro\"\nstart = \"latest\"", "", "it begins at \"latest\""),
        (avro, another, "it is not the only [[source]]: others write"),
    ] {
        let error = merged(&text(source, rest), &[]).expect_err(source);
        assert!(error.contains(words), "{source}: {error}");
    }
    let json = text("", "").replace("schema = \"chat.avsc\"\n", "");
    let error = merged(&json, &[]).expect_err("json");
    assert!(error.contains("its format is \"json\""), "{error}");
    let own = text(avro, "").replace("\"chat\"", "\"insights\"");
    let error = merged(&own, &[]).expect_err("our own topic");
    assert!(error.contains("this program itself writes"), "{error}");
}

#[test]
fn a_source_in_avro_says_where_its_schemas_are() {
    let source = |keys: &str, registry: &str| {
        format!(
            "[log]\nkind = \"kafka\"\n[[source]]\ntopic = \"chat\"\nmapping = \"chat.toml\"\n\
             {keys}\n[registry]\n{registry}"
        )
    };
    let url = "url = \"http://127.0.0.1:8081/apis/ccompat/v7\"";
    for (keys, registry) in [
        ("format = \"avro\"", url),
        ("format = \"debezium-avro\"\nreader_schema = \"a.avsc\"", url),
        ("format = \"avro\"\nschema = \"a.avsc\"\nreader_schema = \"b.avsc\"", ""),
        ("poison_percent_max = 100", "url = \"https://a.example.org\"\ntoken = { env = \"A\" }"),
    ] {
        assert_eq!(merged(&source(keys, registry), &[]).err(), None, "{keys} {registry}");
    }
    let password = "password = { env = \"A\" }";
    for (keys, registry, words) in [
        (
            "format = \"avro\"",
            "",
            "source chat is avro and its schemas are nowhere: say [registry]",
        ),
        ("schema = \"a.avsc\"", url, "source chat is json and has a schema of Avro: take it out"),
        ("format = \"avr\"", "", "did you mean \"avro\"?"),
        ("poison_percent_max = 0", "", "poison_percent_max of chat is 0: 1 to 100"),
        ("poison_percent_max = 101", "", "poison_percent_max of chat is 101: 1 to 100"),
        ("", "url = \"localhost:8081\"", "registry.url is no address that can be used: say https"),
        ("", "url = \"https://a.example.org/?a=b\"", "registry.url has a query"),
        ("", "user = \"a\"", "registry.url is not set"),
        ("", "url = \"http://localhost\"\nuser = \"a\"", "registry.user and registry.password"),
        ("", &format!("{url}\nuser = \"a\"\n{password}\ntoken = {{ env = \"B\" }}"), "say one"),
        (
            "",
            &format!("url = \"http://a.example.org\"\nuser = \"a\"\n{password}"),
            "registry.url is http:// and leads to another machine",
        ),
        ("", "token = \"hunter2\"", "a secret itself does not belong here"),
    ] {
        let error = merged(&source(keys, registry), &[]).expect_err(keys);
        assert!(error.contains(words) && error.contains("D0702"), "{keys} {registry}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn the_path_of_a_webhook_is_printed_nowhere() {
    for (url, expected) in [
        ("https://example.org/T0/hunter2", "https://example.org/***"),
        ("https://example.org?key=hunter2", "https://example.org/***"),
        ("https://ann:hunter2@example.org", "https://***"),
        ("https://ann:hunter2@example.org/a", "https://***"),
        ("https://example.org/", "https://example.org/"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("", ""),
    ] {
        let url = super::sending::Url(url.to_owned());
        let text = toml::Value::try_from(&url).expect("a value").as_str().map(str::to_owned);
        assert_eq!((format!("{url:?}"), text), (expected.to_owned(), Some(expected.to_owned())));
    }
}
