//! A digest on its way: mail and webhooks at servers that others have written.

use crate::program::Program;
use crate::receiver::{PASSWORD, Receiver, SECRET};
use serde_json::{Value, json};
use tests::free_ports;

/// A customer whose id would be obeyed by a page that repeats it.
const EVIL: &str = "<script>alert(1)</script>";

/// A program with one lead that goes cold soon, and its secrets beside the data folder.
fn program() -> Program {
    let program = Program::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now");
    let hours_ago = |hours: u128| (now.as_millis() - hours * 3_600_000) as u64;
    let touchpoint = |id: &str, customer: &str, hours: u128| {
        json!({
            "event_id": id, "time": hours_ago(hours), "customer_id": customer,
            "channel": "chat", "kind": "enquiry_received", "text": "hidden",
            "identifiers": { "email": "hidden@example.org" },
        })
    };
    let file: Vec<String> = [touchpoint("a", EVIL, 150), touchpoint("b", "bea", 1)]
        .iter()
        .map(Value::to_string)
        .collect();
    program.file("touchpoints.jsonl", &file.join("\n"));
    let said = program.say(&["import", "touchpoints.jsonl"]);
    assert_eq!(said.exit, 0, "{said:?}");
    program.file("whsec", &format!("{SECRET}\n"));
    program.file("password", &format!("{PASSWORD}\n"));
    program
}

fn mail(smtp: &str) -> String {
    format!(
        "[mail]\nsmtp = \"{smtp}\"\nfrom = \"The shop <shop@example.org>\"\n\
         to = [\"owner@example.org\", \"Ann <ann@example.org>\"]\n\
         user = \"shop\"\npassword = {{ file = \"../password\" }}\n"
    )
}

#[test]
fn a_digest_is_sent_by_mail_and_webhook_and_again_under_the_same_id() {
    let receiver = Receiver::start();
    let mut program = program();
    program.config = mail(&receiver.at("smtp", "127.0.0.1", 2)) + &receiver.webhook();
    let digest = program.json(&["digest"]);
    for round in 0..2 {
        let said = program.say(&["digest", "--send"]);
        assert_eq!(said.exit, 0, "{said:?}");
        let id = digest["id"].as_str().expect("an id");
        let (smtp, http) = (receiver.at("", "127.0.0.1", 2), receiver.at("http", "127.0.0.1", 0));
        let smtp = smtp.trim_start_matches("://");
        let expected = format!(
            "{id} went to 2 recipients by mail through {smtp}\n{id} went to the webhook at {http}\n"
        );
        assert_eq!(said.out, expected, "{round}");
    }
    let sent = program.json(&["digest", "--send"]);
    assert_eq!((&sent["id"], sent["sent"].as_array().map(Vec::len)), (&digest["id"], Some(2)));

    let arrived = receiver.arrived();
    let of = |way: &str| arrived.iter().filter(|it| it["way"] == way).collect::<Vec<_>>();
    let (mails, hooks) = (of("mail"), of("webhook"));
    assert_eq!((mails.len(), hooks.len()), (3, 3));
    let (text, html) = (program.say(&["digest"]).out, program.say(&["digest", "--html"]).out);
    for mail in mails {
        assert_eq!(mail["from"], "shop@example.org");
        assert_eq!(mail["to"], json!(["owner@example.org", "ann@example.org"]));
        assert_eq!(mail["login"], true);
        let id = digest["id"].as_str().expect("an id");
        assert_eq!(mail["id"], format!("<{id}@example.org>"));
        assert_eq!(mail["subject"], digest["line"]);
        assert_eq!(mail["auto"], "auto-generated");
        assert!(!mail["date"].is_null());
        let same = |is: &Value, should: &str| {
            assert_eq!(
                is.as_str().map(|is| is.replace("\r\n", "\n").trim_end().to_owned()),
                Some(should.trim_end().to_owned())
            );
        };
        same(&mail["text"], &text);
        same(&mail["html"], &html);
        let html = mail["html"].as_str().expect("html");
        assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"), "{html}");
    }
    for hook in hooks {
        assert_eq!((&hook["verified"], &hook["path"]), (&json!(true), &json!("/hidden")));
        assert_eq!((&hook["id"], &hook["body"]["type"]), (&digest["id"], &json!("digest")));
        let mut data = hook["body"]["data"].clone();
        assert_eq!(data["text"].take().as_str(), Some(text.as_str()));
        data.as_object_mut().expect("an object").remove("text");
        assert_eq!(data, digest);
    }
    let everything = format!("{arrived:?}");
    assert!(everything.contains("alert(1)") && !everything.contains("hidden@"), "{everything}");
}

