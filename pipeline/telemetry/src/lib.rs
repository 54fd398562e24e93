//! Names of metrics, set-up of logs. Nothing stands here yet.
