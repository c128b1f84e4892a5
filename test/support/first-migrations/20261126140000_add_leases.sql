-- Who is at a run, what a call may cost, and what its result says of limits.

-- A run in one region has one worker at a time: probes of a region are made one after another by it, or lane by lane.
create table if not exists public.run_workers (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null,
  owner text not null,
  lease_until timestamptz not null,
  primary key (run_id, region)
);

-- late_at: probes that have not begun by then are skipped. status_reason: why a run was missed or abandoned, or is no fair one.
alter table public.runs
  add column if not exists late_at timestamptz,
  add column if not exists status_reason text;
alter table public.runs drop constraint if exists runs_status_check;
alter table public.runs add constraint runs_status_check
  check (status in ('running', 'finished', 'cancelled', 'abandoned', 'missed'));
create index if not exists idx_runs_running on public.runs (started_at) where status = 'running';

-- estimate_usd is reserved when the probe is claimed, and what it really cost takes its place; input_usd is the part that a
-- failed call may have cost as well.
alter table public.probes
  add column if not exists estimate_usd double precision,
  add column if not exists input_usd double precision,
  add column if not exists reserved_usd double precision,
  add column if not exists reserved_on date;

-- What the calls of a day (UTC) cost, or may cost while they are under way.
create table if not exists public.spending (
  day date primary key,
  usd double precision not null default 0
);

-- Until when a provider asked to be left alone.
alter table public.providers add column if not exists penalty_until timestamptz;

-- confirms: the result that this one checks again. fault_domain_was: before a run was found to be our own outage.
alter table public.benchmark_results
  add column if not exists confirms uuid,
  add column if not exists fault_domain_was text,
  add column if not exists rate_limits jsonb,
  add column if not exists retry_after_ms double precision;
create index if not exists idx_benchmark_results_confirms on public.benchmark_results (confirms) where confirms is not null;

alter table public.run_workers enable row level security;
alter table public.spending enable row level security;
