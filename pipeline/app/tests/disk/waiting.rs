//! Waiting for what another process does, with an end to it.

use crate::written::Writers;
use std::time::{Duration, Instant};

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until so many more touchpoints were accepted.
#[track_caller]
pub fn wait_for_more(writers: &Writers, count: usize) {
    let before = writers.accepted();
    wait_until("touchpoints are accepted", || writers.accepted() >= before + count);
}
