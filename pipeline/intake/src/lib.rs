//! Doors in: HTTP, files, foreign topics. Nothing stands here yet.
