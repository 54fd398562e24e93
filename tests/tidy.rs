//! The rules of the house that the compiler cannot hold, each a test with a planted mistake beside.
//!
//! A rule is a function from files to findings. It is tried twice: on the repository, where it must
//! find nothing, and on a bad text, where it must find something: a rule that finds nothing
//! anywhere would pass for ever. Words that a rule forbids are put together with `concat!` here, so
//! that this file may be looked at like any other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const LINES_MAX: usize = 500;
const COLUMNS_MAX: usize = 100;
const CORE: [&str; 7] = ["model", "rules", "journey", "insight", "codec", "engine", "objection"];
const ENDINGS: [&str; 15] = [
    "rs", "c", "toml", "md", "sh", "py", "sql", "yml", "yaml", "avsc", "ts", "mjs", "svelte",
    "css", "html",
];
/// Folders of builds, of git and of what npm fetches.
const PASSED_OVER: [&str; 4] = [".git", "target", "node_modules", "dist"];

/// A file of the repository by its path from the root.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_source(&self) -> bool {
        self.is_rust() && self.path.starts_with("pipeline/") && self.path.contains("/src/")
    }

    fn is_core(&self) -> bool {
        CORE.iter().any(|name| self.path.starts_with(&format!("pipeline/{name}/src/")))
    }

    /// Each line that holds one of the words, said as a finding.
    fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{} says {word}", self.path, index + 1));
            }
        }
        found
    }
}

/// Every text file, those of builds and of git left out.
fn repository() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    walk(&root, "", &mut files);
    assert!(files.iter().filter(|file| file.is_core()).count() > 20, "the walk found no house");
    files
}

fn walk(root: &Path, folder: &str, files: &mut Vec<File>) {
    let entries = fs::read_dir(root.join(folder)).expect("a folder of the repository");
    for entry in entries {
        let entry = entry.expect("an entry of the repository");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let kind = entry.file_type().expect("the type of an entry");
        if kind.is_dir() && !PASSED_OVER.contains(&name.as_str()) {
            walk(root, &path, files);
        }
        let is_text = ENDINGS.iter().any(|end| name.ends_with(&format!(".{end}")));
        if kind.is_file() && (is_text || path == ".ci/run") {
            let text = fs::read_to_string(entry.path()).expect("a text file in utf-8");
            files.push(File { path, text });
        }
    }
}

fn too_long(files: &[File]) -> Vec<String> {
    let length = |file: &File| file.text.lines().count();
    let long = files.iter().filter(|file| length(file) > LINES_MAX);
    long.map(|file| format!("{} has {} lines", file.path, length(file))).collect()
}

fn too_wide(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let lines = file.text.lines().enumerate();
        let wide: Vec<usize> = lines
            .filter(|(_, line)| line.chars().count() > COLUMNS_MAX)
            .map(|(i, _)| i + 1)
            .collect();
        if !wide.is_empty() {
            found.push(format!("{} is too wide in lines {wide:?}", file.path));
        }
    }
    found
}

fn impure(files: &[File]) -> Vec<String> {
    let words = [
        concat!("Instant::", "now"),
        concat!("SystemTime::", "now"),
        concat!("Utc::", "now"),
        concat!("Local::", "now"),
        concat!("std::", "fs"),
        concat!("std::", "net"),
        concat!("std::", "thread"),
        concat!("tracing", "::"),
        concat!("print", "ln!"),
    ];
    files.iter().filter(|file| file.is_core()).flat_map(|file| file.lines_with(&words)).collect()
}

fn unsafe_elsewhere(files: &[File]) -> Vec<String> {
    let kafka = ["queue", "rights", "txn"].map(|name| format!("pipeline/kafka/src/{name}.rs"));
    // The controls of the yardstick call librdkafka themselves, so that they owe ours nothing.
    let bare = "benches/yardstick/bare/client.rs".to_owned();
    let allowed: Vec<String> = kafka.into_iter().chain([bare]).collect();
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (index, line) in file.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            let is_allowed = allowed.contains(&file.path);
            if !is_allowed && words.any(|word| word == concat!("un", "safe")) {
                found.push(format!("{}:{}", file.path, index + 1));
            }
        }
    }
    found
}

fn left_over(files: &[File]) -> Vec<String> {
    let words = [
        concat!("FIX", "ME"),
        concat!("dbg", "!("),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ign", "ore"),
    ];
    files.iter().filter(|file| file.is_rust()).flat_map(|file| file.lines_with(&words)).collect()
}

fn private_places(files: &[File]) -> Vec<String> {
    let words = [concat!("/wo", "rk/"), concat!(".lib", "rary")];
    files.iter().flat_map(|file| file.lines_with(&words)).collect()
}

/// The codes in a text: a D and four digits, no letter or digit beside them.
fn codes(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let is_code = |word: &&str| {
        word.len() == 5
            && word.strip_prefix('D').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
    };
    words.filter(is_code).map(str::to_owned).collect()
}

fn codes_without_page_or_pages_without_code(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.is_source());
    let said: BTreeSet<String> = sources.flat_map(|file| codes(&file.text)).collect();
    let pages = files.iter().filter_map(|file| {
        file.path.strip_prefix("deploy/errors/")?.strip_suffix(".md").map(str::to_owned)
    });
    let pages: BTreeSet<String> = pages.filter(|name| name != "README").collect();
    let lacking = said.difference(&pages).map(|code| format!("{code} has no page"));
    let idle = pages.difference(&said).map(|code| format!("nothing says {code}"));
    lacking.chain(idle).collect()
}

