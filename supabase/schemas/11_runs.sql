-- Runs, who works on them, their probes, and what the calls of a day cost.

create table if not exists public.runs (
  id uuid primary key default gen_random_uuid(),
  run_name text not null,
  triggered_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  schedule text,
  slot timestamptz,
  mode text not null default 'multi',
  status text not null default 'running'
    check (status in ('queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed')),
  region text not null default 'local',
  synthetic boolean not null default false,
  settings jsonb not null default '{}',
  n_probes integer not null default 0,
  n_succeeded integer not null default 0,
  n_failed integer not null default 0,
  n_skipped integer not null default 0,
  -- Probes that have not begun by then are skipped: the next slot.
  late_at timestamptz,
  -- Why a run was missed or abandoned, or does not count against a provider.
  status_reason text,
  -- Of a run on demand: when it was asked for, by whom, and by which call, both as hashes; started_at is the
  -- moment it left the queue.
  queued_at timestamptz,
  client text,
  idempotency_key text unique,
  -- What its caller allowed it to cost.
  max_cost_usd double precision,
  cancel_requested_at timestamptz
);
-- One run per schedule and slot.
create unique index if not exists runs_schedule_slot_key on public.runs (schedule, slot);
create index if not exists idx_runs_started_at on public.runs (started_at desc);
create index if not exists idx_runs_running on public.runs (started_at) where status = 'running';
create index if not exists idx_runs_queued on public.runs (queued_at, id) where status = 'queued';
create index if not exists idx_runs_client on public.runs (client, queued_at) where queued_at is not null;
-- For read_health, which anyone can call through /api/health: one index lookup, however many runs there are.
create index if not exists idx_runs_schedule_finished_at on public.runs (schedule, finished_at desc)
  where status = 'finished';

-- A run has one worker per region at a time, which holds the lease of the region.
create table if not exists public.run_workers (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null,
  owner text not null,
  lease_until timestamptz not null,
  primary key (run_id, region)
);

-- When a concurrent run or a sweep loads a provider from a region: from its first claim until it is closed,
-- or its last claim has expired. Results of that time are no samples.
create table if not exists public.provider_loads (
  run_id uuid not null references public.runs (id) on delete cascade,
  provider_id uuid not null references public.providers (id) on delete cascade,
  region text not null,
  began_at timestamptz not null,
  lease_until timestamptz not null,
  primary key (run_id, provider_id, region)
);
create index if not exists idx_provider_loads on public.provider_loads (provider_id, region, lease_until);

create table if not exists public.probes (
  id uuid primary key,
  run_id uuid not null references public.runs (id) on delete cascade,
  target_id uuid not null references public.targets (id) on delete cascade,
  result_id uuid not null unique,
  ordinal integer not null,
  iteration integer not null,
  region text not null,
  series text not null,
  price jsonb,
  status text not null default 'planned'
    check (status in ('planned', 'claimed', 'done', 'failed', 'skipped')),
  claims integer not null default 0,
  claim_id uuid,
  lease_owner text,
  lease_until timestamptz,
  skip_reason text,
  -- The probe that this one rechecks.
  confirms uuid references public.probes (id) on delete set null,
  -- Reserved when the probe is claimed, and replaced by the actual cost; input_usd is the part that a failed
  -- call may have cost too.
  estimate_usd double precision,
  input_usd double precision,
  reserved_usd double precision,
  reserved_on date,
  -- The provider of the target, so that claiming by provider is an index lookup.
  provider_id uuid,
  -- Its result is no sample: it only warms caches and connections up.
  warmup boolean not null default false,
  -- The size that filler brings its prompt to; null without filler.
  context_tokens integer,
  -- Of a sweep: the level, from 0, and when it is due, after its level began; null in a closed loop.
  level integer,
  due_ms double precision,
  -- Of a sweep: what it says, by names in the settings of its run; src/core/work.ts has the fields.
  asks jsonb,
  -- Of a fleet: the shard of its run and region that it is made with.
  shard integer,
  unique (run_id, ordinal),
  unique (run_id, claim_id)
);
-- By ordinal as it is, the index of all probes would do for a claim, too: a plan that is made when none is
-- done yet may choose it, and walks over all that are done, at each claim over more.
create index if not exists idx_probes_next on public.probes (run_id, region, (ordinal::bigint))
  where status in ('planned', 'claimed');
create index if not exists idx_probes_next_of_provider
  on public.probes (run_id, region, provider_id, (ordinal::bigint)) where status in ('planned', 'claimed');
-- Whether a run has a probe of a target is one look-up.
create index if not exists idx_probes_target_id_run_id on public.probes (target_id, run_id);
create index if not exists idx_probes_confirms on public.probes (confirms) where confirms is not null;
create index if not exists idx_probes_shard on public.probes (run_id, region, shard) where shard is not null;

-- What the calls of a day (UTC) cost, or may cost while they are in progress, in parts, so that those who
-- record do not wait for each other at one row. A part alone says nothing, and may be negative.
create table if not exists firsttoken.spending_parts (
  day date not null,
  usd double precision not null default 0,
  part integer not null,
  primary key (day, part)
);

create or replace view public.spending with (security_invoker = true) as
  select s.day, sum(s.usd) as usd from firsttoken.spending_parts s group by s.day;
