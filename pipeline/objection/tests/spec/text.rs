//! Any text is judged, however long or odd.

use crate::{SHIPPED, check};
use objection::NONE;
use proptest::prelude::*;

#[test]
fn an_objection_is_found_in_a_long_note() {
    let note = "Talked for half an hour about the garden and the dogs. She liked the photos. \
        However, it is too expensive for her. Sends her regards to Tom. Wants the brochure.";
    let judged = SHIPPED.judge(note);
    assert_eq!(judged.class, "price");
    let sentence = judged.sentence.expect("a sentence");
    assert_eq!(note[sentence].trim(), "However, it is too expensive for her.");
}

#[test]
fn a_text_without_words_has_no_objection() {
    check(&[("", NONE), ("   ", NONE), ("?!", NONE), ("🙂", NONE), ("\n\n\n", NONE)]);
}

#[test]
fn probabilities_add_up_to_one() {
    for text in ["", "Too expensive.", "Danke! Bis morgen. Aber zu teuer.", "日本語"] {
        let judged = SHIPPED.judge(text);
        let sum: f32 = judged.all.iter().map(|(_, probability)| probability).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{text}: {sum}");
        assert_eq!(judged.all.len(), 8);
        assert_eq!(judged.all[0].0, NONE);
    }
}

proptest! {
    #[test]
    fn any_text_is_judged(text in "\\PC{0,300}") {
        let judged = SHIPPED.judge(&text);
        prop_assert!((0.0..=1.0).contains(&judged.probability));
        if let Some(range) = judged.sentence {
            prop_assert!(text.get(range).is_some());
        }
    }

    #[test]
    fn any_mixture_of_signs_is_judged(text in "[a-zé'’.,!?n t0-9\u{301}ß\n-]{0,200}") {
        let judged = SHIPPED.judge(&text);
        prop_assert_eq!(judged.all.len(), 8);
        if let Some(range) = judged.sentence {
            prop_assert!(text.get(range).is_some());
        }
    }
}
