//! Long lists in pages, all of one moment: what comes or changes between two pages is in neither.

use crate::problem::{Code, Problem};
use crate::question::Question;
use serde_json::Value;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Rows on a page where nothing is said.
pub(crate) const PAGE_DEFAULT: usize = 100;
/// Rows on a page at most.
pub(crate) const PAGE_MAX: usize = 1_000;

/// Lists that are held at once.
const HELD_COUNT_MAX: usize = 8;
/// Bytes of lists that are held at once; the newest is held however large it is.
const HELD_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// How long a list is held after its last page was read.
const HELD_FOR: Duration = Duration::from_secs(300);

/// A list, its rows written already: that takes a fraction of what values take.
struct Listing {
    id: u64,
    question: Question,
    rows: Vec<String>,
    bytes: usize,
    /// How many different customers they are of; `None` of a list of something else.
    people: Option<usize>,
}

/// How many customers are in a list of what is behind a number.
fn people(question: &Question, answer: &Value) -> Option<usize> {
    let Question::Customers(_) = question else { return None };
    let rows = answer.as_array()?.iter();
    Some(rows.filter_map(|row| row["customer"].as_str()).collect::<BTreeSet<_>>().len())
}

impl Listing {
    /// The beginning, without a way to what comes after it.
    fn top(&self, limit: usize) -> String {
        self.written(0, limit.min(self.rows.len()), "null")
    }

    fn page(&self, from: usize, limit: usize) -> String {
        let end = from.saturating_add(limit).min(self.rows.len());
        match end < self.rows.len() {
            true => self.written(from, end, &format!("\"{:016x}-{end}\"", self.id)),
            false => self.written(from, end, "null"),
        }
    }

    fn written(&self, from: usize, end: usize, next: &str) -> String {
        let rows = self.rows.get(from..end).unwrap_or_default();
        let total = self.rows.len();
        let people = self.people.map_or(String::new(), |people| format!(",\"people\":{people}"));
        format!("{{\"items\":[{}],\"next\":{next},\"total\":{total}{people}}}", rows.join(","))
    }
}

/// The lists whose next page may be asked for.
#[derive(Default)]
pub(crate) struct Listings {
    /// The one whose page was read last stands last.
    held: Mutex<VecDeque<(Instant, Arc<Listing>)>>,
}

impl Listings {
    /// The first page of an answer; what does not fit on it is held.
    pub(crate) fn first(&self, question: Question, answer: Value, limit: usize) -> String {
        let people = people(&question, &answer);
        let rows: Vec<String> = match answer {
            Value::Array(rows) => rows.iter().map(Value::to_string).collect(),
            other => vec![other.to_string()],
        };
        let bytes = rows.iter().map(|row| row.len() + size_of::<String>()).sum();
        // No number that a client could count on from, nor one that a restart gives twice.
        let id = RandomState::new().build_hasher().finish();
        // A list in the order of urgency is asked for again and again, and only its beginning.
        let is_top = matches!(&question, Question::Customers(people) if people.by_cold);
        if is_top {
            return Listing { id, question, rows, bytes, people }.top(limit);
        }
        let listing = Arc::new(Listing { id, question, rows, bytes, people });
        let page = listing.page(0, limit);
        if listing.rows.len() > limit {
            self.hold(listing);
        }
        page
    }

    /// A further page of a list that was asked for by the same question.
    pub(crate) fn next(
        &self,
        question: &Question,
        cursor: &str,
        limit: usize,
    ) -> Result<String, Problem> {
        let refuse = |detail: &str| Problem::new(Code::Cursor, detail);
        let parts = cursor.split_once('-');
        let numbers = parts.and_then(|(id, from)| {
            Some((u64::from_str_radix(id, 16).ok()?, from.parse::<usize>().ok()?))
        });
        let Some((id, from)) = numbers else { return Err(refuse("this is no cursor of ours")) };
        let listing = self.take(id).ok_or_else(|| {
            refuse("the list behind this cursor is no longer held: begin again without a cursor")
        })?;
        if listing.question != *question {
            return Err(refuse("the cursor belongs to another question: repeat its parameters"));
        }
        let page = listing.page(from, limit);
        self.hold(listing);
        Ok(page)
    }

    fn take(&self, id: u64) -> Option<Arc<Listing>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(_, listing)| listing.id == id).map(|(_, listing)| Arc::clone(listing))
    }

    fn hold(&self, listing: Arc<Listing>) {
        let now = Instant::now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(since, other)| now - *since < HELD_FOR && other.id != listing.id);
        held.push_back((now, listing));
        let mut bytes: usize = held.iter().map(|(_, listing)| listing.bytes).sum();
        while held.len() > HELD_COUNT_MAX || (bytes > HELD_BYTES_MAX && held.len() > 1) {
            bytes -= held.pop_front().map_or(0, |(_, listing)| listing.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(family: &str) -> Question {
        Question::Insights { family: Some(family.to_owned()), as_of: None }
    }

    fn cursor(page: &str) -> Option<String> {
        let page: Value = serde_json::from_str(page).expect("a page is JSON");
        page["next"].as_str().map(str::to_owned)
    }

    #[test]
    fn pages_together_are_the_list() {
        let listings = Listings::default();
        let rows: Vec<Value> = (0..7).map(|n| json!({ "n": n })).collect();
        let mut page = listings.first(question("flow"), Value::Array(rows.clone()), 3);
        let mut found = Vec::new();
        loop {
            let read: Value = serde_json::from_str(&page).expect("a page is JSON");
            assert_eq!(read["total"], 7);
            found.extend(read["items"].as_array().expect("items").clone());
            let Some(cursor) = cursor(&page) else { break };
            page = listings.next(&question("flow"), &cursor, 3).expect("a page");
        }
        assert_eq!(found, rows);
    }

    #[test]
    fn a_list_that_is_pushed_out_says_so() {
        let listings = Listings::default();
        let rows = || json!([{ "n": 1 }, { "n": 2 }]);
        let first = cursor(&listings.first(question("flow"), rows(), 1)).expect("a cursor");
        for _ in 0..HELD_COUNT_MAX {
            listings.first(question("flow"), rows(), 1);
        }
        assert!(listings.next(&question("flow"), &first, 1).is_err());
    }

    #[test]
    fn a_cursor_belongs_to_its_question() {
        let listings = Listings::default();
        let page = listings.first(question("flow"), json!([1, 2]), 1);
        let cursor = cursor(&page).expect("a cursor");
        for (question, cursor) in [
            (question("move"), cursor.as_str()),
            (question("flow"), ""),
            (question("flow"), "-1"),
            (question("flow"), "ffffffffffffffffff-1"),
            (question("flow"), "0000000000000001-99999999999999999999"),
        ] {
            assert!(listings.next(&question, cursor, 1).is_err(), "{cursor}");
        }
    }
}
