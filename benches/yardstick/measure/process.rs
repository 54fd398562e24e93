//! What a process has taken of the machine, by /proc.

use std::fs;

/// Ticks of /proc in a second, the same on every Linux.
const TICKS: f64 = 100.0;

/// What a process has taken since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU-seconds of all its threads.
    pub cpu: f64,
    /// The most that was resident, in MiB.
    pub peak_mib: f64,
}

impl Usage {
    /// Of this process.
    pub fn own() -> Usage {
        Usage::of(std::process::id())
    }

    /// Of a process that runs; nothing of one that does not.
    pub fn of(process: u32) -> Usage {
        let read = |name: &str| fs::read_to_string(format!("/proc/{process}/{name}"));
        let cpu = read("stat").map_or(0.0, |stat| cpu_of(&stat));
        let peak_mib = read("status").map_or(0.0, |status| peak_of(&status));
        Usage { cpu, peak_mib }
    }
}

/// CPU-seconds of everything on the machine, idle and waiting left out.
pub fn machine() -> f64 {
    fs::read_to_string("/proc/stat").map_or(0.0, |stat| busy_of(&stat))
}

/// The 14th and 15th field; the second, in brackets, may hold anything.
fn cpu_of(stat: &str) -> f64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(number).sum();
    ticks as f64 / TICKS
}

fn peak_of(status: &str) -> f64 {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(number);
    kib.unwrap_or(0) as f64 / 1_024.0
}

/// user, nice, system, idle, iowait, irq, softirq, steal.
fn busy_of(stat: &str) -> f64 {
    let line = stat.lines().next().unwrap_or_default();
    let fields = line.split_whitespace().skip(1).take(8).filter_map(number);
    let busy = fields.enumerate().filter(|(at, _)| !matches!(at, 3 | 4));
    busy.map(|(_, ticks)| ticks).sum::<u64>() as f64 / TICKS
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{busy_of, cpu_of, peak_of};

    #[test]
    fn what_the_kernel_says_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 93 0 0 0 150 50 9 9 20 0 1 0 5 0 0";
        assert_eq!(cpu_of(stat), 2.0);
        assert_eq!(peak_of("Name:\ta\nVmHWM:\t  2048 kB\nVmRSS:\t 7 kB\n"), 2.0);
        assert_eq!(busy_of("cpu  100 10 40 5000 600 20 20 10 0 0\ncpu0 1 1\n"), 2.0);
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        assert_eq!((cpu_of(""), peak_of(""), busy_of("")), (0.0, 0.0, 0.0));
    }
}
