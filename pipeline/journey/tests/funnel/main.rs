//! Funnels of one customer: worked examples as tables, and a slow search that cannot be wrong in
//! the same way.

mod examples;
mod notation;
mod oracle;
mod products;
mod properties;
mod window_funnel;
