//! A "not" takes an objection back, as far as its clause reaches.

use crate::check;

#[test]
fn what_is_not_too_expensive_is_no_objection() {
    check(&[
        ("It's too expensive.", "price"),
        ("It's not too expensive.", "none"),
        ("That isn't expensive at all.", "none"),
        ("Das ist zu teuer.", "price"),
        ("Das ist nicht zu teuer.", "none"),
        ("Teuer ist das wirklich nicht.", "none"),
        ("Es demasiado caro.", "price"),
        ("No es demasiado caro.", "none"),
        ("C'est trop cher.", "price"),
        ("Ce n'est pas trop cher.", "none"),
    ]);
}

#[test]
fn a_not_that_belongs_to_the_phrase_does_not_take_it_back() {
    check(&[
        ("We can't afford it.", "price"),
        ("We cannot afford it.", "price"),
        ("I don't trust it.", "trust"),
        ("Wir brauchen das nicht.", "need"),
        ("No lo necesitamos.", "need"),
        ("Nous n'en avons pas besoin.", "need"),
    ]);
}

#[test]
fn a_not_reaches_to_the_end_of_its_clause() {
    check(&[
        ("No, it's too expensive.", "price"),
        ("Not bad, but too expensive for us.", "price"),
        ("Nein, das ist uns zu teuer.", "price"),
        ("No, es demasiado caro.", "price"),
        ("Non, c'est trop cher.", "price"),
    ]);
}
