#!/usr/bin/env python3
"""Counts touchpoints by DuckDB and the .sql files beside this, without this project's code.

    tests/data/duckdb.sh counters.py MAP.toml lines FILE.jsonl [AS_OF [APPENDED [SECRET [LABELS]]]]
    tests/data/duckdb.sh counters.py MAP.toml cdnow|ecom FILE

FILE holds touchpoints as JSON lines, or is one of the two data sets as they are published.

AS_OF and APPENDED (the time at which the log took the records) are epoch milliseconds. Without
AS_OF everything up to the last touchpoint has happened. SECRET is the file of the installation's
secret: who is known by an address alone is called, and grouped, by its HMAC. LABELS is a table of
corrections: customer_id, source, event_id, label. Prints a JSON object for each counter.
"""
import hashlib
import hmac
import json
import os
import re
import sys
import tomllib

import duckdb

# What every map knows.
CUSTOMERS = """page_viewed ad_clicked email_opened form_submitted enquiry_received message_received
    call_received objection_raised booking_made trial_started purchase_made subscription_renewed
    appointment_kept email_clicked booking_cancelled ticket_opened review_left
    referral_made""".split()
OTHERS = """unsubscribed quote_sent refund_made message_sent call_made follow_up_sent
    booking_no_show ticket_solved lost""".split()
CHANNELS = """website chat email phone sms social ads booking store payment support
    referral""".split()

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

RECORDS = {
    # A time is RFC 3339 with its offset, or epoch milliseconds.
    "lines": """
        select coalesce(customer_id, 'email:' || lower(identifiers.email)) as customer,
               coalesce(source, '') as source, event_id, coalesce(revision, 0) as revision,
               coalesce(try_cast(time as bigint),
                        epoch_ms(try_cast(time as timestamptz))) as time,
               kind, channel, value.currency as currency, value.amount_minor as amount,
               nullif(subject, '') as subject, coalesce(history, false) as history, text
        from read_json(?, format = 'newline_delimited', columns = {
            customer_id: 'varchar', identifiers: 'struct(email varchar)', source: 'varchar',
            event_id: 'varchar', revision: 'bigint', time: 'varchar', kind: 'varchar',
            channel: 'varchar', value: 'struct(amount_minor bigint, currency varchar)',
            subject: 'varchar', history: 'boolean', text: 'varchar'})""",
    # Columns at fixed places: customer of the whole set, of the sample, date, discs, dollars.
    "cdnow": """
        select substr(line, 8, 4) as customer, 'cdnow' as source,
               row_number() over ()::varchar as event_id, 0 as revision,
               epoch_ms(strptime(substr(line, 13, 8), '%Y%m%d')) as time,
               'purchase_made' as kind, 'store' as channel, 'USD' as currency,
               cast(cast(trim(substr(line, 24)) as decimal(9, 2)) * 100 as bigint) as amount,
               null::varchar as subject, true as history, null::varchar as text
        from read_csv(?, columns = {'line': 'varchar'}, header = false, delim = '\x01',
                      quote = '')""",
    # The pages of a shop; what is no page, message, form or purchase keeps its word.
    "ecom": """
        select user_id as customer, 'ecom' as source,
               row_number() over ()::varchar as event_id, 0 as revision,
               epoch_ms(timestamp::timestamp) as time,
               case when event in ('home', 'catalog', 'search', 'filter_results', 'product_view',
                                   'promo_page', 'review_page', 'compare', 'account_page', 'cart')
                    then 'page_viewed'
                    when event = 'support_chat' then 'enquiry_received'
                    when event in ('shipping_details', 'payment_details') then 'form_submitted'
                    when event = 'purchase' then 'purchase_made'
                    else event end as kind,
               if(event = 'support_chat', 'chat', 'website') as channel,
               null::varchar as currency, null::bigint as amount, null::varchar as subject,
               true as history, null::varchar as text
        from read_csv(?, header = true, all_varchar = true)""",
}


def millis(length):
    """`90m` in milliseconds; None for never."""
    if length in ("never", "forever"):
        return None
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", length).groups()
    return int(number) * UNITS[unit]


PRIMES = [0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
          0x27D4EB2F165667C5]
WORD = (1 << 64) - 1


