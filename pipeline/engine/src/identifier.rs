//! Whose touchpoint it is when nobody says: the first identifier that tells people apart.

use codec::control::Secret;
use std::collections::BTreeMap;

const FIRST: [&str; 3] = ["user_id", "email", "phone"];
const LAST: [&str; 3] = ["anonymous_id", "device_id", "cookie"];
const PLACEHOLDERS: [&str; 6] = ["-1", "null", "undefined", "anonymous", "guest", "none"];

/// The customer derived from identifiers, `None` where none of them is usable.
///
/// In the order user_id, email, phone, others by name, anonymous_id, device_id, cookie; an email
/// address counts in lower case.
pub fn derived_customer(secret: &Secret, identifiers: &BTreeMap<String, String>) -> Option<String> {
    let is_other = |name: &&str| !FIRST.contains(name) && !LAST.contains(name);
    let others = identifiers.keys().map(|name| &**name).filter(is_other);
    let names = FIRST.into_iter().chain(others).chain(LAST);
    names
        .filter_map(|name| identifiers.get(name).map(|value| (name, normal(name, value))))
        .find(|(_, value)| is_usable(value))
        .map(|(name, value)| secret.customer(name, &value))
}

fn normal(name: &str, value: &str) -> String {
    let value = value.trim();
    if name == "email" { value.to_lowercase() } else { value.to_owned() }
}

/// Whether an identifier tells one person from another, or is a placeholder.
pub fn is_usable(value: &str) -> bool {
    let is_blank = value.trim().bytes().all(|byte| byte == b'0' || byte == b'-');
    !is_blank && !PLACEHOLDERS.contains(&&*value.trim().to_ascii_lowercase())
}
