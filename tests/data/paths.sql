-- The families of paths: markov, coalition and chain, as facts beside those of counters.sql, which
-- has made the tables place, attempt, entry and paid.
--
-- Given besides, by counters.py:
--   person      customer, grp (of 32)
--   direct      name of a channel that last_non_direct passes over
--   follow_up   name of a kind that cadence counts
--   earning     name of a kind that value calls a purchase
--   limit_of    lookback_ms (null: the attempt), landmark_ms, intensity_ms (null: never)
-- What it leaves to credit.sql: kept, which counters.py filters as the map says.

-- ── Paths ────────────────────────────────────────────────────────────────────────────────────────

-- Every conversion, the touchpoint after the conversion before it, and whether it is the first.
create table conversion as
select entry.customer, entry.attempt, n, time, own_channel,
       coalesce(lag(n) over (partition by entry.customer, entry.attempt order by n), 0) as since,
       if(row_number() over (partition by entry.customer order by n) = 1, 'first', 'again') as entry
from entry where is_conversion;

-- What keeps warm between two conversions, in order.
create table touch as
select conversion.customer, conversion.n, conversion.time - place.time as age,
       place.channel_name as channel, place.n as touched
from conversion
join place on place.customer = conversion.customer and place.attempt = conversion.attempt
          and place.n > conversion.since and place.n < conversion.n and place.is_warm;

create view path as
select customer, attempt, n::varchar as path, time as ended, 'conversion' as ending, entry, n as last,
       since, own_channel as alone
from conversion
union all
-- What an ended attempt has had since its last conversion.
select customer, attempt, 'end ' || attempt, ended_at, 'null',
       if(converted = 0, 'first', 'again'), forever(), since, null
from (
    select gone.customer, gone.attempt, ended_at,
           count(*) filter (conversion.attempt <= gone.attempt) as converted,
           coalesce(max(n) filter (conversion.attempt = gone.attempt), 0) as since
    from attempt as gone
    left join conversion on conversion.customer = gone.customer
    where outcome <> 'open'
    group by all
);

create table node as
select path.customer, path, ended, entry, place.n as step, place.channel_name as channel
from path
join place on place.customer = path.customer and place.attempt = path.attempt
          and place.n > since and place.n < last and place.is_warm
union all
select customer, path, ended, entry, -1, 'start' from path
union all
select customer, path, ended, entry, forever(), ending from path;

insert into node
select customer, path, ended, entry, 0, alone from path
where alone is not null and not exists (
    select 1 from node where node.customer = path.customer and node.path = path.path
                         and step > -1 and step < forever());

insert into fact
select 'markov', ended, json_object('from', "from", 'to', channel, 'entry', entry, 'group', grp),
       1, null, null
from (
    select customer, ended, entry, channel,
           lag(channel) over (partition by customer, path order by step) as "from"
    from node
) join person using (customer)
where "from" is not null;

-- ── Sets and orders of channels ──────────────────────────────────────────────────────────────────

insert into fact
select 'coalition', any_value(ended),
       json_object('channels', coalesce(string_agg(distinct_channel, '+'
                       order by distinct_channel = 'other', distinct_channel), 'none'),
                   'to', any_value(ending), 'entry', any_value(entry), 'group', any_value(grp)),
       1, null, null
from (
    select distinct path.customer, path.path, path.ended, path.ending, path.entry, grp,
           node.channel as distinct_channel
    from path
    join person on person.customer = path.customer
    left join node on node.customer = path.customer and node.path = path.path
                  and step > -1 and step < forever()
)
group by customer, path;

-- A run of one channel is one step.
create table run as
select * from (
    select *, lag(channel) over (partition by customer, path order by step) as before from node
) where channel is distinct from before;

insert into fact
select 'chain', null,
       json_object('from', case when one = 'start' then 'start'
                                else concat_ws('>', if(three = 'start', null, three),
                                               if(two = 'start', null, two), one) end,
                   'to', channel, 'entry', entry, 'group', grp),
       1, null, null
from (
    select customer, entry, channel,
           lag(channel, 1) over way as one, lag(channel, 2) over way as two,
           lag(channel, 3) over way as three
    from run window way as (partition by customer, path order by step)
) join person using (customer)
where one is not null;

-- ── Credit ───────────────────────────────────────────────────────────────────────────────────────

-- The touches that may be credited, before filters of the map take some out.
create table kept as
select customer, n, channel, age, touched from touch, limit_of
where lookback_ms is null or age <= lookback_ms
union all
select customer, n, own_channel, 0, 0 from conversion
where not exists (
    select 1 from touch, limit_of where touch.customer = conversion.customer
                                    and touch.n = conversion.n
                                    and (lookback_ms is null or age <= lookback_ms));