def xxh64(data):
    """XXH64 with seed 0, by its description."""
    def turned(value, by):
        return (value << by | value >> (64 - by)) & WORD

    def mixed(sum, lane):
        return turned((sum + lane * PRIMES[1]) & WORD, 31) * PRIMES[0] & WORD

    def number(at, size):
        return int.from_bytes(data[at:at + size], "little")

    at = 0
    if len(data) >= 32:
        sums = [(PRIMES[0] + PRIMES[1]) & WORD, PRIMES[1], 0, -PRIMES[0] & WORD]
        while at + 32 <= len(data):
            sums = [mixed(sum, number(at + 8 * i, 8)) for i, sum in enumerate(sums)]
            at += 32
        hash = sum(turned(sum_, by) for sum_, by in zip(sums, (1, 7, 12, 18))) & WORD
        for sum_ in sums:
            hash = ((hash ^ mixed(0, sum_)) * PRIMES[0] + PRIMES[3]) & WORD
    else:
        hash = PRIMES[4]
    hash = (hash + len(data)) & WORD
    while at + 8 <= len(data):
        hash = (turned(hash ^ mixed(0, number(at, 8)), 27) * PRIMES[0] + PRIMES[3]) & WORD
        at += 8
    if at + 4 <= len(data):
        hash ^= number(at, 4) * PRIMES[0] & WORD
        hash = (turned(hash, 23) * PRIMES[1] + PRIMES[2]) & WORD
        at += 4
    for byte in data[at:]:
        hash = turned(hash ^ byte * PRIMES[4] & WORD, 11) * PRIMES[0] & WORD
    for shift, prime in ((33, PRIMES[1]), (29, PRIMES[2])):
        hash = (hash ^ hash >> shift) * prime & WORD
    return hash ^ hash >> 32


def load_paths(db, told):
    """Reads what a journey map says of credit, cadence and value."""
    def names(table, rows):
        db.execute(f"create table {table} (name varchar)")
        if rows:
            db.executemany(f"insert into {table} values (?)", [[name] for name in rows])

    money = {"purchase_made": "revenue", "subscription_renewed": "revenue"}
    money |= {kind["name"]: kind["money"] for kind in told.get("kind", []) if "money" in kind}
    names("earning", [name for name, role in money.items() if role == "revenue"])
    credit, cadence = told.get("credit", {}), told.get("cadence", {})
    db.execute("create table custom (first bigint, between_them bigint, last bigint)")
    if "custom" in credit:
        db.execute("insert into custom values (?, ?, ?)", credit["custom"])
    names("direct", credit.get("direct", ["website"]))
    names("follow_up", cadence.get("follow_ups", ["follow_up_sent"]))
    lookback = credit.get("lookback", "attempt")
    landmark, intensity = millis(cadence.get("landmark", "7d")), cadence.get("intensity")
    if intensity is None and (landmark is None or landmark > millis("12h")):
        intensity = "12h"
    db.execute("create table limit_of (lookback_ms bigint, landmark_ms bigint, "
               "intensity_ms bigint)")
    db.execute("insert into limit_of values (?, ?, ?)",
               [None if lookback == "attempt" else millis(lookback),
                landmark, landmark if intensity is None else millis(intensity)])


# What a filter leaves of the touches of each conversion, in their order.
FILTERS = {
    "indirect": """
        select * from kept
        where channel not in (select name from direct) or not exists (
            select 1 from kept as other
            where other.customer = kept.customer and other.n = kept.n
              and other.channel not in (select name from direct))""",
    "exposure": """
        select * from kept
        qualify channel is distinct from
                lead(channel) over (partition by customer, n order by touched)""",
    "first": """
        select * from kept
        qualify row_number() over (partition by customer, n, channel order by touched) = 1""",
}


def run(db, name):
    """Runs one of the scripts beside this."""
    with open(os.path.join(os.path.dirname(__file__), name)) as sql:
        db.execute(sql.read())


def group_customers(db, secret):
    """Hashes every customer into one of 32 groups."""
    def called(name):
        if not name.startswith("email:"):
            return name
        return "x-" + hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()

    db.execute("create table person (customer varchar, grp varchar)")
    customers = db.execute("select distinct customer from record where result is null").fetchall()
    rows = [[name, str(xxh64(called(name).encode()) % 32)] for (name,) in customers]
    if rows:
        db.executemany("insert into person values (?, ?)", rows)


