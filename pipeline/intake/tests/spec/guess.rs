//! What is guessed of tables, and what is asked because no row proves it.

use crate::{file, gzip, rows};
use intake::{DayOrder, Hints, Holds, Import, Question, guess, holds};
use rules::parse_mapping;
use serde_json::json;
use std::path::{Path, PathBuf};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guess");

fn hints() -> Hints {
    Hints { zone: "Europe/Berlin".into(), dates: None, decimal: None, kind: None }
}

/// Exports as programs in three countries write them; `UPDATE=1` writes what is expected anew.
#[test]
fn exports_of_three_countries_are_understood() {
    for (name, expected) in [
        (
            "kasse-2026-01.csv",
            vec![
                "2026-01-03T08:15:00.000Z enquiry_received website K-17 R-1001 - +4915112345678",
                "2026-01-05T09:02:00.000Z quote_sent email K-17 R-1002 123456EUR +4915112345678",
                "2025-12-31T17:45:00.000Z purchase_made store K-18 R-1003 4990EUR +49221123456",
                "2026-01-06T10:30:00.000Z purchase_made website K-17 R-1004 123456EUR -",
                "2026-01-07T07:00:00.000Z Gutschein phone K-19 R-1005 -2000EUR +436601234567",
                "2026-01-08T11:00:00.000Z booking_cancelled store K-18 R-1006 -4990EUR -",
            ],
        ),
        (
            "ventes.csv",
            vec![
                "2026-03-04T09:12:00.000Z quote_sent store C-1 # 123450EUR +33612345678",
                "2026-03-25T08:00:00.000Z purchase_made store C-2 # 8900EUR +33698765432",
                "2026-03-26T08:30:00.000Z purchase_made store C-1 # 123450EUR -",
                "2026-03-27T13:00:00.000Z booking_cancelled store C-3 # 1200EUR -",
            ],
        ),
        (
            "orders_export.csv",
            vec![
                "2026-03-04T19:05:00.000Z purchase_made store cust-1 1001 123450USD +14155552671",
                "2026-03-25T15:59:00.000Z purchase_made store cust-2 1002 1999USD +14155552672",
                "2025-12-31T05:00:00.000Z purchase_made store cust-1 1003 500USD -",
            ],
        ),
        (
            "umsatz.txt",
            vec![
                "2026-03-25T08:14:00.000Z purchase_made store 4711 # 1250EUR -",
                "2026-03-26T09:00:00.000Z purchase_made store 4712 # 700EUR -",
                "2026-03-27T09:00:00.000Z refund_made store 4711 # 1250EUR -",
            ],
        ),
    ] {
        let zone = match name {
            "ventes.csv" => "Europe/Paris",
            "orders_export.csv" => "America/New_York",
            _ => "Europe/Berlin",
        };
        let path = Path::new(DIRECTORY).join(name);
        let guess = guess(&path, &Hints { zone: zone.into(), ..hints() }).unwrap().unwrap();
        let golden = PathBuf::from(format!("{}.mapping.toml", path.display()));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&golden, &guess.mapping).unwrap();
        }
        assert_eq!(guess.mapping, std::fs::read_to_string(&golden).unwrap(), "{name}");

        let mapping = parse_mapping(&guess.mapping, name).unwrap_or_else(|e| panic!("{e:?}"));
        let (drafts, bad) = rows(Import::open(&path, Some(mapping), None).unwrap()).unwrap();
        assert_eq!(bad, [], "{name}");
        let said: Vec<String> = drafts
            .iter()
            .map(|draft| {
                let value = draft.value.as_ref();
                let value = value.map(|value| format!("{}{}", value.amount_minor, value.currency));
                // An id of the content is another thing to be tested elsewhere.
                let id = if draft.event_id.len() == 32 { "#" } else { &draft.event_id };
                let phone = draft.identifiers.get("phone").map_or("-", |phone| phone);
                let (time, kind, channel) = (draft.time, &draft.kind, &draft.channel);
                let (who, value) = (&draft.customer_id, value.unwrap_or("-".into()));
                format!("{time} {kind} {channel} {who} {id} {value} {phone}")
            })
            .collect();
        assert_eq!(said, expected, "{name}");
    }
}

/// The line of a key in what is guessed of a text.
#[track_caller]
fn line(text: &str, key: &str, hints: &Hints) -> String {
    let kept = file("t.csv", text.as_bytes());
    let guess = guess(&kept.path, hints).unwrap().unwrap_or_else(|asked| panic!("{asked:?}"));
    parse_mapping(&guess.mapping, "t.csv").unwrap_or_else(|error| panic!("{error:?}"));
    let found = guess.mapping.lines().find(|line| line.starts_with(&format!("{key} = ")));
    found.unwrap_or_default().to_owned()
}

