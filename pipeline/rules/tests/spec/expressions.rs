//! Expressions, lists and rules: one input to several touchpoints.

use rules::{Mapping, Occurrences, Row, parse_mapping};

#[track_caller]
fn parsed(text: &str) -> Mapping {
    parse_mapping(text, "hook.toml")
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

/// What a mapping makes of an input: kind, time, id, who, text and value of each touchpoint.
#[track_caller]
fn made(mapping: &Mapping, row: &str) -> (Vec<String>, Vec<String>) {
    let mut seen = Occurrences::default();
    let drafts = mapping.drafts(&Row::json(row).unwrap(), 1, &mut seen).unwrap();
    let tell = |draft: &model::Draft| {
        let who: Vec<String> =
            draft.identifiers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let value = draft.value.as_ref();
        let value = value.map_or(String::new(), |v| format!(" {}{}", v.amount_minor, v.currency));
        let (kind, id, text) = (&draft.kind, &draft.event_id, &draft.text);
        format!("{kind} {} #{id} {} {text:?}{value}", draft.time.millis() / 1_000, who.join(","))
    };
    let dropped = seen.dropped().iter().map(|(reason, count)| format!("{reason}: {count}"));
    (drafts.iter().map(tell).collect(), dropped.collect())
}

#[test]
fn the_first_rule_that_holds_makes_the_touchpoint() {
    let mapping = parsed(
        r#"
        source = "payments"
        event_id = ".id"
        time = { at = ".created", unit = "s" }
        drop = { when = "= not body.live", reason = "test mode" }
        let = { o = "= body.data.object" }
        channel = "payment"
        [[rule]]
        when = "= body.type == 'checkout.completed' and o.status == 'paid'"
        kind = "purchase_made"
        identifiers = { email = "= o.customer.email | email" }
        [rule.value]
        amount = ".data.object.total"
        unit = "minor"
        currency = ".data.object.currency"
        [[rule]]
        when = "= body.type == 'refund.created'"
        kind = "refund_made"
        value = { amount = "= o.total / 2", unit = "minor", currency = "EUR" }
        identifiers = { customer = ".data.object.customer.id" }
        "#,
    );
    let input = |kind: &str, live: bool, status: &str| {
        format!(
            r#"{{"id": "evt_1", "type": "{kind}", "live": {live}, "created": 1774430043,
            "data": {{"object": {{"status": "{status}", "total": 4900, "currency": "eur",
            "customer": {{"id": "cus_9", "email": " Ann@Example.org "}}}}}}}}"#
        )
    };
    let rows = [
        (
            input("checkout.completed", true, "paid"),
            vec!["purchase_made 1774430043 #evt_1 email=ann@example.org \"\" 4900EUR"],
            vec![],
        ),
        (input("checkout.completed", true, "unpaid"), vec![], vec!["no rule holds: 1"]),
        (
            input("refund.created", true, ""),
            vec!["refund_made 1774430043 #evt_1 customer=cus_9 \"\" 2450EUR"],
            vec![],
        ),
        (input("checkout.completed", false, "paid"), vec![], vec!["test mode: 1"]),
    ];
    for (input, drafts, dropped) in rows {
        let (is, was_dropped) = made(&mapping, &input);
        assert_eq!((is, was_dropped), (own(&drafts), own(&dropped)), "{input}");
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn lists_within_lists_know_their_parents() {
    let mapping = parsed(
        r#"
        source = "whatsapp"
        each = ["body.entry[] as entry", "entry.changes[] as change"]
        channel = "chat"
        match = "all"
        [[rule]]
        each = "change.value.messages[] as m"
        kind = "message_received"
        event_id = "= m.id"
        time = { at = "= m.timestamp", unit = "s" }
        identifiers = { phone = "= '+' ~ m.from if m.from" }
        text = { any = ["= m.text.body", "= m.button.text"] }
        [[rule]]
        each = "change.value.statuses[] as s"
        when = "= s.status == 'sent'"
        kind = "message_sent"
        event_id = "= s.id ~ ':' ~ s.status"
        time = { at = "= s.timestamp", unit = "s" }
        identifiers = { phone = "= '+' ~ s.recipient_id" }
        text = "= entry.id"
        "#,
    );
    let input = r#"{"entry": [{"id": "E1", "changes": [
        {"value": {"messages": [
            {"id": "m1", "timestamp": "1774430043", "from": "49151", "text": {"body": "Hi"}},
            {"id": "m2", "timestamp": "1774430044", "from": "49151", "button": {"text": "Yes"}}]}},
        {"value": {"statuses": [
            {"id": "s1", "timestamp": "1774430050", "recipient_id": "49151", "status": "sent"},
            {"id": "s1", "timestamp": "1774430051", "recipient_id": "49151",
                "status": "read"}]}}]}]}"#;
    let (drafts, dropped) = made(&mapping, input);
    let expected = [
        "message_received 1774430043 #m1 phone=+49151 \"Hi\"",
        "message_received 1774430044 #m2 phone=+49151 \"Yes\"",
        "message_sent 1774430050 #s1:sent phone=+49151 \"E1\"",
    ];
    assert_eq!((drafts, dropped), (own(&expected), vec![]));
}

