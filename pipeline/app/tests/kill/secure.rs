//! A cluster that asks who one is: TLS and SCRAM on a real broker, and what is said of mistakes.

use crate::program::Program;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tests::SecureBroker;

/// The broker that the tests of this file share; its user may do everything.
fn broker() -> &'static SecureBroker {
    static BROKER: OnceLock<SecureBroker> = OnceLock::new();
    BROKER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(format!("secure-broker-{}", std::process::id()));
        let broker = SecureBroker::start(&folder);
        let all = ["--operation", "All", "--topic", "*", "--group", "*", "--transactional-id", "*"];
        broker.acls(&["--add"], &all);
        broker.acls(&["--add"], &["--operation", "All", "--cluster"]);
        broker
    })
}

/// What has to stand under `[kafka]`; a test changes one thing of it.
fn settings(broker: &SecureBroker) -> String {
    let SecureBroker { authority, password, .. } = broker;
    format!(
        "client.\"security.protocol\" = \"sasl_ssl\"\n\
         client.\"ssl.ca.location\" = {authority:?}\n\
         client.\"sasl.mechanism\" = \"SCRAM-SHA-512\"\n\
         client.\"sasl.username\" = \"desirepath\"\n\
         client.\"sasl.password\" = {{ file = {password:?} }}\n"
    )
}

fn program(folder: &Path, broker: &SecureBroker, name: &str, settings: &str) -> Program {
    let own = format!("application_id = {name:?}\ntopic_prefix = \"{name}-\"\n{settings}");
    Program::with(folder, &broker.address, "", &own)
}

/// One touchpoint comes in and is counted.
fn counts(program: &Program, folder: &Path) {
    let file = folder.join("lines.jsonl");
    let line = r#"{"event_id":"e1","time":"2026-03-25T09:14:03Z","source":"file","#;
    let line = format!("{line}\"customer_id\":\"c1\",\"channel\":\"chat\",\"kind\":\"lost\"}}\n");
    std::fs::write(&file, line).expect("a file");
    let counted = &program.lines(&["import", file.to_str().expect("a path")])[0];
    assert_eq!(counted["counted"], 1, "{counted}");
    assert_eq!(program.lines(&["audit"])[0]["differences"], 0);
    program.output(&["report"]);
}

#[test]
fn a_report_comes_from_a_cluster_with_tls_and_scram() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = program(folder.path(), broker(), "scram", &settings(broker()));
    counts(&program, folder.path());
    let checked = program.output(&["check"]);
    let text = String::from_utf8_lossy(&checked.stdout);
    let password = std::fs::read_to_string(&broker().password).expect("a password");
    assert!(text.contains("scram-touchpoints is there, 3 partitions"), "{text}");
    assert!(text.contains("kafka.client.sasl.mechanism") && text.contains("SCRAM-SHA-512"));
    assert!(text.contains("kafka.client.sasl.password.file"), "{text}");
    assert!(!text.contains(password.trim()), "{text}");
}

/// A wrong setting is a matter of configuration, which a restart does not mend; nothing is repeated
/// that may be a secret.
#[test]
fn what_the_cluster_refuses_is_a_configuration_to_mend() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "hunter2\n").expect("a file");
    let password = format!("{:?}", broker().password);
    let authority = format!("{:?}", broker().authority);
    let (wrong, gone) = (format!("{wrong:?}"), format!("{:?}", folder.path().join("gone")));
    for (from, to, code, words) in [
        (&*password, &*wrong, "D0780", "Authentication failed"),
        ("\"desirepath\"\n", "\"nobody\"\n", "D0780", "Authentication failed"),
        ("SCRAM-SHA-512", "PLAIN", "D0780", "PLAIN"),
        (&*authority, "\"/etc/hostname\"", "D0456", "ssl.ca.location"),
        (&format!("client.\"ssl.ca.location\" = {authority}\n"), "", "D0781", "certificate"),
        (&*password, &*gone, "D0782", "gone"),
        (&*format!("{{ file = {password} }}"), "\"hunter2\"", "D0702", "does not belong here"),
        ("sasl.password", "sasl.pasword", "D0702", "did you mean \"sasl.password\"?"),
        ("SCRAM-SHA-512", "SCRAM-MD5", "D0456", "SCRAM-MD5"),
    ] {
        let changed = settings(broker()).replacen(from, to, 1);
        assert_ne!(changed, settings(broker()), "{from}");
        let program = program(folder.path(), broker(), "refused", &changed);
        let output = program.command(&["insights"]).output().expect("the program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{to}: {error}");
        assert!(error.contains(code) && error.contains(words), "{to}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_broker_that_hangs_up_is_unreachable_and_the_fix_names_the_protocol() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = format!("application_id = \"plain\"\n{}", "client.\"socket.timeout.ms\" = 5000\n");
    // Without a word about TLS at the door that asks for it: the broker only hangs up.
    let program = Program::with(folder.path(), &broker().address, "", &own);
    let output = program.command(&["insights"]).output().expect("the program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{error}");
    assert!(error.contains("D0455") && error.contains("security.protocol"), "{error}");
}

