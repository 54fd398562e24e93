-- The family objection, as facts beside those of counters.sql, which has made the tables place and
-- entry: each class that was raised in an entry, and all of them together, with what the business
-- did first after it.

create table span as
select entry_words.*, lead(n) over (partition by customer, attempt order by n) as until
from entry_words;

create table raised as
with said as (
    select span.customer, span.n, place.n as said_at, place.label
    from span
    join place on place.customer = span.customer and place.attempt = span.attempt
              and place.n >= span.n and (until is null or place.n < until)
    where place.label is not null
)
select customer, n, label, min(said_at) as first from said group by all
union all
select customer, n, 'all', min(said_at) from said group by all;

insert into fact
select 'objection', time,
       json_object('stage', stage_name, 'channel', entry_channel, 'objection', label,
                   'next', coalesce(next, 'none'), 'outcome', outcome), 1, null, null
from span
join raised using (customer, n)
left join (
    -- The step that leads on may be the answer.
    select span.customer, span.n, raised.label, arg_min(place.kind_name, place.n) as next
    from span
    join raised using (customer, n)
    join place on place.customer = span.customer and place.attempt = span.attempt
              and place.n > first and (until is null or place.n <= until)
    join kind on kind.name = place.kind
    where not kind.is_warm and place.kind not in ('unsubscribed', 'lost')
    group by all
) using (customer, n, label);
