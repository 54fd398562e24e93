//! Some values of a datum by their paths, without the row that they would stand in.

use super::resolve::named;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Range;

/// A step of a path into a datum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// Into the field of a record, or the value of a map.
    Field(String),
    /// To an item of an array, the first is 0.
    Item(usize),
}

/// Paths into data of any schema; what they lead past is passed over.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    count: usize,
    pub(super) root: Node,
}

/// A place that paths lead to, or through.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// Which paths end here.
    pub(super) ends: Vec<usize>,
    /// Whether all of it is written: here or before a path has ended.
    pub(super) is_whole: bool,
    /// By the name as a row has it.
    fields: Vec<(Box<str>, Node)>,
    items: Vec<(usize, Node)>,
}

/// All of a value, and nothing of one.
pub(super) static WHOLE: Node =
    Node { ends: Vec::new(), is_whole: true, fields: Vec::new(), items: Vec::new() };
pub(super) static NOTHING: Node =
    Node { ends: Vec::new(), is_whole: false, fields: Vec::new(), items: Vec::new() };

impl Choice {
    /// The values that these paths lead to, in their order.
    pub fn new(paths: &[Vec<PathStep>]) -> Choice {
        let mut root = Node::default();
        for (index, path) in paths.iter().enumerate() {
            root.add(index, path, false);
        }
        Choice { count: paths.len(), root }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }
}

impl Node {
    fn add(&mut self, index: usize, path: &[PathStep], is_whole: bool) {
        self.is_whole |= is_whole;
        let Some((step, rest)) = path.split_first() else {
            self.ends.push(index);
            self.whole();
            return;
        };
        let is_whole = self.is_whole;
        match step {
            PathStep::Field(name) => {
                let name = named(name);
                let at = self.fields.iter().position(|(known, _)| *known == name);
                let at = at.unwrap_or_else(|| {
                    self.fields.push((name, Node::default()));
                    self.fields.len() - 1
                });
                if let Some((_, node)) = self.fields.get_mut(at) {
                    node.add(index, rest, is_whole);
                }
            }
            PathStep::Item(item) => {
                let at = self.items.iter().position(|(known, _)| known == item);
                let at = at.unwrap_or_else(|| {
                    self.items.push((*item, Node::default()));
                    self.items.len() - 1
                });
                if let Some((_, node)) = self.items.get_mut(at) {
                    node.add(index, rest, is_whole);
                }
            }
        }
    }

    /// All of it is written, and of what is within it.
    fn whole(&mut self) {
        self.is_whole = true;
        self.fields.iter_mut().for_each(|(_, node)| node.whole());
        self.items.iter_mut().for_each(|(_, node)| node.whole());
    }

    /// What is wanted of a field, by the name as a row has it; `None` where it is passed over.
    pub(super) fn field(&self, written: &str) -> Option<&Node> {
        let found = self.fields.iter().find(|(name, _)| **name == *written);
        found.map(|(_, node)| node).or(self.is_whole.then_some(&WHOLE))
    }

    /// What is wanted of an item.
    pub(super) fn item(&self, index: u64) -> Option<&Node> {
        let found = self.items.iter().find(|(item, _)| *item as u64 == index);
        found.map(|(_, node)| node).or(self.is_whole.then_some(&WHOLE))
    }
}

/// Where a value was found.
#[derive(Clone, Debug)]
enum Place {
    /// In what was written of the datum.
    Row(Range<usize>),
    /// Among the defaults of the reader.
    Given(String),
}

/// The values of one datum.
#[derive(Clone, Debug)]
pub struct Chosen {
    text: String,
    values: Values,
}

impl Chosen {
    pub(super) fn new(text: String, values: Values) -> Chosen {
        Chosen { text, values }
    }

    /// Whether the datum is a record or a map.
    pub fn is_object(&self) -> bool {
        self.text.starts_with('{')
    }

    /// Whether the datum is null: of an event that lies in a union with it, nothing was written.
    pub fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// The value of each path as JSON, in their order; `None` where it leads nowhere.
    pub fn values(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.0.iter().map(|place| match place.as_ref()? {
            Place::Row(range) => self.text.get(range.clone()),
            Place::Given(text) => Some(text.as_str()),
        })
    }
}

/// What was found so far.
#[derive(Clone, Debug)]
pub(super) struct Values(Vec<Option<Place>>);

impl Values {
    pub(super) fn new(count: usize) -> Values {
        Values(vec![None; count])
    }

    /// A value was written there.
    pub(super) fn found(&mut self, node: &Node, range: Range<usize>) {
        for end in &node.ends {
            self.set(*end, Some(Place::Row(range.clone())));
        }
    }

    fn set(&mut self, index: usize, place: Option<Place>) {
        if let Some(known) = self.0.get_mut(index) {
            *known = place;
        }
    }

    /// Of keys that a map has twice the last counts.
    pub(super) fn forget(&mut self, node: &Node) {
        for end in &node.ends {
            self.set(*end, None);
        }
        let fields = node.fields.iter().map(|(_, node)| node);
        fields.chain(node.items.iter().map(|(_, node)| node)).for_each(|node| self.forget(node));
    }

    /// Finds values among the fields that the reader has besides, as `"name":value,…`.
    pub(super) fn given(&mut self, node: &Node, given: &str) {
        if !given.is_empty() && !node.fields.is_empty() {
            self.within(node, &format!("{{{given}}}"));
        }
    }

    fn within(&mut self, node: &Node, text: &str) {
        if !node.fields.is_empty()
            && let Ok(object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text)
        {
            for (written, node) in &node.fields {
                let name = written.strip_suffix(':').unwrap_or_default();
                let name = serde_json::from_str::<String>(name).unwrap_or_default();
                if let Some(raw) = object.get(&name) {
                    self.raw(node, raw.get());
                }
            }
        }
        if !node.items.is_empty()
            && let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(text)
        {
            for (index, node) in &node.items {
                if let Some(raw) = list.get(*index) {
                    self.raw(node, raw.get());
                }
            }
        }
    }

    fn raw(&mut self, node: &Node, text: &str) {
        for end in &node.ends {
            self.set(*end, Some(Place::Given(text.to_owned())));
        }
        self.within(node, text);
    }
}
