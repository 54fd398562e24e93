//! The language of a text, by its commonest words.

use crate::SHIPPED;
use objection::Language::{English, French, German, Spanish};

#[test]
fn a_text_is_in_the_language_of_its_commonest_words() {
    for (text, language) in [
        ("The price is too high for us", Some(English)),
        ("Der Preis ist uns zu hoch", Some(German)),
        ("El precio es muy alto para nosotros", Some(Spanish)),
        ("Le prix est trop élevé pour nous", Some(French)),
        ("Okay", None),
        ("", None),
        ("12.50", None),
    ] {
        assert_eq!(SHIPPED.judge(text).language, language, "{text}");
    }
}

#[test]
fn accents_and_capitals_may_be_left_out() {
    for (with, without) in [
        ("Das ist völlig überteuert.", "DAS IST VOLLIG UBERTEUERT."),
        ("Es carísimo para mí.", "es carisimo para mi"),
        ("C'est trop chère pour nous.", "c’est trop chere pour nous"),
    ] {
        let judged = SHIPPED.judge(without);
        assert_eq!(judged.class, "price", "{without}");
        assert_eq!(SHIPPED.judge(with).class, judged.class, "{with}");
    }
}
