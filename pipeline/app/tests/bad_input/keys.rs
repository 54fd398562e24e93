//! Who comes in: keys that a command makes and takes away, links, and commands that have none.

use crate::program::{Instance, Program, Said, said};
use crate::touchpoint;
use serde_json::{Value, json};

fn create(program: &Program, right: &str) -> Value {
    program.say(&["key", "create", right, "--name", "a test"]).json()
}

fn bearer(key: &Value) -> String {
    format!("Bearer {}", key["key"].as_str().expect("a key"))
}

/// A command that asks an instance by its address, with what the environment holds.
fn ask(program: &Program, instance: &Instance, key: &str, arguments: &[&str]) -> Said {
    let mut command = program.command(&[arguments, &["--url", &instance.url, "--json"]].concat());
    command.env("DESIREPATH_KEY", key);
    said(command, b"")
}

#[test]
fn keys_are_made_before_an_instance_or_beside_it_and_revoked_while_it_runs() {
    let program = Program::new();
    let ingest = create(&program, "ingest");
    let instance = program.start();
    let (read, admin) = (create(&program, "read"), create(&program, "admin"));
    let text = touchpoint("a", json!({})).to_string();
    let send = |key: &Value| {
        let sent = ureq::post(format!("{}/v1/touchpoints", instance.url));
        sent.header("authorization", bearer(key)).send(&text).map(|answer| answer.status())
    };
    assert_eq!(send(&ingest).expect("accepted"), 202);
    let status = |key: &Value, request: &str| {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        instance.status_of(method, path, &bearer(key))
    };
    for (request, expected) in [
        ("GET /v1/report/funnel", [403, 200, 200]),
        ("GET /metrics", [403, 200, 200]),
        ("POST /v1/audit", [403, 200, 200]),
        ("GET /v1/backup", [403, 403, 404]),
        ("GET /livez", [200, 200, 200]),
    ] {
        let found = [&ingest, &read, &admin].map(|key| status(key, request));
        assert_eq!(found, expected, "{request}");
    }
    let listed = program.say(&["key", "list"]);
    let rows = listed.lines();
    let rights: Vec<&str> = rows.iter().filter_map(|row| row["right"].as_str()).collect();
    assert_eq!(rights, ["ingest", "read", "admin"]);
    for (row, key) in rows.iter().zip([&ingest, &read, &admin]) {
        assert_eq!((&row["id"], &row["name"]), (&key["id"], &"a test".into()));
        assert!(!listed.out.contains(key["key"].as_str().expect("a key")), "only ids are listed");
        assert!(row["used"].as_str().is_some(), "when it was used is told: {row}");
    }
    let id = read["id"].as_str().expect("an id");
    assert_eq!(program.say(&["key", "revoke", id]).exit, 0);
    assert_eq!(status(&read, "GET /v1/report/funnel"), 401);
    assert_eq!(status(&admin, "GET /v1/report/funnel"), 200);
    program.say(&["key", "revoke", id]).fails(66, "D0763", "no key or session");
    let whole = read["key"].as_str().expect("a key");
    let said = program.say(&["key", "revoke", whole]);
    said.fails(66, "D0763", "not the key");
    assert!(!said.err.contains(whole), "{said:?}");
    instance.stop();
    program.adds_up(1);
}

#[test]
fn a_command_asks_by_address_with_the_key_of_its_environment() {
    let program = Program::new();
    let instance = program.start();
    let key = create(&program, "read");
    let key = key["key"].as_str().expect("a key");
    assert_eq!(ask(&program, &instance, key, &["insights"]).exit, 0);
    assert_eq!(ask(&program, &instance, key, &["audit"]).exit, 0);
    ask(&program, &instance, "", &["insights"]).fails(77, "D0605", "DESIREPATH_KEY");
    let cut = &key[..key.len() - 1];
    let said = ask(&program, &instance, cut, &["insights"]);
    said.fails(64, "D0764", "no key, or a part of one");
    assert!(!said.err.contains(cut), "{said:?}");
    let other = Program::new();
    let foreign = create(&other, "read");
    let foreign = foreign["key"].as_str().expect("a key");
    ask(&program, &instance, foreign, &["insights"]).fails(77, "D0605", "not one of this");
    let line = touchpoint("a", json!({})).to_string();
    program.file("a.jsonl", &line);
    ask(&program, &instance, key, &["import", "a.jsonl"]).fails(77, "D0619", "may ingest");
    instance.stop();
    program.adds_up(0);
}

