-- Views of prices and runs.

-- Every price that replaced another, with both.
create or replace view public.price_changes with (security_invoker = true) as
  select changes.*
  from (
    select p.name as provider, m.name as model, pr."timestamp" as since,
      lag(pr.input_price_per_m) over before_it as input_before, pr.input_price_per_m as input_now,
      lag(pr.output_price_per_m) over before_it as output_before, pr.output_price_per_m as output_now,
      pr.source, pr.as_of, pr.valid_until
    from public.prices pr
      join public.models m on m.id = pr.model_id
      join public.providers p on p.id = pr.provider_id
    window before_it as (partition by pr.model_id order by pr."timestamp", pr.id)
  ) changes
  where changes.input_before is not null;

-- Slots of a schedule without a run: consecutive ones in one row, those recorded as missed in a row each. A
-- run knows the next slot (late_at); within a gap, slots are assumed to be equally spaced.
create or replace view public.run_gaps with (security_invoker = true) as
  select g.schedule, g.since, g.until, g.n_slots, g.reason
  from (
    select gap.schedule, gap.since, gap.until,
      ceil(extract(epoch from gap.until - gap.since) / extract(epoch from gap.interval))::integer - (
        select count(*)::integer from public.runs missed
        where missed.schedule = gap.schedule and missed.slot >= gap.since and missed.slot < gap.until
          and missed.status = 'missed'
      ) as n_slots,
      null::text as reason
    from (
      select r.schedule, r.late_at as since, r.late_at - r.slot as interval,
        coalesce(lead(r.slot) over (partition by r.schedule order by r.slot),
          date_trunc('minute', now())) as until
      from public.runs r where r.slot is not null and r.late_at is not null
    ) gap
    where gap.until > gap.since
    union all
    select r.schedule, r.slot, r.slot, 1, r.status_reason from public.runs r where r.status = 'missed'
  ) g
  where g.n_slots > 0;

-- What a run planned, and the result of each probe.
create or replace view public.run_probes with (security_invoker = true) as
  select pr.run_id, pr.ordinal, p.name as provider, m.name as model, t.parameters, pr.region, pr.series,
    pr.iteration, pr.status, pr.skip_reason, pr.confirms is not null as is_second_look, b.created_at,
    b.success, b.error_kind, b.fault_domain, b.error_message, b.status_code, b.ttft_ms, b.ttfa_ms, b.tps,
    b.total_latency_ms, b.input_tokens, b.output_tokens, b.cost_usd, b.timing_quality, pr.target_id,
    pr.id as probe_id, b.id as result_id
  from public.probes pr
    join public.targets t on t.id = pr.target_id
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join public.benchmark_results b on b.probe_id = pr.id;
