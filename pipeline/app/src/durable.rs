//! Files and folders that are there after the power failed, whole, or not at all.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a whole file that only its owner may read; once it returns it is durable.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(new, path)?;
    sync_entries(parent(path))
}

/// Makes a folder and those above it. Its entry is made durable even where it was there: whoever
/// made it may have been stopped before that.
pub fn make_folder(path: &Path) -> Result<()> {
    if !path.is_dir() {
        let above = parent(path);
        if !above.is_dir() {
            make_folder(above)?;
        }
        match std::fs::create_dir(path) {
            Err(_) if path.is_dir() => {}
            made => made?,
        }
    }
    sync_entries(parent(path))
}

/// Makes durable which names a folder has.
pub fn sync_entries(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent == Path::new("") => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_whole_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b");
        make_folder(&deep).expect("a folder");
        make_folder(&deep).expect("once more");
        let path = deep.join("secret");
        for text in ["a longer one", "short"] {
            write(&path, text.as_bytes()).expect("a file");
            assert_eq!(std::fs::read_to_string(&path).expect("a text"), text);
            let mode = std::fs::metadata(&path).expect("its data").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(&deep).expect("a folder").count(), 1);
    }
}