#[test]
fn mail_goes_out_with_tls_or_not_at_all() {
    let receiver = Receiver::start();
    let mut program = program();
    let send = |program: &Program, authority: &str| {
        let mut command = program.command(&["digest", "--send"]);
        let output = command.env("SSL_CERT_FILE", authority).output().expect("the program");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let nobody = program.file("nobody.pem", "").display().to_string();
    let authority = receiver.authority();
    // 0.0.0.0 is this machine, but is not known to be.
    for (smtp, trusted, exit, words) in [
        (receiver.at("smtps", "localhost", 3), &authority, 0, ""),
        (receiver.at("smtp", "0.0.0.0", 4), &authority, 0, ""),
        (receiver.at("smtps", "localhost", 3), &nobody, 69, "D0772"),
        (receiver.at("smtp", "0.0.0.0", 4), &nobody, 69, "D0772"),
        (receiver.at("smtp", "0.0.0.0", 5), &authority, 78, "STARTTLS"),
        (receiver.at("smtps", "localhost", 2), &authority, 69, "D0772"),
    ] {
        program.config = mail(&smtp);
        let before = receiver.arrived().len();
        let (code, error) = send(&program, trusted);
        assert_eq!(code, Some(exit), "{smtp}: {error}");
        assert!(error.contains(words) && !error.contains(PASSWORD), "{smtp}: {error}");
        let arrived = receiver.arrived();
        assert_eq!(arrived.len() - before, usize::from(exit == 0), "{smtp}");
        assert!(arrived.iter().all(|mail| mail["tls"] == true && mail["login"] == true));
    }
    program.config = receiver
        .webhook()
        .replace(&receiver.at("http", "127.0.0.1", 0), &receiver.at("https", "localhost", 1));
    for (trusted, exit, count) in [(&nobody, 69, 2), (&authority, 0, 3)] {
        let (code, error) = send(&program, trusted);
        assert_eq!((code, receiver.arrived().len()), (Some(exit), count), "{error}");
    }
}

#[test]
fn what_a_receiver_refuses_is_said_with_its_code_and_without_names() {
    let receiver = Receiver::start();
    let mut program = program();
    program.config = receiver.webhook();
    let mut sent = 0;
    for (answers, exit, words, attempts) in [
        (json!([503, 429, 200]), 0, "", 3),
        (json!([500]), 75, "answers 500", 3),
        (json!([302]), 78, "answers 302, which leads elsewhere and is not followed", 1),
        (json!([307]), 78, "answers 307", 1),
        (json!([410]), 78, "answers 410", 1),
        (json!([401]), 77, "answers 401", 1),
        (json!([400]), 65, "answers 400", 1),
    ] {
        // The receiver counts how often it was asked since it began.
        let mut all = vec![json!(0); sent];
        all.extend(answers.as_array().expect("statuses").iter().cloned());
        receiver.answer(&json!({ "http": all }));
        let said = program.say(&["digest", "--send"]);
        match exit {
            0 => assert_eq!(said.exit, 0, "{said:?}"),
            exit => said.fails(exit, "D0773", words),
        }
        let arrived = receiver.arrived();
        assert_eq!(arrived.len() - sent, attempts, "{answers}");
        assert!(arrived.iter().all(|hook| hook["path"] == "/hidden" && hook["verified"] == true));
        sent = arrived.len();
    }
    receiver.answer(&json!({ "rcpt": "550 5.1.1 <owner@example.org> is not known" }));
    program.config = mail(&receiver.at("smtp", "127.0.0.1", 2));
    program.say(&["digest", "--send"]).fails(65, "D0772", "it answers 550");
    receiver.answer(&json!({ "rcpt": "450 4.2.1 <owner@example.org> is away" }));
    program.say(&["digest", "--send"]).fails(75, "D0772", "it answers 450");
    receiver.answer(&json!({}));
    program.file("password", "hunter3");
    program.say(&["digest", "--send"]).fails(77, "D0772", "it answers 535");
    assert_eq!(receiver.arrived().len(), sent);

    // One way that fails does not hold up the other.
    program.config = mail(&receiver.at("smtp", "127.0.0.1", 2)) + &receiver.webhook();
    let said = program.say(&["digest", "--send"]);
    said.fails(77, "D0772", "it answers 535");
    assert!(said.out.contains("went to the webhook at"), "{said:?}");
}

#[test]
fn what_nobody_could_send_is_refused_before_anything_is_counted() {
    let mut program = program();
    program.say(&["digest", "--send"]).fails(78, "D0771", "set mail.smtp or webhook.url");
    let webhook =
        |url: &str, secret: &str| format!("[webhook]\nurl = \"{url}\"\nsecret = {secret}\n");
    let place = "http://127.0.0.1:9/hidden";
    program.file("short", "whsec_aGlkZGVu");
    for (config, exit, code, words) in [
        (webhook("http://example.org/hidden", "{ env = \"A\" }"), 78, "D0702", "say https://"),
        (webhook(place, "{ file = \"nowhere\" }"), 78, "D0775", "webhook.secret of data/nowhere"),
        (webhook(place, "{ env = \"NOT_THERE\" }"), 78, "D0775", "variable NOT_THERE"),
        (webhook(place, "{ file = \"../short\" }"), 78, "D0775", "base64 of 24 to 64 bytes"),
        (mail("smtp://127.0.0.1").replace("../password", "gone"), 78, "D0775", "mail.password"),
        (webhook(place, "{ file = \"../whsec\" }"), 69, "D0773", "at http://127.0.0.1:9: "),
        (mail(&format!("smtp://127.0.0.1:{}", free_ports())), 69, "D0772", "through 127.0.0.1:"),
    ] {
        program.config = config;
        program.say(&["digest", "--send"]).fails(exit, code, words);
    }
}

#[test]
fn check_shows_how_it_is_sent_and_tries_it_without_sending() {
    let receiver = Receiver::start();
    let mut program = program();
    program.config = mail(&receiver.at("smtp", "127.0.0.1", 2)) + &receiver.webhook();
    let check = program.json(&["check"]);
    let probe = |check: &Value, what: &str| {
        let probes = check["probes"].as_array().expect("probes").iter();
        probes.clone().find(|probe| probe["what"] == what).cloned().unwrap_or(Value::Null)
    };
    for (what, words) in [("mail", "lets us in"), ("webhook", "is there")] {
        let probe = probe(&check, what);
        assert_eq!(probe["good"], true, "{probe}");
        assert!(probe["found"].as_str().expect("words").contains(words), "{probe}");
    }
    assert_eq!(receiver.arrived(), Vec::<Value>::new());
    let text = format!("{}{}", check, program.say(&["check"]).out);
    assert!(text.contains("webhook.url") && text.contains("/***"), "{text}");
    for secret in ["hidden", PASSWORD, SECRET] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let offline = program.json(&["check", "--offline"]);
    assert_eq!(probe(&offline, "mail"), Value::Null);

    program.file("password", "hunter3");
    let said = program.say(&["check", "--json"]);
    assert_eq!(said.exit, 1);
    let probe = probe(&said.json(), "mail");
    assert!(probe["found"].as_str().expect("words").contains("it answers 535"), "{probe}");
}
