//! Many customers: windows, revisions and finality of counters. Nothing stands here yet.
