//! A limit of memory that the kernel holds a process to: a control group of either version.
//!
//! Not `ulimit -v`: that counts addresses, of which allocators and mapped files take many times
//! what they use, and so says nothing of memory.

use crate::room::as_root;
use std::path::{Path, PathBuf};

/// A control group that no process is in yet.
pub struct Limit {
    folder: PathBuf,
    is_second: bool,
}

impl Limit {
    /// A limit of so many bytes, of which none may be swapped out; or why there can be none here.
    pub fn new(bytes: u64) -> Result<Limit, String> {
        let root = Path::new("/sys/fs/cgroup");
        let name = format!("desirepath-{}", std::process::id());
        let controllers = std::fs::read_to_string(root.join("cgroup.controllers"));
        let is_second =
            controllers.is_ok_and(|known| known.split_whitespace().any(|known| known == "memory"));
        let (folder, file) = match is_second {
            true => (root.join(name), "memory.max"),
            false => (root.join("memory").join(name), "memory.limit_in_bytes"),
        };
        let at = folder.display();
        // Of swap the first version counts memory as well, and only where it counts swap at all.
        as_root(&[
            "sh",
            "-c",
            &format!(
                "mkdir {at} && {{ echo {bytes} >{at}/{file} || {{ rmdir {at}; exit 1; }}; }} && \
                 {{ echo 0 >{at}/memory.swap.max; }} 2>/dev/null || test -d {at}"
            ),
        ])?;
        Ok(Limit { folder, is_second })
    }

    /// Holds a process to it, and what it begins from now on.
    pub fn hold(&self, pid: u32) {
        let procs = self.folder.join("cgroup.procs");
        as_root(&["sh", "-c", &format!("echo {pid} >{}", procs.display())]).expect("it is held");
    }

    /// The most that was charged to it, in bytes, files in memory included: these the kernel drops
    /// when it is to be less. Where the kernel does not say, nothing.
    pub fn peak(&self) -> Option<u64> {
        let name = if self.is_second { "memory.peak" } else { "memory.max_usage_in_bytes" };
        std::fs::read_to_string(self.folder.join(name)).ok()?.trim().parse().ok()
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        // Once the last process has gone.
        let _ = as_root(&["rmdir", self.folder.to_str().expect("a path")]);
    }
}
