-- The questions that people ask of the history, as views and functions over the rollups: hours and days are UTC, and whatever is
-- measured in different regions or series stays apart.

-- Failures are few, so these two stay small: the last ones of a target, and the last ones of all.
create index if not exists idx_benchmark_results_target_failures on public.benchmark_results (target_id, created_at desc) where not success;
create index if not exists idx_benchmark_results_failures on public.benchmark_results (created_at desc) where not success;

-- How every active target answered last time: one step into an index for each, however many results there are.
create or replace view public.latest_results with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, r.created_at, r.success, r.error_kind,
    r.fault_domain, r.error_message, r.ttft_ms, r.ttfa_ms, r.tps, r.total_latency_ms, r.input_tokens, r.output_tokens, r.cost_usd,
    r.timing_quality, r.synthetic, r.id as result_id, r.run_id
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (
      select * from public.benchmark_results b where b.target_id = t.id order by b.created_at desc limit 1
    ) r
  where t.active;

-- A check is a first look that succeeded or that the provider failed; where a second look went well it did not fail.
create or replace view public.checks with (security_invoker = true) as
  select b.id, b.target_id, b.region, b.created_at, b.error_kind, b.error_message,
    b.success or exists (select from public.benchmark_results again where again.confirms = b.id and again.success) as ok
  from public.benchmark_results b
  where b.confirms is null and (b.success or b.fault_domain = 'provider');

-- Every target in every region where it was called in the week before it was last called. state: up; failing, where the last check failed; down, where the
-- last two or more did; stale, where there was no check for two and a half times as long as there should be between two; paused; unknown,
-- where it was never called. since: the first check of that state.
create or replace view public.target_health with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region,
    case
      when not t.active then 'paused'
      when r.target_id is null then 'unknown'
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then 'stale'
      when latest.ok then 'up'
      when failures.n > 1 then 'down'
      else 'failing' end as state,
    case
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then latest.created_at
      when not latest.ok then failures.since
      else coalesce(recovered.created_at, beginning.hour) end as since,
    latest.created_at as last_check_at,
    fault.created_at as last_error_at, fault.error_kind as last_error_kind, fault.error_message as last_error_message
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join lateral (
      select called.target_id, called.region, called.last_day
      from (
        select k.target_id, k.region, max(latest_day.bucket) as last_day, max(max(latest_day.bucket)) over () as last_of_all
        from public.tracks k
          cross join lateral (
            select d.bucket from public.rollups_daily d where d.track_id = k.id order by d.bucket desc limit 1) latest_day
        where k.target_id = t.id
        group by k.target_id, k.region
      ) called
      where called.last_day >= called.last_of_all - interval '7 days'
    ) r on true
    left join lateral (
      select c.created_at, c.ok from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region and c.created_at >= r.last_day - interval '7 days'
      order by c.created_at desc limit 1
    ) latest on true
    left join lateral (
      select b.created_at, b.error_kind, b.error_message from public.benchmark_results b
      where b.target_id = r.target_id and b.region is not distinct from r.region and not b.success and b.confirms is null
        and b.created_at >= r.last_day - interval '7 days'
      order by b.created_at desc limit 1
    ) fault on true
    left join lateral (
      select c.created_at from public.checks c
      where not latest.ok and c.target_id = r.target_id and c.region is not distinct from r.region and c.ok
      order by c.created_at desc limit 1
    ) last_ok on true
    left join lateral (
      select count(*) as n, min(b.created_at) as since from public.benchmark_results b
      where not latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region and not b.success
        and b.fault_domain = 'provider' and b.confirms is null and b.created_at > coalesce(last_ok.created_at, '-infinity')
    ) failures on true
    left join lateral (
      select c.created_at from public.checks c
        join public.benchmark_results b on b.id = c.id and not b.success and b.fault_domain = 'provider'
      where latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region and not c.ok
      order by b.created_at desc limit 1
    ) last_failed on true
    left join lateral (
      select c.created_at from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region and c.ok and c.created_at > last_failed.created_at
      order by c.created_at limit 1
    ) recovered on true
    left join lateral (
      select min(first_hour.bucket) as hour from public.tracks k
        cross join lateral (
          select h.bucket from public.rollups_hourly h where h.track_id = k.id and h.n_ok > 0 order by h.bucket limit 1
        ) first_hour
      where latest.ok and recovered.created_at is null and k.target_id = r.target_id and k.region is not distinct from r.region
    ) beginning on true
    left join lateral (
      select s.late_at - s.slot as interval from public.runs s
      where s.slot is not null and s.late_at is not null order by s.started_at desc limit 1
    ) pace on true
  where t.active is not null;

