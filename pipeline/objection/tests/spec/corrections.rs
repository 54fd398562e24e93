//! It learns from people who know better, and forgets neither that nor the rest.

use crate::SHIPPED;
use objection::{Model, NONE, SnapshotError, Taxonomy};

/// Ten corrections of a business whose customers talk of noise when they mean the place.
const RELABELS: [(&str, &str); 10] = [
    ("The compressor hums all night.", "convenience"),
    ("My neighbours complain about the humming.", "convenience"),
    ("Does it hum as loudly as the old compressor?", "convenience"),
    ("The hum would drive me mad.", "convenience"),
    ("I heard the compressor through two walls.", "convenience"),
    ("Der Kompressor brummt die ganze Nacht.", "convenience"),
    ("Das Brummen hält meine Frau nicht aus.", "convenience"),
    ("Brummt das neue Gerät auch so?", "convenience"),
    ("Our compressor arrived, thank you!", NONE),
    ("Der Kompressor wurde gestern geliefert.", NONE),
];

fn corrected() -> Model {
    let mut model = SHIPPED.clone();
    for (text, class) in RELABELS {
        assert!(model.correct(text, class), "{class} is known");
    }
    model
}

#[test]
fn ten_corrections_are_enough_for_messages_alike() {
    let model = corrected();
    for (text, class) in RELABELS {
        assert_eq!(model.judge(text).class, class, "{text}");
    }
    for text in ["That compressor hums.", "Das Brummen vom Kompressor stört mich."] {
        assert_ne!(SHIPPED.judge(text).class, "convenience", "{text}");
        assert_eq!(model.judge(text).class, "convenience", "{text}");
    }
    assert_eq!(model.corrections(), 10);
}

#[test]
fn what_was_known_before_is_known_after() {
    let model = corrected();
    let messages = ["plain", "oblique"].map(|set| {
        let path = format!("{}/tests/{set}/en.txt", env!("CARGO_MANIFEST_DIR"));
        objection::parse_examples(&std::fs::read_to_string(path).expect("messages"))
    });
    let right = |model: &Model| {
        messages.iter().flatten().filter(|one| model.judge(&one.text).class == one.class).count()
    };
    let (before, after) = (right(&SHIPPED), right(&model));
    assert!(after + 4 >= before, "{after} of {before} are left");
}

#[test]
fn the_same_corrections_in_the_same_order_give_the_same_model() {
    assert_eq!(corrected().to_bytes(), corrected().to_bytes());
    let again = Model::shipped(Taxonomy::default());
    assert_eq!(again.to_bytes(), SHIPPED.to_bytes());
}

#[test]
fn a_class_that_is_not_known_is_not_learned() {
    let mut model = SHIPPED.clone();
    assert!(!model.correct("The hum is awful.", "noise"));
    assert_eq!(model.corrections(), 0);
    assert_eq!(model.to_bytes(), SHIPPED.to_bytes());
}

#[test]
fn what_was_learned_is_kept_as_bytes() {
    let model = corrected();
    let read = Model::from_bytes(Taxonomy::default(), &model.to_bytes()).expect("a model");
    assert_eq!(read.corrections(), 10);
    for (text, _) in RELABELS {
        let (a, b) = (read.judge(text), model.judge(text));
        assert_eq!(a.class, b.class, "{text}");
        assert!((a.probability - b.probability).abs() < 1e-4, "{text}");
    }
}

#[test]
fn no_text_is_kept() {
    let bytes = corrected().to_bytes();
    for word in ["compressor", "Kompressor", "brummt", "hum"] {
        let has = bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!has, "{word}");
    }
}

#[test]
fn bytes_that_are_not_a_model_are_refused() {
    let bytes = corrected().to_bytes();
    let read = |bytes: &[u8]| Model::from_bytes(Taxonomy::default(), bytes).err();
    assert_eq!(read(&[]), Some(SnapshotError::Damaged));
    assert_eq!(read(&[9, 0, 0]), Some(SnapshotError::Version(9)));
    for length in [1, 5, 20, bytes.len() - 1] {
        assert_eq!(read(&bytes[..length]), Some(SnapshotError::Damaged), "{length} bytes");
    }
    for at in [3, 30, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 16;
        assert_eq!(read(&damaged), Some(SnapshotError::Damaged), "byte {at}");
    }
}
