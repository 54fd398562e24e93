//! Counters while they run: what holds between them at every commit, and what becomes of windows.

mod laws;
mod plant;
mod watch;
mod windows;
mod zones;
