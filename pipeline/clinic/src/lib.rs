//! A simulated clinic: customers whose behaviour is known, because it was planted.
//!
//! `Truth` says how they behave; `Clinic` plays it from a seed, lead by lead, as the touchpoints
//! that seven systems would send, late, twice and out of order included. Whatever a report claims
//! about the clinic can be held against the truth. Pure: no clock, no file; equal seeds give equal
//! bytes.

mod arrivals;
mod conversation;
mod delivery;
mod lead;
mod phrases;
mod retention;
mod truth;

pub use arrivals::Clinic;
pub use conversation::customer;
pub use delivery::Delivery;
pub use lead::{Course, Lead};
pub use truth::{ChannelTruth, FollowUpTruth, Loyalty, ObjectionTruth, Truth};
