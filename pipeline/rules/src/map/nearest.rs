//! "did you mean": the known word that a mistyped one is most like.

/// The word most like `text`, if one is like it at all.
pub fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    // A third of the letters wrong is still a typing error; more is another word.
    let limit = (text.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The help for a word that is not among the known ones: the nearest, else all of them.
pub fn suggestion<S: AsRef<str>>(text: &str, known: &[S], intro: &str) -> String {
    match nearest(text, known.iter().map(AsRef::as_ref)) {
        Some(word) => format!("did you mean \"{word}\"?"),
        None => {
            let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
            format!("{intro} {}", known.join(", "))
        }
    }
}
