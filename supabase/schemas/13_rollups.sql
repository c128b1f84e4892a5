-- History that stays cheap to query however many results there are: hourly and daily rollups with the samples
-- themselves, leaderboards, and how far raw rows are pruned.

-- A line of a chart: a target in one region and one series. It keeps the names, so that history outlives the
-- target; target_id is null if a result has no target (any more).
create table if not exists public.tracks (
  id integer generated always as identity primary key,
  target_id uuid,
  provider text,
  model text,
  series text,
  region text,
  synthetic boolean not null,
  unique nulls not distinct (target_id, provider, model, series, region, synthetic)
);

-- n_calls, n_answers (calls that succeeded), n_cost_unknown of these, tokens and cost_usd count every call.
-- The other counts exclude rechecks: n_ok succeeded, n_provider to n_self failed, by fault domain; n_cleared
-- of n_provider succeeded when rechecked; n_untrusted of n_ok were not timed well enough to be samples.
-- Samples are sorted, which keeps percentiles exact forever. Sums are numeric, so they do not depend on the
-- order of adding.
create table if not exists public.rollups_hourly (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_calls integer not null,
  n_answers integer not null,
  n_ok integer not null,
  n_provider integer not null,
  n_cleared integer not null,
  n_account integer not null,
  n_config integer not null,
  n_excluded integer not null,
  n_self integer not null,
  n_untrusted integer not null,
  n_cost_unknown integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_usd numeric not null,
  ttft_sum numeric not null,
  ttfa_sum numeric not null,
  tps_sum numeric not null,
  latency_sum numeric not null,
  -- {"<fault_domain>.<error_kind>": count}; null if nothing failed.
  errors jsonb,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_rollups_hourly_bucket on public.rollups_hourly (bucket);

-- The sums of the hours of a day (UTC). The samples have a table of their own: at 96 a day they are ten times
-- as large as the counts, which questions about the whole history scan.
create table if not exists public.rollups_daily (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_calls integer not null,
  n_answers integer not null,
  n_ok integer not null,
  n_provider integer not null,
  n_cleared integer not null,
  n_account integer not null,
  n_config integer not null,
  n_excluded integer not null,
  n_self integer not null,
  n_untrusted integer not null,
  n_cost_unknown integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_usd numeric not null,
  n_ttft integer not null,
  n_ttfa integer not null,
  n_tps integer not null,
  n_latency integer not null,
  ttft_sum numeric not null,
  ttfa_sum numeric not null,
  tps_sum numeric not null,
  latency_sum numeric not null,
  errors jsonb,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_rollups_daily_bucket on public.rollups_daily (bucket);

create table if not exists public.samples_daily (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (track_id, bucket)
) with (fillfactor = 70);
create index if not exists idx_samples_daily_bucket on public.samples_daily (bucket);

-- The quarters of an hour, for the present alone: n_ttft samples of TTFT and their sum, and the failures that
-- no recheck cleared. Kept for two days, of tracks of a target. The sum is no numeric: it is shown in whole
-- milliseconds, and read by thousands.
create table if not exists firsttoken.quarter_hours (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_ttft integer not null,
  ttft_sum double precision not null,
  n_failed integer not null,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_quarter_hours_bucket on firsttoken.quarter_hours (bucket);
create index if not exists idx_quarter_hours_failed on firsttoken.quarter_hours (track_id, bucket)
  where n_failed > 0;

-- Raw rows before pruned_until are deleted or about to be, so rollups before it are final. One row.
create table if not exists public.retention (
  only_row boolean primary key default true check (only_row),
  pruned_until timestamptz not null default '-infinity'
);
insert into public.retention default values on conflict do nothing;

-- The leaderboards: a row for a period, a metric and a track. value is what is ranked: the median (ttft, ttfa
-- and latency in ms, tps), the percentage of checks that no provider failed (uptime), dollars per answer
-- (cost). low and high bound it with 95 % confidence. rank and rank_to are null if there are too few samples
-- to publish.
create table if not exists public.target_summary (
  period text not null check (period in ('24h', '7d', '30d')),
  metric text not null,
  track_id integer not null references public.tracks (id) on delete cascade,
  n integer not null,
  n_hours integer not null,
  n_days integer not null,
  value double precision,
  low double precision,
  high double precision,
  mean double precision,
  sd double precision,
  p90 double precision,
  p95 double precision,
  p99 double precision,
  rank integer,
  rank_to integer,
  refreshed_at timestamptz not null,
  primary key (period, metric, track_id)
);
create index if not exists idx_target_summary_track_id on public.target_summary (track_id);

-- The next leaderboards while they are made, some tracks at a time: what target_summary will hold, without
-- ranks.
create table if not exists firsttoken.summary_drafts (
  period text not null,
  metric text not null,
  track_id integer not null references public.tracks (id) on delete cascade,
  n integer not null,
  n_hours integer not null,
  n_days integer not null,
  value double precision,
  low double precision,
  high double precision,
  mean double precision,
  sd double precision,
  p90 double precision,
  p95 double precision,
  p99 double precision,
  drafted_at timestamptz not null,
  primary key (track_id, period, metric)
);