-- p50, p90, p95, p99, mean and sd of each metric from since to until, both widened to whole hours. per is target, provider or region: what
-- is left out is put together, but regions and series never are. Percentiles from p90 on need 29, 59 and 299 samples.
create or replace function public.window_stats(since timestamptz, until timestamptz default now(), per text default 'target',
  only_provider text default null, only_model text default null, only_region text default null)
returns table (provider text, model text, target_id uuid, region text, series text, synthetic boolean, metric text, n integer,
  mean double precision, sd double precision, p50 double precision, p90 double precision, p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with hours as (
    select date_trunc('hour', window_stats.since, 'UTC') as since,
      date_trunc('hour', window_stats.until - interval '1 microsecond', 'UTC') + interval '1 hour' as until
  ), days as (
    select h.*, date_trunc('day', h.since + interval '24 hours' - interval '1 microsecond', 'UTC') as first_day,
      date_trunc('day', h.until, 'UTC') as end_day
    from hours h
  ), spans as (
    -- Whole days by day, and what is left of the first and the last by hour.
    select d.since, case when d.first_day < d.end_day then d.first_day else d.until end as morning,
      case when d.first_day < d.end_day then d.end_day else d.until end as evening, d.until
    from days d
  ), wanted as (
    select k.id, k.region, k.series, k.synthetic,
      case when per <> 'region' then k.provider end as provider,
      case when per = 'target' then k.model end as model,
      case when per = 'target' then k.target_id end as target_id
    from public.tracks k
    where (only_provider is null or k.provider = only_provider) and (only_model is null or k.model = only_model)
      and (only_region is null or k.region = only_region)
  ), numbered as materialized (
    -- One number in place of six names: there are many samples, and they are sorted by it.
    select w.*, dense_rank() over (order by w.provider, w.model, w.target_id, w.region, w.series, w.synthetic)::integer as line from wanted w
  ), measured as (
    -- The four side by side, which need not be of one call. In the select list they take turns without a loop for each array.
    select w.line, unnest(b.ttft) as ttft, unnest(b.ttfa) as ttfa, unnest(b.tps) as tps, unnest(b.latency) as latency
    from numbered w cross join spans d
      cross join lateral (
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.since and h.bucket < d.morning
        union all
        select s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
          where s.track_id = w.id and s.bucket >= d.morning and s.bucket < d.evening
        union all
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.evening and h.bucket < d.until
      ) b
  ), sorted as (
    select m.line,
      count(m.ttft) as n_ttft, avg(m.ttft) as mean_ttft, stddev_samp(m.ttft) as sd_ttft,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttft) as p_ttft,
      count(m.ttfa) as n_ttfa, avg(m.ttfa) as mean_ttfa, stddev_samp(m.ttfa) as sd_ttfa,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttfa) as p_ttfa,
      count(m.tps) as n_tps, avg(m.tps) as mean_tps, stddev_samp(m.tps) as sd_tps,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.tps) as p_tps,
      count(m.latency) as n_latency, avg(m.latency) as mean_latency, stddev_samp(m.latency) as sd_latency,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.latency) as p_latency
    from measured m group by m.line
  ), figures as (
    select s.line, f.*
    from sorted s cross join lateral (values
      (1, 'ttft', s.n_ttft, s.mean_ttft, s.sd_ttft, s.p_ttft), (2, 'ttfa', s.n_ttfa, s.mean_ttfa, s.sd_ttfa, s.p_ttfa),
      (3, 'tps', s.n_tps, s.mean_tps, s.sd_tps, s.p_tps), (4, 'latency', s.n_latency, s.mean_latency, s.sd_latency, s.p_latency)
    ) f (place, metric, n, mean, sd, p)
  )
  select l.provider, l.model, l.target_id, l.region, l.series, l.synthetic,
    f.metric, f.n::integer, f.mean, f.sd, f.p[1],
    -- As published_percentile has it.
    case when f.n >= 29 then f.p[2] end, case when f.n >= 59 then f.p[3] end, case when f.n >= 299 then f.p[4] end
  from figures f join (select distinct on (n.line) n.* from numbered n order by n.line) l on l.line = f.line
  where f.n > 0
  order by f.place, l.region, l.series, l.provider, l.model
