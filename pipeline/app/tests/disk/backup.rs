//! Backups beside a running instance: what was accepted before counts once in what is restored,
//! whatever becomes of the original; a disk that is full, or a kill, costs the backup alone.

use crate::disk::{Disk, Fault, IO, NO_SPACE, READ_ONLY};
use crate::program::Program;
use crate::waiting::{wait_for_more, wait_until};
use crate::written::{Writers, Written, json};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn command(arguments: &[&str], folder: &Path, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    command.args(arguments).arg(folder).args(["--json", "--data"]).arg(data);
    command
}

fn say(arguments: &[&str], folder: &Path, data: &Path) -> Output {
    command(arguments, folder, data).output().expect("the program")
}

#[track_caller]
fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Its words and its page.
#[track_caller]
fn fails(name: &str, output: &Output, exit: i32, code: &str) -> String {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(exit), "{name}: {output:?}");
    assert!(words.contains(code) && words.contains("What to do: "), "{name}: {words}");
    words
}

#[test]
fn what_was_accepted_before_a_backup_counts_once_where_it_is_restored() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let home = tempfile::tempdir().expect("a folder");
    let mut made = Vec::new();
    let written = Writers::around(port, &disk.data(), |writers| {
        let mut program = Program::start(&mut disk, port);
        for round in 0..4 {
            wait_for_more(writers, 60);
            let folder = home.path().join(format!("backup{round}"));
            let accepted = writers.accepted_so_far();
            let told = answer(&say(&["backup"], &folder, &disk.data()));
            made.push((folder, accepted, told));
            // Nothing of it is left, and the next life has nothing to do with it.
            assert!(!disk.data().join("staged").exists());
            program.kill();
            program = Program::start(&mut disk, port);
        }
        program.kill();
    });
    for (folder, accepted, told) in made {
        let mut sums = Command::new("sha256sum");
        sums.args(["--strict", "--quiet", "-c", "SHA256SUMS"]).current_dir(&folder);
        assert!(sums.status().expect("sha256sum").success());
        for name in ["bytes", "files"] {
            let parts = ["log", "state", "other"].map(|part| told[part][name].as_u64());
            let sum: Option<u64> = parts.into_iter().sum();
            assert_eq!(sum, told[name].as_u64(), "{told}");
        }
        let data = folder.with_extension("restored");
        let restored = answer(&say(&["restore"], &folder, &data));
        assert_eq!(restored["audit"]["differences"], 0);
        for name in ["records", "bytes", "files", "as_of"] {
            assert_eq!(restored[name], told[name], "{restored}");
        }
        assert_eq!(restored["audit"]["records"], told["records"]);
        let secret = |data: &Path| std::fs::read(data.join("secret")).expect("a secret");
        assert_eq!(secret(&data), secret(&disk.data()));
        let sent = written.sent.clone();
        let then = Written { sent, accepted, ..Written::default() };
        let counted = then.judge(&data).unwrap_or_else(|why| panic!("{folder:?}: {why}"));
        assert_eq!(told["records"], counted);
    }
    written.judge(&disk.data()).unwrap_or_else(|why| panic!("the original: {why}"));
}

