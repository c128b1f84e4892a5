-- A slot that is filed as missed is no slot without a run: it has a row of its own, and the gap around it counts the others.
create or replace view public.run_gaps with (security_invoker = true) as
  select g.schedule, g.since, g.until, g.n_slots, g.reason
  from (
    select gap.schedule, gap.since, gap.until,
      ceil(extract(epoch from gap.until - gap.since) / extract(epoch from gap.interval))::integer - (
        select count(*)::integer from public.runs missed
        where missed.schedule = gap.schedule and missed.slot >= gap.since and missed.slot < gap.until and missed.status = 'missed'
      ) as n_slots,
      null::text as reason
    from (
      select r.schedule, r.late_at as since, r.late_at - r.slot as interval,
        coalesce(lead(r.slot) over (partition by r.schedule order by r.slot), date_trunc('minute', now())) as until
      from public.runs r where r.slot is not null and r.late_at is not null
    ) gap
    where gap.until > gap.since
    union all
    select r.schedule, r.slot, r.slot, 1, r.status_reason from public.runs r where r.status = 'missed'
  ) g
  where g.n_slots > 0;