#[test]
fn an_input_without_ids_names_its_touchpoints_apart_and_alike_every_time() {
    let mapping = parsed(
        "time = '.at'\nchannel = 'chat'\nkind = 'message_received'\n\
         each = 'body.said[] as word'\ncustomer_id = '.who'\ntext = '= word'\n",
    );
    let input = r#"{"at": "2026-03-25T09:14:03Z", "who": "ann", "said": ["a", "b", "c"]}"#;
    let ids = || {
        let mut seen = Occurrences::default();
        let drafts = mapping.drafts(&Row::json(input).unwrap(), 1, &mut seen).unwrap();
        drafts.into_iter().map(|draft| draft.event_id).collect::<Vec<_>>()
    };
    let first = ids();
    assert_eq!(first, ids());
    let apart: std::collections::BTreeSet<_> = first.iter().collect();
    assert_eq!(apart.len(), 3, "{first:?}");
}

#[test]
fn filters_say_what_their_names_say_and_nothing_of_nothing() {
    let input = r#"{"at": "2026-03-25T09:14:03Z", "who": "ann", "a": " Ann@Example.ORG ", "n": 12.5,
        "no": null, "list": ["x", "y"], "words": "a;b", "not": "ann at example",
        "html": "<p>Hello&nbsp;<b>Ann</b><br>5 &lt; 6 &amp;amp;</p>", "yes": true,
        "answers": [{"field": {"ref": "email"}, "email": "a@b.de"},
            {"field": {"ref": "n"}, "v": 3}]}"#;
    // Stored in logs as parts of ids, so it may never change: sha256sum of `ann|1`.
    const SHORT_HASH: &str = "1f81af528bbcb5a7";
    for (expression, expected) in [
        ("body.a | email", "ann@example.org"),
        ("body.not | email", ""),
        ("body.no | email", ""),
        ("body.nothing.deep.below | lower", ""),
        ("body.a | trim | upper", "ANN@EXAMPLE.ORG"),
        ("body.n + 1", "13.5"),
        ("body.n | int", "12"),
        ("body.list | join('-')", "x-y"),
        ("body.list | first", "x"),
        ("body.list[1]", "y"),
        ("(body.words | split(';'))[1]", "b"),
        ("body.no | default('none', true)", "none"),
        ("'a' if body.yes else 'b'", "a"),
        ("'x' in body.list", "true"),
        ("body.no is none", "true"),
        ("body.html | text_of_html", "Hello Ann\n5 < 6 &amp;"),
        ("(body.answers | index_by('field.ref')).email.email", "a@b.de"),
        ("body.answers | map(attribute='v') | select | join(',')", "3"),
        ("body.who | replace('a', 'o')", "onn"),
        ("[body.who, row] | join('|') | short_hash", SHORT_HASH),
    ] {
        let quoted = toml::Value::String(format!("= {expression}"));
        let mapping = parsed(&format!(
            "time = '.at'\nchannel = 'chat'\nkind = 'x'\ncustomer_id = '.who'\ntext = {quoted}\n"
        ));
        let mut seen = Occurrences::default();
        let drafts = mapping.drafts(&Row::json(input).unwrap(), 1, &mut seen);
        assert_eq!(drafts.unwrap()[0].text, expected, "{expression}");
    }
}

#[test]
fn what_cannot_be_worked_out_is_a_fault_of_the_row_that_names_no_value() {
    let input = r#"{"at": "2026-03-25T09:14:03Z", "who": "ann", "secret": "s3cret-words",
        "list": [1, 2], "s": "text"}"#;
    let long = format!("'{}'", "a".repeat(60));
    let steps = vec!["(body.list | map('string') | join(body.secret))"; 50].join(" ~ ");
    for (text, code, said) in [
        ("= body.list", "D0527", "list or an object"),
        ("= body.s + 1", "D0529", "invalid operation"),
        ("= body.list | lower", "D0529", "invalid operation"),
        (&*format!("= {long} ~ ({steps})"), "D0529", "steps"),
    ] {
        let quoted = toml::Value::String(text.to_owned());
        let mapping = format!(
            "time = '.at'\nchannel = 'chat'\nkind = 'x'\ncustomer_id = '.who'\ntext = {quoted}\n"
        );
        let Ok(mapping) = parse_mapping(&mapping, "hook.toml") else {
            assert_eq!(said, "steps", "{text} was refused");
            continue;
        };
        let drafts = mapping.drafts(&Row::json(input).unwrap(), 7, &mut Occurrences::default());
        let Err(error) = drafts else { panic!("{text} was taken") };
        assert_eq!((error.code, error.row), (code, 7), "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.to_string().contains("s3cret-words"), "{error}");
    }
}

#[test]
fn columns_are_names_of_the_body() {
    let text = "time = '.day'\nchannel = 'store'\ncustomer_id = '.who'\n\
                kind = \"= 'refund_made' if body['Order total'].startswith is defined else 'x'\"\n\
                [file]\nformat = 'csv'\ncolumns = ['day', 'who', 'Order total']\n";
    let text = text.replace(".startswith is defined", " is startingwith('-')");
    let mapping = parsed(&text);
    for (total, kind) in [("-12", "refund_made"), ("12", "x")] {
        let fields = ["2026-03-25T09:14:03Z", "ann", total];
        let drafts = mapping.drafts(&Row::fields(&fields), 1, &mut Occurrences::default());
        assert_eq!(drafts.unwrap()[0].kind, kind, "{total}");
    }
}
