//! A disk under the program that loses power and breaks on demand: what `disk.c` notes, made true.
//!
//! The model. After a power failure a file holds what it held when it was last synced, and of what
//! was written since then some beginning; or nothing of it. Entries of a folder (made, renamed) are
//! kept up to the last sync of that folder, and of later ones a beginning in order. Not modelled:
//! later pages that reach the disk before earlier ones, bytes that are written over (only those of
//! the witness are, and they are kept as they were last), removed files that come back, and sectors
//! that go bad by themselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tests::Random;

/// No space left on device.
pub const NO_SPACE: i32 = 28;
/// Input/output error.
pub const IO: i32 = 5;
/// Read-only file system.
pub const READ_ONLY: i32 = 30;

/// What is wrong with the disk.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Bytes that are left on it.
    pub space: Option<i64>,
    /// Error number of every write.
    pub write_error: i32,
    /// Error number of every sync.
    pub sync_error: i32,
    /// Error number of whatever makes a file or a folder, or opens one for writing.
    pub open_error: i32,
    /// How long a sync takes.
    pub sync_millis: i32,
    /// Only for paths with this in it.
    pub only: &'static str,
}

impl Fault {
    /// Nothing is wrong.
    pub const NONE: Fault = Fault {
        space: None,
        write_error: 0,
        sync_error: 0,
        open_error: 0,
        sync_millis: 0,
        only: "",
    };
}

/// A disk that holds one folder.
pub struct Disk {
    home: tempfile::TempDir,
    lies: Option<&'static str>,
    /// Lengths of all files when the power came back: what is there then is safe.
    safe: BTreeMap<PathBuf, u64>,
}

impl Disk {
    pub fn new() -> Disk {
        let home = tempfile::tempdir().expect("a folder");
        let disk = Disk { home, lies: None, safe: BTreeMap::new() };
        for name in ["disk", "undo"] {
            std::fs::create_dir(disk.path(name)).expect("a folder");
        }
        disk.set(Fault::NONE);
        disk
    }

