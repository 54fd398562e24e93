//! `kill -9` of the program, at random moments, while touchpoints arrive: on both logs.

mod broker;
mod cluster;
mod downstream;
mod embedded;
mod examples;
mod kcat;
mod live;
mod load;
mod program;
mod secure;
mod settings;
mod several;
mod soak;
mod sources;
mod written;