$$;

-- What each track did hour by hour: counts, means and medians.
create or replace view public.hourly_trends with (security_invoker = true) as
  select h.bucket as hour, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, h.n_calls, h.n_ok,
    h.n_ok + h.n_provider as n_checks, h.n_provider - h.n_cleared as n_failed, cardinality(h.latency) as n_samples,
    (h.ttft_sum / nullif(cardinality(h.ttft), 0))::double precision as ttft_mean_ms,
    (h.ttfa_sum / nullif(cardinality(h.ttfa), 0))::double precision as ttfa_mean_ms,
    (h.tps_sum / nullif(cardinality(h.tps), 0))::double precision as tps_mean,
    (h.latency_sum / nullif(cardinality(h.latency), 0))::double precision as latency_mean_ms,
    -- The median of a sorted array is the mean of its two middle values, which are one and the same where their number is odd.
    (h.ttft[(cardinality(h.ttft) + 1) / 2]::double precision + h.ttft[cardinality(h.ttft) / 2 + 1]) / 2 as ttft_p50_ms,
    (h.ttfa[(cardinality(h.ttfa) + 1) / 2]::double precision + h.ttfa[cardinality(h.ttfa) / 2 + 1]) / 2 as ttfa_p50_ms,
    (h.tps[(cardinality(h.tps) + 1) / 2]::double precision + h.tps[cardinality(h.tps) / 2 + 1]) / 2 as tps_p50,
    (h.latency[(cardinality(h.latency) + 1) / 2]::double precision + h.latency[cardinality(h.latency) / 2 + 1]) / 2 as latency_p50_ms,
    h.cost_usd::double precision as cost_usd
  from public.rollups_hourly h join public.tracks k on k.id = h.track_id;

-- The same day by day, with the percentiles that a day has samples enough for.
create or replace view public.daily_trends with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls, d.n_ok,
    d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed, d.n_latency as n_samples,
    (d.ttft_sum / nullif(d.n_ttft, 0))::double precision as ttft_mean_ms,
    (d.ttfa_sum / nullif(d.n_ttfa, 0))::double precision as ttfa_mean_ms,
    (d.tps_sum / nullif(d.n_tps, 0))::double precision as tps_mean,
    (d.latency_sum / nullif(d.n_latency, 0))::double precision as latency_mean_ms,
    public.percentile_of(s.ttft, 0.5) as ttft_p50_ms, public.published_percentile(s.ttft, 0.95) as ttft_p95_ms,
    public.percentile_of(s.ttfa, 0.5) as ttfa_p50_ms, public.published_percentile(s.ttfa, 0.95) as ttfa_p95_ms,
    public.percentile_of(s.tps, 0.5) as tps_p50,
    public.percentile_of(s.latency, 0.5) as latency_p50_ms, public.published_percentile(s.latency, 0.95) as latency_p95_ms,
    d.cost_usd::double precision as cost_usd
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    left join public.samples_daily s on s.track_id = d.track_id and s.bucket = d.bucket;

-- Checks day by day, and the share that no provider failed: floored, so that 100 means none.
create or replace view public.uptime_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed,
    floor(10000.0 * (d.n_ok + d.n_cleared) / (d.n_ok + d.n_provider)) / 100 as uptime_percent
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
  where d.n_ok + d.n_provider > 0;

-- What calls cost day by day, second looks and failures included; n_cost_unknown answers have no known cost.
create or replace view public.costs_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls, d.n_answers,
    d.input_tokens, d.output_tokens, d.reasoning_tokens, d.cost_usd, d.n_cost_unknown
  from public.rollups_daily d join public.tracks k on k.id = d.track_id;

