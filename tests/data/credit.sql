-- The families of credit and of people: credit, cadence, intensity, sequence and value, from what
-- paths.sql has made.
--
-- Given besides, by counters.py:
--   custom      three weights of the map's own rule; no row without one

-- ── Credit ───────────────────────────────────────────────────────────────────────────────────────

create table touched as
select customer, n, channel,
       row_number() over path as i, count(*) over (partition by customer, n) as k, age // 86400000 as days
from kept
window path as (partition by customer, n order by touched);

-- A count of a million, and the money of the entry.
create table whole as
select customer, n, null::varchar as currency, 1000000::hugeint as whole from conversion
union all
select customer, n, currency, amount from conversion join paid using (customer, n);

-- Weights of the touches; of three or more those between share theirs.
create table weight as
select customer, n, i, channel, model,
       case model
           when 'linear' then 1
           when 'time_decay' then greatest(1, ([1073741824, 972513379, 880828381, 797787109,
                722574663, 654452972, 592753544])[days % 7 + 1]
                // (1::bigint << least(40, days // 7)::integer))
           else case when k = 1 then 1
                     when k = 2 then if(i = 1, two[1], two[2])
                     when i = 1 then three[1] * (k - 2)
                     when i = k then three[2] * (k - 2)
                     else 20 end
       end::hugeint as weight
from touched, (values
    ('linear', null, null), ('time_decay', null, null), ('u_shaped', [50, 50], [40, 40]),
    ('j_shaped', [25, 75], [20, 60]), ('inverse_j', [75, 25], [60, 20])
) as shape(model, two, three)
union all
-- Nothing at either end: each of two touches is both.
select customer, n, i, channel, 'custom',
       case when k = 1 then 1
            when k = 2 then if(first + last = 0, 1, if(i = 1, first, last))
            when i = 1 then first * (k - 2)
            when i = k then last * (k - 2)
            else between_them end::hugeint
from touched, custom;

create table share as
select customer, n, model, channel, currency,
       -- The largest remainders get what division leaves, of equals the earlier ones.
       sign(whole) * (part + if(row_number() over (
           partition by customer, n, model, currency order by remainder desc, i) <= missing, 1, 0))
           as share
from (
    select *, abs(whole) - sum(part) over (partition by customer, n, model, currency) as missing
    from (
        select customer, n, i, model, channel, currency, whole,
               abs(whole) * weight // total as part, abs(whole) * weight % total as remainder
        from (select *, sum(weight) over (partition by customer, n, model)::hugeint as total
              from weight)
        join whole using (customer, n)
    )
);

insert into share
select customer, n, model, channel, currency, whole
from (
    select customer, n, 'first' as model, arg_min(channel, i) as channel from touched group by all
    union all
    select customer, n, 'last', arg_max(channel, i) from touched group by all
    union all
    select customer, n, 'last_non_direct',
           coalesce(arg_max(channel, i) filter (channel not in (select name from direct)),
                    arg_max(channel, i))
    from touched group by all
    union all
    select distinct customer, n, 'participation', channel from touched
    union all
    select customer, n, 'same_touch', own_channel from conversion
) join whole using (customer, n);

insert into fact
select 'credit', time,
       json_object('model', model, 'channel', channel, 'entry', entry, 'group', grp),
       if(currency is null, share, 0)::bigint, currency, if(currency is null, null, share)
from share join conversion using (customer, n) join person using (customer);

-- ── Cadence and value ────────────────────────────────────────────────────────────────────────────

create table cadence as
select entry.customer, entry.n, entry.attempt, next_n, stage_name.name as stage, entry_channel as channel, decided_at,
       entry.time + landmark_ms as landmark,
       case entry.outcome when 'cold' then 'expired' when 'lost' then 'expired'
                          else entry.outcome end as outcome,
       (select count(*) from place
        where place.customer = entry.customer and place.attempt = entry.attempt
          and place.n > entry.n and place.n < coalesce(next_n, forever())
          and place.kind in (select name from follow_up) and not place.is_lost
          and (landmark_ms is null or place.time <= entry.time + landmark_ms)) as follow_ups,
       (select count(*) from place
        where place.customer = entry.customer and place.attempt = entry.attempt
          and place.n > entry.n and place.n < coalesce(next_n, forever())
          and place.is_warm and place.kind not in (select name from follow_up)
          and (intensity_ms is null or place.time <= entry.time + intensity_ms)) as early
from (select *, lead(n) over (partition by customer, attempt order by n) as next_n from entry)
         as entry
join stage_name on rank = stage, limit_of;

insert into fact
select 'cadence', null,
       json_object('basis', basis, 'stage', stage,
                   'follow_ups', if(follow_ups >= 4, '4+', follow_ups::varchar),
                   'outcome', outcome, 'channel', channel), 1, null, null
from (
    select 'naive' as basis, * from cadence
    union all
    select 'landmark', cadence.* from cadence, setting
    where landmark <= as_of and (decided_at is null or decided_at > landmark)
);

insert into fact
select 'intensity', null,
       json_object('stage', stage, 'follow_ups', if(follow_ups >= 4, '4+', follow_ups::varchar),
                   'early', if(early >= 4, '4+', early::varchar),
                   'outcome', outcome, 'channel', channel), 1, null, null
from cadence, setting
where landmark <= as_of and (decided_at is null or decided_at > landmark);

-- The first five different steps of an entry up to its landmark, each where it came first, the
-- touchpoint that enters among them.
create macro encoded(name) as replace(replace(replace(name, '%', '%25'), '>', '%3E'), '/', '%2F');

create table begun as
select customer, n, string_agg(word, '>' order by first_n) as steps
from (
    select *, row_number() over (partition by customer, n order by first_n) as number
    from (
        select cadence.customer, cadence.n, min(place.n) as first_n,
               encoded(place.kind_name) || '/' || encoded(place.channel_name) as word
        from cadence
        join place on place.customer = cadence.customer and place.attempt = cadence.attempt
                  and place.n >= cadence.n and place.n < coalesce(next_n, forever())
                  and place.time <= landmark
        group by all
    )
) where number <= 5
group by all;

-- The purchase that converts it, by the power of two that its value reaches.
create table sequence_of as
select cadence.*, steps, currency, amount,
       case when place.n is null then 'none' when coalesce(amount, 0) <= 0 then '0'
            else (1::bigint << (length(bin(amount)) - 1)::integer)::varchar end as paid
from cadence join begun using (customer, n)
left join place on place.customer = cadence.customer and place.n = next_n
               and place.kind in (select name from earning),
     setting
where landmark <= as_of and (decided_at is null or decided_at > landmark);

insert into fact
select 'sequence', null,
       json_object('stage', stage, 'steps', steps, 'outcome', outcome, 'channel', channel,
                   'paid', paid), 1, null, null
from sequence_of
union all
select 'sequence', null,
       json_object('stage', stage, 'steps', steps, 'outcome', outcome, 'channel', channel,
                   'paid', paid), 0, currency, amount
from sequence_of where paid <> 'none' and currency is not null;

-- Purchases with their local dates. Without a value, or in the currency of the first that has one.
create table purchase as
select * from (
    select place.customer, n, currency, amount,
           timezone(zone, make_timestamptz(time * 1000))::date as day,
           coalesce(attempt.channel, place.channel_name) as channel,
           first_value(currency ignore nulls) over (
               partition by place.customer order by n
               rows between unbounded preceding and unbounded following) as own
    from place
    left join attempt on attempt.customer = place.customer and attempt.attempt = place.attempt,
         setting
    where place.kind in (select name from earning)
) where currency is null or currency = own;

insert into fact
select 'value', null,
       json_object('channel', channel, 'repeats', repeats::varchar, 'first', first::varchar,
                   'last', last::varchar, 'currency', coalesce(own, 'none'), 'spend', spend::varchar),
       1, null, null
from (
    select customer, arg_min(channel, n) as channel, count(distinct day) - 1 as repeats,
           min(day) as first, max(day) as last, any_value(own) as own,
           coalesce(sum(amount) filter (day > first_day), 0) as spend
    from (select *, min(day) over (partition by customer) as first_day from purchase)
    group by customer
);