/// Both go on by themselves: each is found by its own folder.
#[test]
fn the_original_and_what_was_restored_run_side_by_side() {
    let mut disks = [Disk::new(), Disk::new()];
    let ports: [u16; 2] = std::array::from_fn(|_| tests::free_ports());
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("backup");
    let program = Program::start(&mut disks[0], ports[0]);
    program.wait_until_ready();
    answer(&say(&["backup"], &folder, &disks[0].data()));
    answer(&say(&["restore"], &folder, &disks[1].data()));
    assert!(!disks[1].data().join("instance.json").exists());
    let other = Program::start(&mut disks[1], ports[1]);
    other.wait_until_ready();
    for (disk, count) in disks.iter().zip([1, 2]) {
        let mut write = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        write.args(["topic", "write", "touchpoints", "--data"]).arg(disk.data());
        let mut child = write.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it");
        let lines: String = (0..count)
            .map(|number| {
                let id = format!(r#""event_id":"e{number}","customer_id":"c""#);
                let what = r#""channel":"chat","kind":"enquiry_received""#;
                format!("{{{id},\"time\":1767571200000,{what}}}\n")
            })
            .collect();
        let mut stdin = child.stdin.take().expect("a pipe");
        std::io::Write::write_all(&mut stdin, lines.as_bytes()).expect("a write");
        drop(stdin);
        assert!(child.wait().expect("an end").success());
    }
    for (disk, count) in disks.iter().zip([1, 2]) {
        let rows = json(&disk.data(), &["topic", "read", "touchpoints"]).expect("rows");
        assert_eq!(rows.len(), count);
    }
    program.kill();
    other.kill();
}

#[test]
fn a_disk_that_is_full_or_fails_costs_the_backup_alone() {
    let none = Fault { only: "/disk/backup", ..Fault::NONE };
    let rows = [
        // name, fault, words
        ("no room to begin", Fault { space: Some(200 << 20), ..none }, "are needed to begin"),
        ("full meanwhile", Fault { write_error: NO_SPACE, ..none }, "No space left on device"),
        ("write fails", Fault { write_error: IO, ..none }, "Input/output error"),
        ("sync fails", Fault { sync_error: IO, ..none }, "Input/output error"),
        ("read-only", Fault { open_error: READ_ONLY, ..none }, "Read-only file system"),
    ];
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let folder = disk.data().with_file_name("backup");
    let written = Writers::around(port, &disk.data(), |writers| {
        let program = Program::start(&mut disk, port);
        for (name, fault, words) in rows {
            wait_for_more(writers, 30);
            disk.set(fault);
            let said = fails(name, &say(&["backup"], &folder, &disk.data()), 73, "[D0751]");
            assert!(said.contains(words), "{name}: {said}");
            assert!(!folder.exists(), "{name}: something is left");
            assert!(!disk.data().join("staged").exists(), "{name}: something is staged");
            disk.set(Fault::NONE);
            wait_for_more(writers, 30);
        }
        answer(&say(&["backup"], &folder, &disk.data()));
        program.kill();
    });
    let codes: Vec<&str> = written.refused.keys().map(|(_, code)| code.as_str()).collect();
    assert!(codes.iter().all(|code| *code == "D0310"), "{codes:?}");
    written.judge(&disk.data()).unwrap_or_else(|why| panic!("{why}"));
}

/// As much room as there is for a checkpoint, and not for what it is to be copied to.
#[test]
fn a_backup_that_would_take_the_last_room_of_the_disk_is_not_begun() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let folder = disk.data().with_file_name("backup");
    Writers::around(port, &disk.data(), |writers| {
        let program = Program::start(&mut disk, port);
        wait_for_more(writers, 300);
        program.kill();
    });
    let program = Program::start(&mut disk, port);
    program.wait_until_ready();
    let entries = std::fs::read_dir(disk.data().join("log")).expect("a folder").flatten();
    let logs = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".log"));
    let bytes: u64 = logs.map(|entry| entry.metadata().expect("its data").len()).sum();
    let space = (256 << 20) + bytes as i64 + (16 << 10);
    disk.set(Fault { space: Some(space), only: "/nothing", ..Fault::NONE });
    let said = fails("no room", &say(&["backup"], &folder, &disk.data()), 73, "[D0751]");
    assert!(said.contains("it takes"), "{said}");
    assert!(!folder.exists());
    disk.set(Fault::NONE);
    answer(&say(&["backup"], &folder, &disk.data()));
    program.kill();
}

fn in_background(folder: &Path, data: &Path) -> Child {
    let mut command = command(&["backup"], folder, data);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program")
}

/// A disk on which a backup takes long, and an instance on it that has begun one.
fn slow(disk: &mut Disk, port: u16) -> (Program, PathBuf, Child) {
    let folder = disk.data().with_file_name("backup");
    let program = Program::start(disk, port);
    program.wait_until_ready();
    disk.set(Fault { sync_millis: 400, only: "/disk/backup", ..Fault::NONE });
    let child = in_background(&folder, &disk.data());
    wait_until("the backup begins", || folder.join("log").is_dir());
    (program, folder, child)
}

#[test]
fn a_backup_that_is_cut_off_by_a_kill_is_none_and_leaves_nothing_in_the_data_folder() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let (program, folder, child) = slow(&mut disk, port);
    assert!(disk.data().join("staged").is_dir());
    program.kill();
    let said = child.wait_with_output().expect("an end");
    fails("killed", &said, 69, "[D0718]");
    let restored = folder.with_file_name("restored");
    fails("cut off", &say(&["restore"], &folder, &restored), 65, "[D0753]");
    assert!(!restored.exists());
    let program = Program::start(&mut disk, port);
    program.wait_until_ready();
    assert!(!disk.data().join("staged").exists());
    program.kill();
}

#[test]
fn an_instance_that_is_stopped_ends_its_backup_and_takes_it_away() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let (program, folder, child) = slow(&mut disk, port);
    program.tell_to_stop();
    let (status, words) = program.wait();
    assert!(status.success(), "{words}");
    assert!(words.contains("[D0751]"), "{words}");
    assert!(!folder.exists() && !disk.data().join("staged").exists());
    assert!(!child.wait_with_output().expect("an end").status.success());
}

#[test]
fn there_is_one_backup_at_a_time() {
    let mut disk = Disk::new();
    let port = tests::free_ports();
    let (program, folder, child) = slow(&mut disk, port);
    let other = folder.with_file_name("other");
    let said = fails("second", &say(&["backup"], &other, &disk.data()), 75, "[D0752]");
    assert!(said.contains("/disk/backup"), "{said}");
    assert!(!other.exists());
    disk.set(Fault::NONE);
    answer(&child.wait_with_output().expect("an end"));
    answer(&say(&["backup"], &other, &disk.data()));
    program.kill();
}
