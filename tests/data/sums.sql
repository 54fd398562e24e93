-- What the facts of counters.sql and paths.sql add up to, in the windows of each size.

create table counter as
with placed as (
    select family, 'total' as size, null::bigint as start, null::bigint as "end",
           dims, count, currency, amount
    from fact
    union all
    -- Windows of less than a day have no groups.
    select family, slot.size, slot.start, slot."end",
           if(family in ('credit', 'markov', 'coalition') and slot.size like '%h',
              json_merge_patch(dims, '{"group": "all"}'), dims),
           count, currency, amount
    from fact join slot on slot.instant = fact.instant // 900000 * 900000
),
money as (
    select family, size, start, dims, map_from_entries(list((currency, amount))) as amounts
    from (
        select family, size, start, dims, currency, sum(amount) as amount
        from placed where currency is not null group by all having sum(amount) <> 0
    )
    group by all
),
counts as (
    select family, size, start, "end", dims, sum(count)::bigint as count from placed group by all
)
select counts.*, coalesce(amounts, map {}) as amounts
from counts
left join money on money.family = counts.family and money.size = counts.size
               and money.start is not distinct from counts.start and money.dims = counts.dims
where count <> 0 or amounts is not null;
