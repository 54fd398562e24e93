-- The counters of one installation, from its touchpoints, in SQL: admission, flow, move, activity,
-- edge and duration; paths.sql and objections.sql have the others, and sums.sql adds them up. It is written from the
-- description of the counters and shares nothing with the program. It reads and does not follow the
-- clock: everything is computed at once, at one as_of.
--
-- Given, by counters.py:
--   record      customer, source, event_id, revision, time, kind, channel, currency, amount, subject,
--               history, text, result: 'late', 'dead', or null for what is admitted; times in
--               milliseconds
--   correction  customer, source, event_id, label: what people have said
--   stage       rank (1, 2, …), name, cold_ms (null: never)
--   kind        name, stage (rank, null: enters none), is_warm (keeps warm)
--   channel     name
--   size        name, unit ('h', 'd'), number
--   setting     zone, conversion (rank), repeat_ms (null: never), as_of
-- Made: fact, and by sums.sql: counter (family, size, start, end, dims, count, amounts).

-- ── What counts ──────────────────────────────────────────────────────────────────────────────────

-- Of several records of one identity the greatest revision counts, then the smallest content.
create table identity as
select customer, source, event_id,
       count(*) as records,
       count(distinct (time, kind, channel, currency, amount, subject)) > 1 as is_conflict
from (select *, max(revision) over (partition by customer, source, event_id) as newest
      from record where result is null)
where revision = newest
group by all;

create table touchpoint as
select * from record where result is null
qualify row_number() over (
    partition by customer, source, event_id
    order by revision desc, time, kind, channel, currency nulls first, amount nulls first,
             subject nulls first) = 1;

-- What a touchpoint is about: what people said, else what is in the text, which has one of two
-- sentences in tests. What the business writes is not looked at, but notes of calls and losses are.
create table label as
with heard as (
    select customer, source, event_id,
           any_value(case when text ilike '%expensive%' then 'price'
                          when text ilike '%trust%' then 'trust' end) as label
    from record left join kind on kind.name = record.kind
    where text is not null and time >= epoch_ms(timestamp '1990-01-01')
      and (coalesce(is_warm, true) or record.kind in ('unsubscribed', 'call_made', 'lost'))
    group by all
)
select customer, source, event_id,
       if(correction.label is null, heard.label, nullif(correction.label, 'none')) as label
from heard full join correction using (customer, source, event_id);

-- Each customer's history in order: at equal times the lower stage comes first, then what enters
-- none, then lost, then the smaller content.
create table history as
select touchpoint.customer, time, label.label,
       touchpoint.kind, touchpoint.channel, currency, amount,
       kind.stage as enters,
       coalesce(is_warm, true) as is_warm,
       touchpoint.kind = 'lost' as is_lost,
       if(kind.name is null, 'other', kind.name) as kind_name,
       if(channel.name is null, 'other', channel.name) as channel_name,
       row_number() over (
           partition by touchpoint.customer
           order by time,
                    case when touchpoint.kind = 'lost' then 1000 else coalesce(kind.stage, 999) end,
                    touchpoint.kind, touchpoint.channel, currency nulls first,
                    amount nulls first, subject nulls first) as n
from touchpoint
left join kind on kind.name = touchpoint.kind
left join channel on channel.name = touchpoint.channel
left join label on label.customer = touchpoint.customer and label.source = touchpoint.source
               and label.event_id = touchpoint.event_id
where time <= (select as_of from setting);

-- ── A journey, touchpoint by touchpoint ──────────────────────────────────────────────────────────

create macro forever() as 1::bigint << 60;
set variable cold = (select list(coalesce(cold_ms, forever()) order by rank) from stage);
set variable last_stage = (select max(rank) from stage);
set variable repeat_ms = (select coalesce(repeat_ms, forever()) from setting);