def load_map(db, told):
    """Reads a journey map into tables."""
    stages = [stage["name"] for stage in told["stage"]]
    rank = {name: number for number, name in enumerate(stages, 1)}
    kinds = {name: [None, name in CUSTOMERS] for name in CUSTOMERS + OTHERS}
    for kind in told.get("kind", []):
        known = kinds.setdefault(kind["name"], [None, True])
        if "by" in kind:
            known[1] = kind["by"] == "customer" and kind["name"] not in ("unsubscribed", "lost")
        if "stage" in kind:
            known[0] = rank[kind["stage"]]
    for stage in told["stage"]:
        for name in stage.get("enter", []):
            kinds.setdefault(name, [None, True])[0] = rank[stage["name"]]
    channels = CHANNELS + [channel["name"] for channel in told.get("channel", [])]
    db.execute("create table stage (rank integer, name varchar, cold_ms bigint)")
    for stage in told["stage"]:
        row = [rank[stage["name"]], stage["name"], millis(stage["cold_after"])]
        db.execute("insert into stage values (?, ?, ?)", row)
    db.execute("create table kind (name varchar, stage integer, is_warm boolean)")
    db.executemany("insert into kind values (?, ?, ?)", [[k, *v] for k, v in kinds.items()])
    db.execute("create table channel (name varchar)")
    db.executemany("insert into channel values (?)", [[name] for name in channels])
    db.execute("create table size (name varchar, unit varchar, number integer)")
    for size in told["window"]["sizes"]:
        db.execute("insert into size values (?, ?, ?)", [size, size[-1], int(size[:-1])])
    db.execute("create table setting (zone varchar, conversion integer, repeat_ms bigint,"
               " as_of bigint)")
    setting = [told["map"]["timezone"], rank[told["map"]["conversion"]],
               millis(told["stage"][-1].get("repeat_after", "24h")), None]
    db.execute("insert into setting values (?, ?, ?, ?)", setting)
    load_paths(db, told)
    window = told["window"]
    return millis(window.get("grace", "48h")) if window.get("late") == "divert" else None


def main():
    file, form, path, as_of, appended, secret, labels = (sys.argv[1:] + [None] * 4)[:7]
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    # A walk is many small steps: handing each to several threads takes twice as long.
    db.execute("set threads = 1")
    with open(file, "rb") as stream:
        told = tomllib.load(stream)
    grace = load_map(db, told)
    # What became of a record, but for duplicates: 5 minutes ahead of the log are allowed.
    db.execute(f"""
        create table record as
        select *, case
            when time is null or time < epoch_ms(timestamp '1990-01-01')
                 or time >= epoch_ms(timestamp '2200-01-01') then 'dead'
            when time > $appended::bigint + 300000 then 'dead'
            when not history and $appended::bigint - time > $grace::bigint then 'late'
            end as result
        from ({RECORDS[form].replace('?', '$path')})""",
               {"path": path, "appended": appended, "grace": grace})
    db.execute("update setting set as_of = coalesce(?::bigint,"
               " (select max(time) from record where result is null))", [as_of])
    db.execute("create table correction (customer varchar, source varchar, event_id varchar,"
               " label varchar)")
    if labels:
        db.execute("insert into correction select customer_id, coalesce(source, ''), event_id, label"
                   " from read_csv(?, header = true, all_varchar = true)", [labels])
    group_customers(db, open(secret, "rb").read() if secret else b"")
    run(db, "counters.sql")
    run(db, "objections.sql")
    run(db, "paths.sql")
    for name in told.get("credit", {}).get("path", []):
        db.execute(f"create or replace table kept as {FILTERS[name]}")
    run(db, "credit.sql")
    run(db, "sums.sql")
    rows = db.execute('select family, size, start, "end", dims, count, amounts from counter')
    while row := rows.fetchone():
        family, size, start, end, dims, count, amounts = row
        print(json.dumps({
            "family": family, "size": size, "start": start, "end": end,
            "dims": json.loads(dims), "count": count,
            "amounts": {currency: int(amount) for currency, amount in amounts.items()},
        }))


main()