#[track_caller]
fn asked(text: &str) -> Question {
    let kept = file("t.csv", text.as_bytes());
    match guess(&kept.path, &hints()).unwrap() {
        Err(question) => question,
        Ok(guess) => panic!("guessed, where a question was expected:\n{}", guess.mapping),
    }
}

#[test]
fn the_order_of_day_and_month_is_proved_by_a_row_or_asked() {
    let table = |dates: &[&str]| {
        let rows: Vec<String> = dates.iter().map(|date| format!("{date},ann,1.5")).collect();
        format!("date,customer,total\n{}\n", rows.join("\n"))
    };
    for (dates, format) in [
        (vec!["03/04/2026", "13/04/2026"], "%d/%m/%Y"),
        (vec!["03/04/2026", "03/13/2026"], "%m/%d/%Y"),
        (vec!["3-4-26", "31-4-26"], "%d-%m-%y"),
        (vec!["03.04.2026", "05.04.2026"], "%d.%m.%Y"),
        (vec!["2026/04/03"], "%Y/%m/%d"),
        (vec!["03.04.2026 10:15", "03.04.2026"], "%d.%m.%Y %H:%M\", \"%d.%m.%Y"),
        (vec!["13/04/2026 1:05:09 pm"], "%d/%m/%Y %I:%M:%S %p"),
    ] {
        let line = line(&table(&dates), "time", &hints());
        assert!(line.contains(&format!("format = [\"{format}\"]")), "{dates:?}: {line}");
    }
    for (date, rest) in [
        ("2026-04-03", "{ at = \".date\", zone = \"Europe/Berlin\" }"),
        ("2026-04-03T10:15:00Z", "\".date\""),
        ("1774430043", "{ at = \".date\", unit = \"s\" }"),
        ("1774430043120", "{ at = \".date\", unit = \"ms\" }"),
    ] {
        assert_eq!(line(&table(&[date]), "time", &hints()), format!("time = {rest}"));
    }
    for dates in [vec!["03/04/2026"], vec!["03/04/2026", "12-12-2026"], vec!["1/2/26", "2/1/26"]] {
        let text = table(&dates);
        if dates.len() == 2 && dates[1].contains('-') {
            let kept = file("t.csv", text.as_bytes());
            let error = guess(&kept.path, &hints()).unwrap_err().to_string();
            assert!(error.contains("no column of times") && error.contains("[D0550]"), "{error}");
            continue;
        }
        assert_eq!(asked(&text), Question::Dates("date".into(), dates[0].into()));
        for (order, begin) in [(DayOrder::DayFirst, "%d/"), (DayOrder::MonthFirst, "%m/")] {
            let line = line(&text, "time", &Hints { dates: Some(order), ..hints() });
            assert!(line.contains(begin), "{line}");
        }
    }
    // Days of both orders in one column are no order.
    let kept = file("t.csv", table(&["13/04/2026", "04/13/2026"]).as_bytes());
    assert!(guess(&kept.path, &hints()).is_err());
}

#[test]
fn the_sign_before_a_fraction_is_proved_by_a_row_or_asked() {
    let table = |amounts: &[&str]| {
        let rows: Vec<String> = amounts.iter().map(|a| format!("2026-01-02;ann;{a}")).collect();
        format!("Datum;Kunde;Betrag\n{}\n", rows.join("\n"))
    };
    for (amounts, decimal, thousands) in [
        (vec!["1,50"], ",", ""),
        (vec!["1.50", "20"], ".", ""),
        (vec!["1.234,50"], ",", "."),
        (vec!["1,234.50"], ".", ","),
        (vec!["1.234.567"], ",", "."),
        (vec!["1'234.50", "2.20"], ".", "'"),
        (vec!["1 234,50 €", "3,00 €"], ",", " "),
        (vec!["1.234", "0,99"], ",", "."),
        (vec!["12", "7"], ".", ""),
    ] {
        let text = table(&amounts);
        assert_eq!(line(&text, "decimal", &hints()), format!("decimal = \"{decimal}\""), "{text}");
        let line = line(&text, "thousands", &hints());
        let expected = if thousands.is_empty() {
            String::new()
        } else {
            format!("thousands = \"{thousands}\"")
        };
        assert_eq!(line, expected, "{text}");
    }
    let text = table(&["1.234", "5.678"]);
    assert_eq!(asked(&text), Question::Decimal("Betrag".into(), '.', "1.234".into()));
    for (decimal, thousands) in [(',', "thousands = \".\""), ('.', "")] {
        let hints = Hints { decimal: Some(decimal), ..hints() };
        assert_eq!(line(&text, "thousands", &hints), thousands);
    }
}

