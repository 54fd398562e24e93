//! Ports that stay free until somebody listens on them.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what Linux gives to outgoing connections (32768 and up): a port from there may be taken by
/// any client between the look and the use.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port on which, and on the next one, nobody listens; another one at every call, and others in
/// another process.
///
/// # Panics
///
/// When no two ports in a row are free.
pub fn free_ports() -> u16 {
    static CALLS: AtomicU16 = AtomicU16::new(0);
    let begin = process::id() as u16 % (COUNT / 40) * 40;
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    for _ in 0..COUNT / 2 {
        let port = FIRST + begin.wrapping_add(2 * CALLS.fetch_add(1, Ordering::Relaxed)) % COUNT;
        if is_free(port) && is_free(port + 1) {
            return port;
        }
    }
    panic!("no two free ports in a row from {FIRST} on");
}