#[test]
fn a_link_is_printed_by_a_command_and_lies_in_a_file_that_goes() {
    let program = Program::new();
    program.say(&["link"]).fails(69, "D0765", "no instance runs");
    let instance = program.start();
    let file = program.data.join("link");
    let first = std::fs::read_to_string(&file).expect("a link");
    let second = program.say(&["link"]).json();
    let second = second["link"].as_str().expect("a link").to_owned();
    for link in [first.trim(), &second] {
        assert!(link.starts_with(&format!("{}/?token=", instance.url)), "{link}");
        let open = || {
            let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
            let answer = agent.get(link).call().expect("an answer");
            assert_eq!(answer.status(), 303);
            answer
                .headers()
                .get("set-cookie")
                .map(|cookie| cookie.to_str().expect("text").to_owned())
        };
        let cookie = open().expect("a session");
        let (cookie, _) = cookie.split_once(';').expect("a value");
        let read = ureq::get(format!("{}/v1/report/funnel", instance.url));
        assert_eq!(read.header("cookie", cookie).call().expect("an answer").status(), 200);
        assert_eq!(open(), None, "once");
    }
    assert_eq!(program.say(&["key", "list"]).lines().len(), 2, "two sessions");
    instance.stop();
    assert!(!file.exists());
    program.say(&["link"]).fails(69, "D0765", "no instance runs");
}

#[test]
fn keys_that_will_not_do_are_refused() {
    let program = Program::new();
    let long = "x".repeat(101);
    for name in [&*long, "two\nlines"] {
        let said = program.say(&["key", "create", "read", "--name", name]);
        said.fails(64, "D0762", "at most 100 characters");
    }
    assert_eq!(program.say(&["key", "create", "everything"]).exit, 64);
    create(&program, "read");
    let file = program.data.join("access.json");
    std::fs::write(&file, "{").expect("a file");
    program.say(&["key", "list"]).fails(78, "D0760", "access.json");
    let data = program.data.to_str().expect("a path");
    let run = program.command(&["run", "--data", data, "--listen", "127.0.0.1:0"]);
    said(run, b"").fails(78, "D0760", "access.json");
}

#[test]
fn behind_a_proxy_a_link_names_the_host_that_browsers_ask() {
    let program = Program::new();
    let config = program.file("own.toml", "[http]\nhosts = [\"map.example.org\"]\n");
    let config = config.to_str().expect("a path");
    let instance = program.start_with(&["--behind-proxy", "--config", config]);
    let link = program.say(&["link"]).json();
    let link = link["link"].as_str().expect("a link");
    assert!(link.starts_with("https://map.example.org/?token="), "{link}");
    let path = link.strip_prefix("https://map.example.org").expect("a path");
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
    let request = agent.get(format!("{}{path}", instance.url)).header("host", "map.example.org");
    let answer = request.call().expect("an answer");
    let cookie = answer.headers().get("set-cookie").expect("a session").to_str().expect("text");
    assert!(cookie.starts_with("desirepath=") && cookie.ends_with("; Secure"), "{cookie}");
    instance.stop();
    // Where other machines reach it, commands have a door of their own.
    let open = program.command(&["run", "--listen", "0.0.0.0:0", "--behind-proxy"]);
    let mut open = open;
    open.arg("--data").arg(&program.data).stderr(std::process::Stdio::null());
    let mut child = open.spawn().expect("the program");
    let begun = std::time::Instant::now();
    while program.say(&["link"]).exit != 0 {
        assert!(begun.elapsed().as_secs() < 60, "the instance does not come up");
    }
    assert_eq!(program.say(&["audit"]).exit, 0);
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let program = Program::new();
    let help = said(program.command(&["--help"]), b"").out;
    let commands = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let commands: Vec<&str> = commands
        .expect("commands")
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|n| !n.is_empty())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = said(program.command(&["completions", shell]), b"");
        assert_eq!(script.exit, 0);
        for command in &commands {
            assert!(script.out.contains(command), "{shell}: {command}");
        }
    }
    assert_eq!(said(program.command(&["man", "pages"]), b"").exit, 0);
    for command in commands.into_iter().filter(|command| *command != "help") {
        let page = program.folder().join(format!("pages/desirepath-{command}.1"));
        assert!(page.is_file(), "{}", page.display());
    }
    said(program.command(&["man", "/proc/pages"]), b"").fails(73, "D0704", "/proc/pages");
}
