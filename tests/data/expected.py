#!/usr/bin/env python3
"""Computes from the data sets, by DuckDB and without this project's code, what reports must say.

    tests/data/expected.sh            prints JSON; fetches data and DuckDB when they are missing

CDNOW has dates without times. They are read as midnight in UTC, so that two purchases of one day
are one instant and those of different days lie at least 24 hours apart. In a zone with daylight
saving, the day on which the clocks go forward has 23 hours, and the number of repeats may differ.

An *entry* is a purchase at least 24 hours after the customer's entry before it; the first purchase
of a customer is an entry. `first` counts customers, `again` the other entries. Neither depends on
when a lead goes cold: a purchase after that begins an attempt, and is an entry too.
"""
import json
import os
import sys

import duckdb

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "desirepath", "data")
db = duckdb.connect()
db.execute("set timezone = 'UTC'")

# Columns stand at fixed places: customer of the whole set, of the sample, date, discs, dollars.
db.execute(
    """
    create table purchase as
    select row_number() over () as row,
           substr(line, 8, 4) as customer,
           strptime(substr(line, 13, 8), '%Y%m%d') as bought,
           cast(substr(line, 22, 2) as integer) as discs,
           cast(round(cast(trim(substr(line, 24)) as decimal(9, 2)) * 100) as bigint) as cents
    from read_csv(?, columns = {'line': 'varchar'}, header = false, delim = '\x01', quote = '')
    """,
    [os.path.join(folder, "CDNOW_sample.txt")],
)

# A day after the day before is never less than 24 hours in UTC, so entries are different days.
db.execute(
    """
    create table entry as
    select customer, bought, row_number() over (partition by customer order by bought) as nth
    from (select distinct customer, bought from purchase)
    """
)


def rows(sql):
    return db.execute(sql).fetchall()


def one(sql):
    return rows(sql)[0][0]


cdnow = {
    "rows": one("select count(*) from purchase"),
    "customers": one("select count(distinct customer) from purchase"),
    "first_day": one("select strftime(min(bought), '%Y-%m-%d') from purchase"),
    "last_day": one("select strftime(max(bought), '%Y-%m-%d') from purchase"),
    "cents": one("select cast(sum(cents) as bigint) from purchase"),
    "entries": {
        "first": one("select count(*) from entry where nth = 1"),
        "again": one("select count(*) from entry where nth > 1"),
    },
    "repeats_24h": one("select count(*) from entry where nth > 1"),
    "purchases_per_customer": dict(
        rows("select customer, count(*) from purchase group by customer order by customer")),
    "purchases_per_day": dict(
        rows("select strftime(bought, '%Y-%m-%d'), count(*) from purchase"
             " group by bought order by bought")),
    "first_per_day": dict(
        rows("select strftime(bought, '%Y-%m-%d'), count(*) from entry where nth = 1"
             " group by bought order by bought")),
}

db.execute(
    "create table event as select * from read_csv(?, header = true, all_varchar = true)",
    [os.path.join(folder, "ecom.csv.gz")],
)
ecom = {
    "rows": one("select count(*) from event"),
    "users": one("select count(distinct user_id) from event"),
    "alike_rows": one("select count(*) - count(distinct (user_id, session_id, event, timestamp))"
                      " from event"),
    "first": one("select min(timestamp) from event"),
    "last": one("select max(timestamp) from event"),
    "events": dict(rows("select event, count(*) from event group by event order by event")),
    "users_with_event": dict(
        rows("select event, count(distinct user_id) from event group by event order by event")),
    "channels": dict(
        rows("select acquisition_channel, count(distinct user_id) from event group by 1 order by 1")
    ),
}

json.dump({"cdnow": cdnow, "ecom": ecom}, sys.stdout, indent=1)
print()
