//! Doors out: reports, counters, metrics over HTTP. Nothing stands here yet.