-- was: the stage of the attempt that is still open when the touchpoint comes, 0 for none.
-- now: the stage after it. attempt counts the customer's attempts.
create table walk as
with recursive walk as (
    select customer, 0::bigint as n, 0 as attempt, 0 as was, 0 as now, false as is_entry,
           null::bigint as deadline, null::bigint as entered_at
    from (select distinct customer from history)
  union all
    select customer, n, attempt, was, now, is_entry,
           case when now = 0 then null
                when is_entry or is_warm then time + getvariable('cold')[now]
                else deadline end as deadline,
           case when is_entry then time else entered_at end as entered_at
    from (
        select *, case when is_lost then 0 when is_entry then enters else was end as now
        from (
            select *,
                   -- A higher stage, or the last one again when it was entered long ago.
                   coalesce(enters > was or
                            (enters = was and was = getvariable('last_stage')
                             and time - entered_at >= getvariable('repeat_ms')), false) as is_entry,
                   attempt_before + if(was = 0 and enters is not null, 1, 0) as attempt
            from (
                select history.*, walk.attempt as attempt_before, walk.deadline, walk.entered_at,
                       -- Exactly at the deadline is in time.
                       if(walk.now > 0 and history.time <= walk.deadline, walk.now, 0) as was
                from walk
                join history on history.customer = walk.customer and history.n = walk.n + 1
            )
        )
    )
)
select * from walk where n > 0;

-- Every touchpoint with its place: stage is where the customer stands after it, and for a lost
-- where it ended the attempt; 0 outside of an attempt.
create table place as
select history.*, walk.was, walk.is_entry, walk.deadline,
       if(is_lost, walk.was, walk.now) as stage,
       if(was = 0 and now = 0, null, walk.attempt) as attempt
from history join walk using (customer, n);

-- How each attempt stands at as_of: open, cold or lost.
create table attempt as
select customer, attempt, channel, stage,
       case when is_lost then 'lost' when deadline <= as_of then 'cold' else 'open' end as outcome,
       case when is_lost then last_time when deadline <= as_of then deadline end as ended_at,
       case when is_lost then last_channel else coalesce(warm_channel, channel) end as end_channel
from (
    select customer, attempt,
           arg_min(channel_name, n) as channel,
           arg_max(channel_name, n) filter (is_warm) as warm_channel,
           arg_max(channel_name, n) as last_channel,
           arg_max(stage, n) as stage,
           arg_max(time, n) as last_time,
           arg_max(deadline, n) filter (deadline is not null) as deadline,
           bool_or(is_lost) as is_lost
    from place where attempt is not null
    group by customer, attempt
), (select as_of from setting);

-- Every stage entered in an attempt, and every repeat.
create table entry as
select place.customer, place.attempt, n, time, place.was, place.stage,
       place.channel_name as own_channel, attempt.channel as entry_channel,
       if(row_number() over stage_of_customer = 1, 'first', 'again') as entry,
       coalesce(if(lead(n) over in_attempt is null, null, 'converted'), attempt.outcome) as outcome,
       coalesce(lead(time) over in_attempt, attempt.ended_at) as decided_at,
       place.stage >= conversion and (
           conversion = getvariable('last_stage') or
           1 = count(*) filter (place.stage >= conversion) over in_attempt) as is_conversion
from place
join attempt on attempt.customer = place.customer and attempt.attempt = place.attempt,
     (select conversion from setting)
where is_entry
window stage_of_customer as (partition by place.customer, place.stage order by n),
       in_attempt as (partition by place.customer, place.attempt order by n);

-- What was paid for an entry: the value of the touchpoint that entered; in the last stage with all
-- that entered it again before the next entry.
create table paid as
select customer, n, currency, sum(amount) as amount
from (
    select customer, currency, amount, max(n) filter (is_entry) over (
               partition by customer, attempt order by place.n) as n
    from place
    where is_entry or (stage = getvariable('last_stage') and enters = stage)
)
where currency is not null
group by all;

-- ── Windows and buckets ──────────────────────────────────────────────────────────────────────────

