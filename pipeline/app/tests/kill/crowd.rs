//! Many customers who come once, and one who is half of all: memory has a bound, to which the
//! kernel holds the instance where a control group can be made.

use crate::cluster::Running;
use crate::limit::Limit;
use crate::program::{PARTITIONS, Program, shared_broker};
use crate::room::say_untried;
use kafka::{Sender, Settings};

/// Touchpoints, half of them of one customer.
const TOUCHPOINTS: u64 = 200_000;

/// What an instance with 100,000 customers may have in memory at its peak, in KiB.
const PEAK: u64 = 256 << 10;

/// The most that a process has ever had in memory, in KiB.
fn peak(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

#[test]
fn a_crowd_and_one_who_is_half_of_all_stay_within_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "crowd", "", "");
    program.output(&["topic", "list"]);
    let settings = Settings::new(shared_broker(), "crowd-writer", "one");
    let mut sender = Sender::open(&settings).expect("a sender");
    let limit = Limit::new(PEAK << 10);
    let running = Running::begin(program);
    match &limit {
        Ok(limit) => limit.hold(running.child.id()),
        Err(why) => say_untried("a limit of memory that the kernel keeps", why),
    }
    running.program.wait_until_ready();
    for number in 0..TOUCHPOINTS {
        let is_hot = number.is_multiple_of(2);
        let customer = if is_hot { "hot".to_owned() } else { format!("c{number}") };
        let time = 1_767_571_200_000 + number as i64 * 10_000;
        let id = format!(r#""event_id":"e{number}","customer_id":"{customer}","time":{time}"#);
        let json = format!(r#"{{{id},"channel":"chat","kind":"message_received"}}"#);
        let partition = codec::partition(customer.as_bytes(), PARTITIONS);
        let (key, value) = (customer.as_bytes(), Some(json.as_bytes()));
        sender.append("crowd-touchpoints", partition, key, value).expect("room");
        if number.is_multiple_of(20_000) {
            sender.flush().expect("a flush");
        }
    }
    sender.flush().expect("a flush");
    running.wait_until_caught_up();
    let counted = running.fates().expect("an answer");
    assert_eq!(counted, TOUCHPOINTS as i64);
    let peak = peak(running.child.id());
    let charged = limit.as_ref().ok().and_then(Limit::peak).map(|bytes| bytes >> 20);
    eprintln!("at most {} MiB in memory, {charged:?} MiB with files", peak >> 10);
    assert!(peak <= PEAK, "{peak} KiB");
    let program = running.end();
    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "{audit}");
}