    /// A disk that only says that files were synced whose paths end so; `/`: folders.
    pub fn that_lies(about: &'static str) -> Disk {
        Disk { lies: Some(about), ..Disk::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().canonicalize().expect("a path").join(name)
    }

    /// The data folder, which the program makes itself.
    pub fn data(&self) -> PathBuf {
        self.path("disk/data")
    }

    /// Breaks the disk, or mends it. It is whole while the paths change: at no moment does a fault
    /// meet a path that it is not for.
    pub fn set(&self, fault: Fault) {
        let numbers = |fault: &Fault| {
            let numbers =
                [fault.write_error, fault.sync_error, fault.open_error, fault.sync_millis];
            let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
            fault.space.unwrap_or(-1).to_le_bytes().into_iter().chain(numbers).collect::<Vec<u8>>()
        };
        let mut only = fault.only.as_bytes().to_vec();
        only.resize(32, 0);
        // Written over and not anew: the program has it mapped.
        let mut options = std::fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(false).open(self.path("control"));
        let file = opened.expect("a file");
        for (bytes, at) in [(numbers(&Fault::NONE), 0), (only, 24), (numbers(&fault), 0)] {
            std::os::unix::fs::FileExt::write_all_at(&file, &bytes, at).expect("a write");
        }
    }

    /// Lets a command work on this disk.
    pub fn under(&mut self, command: &mut Command) {
        let _ = std::fs::remove_file(self.path("notes"));
        for kept in std::fs::read_dir(self.path("undo")).expect("a folder") {
            std::fs::remove_file(kept.expect("an entry").path()).expect("a removal");
        }
        self.safe = lengths(&self.path("disk"));
        command.env("LD_PRELOAD", library());
        command.env("DISK_FOLDER", self.path("disk")).env("DISK_UNDO", self.path("undo"));
        command.env("DISK_NOTES", self.path("notes")).env("DISK_CONTROL", self.path("control"));
        if let Some(lies) = self.lies {
            command.env("DISK_LIES", lies);
        }
    }

    /// The power fails, after the program was killed. Answers how many bytes are gone.
    pub fn lose_power(&mut self, random: &mut Random) -> u64 {
        // There are none where it was killed before it began.
        let notes = std::fs::read(self.path("notes")).unwrap_or_default();
        let notes = Notes::read(&String::from_utf8_lossy(&notes), &self.safe);
        // Every second time the disk keeps nothing that it did not promise.
        let is_strict = random.below(2) == 0;
        let mut lost = 0;
        for (path, length) in lengths(&self.path("disk")) {
            let promised = notes.synced.get(&path).copied().unwrap_or(0).min(length);
            let kept = if is_strict { 0 } else { random.below(length - promised + 1) };
            let file = std::fs::OpenOptions::new().write(true).open(&path).expect("a file");
            file.set_len(promised + kept).expect("a cut");
            lost += length - promised - kept;
        }
        let unsafe_entries: Vec<&Entry> = notes.entries.iter().filter(|e| !e.is_synced).collect();
        let kept = if is_strict { 0 } else { random.below(unsafe_entries.len() as u64 + 1) };
        for entry in unsafe_entries.iter().skip(kept as usize).rev() {
            self.undo(entry);
        }
        lost
    }

    fn undo(&self, entry: &Entry) {
        // What is not there any more was removed later.
        let _ = match &entry.was {
            Was::File => std::fs::remove_file(&entry.path),
            Was::Folder => std::fs::remove_dir_all(&entry.path),
            Was::Named(old, kept) => {
                let back = std::fs::rename(&entry.path, old);
                let kept = self.path("undo").join(kept);
                if kept.exists() { std::fs::rename(kept, &entry.path) } else { back }
            }
        };
    }
}

/// What became of an entry of a folder.
enum Was {
    File,
    Folder,
    Named(PathBuf, String),
}

struct Entry {
    number: u64,
    path: PathBuf,
    was: Was,
    is_synced: bool,
}

/// What `disk.c` noted, up to its last whole line.
struct Notes {
    synced: BTreeMap<PathBuf, u64>,
    entries: Vec<Entry>,
}

impl Notes {
    fn read(text: &str, safe: &BTreeMap<PathBuf, u64>) -> Notes {
        let mut notes = Notes { synced: safe.clone(), entries: Vec::new() };
        let mut failed = std::collections::BTreeSet::new();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let number = |index: usize| fields[index].parse::<u64>().expect("a number");
            let path = |index: usize| PathBuf::from(fields[index]);
            let mut enter = |path: PathBuf, was: Was| {
                let number = number(1);
                notes.entries.push(Entry { number, path, was, is_synced: false });
            };
            match fields[0] {
                "C" => {
                    enter(path(2), Was::File);
                    // A hard link to a file that is safe is as safe as that.
                    failed.remove(&path(2));
                    notes.synced.remove(&path(2));
                }
                "K" => enter(path(2), Was::Folder),
                "R" => {
                    enter(path(3), Was::Named(path(2), fields[4].to_owned()));
                    if let Some(length) = notes.synced.remove(&path(2)) {
                        notes.synced.insert(path(3), length);
                    }
                }
                "U" | "Z" => {
                    notes.synced.remove(&path(1));
                }
                "S" if !failed.contains(&path(2)) => {
                    notes.synced.insert(path(2), number(1));
                }
                "S" => {}
                "D" => {
                    let (seen, folder) = (number(1), path(2));
                    let entries = notes.entries.iter_mut();
                    let inside = entries.filter(|e| e.path.parent() == Some(&folder));
                    inside.filter(|e| e.number <= seen).for_each(|e| e.is_synced = true);
                }
                "F" => {
                    failed.insert(path(1));
                }
                other => panic!("a note that nobody knows: {other:?}"),
            }
        }
        notes.entries.sort_by_key(|entry| entry.number);
        notes
    }
}

/// Every file under a folder, and its length.
fn lengths(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type().expect("a type").is_dir() {
            true => found.extend(lengths(&path)),
            false => {
                found.insert(path, entry.metadata().map_or(0, |data| data.len()));
            }
        }
    }
    found
}

/// `disk.c`, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = folder.join(format!("disk-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/disk.c");
        let mut compile = Command::new("gcc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library);
        let compiled = compile.arg(source).arg("-ldl").status().expect("gcc");
        assert!(compiled.success(), "disk.c does not compile");
        library
    })
}
