//! What is counted here against engines that others wrote: funnels against ClickHouse, counters and
//! cohorts against DuckDB.

mod clickhouse;
mod counters;
mod duckdb;
mod funnels;
mod histories;
mod maps;
mod program;
mod touchpoints;
