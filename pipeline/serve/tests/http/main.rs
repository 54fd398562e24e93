//! A real server on a free port of loopback, an installation in memory behind it, and requests
//! byte by byte: good ones, bad ones and hostile ones, each with its status and code.

mod client;
mod fake;
mod keys;
mod limits;
mod listener;
mod live;
mod openapi;
mod page;
mod questions;
mod security;
mod tls;
mod touchpoints;
