//! Inference by golden figures, each from another program or another way to the same number.

mod cadence;
mod cdnow;
mod contrast;
mod difference;
mod evidence;
mod jackknife;
#[path = "../leads/mod.rs"]
mod leads;
mod lifetime;
mod orders;
mod pattern;
mod rate;
mod removal;
mod shapley;
mod spending;
mod verdict;
mod watched;

/// Whether two numbers are as near as said; says both where they are not.
#[track_caller]
fn is_near(found: f64, expected: f64, within: f64) {
    let is_met = (found - expected).abs() <= within;
    assert!(is_met, "{found} is not {expected} to {within}");
}
