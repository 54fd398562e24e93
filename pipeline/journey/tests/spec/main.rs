//! The fold's specification: the examples, and the law that holds both forms together.

mod change;
mod default_map;
mod entries;
mod example;
mod law;
mod laws;
mod library;
mod long_paths;
mod nothing_planted;
mod reports;
mod seals;
mod semantics;
mod steps;
