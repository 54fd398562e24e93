//! The wall clock: read here and nowhere else.

use model::Timestamp;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Since when time goes faster, and how fast: the demo's.
static PACE: OnceLock<(i64, f64)> = OnceLock::new();

/// Now.
pub fn now() -> Timestamp {
    let wall = wall_millis();
    let now = match PACE.get() {
        None => wall,
        Some((since, speed)) => since + ((wall - since) as f64 * speed) as i64,
    };
    Timestamp::from_millis(now)
}

/// From now on time goes so many times as fast, for this process and once only.
pub fn go(speed: f64) {
    PACE.get_or_init(|| (wall_millis(), speed));
}

/// Now, whatever the pace: for whoever is no part of a demo.
pub fn wall() -> Timestamp {
    Timestamp::from_millis(wall_millis())
}

fn wall_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
