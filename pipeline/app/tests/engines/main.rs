//! What is counted here against engines that others wrote: funnels against ClickHouse.

mod clickhouse;
mod funnels;
mod histories;
