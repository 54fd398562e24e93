//! What customers will still bring: who comes back, who has dropped out, what a purchase is worth.
//!
//! Pure functions over sufficient groups, as the counters of *value* hold them: how many customers
//! have so many repeats, so long between first and last purchase, so long since the first, and such
//! a sum. What a method is and where it comes from stands at it. Where the data do not carry a
//! model there is none, and [`Unfit`] says why.

mod fit;
mod history;
mod maximum;
mod purchasing;
mod special;
mod spending;
mod unfit;
mod unit;
mod worth;

pub use fit::{CUSTOMERS_MIN, Fit, REPEATERS_MIN};
pub use history::History;
pub use purchasing::{Model, Purchasing};
pub use spending::{Spend, Spending, SpendingFit};
pub use unfit::Unfit;
pub use unit::{Days, Discount, Horizon};
pub use worth::{Customers, Fitted, worth};