-- What failed day by day, by whose fault it was. Second looks are left out.
create or replace view public.errors_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    split_part(e.key, '.', 1) as fault_domain, split_part(e.key, '.', 2) as error_kind, e.value::integer as n
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null;

-- Who leads: only what has enough samples, and only within one region and one series. Ranks overlap where intervals do.
create or replace view public.leaderboard with (security_invoker = true) as
  select s.period, s.metric, s.rank, s.rank_to, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    s.value, s.low, s.high, s.n, s.n_hours, s.n_days, s.mean, s.sd, s.p90, s.p95, s.p99,
    now() - s.refreshed_at as age
  from public.target_summary s join public.tracks k on k.id = s.track_id
  where s.rank is not null;

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

-- Slots of a schedule that should have a run and do not, in one row as long as they follow each other, and those that are filed as
-- missed in a row each. A run knows when the next slot is (late_at); within a gap the slots are taken to be as far apart.
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

-- What a run planned, and what came of each probe.
create or replace view public.run_probes with (security_invoker = true) as
  select pr.run_id, pr.ordinal, p.name as provider, m.name as model, t.parameters, pr.region, pr.series, pr.iteration,
    pr.status, pr.skip_reason, pr.confirms is not null as is_second_look, b.created_at, b.success, b.error_kind, b.fault_domain,
    b.error_message, b.status_code, b.ttft_ms, b.ttfa_ms, b.tps, b.total_latency_ms, b.input_tokens, b.output_tokens, b.cost_usd,
    b.timing_quality, pr.target_id, pr.id as probe_id, b.id as result_id
  from public.probes pr
    join public.targets t on t.id = pr.target_id
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join public.benchmark_results b on b.probe_id = pr.id;

-- Two runs side by side, target by target: medians of what each measured, and how much the second is above the first, in percent.
-- Only what was called in the same region and series is compared; a target that only one has stands alone.
create or replace function public.compare_runs(before uuid, after uuid)
returns table (provider text, model text, region text, series text, n_before integer, n_after integer,
  ttft_before_ms double precision, ttft_after_ms double precision, ttft_change_percent double precision,
  tps_before double precision, tps_after double precision, tps_change_percent double precision,
  latency_before_ms double precision, latency_after_ms double precision, latency_change_percent double precision,
  failed_before integer, failed_after integer)
language sql stable security invoker set search_path = '' as $$
  with sides as (
    select b.run_id, b.target_id, b.provider, b.model, b.region, b.series,
      count(i.latency)::integer as n, count(*) filter (where i.error is not null)::integer as failed,
      percentile_cont(0.5) within group (order by i.ttft) as ttft,
      percentile_cont(0.5) within group (order by i.tps) as tps,
      percentile_cont(0.5) within group (order by i.latency) as latency
    from public.benchmark_results b join public.rollup_input i on i.id = b.id
    where b.run_id in (compare_runs.before, compare_runs.after)
    group by 1, 2, 3, 4, 5, 6
  ), olds as (
    select s.* from sides s where s.run_id = compare_runs.before
  ), news as (
    select s.* from sides s where s.run_id = compare_runs.after
  )
  select coalesce(o.provider, n.provider), coalesce(o.model, n.model), coalesce(o.region, n.region), coalesce(o.series, n.series),
    coalesce(o.n, 0), coalesce(n.n, 0),
    o.ttft, n.ttft, 100 * (n.ttft / nullif(o.ttft, 0) - 1),
    o.tps, n.tps, 100 * (n.tps / nullif(o.tps, 0) - 1),
    o.latency, n.latency, 100 * (n.latency / nullif(o.latency, 0) - 1),
    coalesce(o.failed, 0), coalesce(n.failed, 0)
  from olds o full join news n
    on n.target_id = o.target_id and n.region = o.region and n.series = o.series
  order by 1, 2, 3, 4
$$;

-- As for every view and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.' || name, 'select'
      from unnest(array[
        'latest_results', 'checks', 'target_health', 'hourly_trends', 'daily_trends', 'uptime_daily', 'costs_daily', 'errors_daily',
        'leaderboard', 'price_changes', 'run_gaps', 'run_probes'
      ]) name
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'window_stats(timestamptz, timestamptz, text, text, text, text)', 'compare_runs(uuid, uuid)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
