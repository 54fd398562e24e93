//! The log and the store on RocksDB. Nothing stands here yet.
