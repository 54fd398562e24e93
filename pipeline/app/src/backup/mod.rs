//! Backups: an installation as it was at one instant, in a folder that can be carried elsewhere.
//!
//! ```text
//! DIR/log/ state/         checkpoints of the two databases
//! DIR/secret journey.toml what they were counted with
//! DIR/access.json         hashes of keys and sessions
//! DIR/backup.json         what it is: format, time, positions, every file with its size
//! DIR/SHA256SUMS          sums of all the others, written last: without it there is no backup
//! ```
//!
//! `stage` takes the checkpoints inside the data folder, by hard links and between two turns of the
//! worker; `write` copies them out at leisure, `jobs` does so beside a running instance, one at a
//! time; `manifest` is what was written of them, and `restore` the way back.

mod files;
mod jobs;
mod manifest;
mod restore;
mod stage;
mod write;

pub use jobs::Backups;
pub use restore::{check_whole, restore};
pub use stage::clean;
