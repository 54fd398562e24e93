//! Reports by tables of counters, rates by published intervals, laws by planted mistakes.

mod activity;
mod books;
mod cadence;
mod channels;
mod credit;
mod digest;
mod dropoffs;
mod findings;
mod forecast;
mod funnel;
mod laws;
#[path = "../leads/mod.rs"]
mod leads;
mod moves;
mod rate;
mod schemas;
mod shape;
mod summary;
mod value;
mod ways;