#[test]
fn what_happened_is_asked_where_nothing_says_it() {
    let text = "date,email\n2026-01-02,ann@example.org\n";
    assert_eq!(asked(text), Question::Kind);
    let hints = Hints { kind: Some("enquiry_received".into()), ..hints() };
    assert_eq!(line(text, "kind", &hints), "kind = \"enquiry_received\"");
}

#[test]
fn an_id_is_one_only_where_no_row_has_it_twice() {
    let table = |ids: [&str; 2]| {
        let [one, two] = ids;
        format!("id,date,customer,total\n{one},2026-01-02,ann,1.5\n{two},2026-01-02,bea,1.5\n")
    };
    assert_eq!(line(&table(["1", "2"]), "event_id", &hints()), "event_id = \".id\"");
    for ids in [["1", "1"], ["1", ""]] {
        assert_eq!(line(&table(ids), "event_id", &hints()), "", "{ids:?}");
    }
}

#[test]
fn a_table_without_header_is_known_by_its_values_and_others_are_refused() {
    let text = "2026-01-02,ann@example.org,19.50\n2026-01-03,bea@example.org,5.00\n";
    let hints_of_kind = Hints { kind: Some("purchase_made".into()), ..hints() };
    assert_eq!(
        line(text, "time", &hints_of_kind),
        "time = { at = \".column_1\", zone = \"Europe/Berlin\" }"
    );
    assert_eq!(
        line(text, "columns", &hints_of_kind),
        "columns = [\"column_1\", \"column_2\", \"column_3\"]"
    );
    for (text, problem) in [
        ("", "no delimiter"),
        ("just\nlines\nof text\n", "no delimiter"),
        ("a,b\nc;d\ne,f,g\nh\n", "no delimiter"),
        ("date,total\n", "no rows"),
        ("date,total\n2026-01-02,1.5\n", "whose a row is"),
        ("when,customer,total\nsoon,ann,1.5\n", "no column of times"),
    ] {
        let kept = file("t.csv", text.as_bytes());
        let error = guess(&kept.path, &hints()).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("[D0550]"), "{text:?}: {error}");
    }
}

