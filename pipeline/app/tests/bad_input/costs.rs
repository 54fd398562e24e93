//! What channels have cost: as a table and over HTTP, in the folder and beside an instance.

use crate::program::Program;
use crate::touchpoint;
use serde_json::{Value, json};

const TABLE: &str = "date,channel,amount,currency\n2026-03-24,ads,120.50,EUR\n";

/// Costs by date and channel, in minor units.
fn costs(rows: &[Value]) -> Vec<(String, String, i64)> {
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().expect("text").to_owned();
        (text("date"), text("channel"), row["value"]["amount_minor"].as_i64().expect("a number"))
    };
    rows.iter().map(row).collect()
}

fn cost(date: &str, channel: &str, amount: i64) -> (String, String, i64) {
    (date.to_owned(), channel.to_owned(), amount)
}

#[test]
fn a_table_that_cannot_be_read_is_refused_whole_and_says_which_row() {
    let program = Program::new();
    let import = |name: &str, text: &str| {
        let file = program.file(name, text);
        program.say(&["costs", "import", file.to_str().expect("a path")])
    };
    let broken = format!("{TABLE}2026-03-25,ads,\"1,50\",EUR\n");
    import("comma.csv", &broken).fails(65, "D0239", "row 2");
    import("columns.csv", "date,channel\n").fails(65, "D0239", "column amount is missing");
    let good = program.file("good.csv", TABLE);
    let both = ["costs", "import", good.to_str().expect("a path"), "comma.csv"];
    program.say(&both).fails(65, "D0239", "row 2");
    program.say(&["costs", "import", "nowhere.csv"]).fails(66, "D0239", "nowhere.csv");
    assert_eq!(program.say(&["costs", "list"]).lines(), [] as [Value; 0], "nothing was taken");
}

#[test]
fn costs_stay_and_the_last_of_a_date_channel_and_currency_holds() {
    let program = Program::new();
    let file = program.file("costs.csv", TABLE);
    let import = ["costs", "import", file.to_str().expect("a path")];
    for _ in 0..2 {
        assert_eq!(program.say(&import).json(), json!({ "costs": 1 }));
    }
    let mended = program.file("mended.csv", TABLE.replace("120.50", "99"));
    program.say(&["costs", "import", mended.to_str().expect("a path")]).json();
    let instance = program.start();
    let one = json!({ "date": "2026-03-25", "channel": "fax",
                      "value": { "amount_minor": 500, "currency": "EUR" } });
    let (status, answer) = instance.post("/v1/costs", one.to_string().as_bytes(), None);
    assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    let several = json!([one, { "date": "2026-03-25" }]);
    let (status, answer) = instance.post("/v1/costs", several.to_string().as_bytes(), None);
    assert_eq!(status, 400, "{answer}");
    assert!(answer["detail"].as_str().expect("words").starts_with("cost 1: "), "{answer}");
    let expected = [cost("2026-03-24", "ads", 9_900), cost("2026-03-25", "fax", 500)];
    let (status, known) = instance.get("/v1/costs");
    assert_eq!(status, 200);
    assert_eq!(costs(known["items"].as_array().expect("rows")), expected);
    // A command beside the instance goes through its door.
    program.say(&import).json();
    let (_, touched) = instance.post(
        "/v1/touchpoints",
        touchpoint("t-1", json!({ "time": "2026-03-26T09:00:00Z" })).to_string().as_bytes(),
        None,
    );
    assert_eq!(touched["accepted"], 1);
    let report = program.say(&["report", "channels"]).json();
    let tables = report["tables"].as_array().expect("tables");
    let credit = tables.iter().find(|table| table["name"] == "credit").expect("a table");
    let told = |channel: &str| {
        let rows = credit["rows"].as_array().expect("rows");
        rows.iter().find(|row| row["channel"] == channel).expect("a row")["cost"].clone()
    };
    assert_eq!((told("ads"), told("other")), (json!({ "EUR": 12_050 }), json!({ "EUR": 500 })));
    instance.stop();
    let expected = [cost("2026-03-24", "ads", 12_050), cost("2026-03-25", "fax", 500)];
    assert_eq!(costs(&program.say(&["costs", "list"]).lines()), expected);
    let magic = program.say(&["report", "channels", "--model", "magic"]);
    magic.fails(64, "D0720", "no model is called");
    program.say(&["report", "funnel", "--model", "linear"]).fails(64, "D0720", "is of no model");
}
