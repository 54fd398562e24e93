//! What every instance of an application must agree on.

use crate::failure::Failure;
use codec::control::Secret;
use model::JourneyMap;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Written by the first instance, held against by every other one.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Application {
    /// The fingerprint of the secret that signs and hashes.
    pub secret: String,
    /// The text of the map that is counted by.
    pub map: String,
    /// How records are read, by its fingerprint, where the input is another system's topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<String>,
}

impl Application {
    /// Refuses another secret: what this instance signed would be dead letters to the others, and
    /// customers known by an identifier alone would be two.
    pub fn check_secret(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        match secret.fingerprint() == self.secret {
            true => Ok(()),
            false => Err(Application::other_secret(name)),
        }
    }

    /// What is said where the secret is another one, or there is none.
    pub fn other_secret(name: &str) -> Failure {
        Failure::Configuration(format!(
            "application {name} has a secret, and it is not the one of this folder: copy the file \
             `secret` of an instance that runs into this folder, or name the same one in \
             log.secret for all [D0481]"
        ))
    }

    /// Refuses to read the input otherwise than it was read so far: what is replayed would count as
    /// something else than it was counted as.
    pub fn check_direct(&self, name: &str, direct: Option<&str>) -> Result<(), Failure> {
        let (is, was) = match (direct, self.direct.as_deref()) {
            (is, was) if is == was => return Ok(()),
            (Some(_), None) => ("a direct source", "`touchpoints`"),
            (None, _) => ("`touchpoints`", "a direct source"),
            (Some(_), Some(_)) => {
                ("a direct source", "one with another topic, mapping, schema or reader_schema")
            }
        };
        Err(Failure::Configuration(format!(
            "this instance would count from {is}, and application {name} counts from {was}: take \
             the change back, or count anew under another kafka.application_id, \
             kafka.topic_prefix and folder [D0473]"
        )))
    }

    /// Refuses another map than the one that the others count by. The text of that one is parsed
    /// here, so that comments and spaces do not matter.
    pub fn check_map(&self, name: &str, map: &JourneyMap) -> Result<(), Failure> {
        let path = format!("map of application {name}");
        let known = crate::map_file::parse(&self.map, Path::new(&path))?;
        if known == *map {
            return Ok(());
        }
        Err(Failure::Configuration(format!(
            "application {name} counts by map {} version {}, and this instance would count by {} \
             version {}, which is another one: let map.file name the same file for all instances, \
             or leave it out to count by theirs [D0482]",
            known.name, known.version, map.name, map.version
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_secret_or_map_is_refused_and_comments_do_not_matter() {
        let secret = |text: &[u8]| Secret::new(text).expect("a secret");
        let (one, other) = (secret(&[1; 32]), secret(&[2; 32]));
        let map = rules::default_map();
        let text = format!("# ours\n{}", rules::DEFAULT_MAP);
        let application = Application { secret: one.fingerprint(), map: text, direct: None };
        assert!(application.check_secret("a", &one).is_ok());
        let refused = application.check_secret("a", &other).expect_err("another secret");
        assert!(refused.to_string().contains("D0481"), "{refused}");
        assert!(application.check_map("a", &map).is_ok());
        let text = rules::DEFAULT_MAP.replacen("\"14d\" ", "\"15d\" ", 1);
        let another = crate::map_file::parse(&text, Path::new("map")).expect("a map");
        let refused = application.check_map("a", &another).expect_err("another map");
        assert!(refused.to_string().contains("D0482"), "{refused}");
    }

    #[test]
    fn an_input_is_read_as_it_was_read_so_far() {
        for (was, is, words) in [
            (None, None, ""),
            (Some("a"), Some("a"), ""),
            (Some("a"), Some("b"), "counts from one with another topic, mapping"),
            (None, Some("a"), "would count from a direct source"),
            (Some("a"), None, "would count from `touchpoints`"),
        ] {
            let (secret, map) = (String::new(), String::new());
            let known = Application { secret, map, direct: was.map(str::to_owned) };
            let said = known.check_direct("shop", is).err().map(|e| e.to_string());
            let said = said.unwrap_or_default();
            assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{said}");
        }
    }
}
