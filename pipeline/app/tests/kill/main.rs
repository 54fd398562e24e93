//! `kill -9` of the program, at random moments, while touchpoints arrive: on both logs.

mod broker;
mod embedded;
mod examples;
mod kcat;
mod live;
mod load;
mod program;
mod settings;
mod sources;
mod written;
