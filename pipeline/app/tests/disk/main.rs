//! The embedded log on a disk that loses power, fills up, fails and is slow; and copies of it.

mod backup;
mod copies;
mod damage;
mod disk;
mod faults;
mod power;
mod program;
mod waiting;
#[path = "../kill/written.rs"]
mod written;