-- Every quarter of an hour in question, and the wall clock then. Windows are 31 days or shorter.
create table quarter as
select instant, wall, epoch_ms(wall) - instant as utc_offset
from (
    select instant, timezone(zone, make_timestamptz(instant * 1000)) as wall
    from setting, (
        select unnest(range((min(time) // day - 40) * day, (max(as_of) // day + 40) * day,
                            900000)) as instant
        from record, setting, (select 86400000 as day)
        where result is null
        group by day
    )
);

-- The window of each size that a quarter lies in.
create table slot as
select name as size, instant,
       min(instant) over same as start, max(instant) over same + 900000 as "end"
from (
    select size.name, instant,
           case when unit = 'd' then (wall::date - date '1970-01-05') // number
                when number = 1 then epoch_ms(date_trunc('hour', wall))
                else epoch_ms(date_trunc('day', wall)) + hour(wall) // number end as label,
           if(unit = 'h' and number = 1, utc_offset, 0) as part
    from quarter, size
)
window same as (partition by name, label, part);

create macro millis(text) as
    regexp_extract(text, '\d+')::bigint *
    case right(text, 1) when 's' then 1000 when 'm' then 60000 when 'h' then 3600000
                        else 86400000 end;

create table bucket as
select name, millis(split_part(name, '-', 1)) as low,
       if(name like '%+', forever(), millis(split_part(name, '-', 2))) as high
from (select unnest(string_split(
    '0s-1s 1s-10s 10s-30s 30s-1m 1m-2m 2m-5m 5m-10m 10m-15m 15m-30m 30m-1h 1h-2h 2h-4h 4h-8h 8h-12h'
    || ' 12h-1d 1d-2d 2d-3d 3d-5d 5d-7d 7d-10d 10d-14d 14d-21d 21d-30d 30d-45d 45d-60d 60d-90d'
    || ' 90d-120d 120d-180d 180d-270d 270d-365d 365d-730d 730d+', ' ')) as name);

create table stage_name as
select rank, name from stage union all select 0, 'none';

-- ── The families ─────────────────────────────────────────────────────────────────────────────────

-- What each customer adds: one row for the count, one for each sum of money. Without a time it goes
-- into the running total alone.
create table fact (
    family varchar, instant bigint, dims json, count bigint, currency varchar, amount hugeint);

create view entry_words as
select entry.*, stage_name.name as stage_name, was_name.name as was_name
from entry
join stage_name on stage_name.rank = entry.stage
join stage_name as was_name on was_name.rank = entry.was;

create view flow as
select customer, n, time as instant,
       json_object('stage', stage_name, 'channel', entry_channel, 'entry', entry, 'outcome',
                   case outcome when 'cold' then 'expired' when 'lost' then 'expired'
                                else outcome end) as dims
from entry_words;

create view move as
select customer, n, time as instant,
       json_object('from', was_name, 'to', stage_name, 'channel', own_channel) as dims
from entry_words;

insert into fact
select 'flow', instant, dims, 1, null, null from flow
union all select 'flow', instant, dims, 0, currency, amount from flow join paid using (customer, n)
union all select 'move', instant, dims, 1, null, null from move
union all select 'move', instant, dims, 0, currency, amount from move join paid using (customer, n);

insert into fact
select 'move', ended_at, json_object('from', name, 'to', outcome, 'channel', end_channel),
       1, null, null
from attempt join stage_name on rank = stage
where outcome <> 'open';

insert into fact
select 'activity', time,
       json_object('stage', name, 'channel', channel_name, 'kind', kind_name), 1, currency, amount
from place join stage_name on rank = stage;

insert into fact
select 'duration', time,
       json_object('stage', stage_name, 'channel', entry_channel, 'outcome', outcome,
                   'bucket', bucket.name), 1, null, null
from entry_words join bucket on decided_at - time >= low and decided_at - time < high
where outcome <> 'open';

-- A trail: start, each touchpoint, converted after each conversion, expired when it has ended.
create table trail as
select customer, attempt, n, 0 as part, name as stage, kind_name as kind, time
from place join stage_name on rank = stage where attempt is not null
union all
select customer, attempt, n, 1, 'converted', 'converted', time from entry where is_conversion
union all
select customer, attempt, 0, 0, 'start', 'start', min(time)
from place where attempt is not null group by customer, attempt
union all
select customer, attempt, forever(), 0, 'expired', 'expired', ended_at
from attempt where outcome <> 'open';

insert into fact
select 'edge', null,
       json_object('from_stage', from_stage, 'from_kind', from_kind, 'to_stage', stage,
                   'to_kind', kind, 'bucket', bucket.name), 1, null, null
from (
    select stage, kind, time - lag(time) over trail as took,
           lag(stage) over trail as from_stage, lag(kind) over trail as from_kind
    from trail
    window trail as (partition by customer, attempt order by n, part)
)
join bucket on took >= low and took < high
where from_stage is not null;

insert into fact
with became as (
    select source, result, count(*) as count from record where result is not null group by all
    union all
    select source, 'counted', count(*) from identity group by all
    union all
    select source, 'conflict', count(*) from identity where is_conflict group by all
    union all
    select source, 'duplicate', count(*) - count(distinct (customer, event_id))
    from record where result is null group by all
)
select 'admission', null, json_object('source', source, 'result', result), count, null, null
from became;
