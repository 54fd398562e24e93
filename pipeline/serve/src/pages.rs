//! The pages of `deploy/errors`, as they are in the binary.

/// Codes and pages, ascending by code.
const PAGES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of an error code, in Markdown: what it means, why it happens, what to do.
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

/// What the page of a code is called: its first line without the code.
pub(crate) fn title(code: &str) -> &'static str {
    let heading = page(code).and_then(|page| page.lines().next());
    heading
        .and_then(|line| line.split_once(": "))
        .map_or("something went wrong", |(_, title)| title)
}
