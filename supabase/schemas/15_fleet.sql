-- A fleet: many workers that make the same run. What one lane makes in one window is a shard; a lane is the
-- right to have one call in flight at a provider from a region.

-- A worker takes a shard with a lane and makes its probes one after another. Whoever finds its lease expired
-- takes it over.
create table if not exists public.shards (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null constraint shards_region_length check (octet_length(region) <= 200),
  -- From 0 within its run and region.
  shard integer not null constraint shards_shard_check check (shard >= 0),
  -- As that of probes: they go with their targets.
  provider_id uuid not null,
  -- It may not be taken before; while it is open again, when it may be next.
  window_at timestamptz not null,
  -- To be called when it was planned; a recheck is one more.
  n_probes integer not null,
  status text not null default 'open'
    constraint shards_status_check check (status in ('open', 'taken', 'done')),
  owner text constraint shards_owner_length check (octet_length(owner) <= 400),
  lane integer,
  claim_id uuid,
  lease_until timestamptz,
  -- How often it was claimed, and how many of these claims lost their lease before it was finished.
  takes integer not null default 0,
  lost integer not null default 0,
  -- When workers were last told of it.
  sent_at timestamptz,
  taken_at timestamptz,
  done_at timestamptz,
  primary key (run_id, region, shard)
);
create unique index if not exists idx_shards_claim_id on public.shards (run_id, claim_id)
  where claim_id is not null;
create index if not exists idx_shards_open on public.shards (region, window_at) where status <> 'done';

-- A row for each call that may be in flight, made with the first shard: there are no more, whoever asks. Free
-- is one without a lease, or whose lease is over.
create table if not exists public.lanes (
  provider_id uuid not null references public.providers (id) on delete cascade,
  region text not null constraint lanes_region_length check (octet_length(region) <= 200),
  lane integer not null,
  owner text constraint lanes_owner_length check (octet_length(owner) <= 400),
  run_id uuid,
  shard integer,
  lease_until timestamptz,
  primary key (provider_id, region, lane)
);

-- Workers of the fleet, as they last said of themselves; those that were silent for a day are forgotten.
create table if not exists public.fleet_workers (
  owner text primary key constraint fleet_workers_owner_length check (octet_length(owner) <= 400),
  region text not null constraint fleet_workers_region_length check (octet_length(region) <= 200),
  host text not null constraint fleet_workers_host_length check (octet_length(host) <= 400),
  version text not null constraint fleet_workers_version_length check (octet_length(version) <= 200),
  started_at timestamptz not null default clock_timestamp(),
  beat_at timestamptz not null,
  -- Lanes that it drives at once, and shards that it has now.
  concurrency integer not null,
  in_hand integer not null,
  -- By how much its event loop is late, in ms.
  lag_ms double precision not null,
  -- Probes since it started.
  made bigint not null,
  leaving boolean not null
);
