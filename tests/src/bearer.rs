//! What opens the doors of an instance to whoever can read its folder.

use std::path::Path;

/// The header `Authorization` for the instance that runs on a data folder, or that ran there last;
/// empty where none did. Another one after each start.
pub fn bearer(data: &Path) -> String {
    let text = std::fs::read_to_string(data.join("instance.json")).unwrap_or_default();
    let token = text.split_once("\"token\":\"").and_then(|(_, rest)| rest.split_once('"'));
    token.map_or(String::new(), |(token, _)| format!("Bearer {token}"))
}
