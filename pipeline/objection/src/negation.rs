//! What a "not" takes back.

use crate::words::Words;

/// A negator takes back so many words after it, within its clause: "not really all that dear".
const REACH: usize = 4;

/// Words that say the contrary of what follows, folded.
const NEGATORS: [&str; 34] = [
    "not", "no", "never", "neither", "nor", "without", "hardly", "nicht", "kein", "keine",
    "keinen", "keinem", "keiner", "keines", "nie", "niemals", "ohne", "weder", "kaum", "nunca",
    "jamas", "sin", "tampoco", "ni", "ningun", "ninguna", "pas", "jamais", "aucun", "aucune",
    "sans", "guere", "nada", "non",
];

/// Words after which a negator says nothing of the kind: "not only", "nicht nur", "no solo".
const ONLY: [&str; 7] = ["only", "just", "nur", "bloss", "solo", "seulement", "uniquement"];

/// Words that begin a clause of their own without a comma.
const TURNS: [&str; 9] =
    ["but", "because", "aber", "sondern", "weil", "pero", "sino", "mais", "porque"];

/// Marks the negators and what they negate.
pub(crate) fn mark(words: &mut Words) {
    let mut left = 0;
    let mut clause = 0;
    for index in 0..words.all.len() {
        let word = words.all[index];
        let folded = words.folded(&word);
        if word.clause != clause || TURNS.contains(&folded) {
            (left, clause) = (0, word.clause);
        }
        let is_negator = NEGATORS.contains(&folded);
        let next = words.all.get(index + 1).map_or("", |next| words.folded(next));
        let begins = is_negator && !ONLY.contains(&next);
        words.all[index].is_negated = left > 0;
        words.all[index].is_negator = is_negator;
        left = if begins { REACH } else { left.saturating_sub(1) };
    }
    // "Teuer ist das wirklich nicht": a German clause is negated by its last word.
    let ends = |index: usize| {
        words.all.get(index + 1).is_none_or(|next| next.clause != words.all[index].clause)
    };
    let last: Vec<usize> = (0..words.all.len())
        .filter(|index| ends(*index) && words.folded(&words.all[*index]) == "nicht")
        .collect();
    for index in last {
        let clause = words.all[index].clause;
        for before in words.all[..index].iter_mut().rev().take_while(|w| w.clause == clause) {
            before.is_negated = true;
        }
    }
}
