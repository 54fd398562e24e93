//! How often it is right on messages that it has never seen, beside words looked for as written.
//!
//! `table.txt` is what is measured; `UPDATE=1` writes it anew. *plain* are messages that say it in
//! the usual words, *oblique* such that avoid them: "I get seasick". Both were written after the
//! phrases and the examples, and nothing was changed for their sake.

use crate::SHIPPED;
use objection::{Example, Keywords, NONE, Taxonomy, parse_examples};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn unseen(set: &str, language: &str) -> Vec<Example> {
    let path = file(&format!("{set}/{language}.txt"));
    parse_examples(&fs::read_to_string(path).expect("messages"))
}

/// How often each class was taken for each: a row is what it is, a column what was said.
struct Confusion {
    classes: Vec<String>,
    counts: Vec<Vec<u32>>,
}

impl Confusion {
    fn of(examples: &[Example], judge: impl Fn(&str) -> String) -> Confusion {
        let taxonomy = Taxonomy::default();
        let names = taxonomy.names().iter().cloned();
        let classes: Vec<String> = names.chain([NONE.to_owned()]).collect();
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        let at = |name: &str| classes.iter().position(|class| class == name).expect("a class");
        for example in examples {
            counts[at(&example.class)][at(&judge(&example.text))] += 1;
        }
        Confusion { classes, counts }
    }

    fn right(&self) -> u32 {
        (0..self.counts.len()).map(|at| self.counts[at][at]).sum()
    }

    fn all(&self) -> u32 {
        self.counts.iter().flatten().sum()
    }

    /// Of what is a class, how much was found; of what was said to be one, how much is.
    fn recall_and_precision(&self, at: usize) -> (f64, f64) {
        let right = f64::from(self.counts[at][at]);
        let is: u32 = self.counts[at].iter().sum();
        let said: u32 = self.counts.iter().map(|row| row[at]).sum();
        (right / f64::from(is.max(1)), right / f64::from(said.max(1)))
    }

    fn print(&self, out: &mut String) {
        let _ = write!(out, "{:<12}", "");
        self.classes.iter().for_each(|class| {
            let _ = write!(out, "{:>7}", class.get(..6).unwrap_or(class));
        });
        let _ = writeln!(out, "{:>8}{:>11}", "found", "precision");
        for (at, class) in self.classes.iter().enumerate() {
            let (recall, precision) = self.recall_and_precision(at);
            let _ = write!(out, "{class:<12}");
            self.counts[at].iter().for_each(|count| {
                let _ = write!(out, "{count:>7}");
            });
            let _ = writeln!(out, "{recall:>8.2}{precision:>11.2}");
        }
    }
}

fn table() -> String {
    let keywords = Keywords::shipped();
    let mut out = String::new();
    for set in ["plain", "oblique"] {
        let mut all = Vec::new();
        let _ = writeln!(out, "{set}: messages in each language, share judged right");
        let _ = writeln!(out, "{:<10}{:>9}{:>10}{:>10}", "", "messages", "model", "keywords");
        for language in ["en", "de", "es", "fr"] {
            let examples = unseen(set, language);
            share(&mut out, language, &examples, &keywords);
            all.extend(examples);
        }
        share(&mut out, "all", &all, &keywords);
        let _ = writeln!(out, "\n{set}: what it is by what the model said");
        Confusion::of(&all, |text| SHIPPED.judge(text).class).print(&mut out);
        let _ = writeln!(out, "\n{set}: what it is by what the keywords said");
        Confusion::of(&all, |text| keywords.judge(text).to_owned()).print(&mut out);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn share(out: &mut String, name: &str, examples: &[Example], keywords: &Keywords) {
    let model = Confusion::of(examples, |text| SHIPPED.judge(text).class);
    let baseline = Confusion::of(examples, |text| keywords.judge(text).to_owned());
    let part = |confusion: &Confusion| f64::from(confusion.right()) / f64::from(confusion.all());
    let (model, baseline) = (part(&model), part(&baseline));
    let _ = writeln!(out, "{name:<10}{:>9}{model:>10.2}{baseline:>10.2}", examples.len());
}

#[test]
fn what_is_right_on_unseen_messages_is_as_the_table_says() {
    let (path, table) = (file("table.txt"), table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &table).expect("the table is written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(table, expected, "UPDATE=1 writes {}", path.display());
}

#[test]
fn a_model_is_better_than_its_own_keywords_in_every_language() {
    let keywords = Keywords::shipped();
    for language in ["en", "de", "es", "fr"] {
        let examples = unseen("plain", language);
        let model = Confusion::of(&examples, |text| SHIPPED.judge(text).class).right();
        let baseline = Confusion::of(&examples, |text| keywords.judge(text).to_owned()).right();
        assert!(model > baseline + 5, "{language}: {model} and {baseline}");
    }
}

#[test]
fn no_message_is_taught_and_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for language in ["en", "de", "es", "fr"] {
        let taught = fs::read_to_string(root.join("taught").join(format!("{language}.txt")));
        let taught = parse_examples(&taught.expect("what is taught"));
        for set in ["plain", "oblique"] {
            let unseen = unseen(set, language);
            assert!(unseen.len() > 80, "{set} {language}: {}", unseen.len());
            let both = unseen.iter().find(|one| taught.iter().any(|two| two.text == one.text));
            assert_eq!(both, None, "{set} {language}");
        }
        for class in Taxonomy::SHIPPED.iter().chain(&[NONE]) {
            let count = taught.iter().filter(|example| example.class == *class).count();
            assert!(count >= 60, "{language} {class}: {count}");
        }
    }
}
