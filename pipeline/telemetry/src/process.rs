//! What Linux says about this process, read only when metrics are asked for.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// Ticks of `/proc/self/stat` in a second: a constant of the interface, whatever the kernel's own.
const TICKS_PER_SECOND: f64 = 100.0;

/// Memory, time and files of this process; what cannot be read is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    pub memory_bytes: Option<i64>,
    pub cpu_seconds: Option<f64>,
    pub open_files: Option<i64>,
}

/// Now, in seconds since 1970: registries are made at the start. What the kernel says of that is
/// hidden from a service that sees no more of `/proc` than itself.
pub(crate) fn start_time() -> Option<f64> {
    Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64())
}

impl Usage {
    pub(crate) fn read() -> Usage {
        let file = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).ok();
        let descriptors = fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
        Usage {
            memory_bytes: file("status").as_deref().and_then(memory_bytes),
            cpu_seconds: file("stat").as_deref().and_then(cpu_seconds),
            // The walk itself holds one open.
            open_files: descriptors.map(|count| count.saturating_sub(1) as i64),
        }
    }
}

fn memory_bytes(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

/// User and system time; the program's name before them may hold spaces and brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) as f64 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 90 0 0 0 150 50 0 0 20 0 9 0 100 1 2";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (a"), None);
    }

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(memory_bytes("Name:\tx\nVmRSS:\t     12 kB\n"), Some(12_288));
        assert_eq!(memory_bytes("Name:\tx\n"), None);
    }
}