fn crates_not_on_the_map(files: &[File]) -> Vec<String> {
    let is_map = |file: &&File| file.path == "pipeline/ARCHITECTURE.md";
    let map = files.iter().find(is_map).map_or("", |file| &file.text);
    let crates = files.iter().filter_map(|file| {
        file.path.strip_prefix("pipeline/")?.strip_suffix("/Cargo.toml").map(str::to_owned)
    });
    let is_missing = |name: &String| !map.contains(&format!("`{name}`"));
    crates.filter(is_missing).map(|name| format!("{name} is not on the map")).collect()
}

#[track_caller]
fn holds(rule: fn(&[File]) -> Vec<String>) {
    let found = rule(&repository());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

#[track_caller]
fn finds(rule: fn(&[File]) -> Vec<String>, path: &str, text: &str) {
    assert!(!rule(&[File::new(path, text)]).is_empty(), "nothing found in {path}: {text}");
}

#[track_caller]
fn passes(rule: fn(&[File]) -> Vec<String>, path: &str, text: &str) {
    assert_eq!(rule(&[File::new(path, text)]), Vec::<String>::new());
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    holds(too_long);
    finds(too_long, "pipeline/model/src/a.rs", &"\n".repeat(LINES_MAX + 1));
    passes(too_long, "pipeline/model/src/a.rs", &"\n".repeat(LINES_MAX));
}

#[test]
fn no_line_of_rust_is_wider_than_the_page() {
    holds(too_wide);
    finds(too_wide, "pipeline/model/src/a.rs", &"x".repeat(COLUMNS_MAX + 1));
    finds(too_wide, "pipeline/engine/src/ports.rs", &format!("{0}\n{0}", "x".repeat(101)));
    passes(too_wide, "pipeline/model/src/a.rs", &"é".repeat(COLUMNS_MAX));
}

#[test]
fn the_core_reads_no_clock_opens_nothing_and_logs_nothing() {
    holds(impure);
    for name in CORE {
        let path = format!("pipeline/{name}/src/a.rs");
        finds(impure, &path, concat!("let now = Instant::", "now();"));
    }
    for bad in [
        concat!("SystemTime::", "now()"),
        concat!("chrono::Utc::", "now()"),
        concat!("use std::", "fs::File;"),
        concat!("use std::", "net::TcpStream;"),
        concat!("std::", "thread::spawn(f)"),
        concat!("tracing", "::info!(1)"),
        concat!("print", "ln!(\"a\")"),
        concat!("eprint", "ln!(\"a\")"),
    ] {
        finds(impure, "pipeline/codec/src/avro/a.rs", bad);
    }
    passes(impure, "pipeline/codec/tests/spec/a.rs", concat!("let now = Instant::", "now();"));
    passes(impure, "pipeline/rocks/src/a.rs", concat!("let now = Instant::", "now();"));
}

#[test]
fn only_files_that_call_librdkafka_are_exempt_from_the_borrow_checker() {
    holds(unsafe_elsewhere);
    let bad = concat!("    un", "safe { call() }");
    finds(unsafe_elsewhere, "pipeline/kafka/src/lib.rs", bad);
    finds(unsafe_elsewhere, "pipeline/rocks/src/log.rs", bad);
    passes(unsafe_elsewhere, "pipeline/kafka/src/queue.rs", bad);
    passes(unsafe_elsewhere, "pipeline/kafka/src/txn.rs", bad);
    passes(unsafe_elsewhere, "benches/yardstick/bare/client.rs", bad);
    finds(unsafe_elsewhere, "benches/yardstick/bare/job.rs", bad);
    passes(unsafe_elsewhere, "pipeline/app/src/main.rs", concat!("#![deny(un", "safe_code)]"));
}

#[test]
fn nothing_is_left_over_from_the_work() {
    holds(left_over);
    for bad in [
        concat!("// FIX", "ME later"),
        concat!("dbg", "!(x);"),
        concat!("todo", "!()"),
        concat!("unimplemented", "!()"),
        concat!("#[ign", "ore]"),
        concat!("#[ign", "ore = \"slow\"]"),
    ] {
        finds(left_over, "pipeline/model/tests/a.rs", bad);
    }
}

#[test]
fn no_file_names_a_place_that_only_one_machine_has() {
    holds(private_places);
    finds(private_places, "README.md", concat!("see /wo", "rk/main"));
    finds(private_places, "deploy/a.toml", concat!("path = \".lib", "rary/x\""));
}

#[test]
fn every_error_code_has_a_page_and_every_page_a_code() {
    let rule = codes_without_page_or_pages_without_code;
    holds(rule);
    finds(rule, "pipeline/model/src/a.rs", concat!("\"refused [D", "9999]\""));
    finds(rule, concat!("deploy/errors/D", "9999.md"), "# nothing says it");
    passes(rule, "pipeline/model/src/a.rs", "AD0101 D01012 D010");
}

#[test]
fn every_room_is_on_the_map() {
    holds(crates_not_on_the_map);
    finds(crates_not_on_the_map, "pipeline/attic/Cargo.toml", "");
}
