//! A map adds classes and phrases.

use crate::SHIPPED;
use objection::{Addition, Model, NONE, Taxonomy, TaxonomyError};

fn addition(name: &str, phrases: &[&str]) -> Addition {
    let phrases = phrases.iter().map(|phrase| (*phrase).to_owned()).collect();
    Addition { name: name.to_owned(), phrases }
}

#[test]
fn a_class_with_phrases_alone_is_found_by_its_stems() {
    let phrases = ["parquet .. damaged", "Parkett .. beschädigt", "scratches .. parquet"];
    let taxonomy = Taxonomy::new(vec![addition("floor", &phrases)]).expect("a taxonomy");
    let model = Model::shipped(taxonomy);
    for (text, class) in [
        ("They fear that the parquet floors get damaged.", "floor"),
        ("Das Parkett wird dabei beschädigt.", "floor"),
        ("It scratches my old parquet", "floor"),
        ("That's too expensive.", "price"),
        ("Thanks, see you tomorrow.", NONE),
    ] {
        assert_eq!(model.judge(text).class, class, "{text}");
    }
}

#[test]
fn phrases_may_be_added_to_a_class_that_ships() {
    let text = "Zu viel Zaster, Chef.";
    assert_ne!(SHIPPED.judge(text).class, "price");
    let taxonomy = Taxonomy::new(vec![addition("price", &["zu viel Zaster", "Zaster"])]);
    let model = Model::shipped(taxonomy.expect("a taxonomy"));
    assert_eq!(model.judge(text).class, "price");
    assert_eq!(model.taxonomy().names().len(), 7);
}

#[test]
fn additions_that_make_no_sense_are_refused() {
    let refused = |additions| Taxonomy::new(additions).expect_err("refused");
    assert_eq!(refused(vec![addition(NONE, &[])]), TaxonomyError::Reserved);
    assert_eq!(
        refused(vec![addition("floor", &["...", "a"])]),
        TaxonomyError::EmptyPhrase("floor".to_owned())
    );
    let many = (0..25).map(|number| addition(&format!("c{number}"), &["a"])).collect();
    assert_eq!(refused(many), TaxonomyError::TooMany(32));
}
