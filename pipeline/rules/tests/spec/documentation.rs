//! The page on mappings: its examples are read, and every word of the language stands in it.

use rules::{mapping_words, parse_mapping};

const PAGE: &str = include_str!("../../../../deploy/mappings/README.md");

#[test]
fn every_example_of_the_page_is_a_mapping() {
    let blocks: Vec<&str> = PAGE.split("```toml\n").skip(1).collect();
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let text = block.split("```").next().unwrap();
        parse_mapping(text, "README.md").unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    }
}

#[test]
fn every_word_of_the_language_stands_on_the_page() {
    let words = mapping_words();
    assert!(words.len() > 60, "{words:?}");
    for word in words {
        let is_there = ["`", "(\"", "(", " = ", "\"`", "["].iter().any(|after| {
            PAGE.contains(&format!("`{word}{after}")) || PAGE.contains(&format!("[{word}."))
        });
        let is_value = PAGE.contains(&format!("`\"{word}\"`"));
        let is_listed =
            PAGE.contains(&format!(" {word},")) || PAGE.contains(&format!(" {word} }}"));
        assert!(is_there || is_value || is_listed, "{word} is not on the page");
    }
}
