//! What comes after the grace is counted or put aside, as the map chooses: by the program, on the
//! log in its folder.

use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// The program with a map that says what becomes of what is late.
struct Program<'a> {
    folder: &'a Path,
}

impl<'a> Program<'a> {
    fn new(folder: &'a Path, late: &str) -> Program<'a> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let map = std::fs::read_to_string(root.join("deploy/journey.example.toml")).expect("a map");
        assert!(map.contains("late = \"revise\""), "the map that ships revises");
        let map = map.replace("late = \"revise\"", &format!("late = {late:?}"));
        std::fs::write(folder.join("journey.toml"), map).expect("a file");
        let (data, file) = (folder.join("data"), folder.join("journey.toml"));
        let config = format!(
            "[log]\ndata = {data:?}\npartitions = 1\n[map]\nfile = {file:?}\n\
             [time]\nidle_bound = \"never\"\n"
        );
        std::fs::write(folder.join("desirepath.toml"), config).expect("a file");
        Program { folder }
    }

    fn run(&self, arguments: &[&str], input: &str) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(arguments).arg("--json");
        command.arg("--config").arg(self.folder.join("desirepath.toml"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.as_bytes()).expect("a write");
        drop(pipe);
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{arguments:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Appends an enquiry that was made so many hours ago.
    fn enquire(&self, id: &str, hours_ago: u128) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis();
        let row = json!({
            "event_id": id, "customer_id": id, "channel": "chat", "kind": "enquiry_received",
            "time": u64::try_from(now - hours_ago * 3_600_000).expect("a time"),
        });
        self.run(&["topic", "write", "touchpoints"], &format!("{row}\n"));
    }

    /// Count and finality of the days on which something was done.
    fn days(&self) -> Vec<(i64, bool)> {
        let rows = self.run(&["insights", "--family", "activity"], "").into_iter();
        let days = rows.filter(|row| row["window"]["size"] == "1d");
        let mut days: Vec<_> = days
            .map(|row| {
                let start = row["window"]["start"].as_str().expect("a start").to_owned();
                let count = row["count"].as_i64().expect("a count");
                (start, count, row["is_final"].as_bool().expect("a flag"))
            })
            .collect();
        days.sort();
        days.into_iter().map(|(_, count, is_final)| (count, is_final)).collect()
    }

    /// What became of the records.
    fn admission(&self) -> Vec<(String, i64)> {
        let rows = self.run(&["insights", "--family", "admission"], "").into_iter();
        let mut rows: Vec<_> = rows
            .map(|row| {
                let result = row["dims"]["result"].as_str().expect("a result").to_owned();
                (result, row["count"].as_i64().expect("a count"))
            })
            .collect();
        rows.sort();
        rows
    }
}

#[test]
fn what_is_late_for_a_final_window_revises_it_or_is_put_aside_as_the_map_says() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let row = |result: &str, count| (result.to_owned(), count);

    let revises = Program::new(folders[0].path(), "revise");
    revises.enquire("early", 240);
    revises.enquire("now", 0);
    assert_eq!(revises.days(), [(1, true), (1, false)], "ten days ago is final, today is not");
    revises.enquire("late", 240);
    assert_eq!(revises.days(), [(2, true), (1, false)]);
    assert_eq!(revises.admission(), [row("counted", 3)]);
    assert_eq!(revises.run(&["topic", "read", "late"], ""), [] as [Value; 0]);

    let diverts = Program::new(folders[1].path(), "divert");
    diverts.enquire("recent", 47);
    diverts.enquire("now", 0);
    let before = diverts.days();
    diverts.enquire("late", 49);
    assert_eq!(diverts.days(), before, "nothing that is late changes a window");
    assert_eq!(diverts.admission(), [row("counted", 2), row("late", 1)]);
    let late = diverts.run(&["topic", "read", "late"], "");
    assert_eq!(late.len(), 1, "it is kept with its reason");
    let told = late[0].to_string();
    assert!(told.contains("grace") && told.contains("D0138"), "{told}");
}
