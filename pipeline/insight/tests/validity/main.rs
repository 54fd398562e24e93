//! Whether what is said with 95 % is wrong in one of twenty worlds at most, at any time.
//!
//! Simulated from seeds, so that a run is the same on every machine. `WORLDS=20` makes twenty times
//! as many of each; `SEED` begins elsewhere.

mod chance;
mod difference;
mod drift;
mod findings;
mod forecast;
mod jackknife;
mod lifetime;
mod watched;
mod worlds;

use chance::Chance;

/// How many worlds, where so many are enough for every day.
fn worlds(usual: u64) -> u64 {
    let times = std::env::var("WORLDS").ok().and_then(|times| times.parse().ok());
    usual * times.unwrap_or(1)
}

/// Each world with chances of its own.
fn each(usual: u64) -> impl Iterator<Item = Chance> {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    (0..worlds(usual)).map(move |world| Chance::new(seed, world))
}

/// A share is at most a limit, but for what so many worlds may differ by chance: 2.33 standard
/// errors, one run in a hundred.
#[track_caller]
fn at_most(wrong: u64, worlds: u64, limit: f64) {
    let slack = 2.33 * (limit * (1.0 - limit) / worlds as f64).sqrt();
    let share = wrong as f64 / worlds as f64;
    assert!(share <= limit + slack, "{wrong} of {worlds} worlds");
}