/// By variables alone, as a container is given them.
#[test]
fn settings_and_secret_may_come_from_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = program(folder.path(), broker(), "variables", "");
    let password = std::fs::read_to_string(&broker().password).expect("a password");
    let password = password.trim();
    let authority = broker().authority.to_str().expect("a path");
    let run = |password: &str| {
        let mut command = program.command(&["check"]);
        for (name, value) in [
            ("SECURITY_PROTOCOL", "sasl_ssl"),
            ("SSL_CA_LOCATION", authority),
            ("SASL_MECHANISM", "SCRAM-SHA-512"),
            ("SASL_USERNAME", "desirepath"),
            ("SASL_PASSWORD", password),
        ] {
            command.env(format!("DESIREPATH__KAFKA__CLIENT__{name}"), value);
        }
        command.output().expect("the program")
    };
    let output = run(password);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("it answers; variables-touchpoints will be made"), "{text}");
    assert!(text.contains("kafka.client.sasl.password.env"), "{text}");
    assert!(!text.contains(password), "{text}");
    let output = run("hunter2");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("[D0780]") && !text.contains("hunter2"), "{text}");
}

/// A right as `check` says it, for `kafka-acls`: `Read, Write on topic touchpoints`.
fn arguments(right: &str) -> Vec<String> {
    let (operations, resource) = right.split_once(" on ").expect("a right");
    let mut arguments: Vec<String> =
        operations.split(", ").flat_map(|name| ["--operation".into(), name.into()]).collect();
    let of = |prefix: &str| resource.strip_prefix(prefix).map(str::to_owned);
    if let Some(topic) = of("topic ") {
        arguments.extend(["--topic".into(), topic]);
    } else if let Some(group) = of("group ") {
        arguments.extend(["--group".into(), group]);
    } else {
        let prefix = of("transactional ids that begin with ").expect("a resource");
        arguments.extend(["--transactional-id".into(), prefix]);
        arguments.extend(["--resource-pattern-type".into(), "prefixed".into()]);
    }
    arguments
}

/// With the rights that `check` lists, and no other, everything works; without any one of them
/// `check` says which.
#[test]
fn the_rights_that_check_lists_are_enough_and_each_is_missed() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = SecureBroker::start(&folder.path().join("broker"));
    let program = program(folder.path(), &broker, "least", &settings(&broker));
    let listed = &program.lines(&["check", "--offline"])[0]["acls"];
    let rights: Vec<&str> = listed
        .as_array()
        .expect("rights")
        .iter()
        .map(|right| right.as_str().expect("text"))
        .collect();
    assert!(rights.len() >= 9, "{rights:?}");
    let change = |how: &[&str], right: &str| {
        let arguments = arguments(right);
        broker.acls(how, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    };
    // The broker hears of a change a moment after whoever made it.
    let says = |words: &str| {
        let begun = Instant::now();
        loop {
            let output = program.command(&["check"]).output().expect("the program");
            let text = String::from_utf8(output.stdout).expect("text");
            let is_good = output.status.success() == words.ends_with("granted");
            match text.lines().find(|line| line.starts_with("rights") && line.contains(words)) {
                Some(_) if is_good => return,
                _ => assert!(begun.elapsed() < Duration::from_secs(60), "{words}: {text}"),
            }
        }
    };
    says("missing: ");
    // All topics need the same, and one command is enough for them.
    let (topics, others): (Vec<&str>, Vec<&str>) =
        rights.iter().partition(|right| right.contains(" on topic "));
    let named = topics.iter().filter_map(|right| right.split_once(" on topic "));
    let (operations, _) = topics[0].split_once(" on ").expect("a right");
    let mut together: Vec<&str> = named.flat_map(|(_, topic)| ["--topic", topic]).collect();
    together.extend(operations.split(", ").flat_map(|name| ["--operation", name]));
    broker.acls(&["--add"], &together);
    others.iter().for_each(|right| change(&["--add"], right));
    says("ACLs are granted");
    counts(&program, folder.path());
    let mut child = program.start();
    program.wait_until_ready();
    child.kill().expect("a kill");
    child.wait().expect("an end");

    // Topics are there now, so that nobody needs the right to make them.
    for (turn, right) in
        [topics[0], topics[2], topics[3], others[0], others[1], others[2]].iter().enumerate()
    {
        let (operations, resource) = right.split_once(" on ").expect("a right");
        let named: Vec<&str> = operations.split(", ").filter(|name| *name != "Create").collect();
        let one = format!("{} on {resource}", named[turn % named.len()]);
        change(&["--remove", "--force"], &one);
        says(&format!("missing: {one} [D0783]"));
        change(&["--add"], &one);
    }
    says("ACLs are granted");
}
