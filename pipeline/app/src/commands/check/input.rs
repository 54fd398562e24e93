//! What the tasks would read, where that is another system's topic, and what is not possible then.

use crate::config::Config;

/// A sentence each; nothing where the tasks read `touchpoints` as ever.
pub fn said(config: &Config) -> Vec<String> {
    let Some(source) = config.direct() else { return Vec::new() };
    let (topic, own) = (&source.topic, config.own_topics().touchpoints);
    let topics = config.topics();
    let partitioner = topics.partitioner.name();
    let group = &config.kafka.application_id;
    vec![
        format!("{topic}, as it lies, by the tasks of group {group}: no copy, and no {own}"),
        "not possible beside it: other sources, touchpoints over HTTP, imports, replays of dead \
         letters [D0470]"
            .to_owned(),
        format!(
            "a record that does not lie on its customer's partition by {partitioner} is a dead \
             letter [D0471], as is one that names no customer [D0475]"
        ),
        "a schema that the registry does not have is waited for [D0474]".to_owned(),
        "topic, mapping and schemas stay as they are once something was counted [D0473]".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::said;
    use crate::config::{Config, SourceSection};

    #[test]
    fn what_a_direct_source_makes_impossible_is_said_and_nothing_without_one() {
        assert!(said(&Config::default()).is_empty());
        let text = "topic = \"chat\"\nmapping = \"chat.toml\"\nformat = \"avro\"\ndirect = true\n";
        let source: SourceSection = toml::from_str(text).expect("a source");
        let said = said(&Config { source: vec![source], ..Config::default() }).join("\n");
        for words in ["chat, as it lies, by the tasks of group", "no copy", "by murmur2", "[D0470]"]
        {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}
