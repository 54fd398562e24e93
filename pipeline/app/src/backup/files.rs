//! Files that are copied whole, with their sums, and made durable.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// The sum of some bytes.
pub fn sum(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Copies a file that is not there yet, for its owner alone, and makes it durable; answers its size
/// and its sum. Before each piece `goes_on` is told how many bytes come next, and may end it.
pub fn copy(
    from: &Path,
    to: &Path,
    goes_on: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<(u64, String)> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let (mut bytes, mut hash) = (0, Sha256::new());
    let mut piece = vec![0; PIECE];
    loop {
        let count = match source.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = piece.get(..count).unwrap_or_default();
        goes_on(count as u64)?;
        hash.update(read);
        target.write_all(read)?;
        bytes += count as u64;
    }
    target.sync_all()?;
    Ok((bytes, HEXLOWER.encode(&hash.finalize())))
}

/// Makes a folder for its owner alone, with those above it; one that is there must be empty.
/// Answers whether it was made.
pub fn make_empty(folder: &Path) -> Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(false),
            Some(_) => Err(Error::new(ErrorKind::DirectoryNotEmpty, "it is not empty")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Takes away what was put into a folder, and the folder where it was made for that.
pub fn take_away(folder: &Path, was_made: bool) {
    // Whatever cannot be removed is no backup and no data folder: the sums, or the end, are
    // missing.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_dir() => std::fs::remove_dir_all(path),
            _ => std::fs::remove_file(path),
        };
    }
    if was_made {
        let _ = std::fs::remove_dir(folder);
    }
}

/// Bytes that are free on the disk of a folder; as many as one likes where the system cannot tell.
pub fn free(folder: &Path) -> u64 {
    let told = rustix::fs::statvfs(folder);
    told.map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}
