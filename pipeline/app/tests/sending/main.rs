//! Reports that people keep and are sent: the digest against the reports that it comes from, mail
//! and
//! webhooks at servers that others have written, notices over restarts; and the JSON of every
//! report
//! against its published schema.

mod digest;
mod findings;
mod habits;
mod notices;
mod program;
mod receiver;
mod schemas;
mod send;
