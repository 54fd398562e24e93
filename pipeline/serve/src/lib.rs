//! Doors out, and the one door in that is HTTP: reports, counters, customers, health, metrics.
//!
//! Whatever answers is behind `Backend`; nothing here knows how. `router` says which path leads
//! where, `guard` who may come in and `gate` what for, `body` and `parameters` read what was sent,
//! `write`, `read` and
//! `backup` are the doors themselves, `listing` cuts long answers into pages, `live` tells what has
//! changed, `page` is what a browser shows (its sources are in `web/`), `problem` says what is
//! wrong, `tls` holds the certificate. Work that may block runs on threads that may; how much of it
//! at once is `doors`' to say.

mod backup;
mod body;
mod correction;
mod doors;
mod gate;
mod guard;
mod listing;
mod live;
mod options;
mod page;
mod pages;
mod parameters;
mod problem;
mod question;
mod read;
mod router;
mod server;
mod tls;
mod write;

pub use correction::Correction;
pub use gate::{Gate, Right, Session};
pub use options::ServeOptions;
pub use pages::page;
pub use question::{Backend, Letter, News, People, Question, Raw, Readiness, Refusal};
pub use router::router;
pub use server::{Entry, Error, listen, serve};
pub use tls::{Tls, TlsError};