/// Lines of JSON, as their export has them.
fn objects(rows: &[serde_json::Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// The mapping that is guessed of lines of JSON, and what it makes of them.
#[track_caller]
fn made(text: &str, hints: &Hints) -> (String, Vec<String>) {
    let kept = file("export.jsonl", text.as_bytes());
    assert_eq!(holds(&kept.path).unwrap(), Holds::Objects, "{text}");
    let guess = guess(&kept.path, hints).unwrap().unwrap_or_else(|asked| panic!("{asked:?}"));
    let mapping = parse_mapping(&guess.mapping, "export.toml");
    let mapping = mapping.unwrap_or_else(|error| panic!("{error:?}\n{}", guess.mapping));
    let (drafts, bad) = rows(Import::open(&kept.path, Some(mapping), None).unwrap()).unwrap();
    assert_eq!(bad, [], "{}", guess.mapping);
    let said = drafts.iter().map(|draft| {
        let ids = draft.identifiers.iter().map(|(name, value)| format!("{name}={value}"));
        let who = ids.chain([draft.customer_id.clone()]).collect::<Vec<_>>().join(" ");
        let value = draft.value.as_ref().map(|v| format!("{}{}", v.amount_minor, v.currency));
        let value = value.unwrap_or("-".into());
        let id = if draft.event_id.len() == 32 { "#" } else { &draft.event_id };
        format!("{} {} {} {} {id} {value}", draft.time, draft.kind, draft.channel, who.trim())
    });
    (guess.mapping, said.collect())
}

#[test]
fn objects_of_other_programs_are_understood_by_their_fields() {
    for (name, lines, expected) in [
        (
            "a flat export",
            vec![
                json!({ "created_at": "2026-03-04T09:12:00Z", "email": "Ann@Example.org",
                        "type": "lead", "id": 1 }),
                json!({ "created_at": "2026-03-05T09:12:00Z", "email": "bea@example.org",
                        "type": "purchase", "id": 2, "total": 12.5, "currency": "CHF" }),
            ],
            vec![
                "2026-03-04T09:12:00.000Z enquiry_received store email=ann@example.org 1 -",
                "2026-03-05T09:12:00.000Z purchase_made store email=bea@example.org 2 1250CHF",
            ],
        ),
        (
            "objects within wrappers",
            vec![
                json!({ "id": "ev_1", "data": { "object": { "created": 1_774_430_043,
                        "customer": { "id": "c-1", "name": "Ann Bee" }, "price": { "amount": 7,
                        "currency": "USD" }, "odd.key": { "Phone": "+41 44 668 18 00" } } } }),
                json!({ "id": "ev_2", "data": { "object": { "created": 1_774_430_044,
                        "customer": { "id": "c-1" }, "price": null, "items": [{ "sku": 3 }] } } }),
            ],
            vec![
                "2026-03-25T09:14:03.000Z purchase_made store phone=+41446681800 c-1 ev_1 700USD",
                "2026-03-25T09:14:04.000Z purchase_made store c-1 ev_2 -",
            ],
        ),
        (
            "days, decimal commas as text, no ids, a medium",
            vec![
                json!({ "Datum": "31.12.2025", "Kundennummer": 17, "Betrag": "1.234,50",
                        "Kanal": "Newsletter", "Produkt": { "Name": "Lampe" } }),
                json!({ "Datum": "01.02.2026", "Kundennummer": 18, "Betrag": "3,00",
                        "Kanal": "Laden", "Produkt": { "Name": "Tisch" } }),
            ],
            vec![
                "2025-12-30T23:00:00.000Z purchase_made email 17 # 123450EUR",
                "2026-01-31T23:00:00.000Z purchase_made store 18 # 300EUR",
            ],
        ),
    ] {
        let (mapping, said) = made(&objects(&lines), &hints());
        assert_eq!(said, expected, "{name}: {mapping}");
        assert!(mapping.contains("format = \"jsonl\""), "{name}: {mapping}");
    }
}

#[test]
fn what_fields_do_not_prove_is_asked_or_refused_as_of_tables() {
    let of = |row: serde_json::Value| objects(&[row]);
    let guessed = |text: &str| {
        let kept = file("export.jsonl", text.as_bytes());
        guess(&kept.path, &hints())
    };
    let text = of(json!({ "at": "03/04/2026", "user": { "email": "ann@example.org" } }));
    assert_eq!(guessed(&text).unwrap(), Err(Question::Dates("at".into(), "03/04/2026".into())));
    let text = of(json!({ "at": "2026-03-04T09:00:00Z", "user": { "email": "ann@example.org" } }));
    assert_eq!(guessed(&text).unwrap(), Err(Question::Kind));
    for (row, problem) in [
        (json!({ "email": "ann@example.org", "total": 3 }), "no column of times"),
        // A product's name is nobody's.
        (json!({ "at": "2026-03-04", "total": 3, "product": { "name": "x" } }), "whose a row is"),
        (json!({ "at": "2026-03-04", "total": 3, "user": ["ann"] }), "whose a row is"),
    ] {
        let error = guessed(&of(row)).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("[D0550]"), "{error}");
    }
}

#[test]
fn a_file_is_taken_for_what_most_of_it_is_meant_to_be() {
    let good = crate::files::touchpoint("a", "");
    let mistaken = good.replace("\"kind\"", "\"kin\"");
    let foreign = "{\"created_at\": \"2026-03-04\", \"email\": \"ann@example.org\"}\n";
    for (name, text, expected) in [
        ("t.jsonl", good.clone(), Holds::Touchpoints),
        ("t.jsonl", mistaken, Holds::Touchpoints),
        ("t.jsonl", foreign.repeat(50) + &good, Holds::Touchpoints),
        ("t.jsonl", foreign.to_owned(), Holds::Objects),
        ("t.csv", foreign.to_owned(), Holds::Objects),
        ("t.jsonl", "\u{feff}\n \n".to_owned() + foreign, Holds::Objects),
        ("t.jsonl", foreign.to_owned() + "no object\n7\n", Holds::Objects),
        ("t.jsonl", "no object\n".to_owned() + foreign, Holds::Touchpoints),
        ("t.jsonl", "[{}]\n".to_owned(), Holds::Touchpoints),
        ("t.jsonl", String::new(), Holds::Touchpoints),
        ("t.csv", String::new(), Holds::Table),
        ("t.csv", "a,b\n{,}\n".to_owned(), Holds::Table),
    ] {
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let kept = file(name, &bytes);
            assert_eq!(holds(&kept.path).unwrap(), expected, "{name}: {text}");
        }
    }
}
