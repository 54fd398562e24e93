//! What users write: journey maps and mappings. Nothing stands here yet.
