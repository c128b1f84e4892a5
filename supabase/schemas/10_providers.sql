-- Providers, their models, what those cost, and what is benchmarked. Everything that is not the API of the
-- database lives in the schema firsttoken, which PostgREST does not expose.

create schema if not exists firsttoken;

create table if not exists public.providers (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  base_url text,
  logo_url text,
  created_at timestamptz not null default now(),
  slug text unique,
  synthetic boolean not null default false,
  -- Until when the provider asked us to pause.
  penalty_until timestamptz,
  -- How many calls of a fleet it takes at once from a region; null: 4.
  lanes integer constraint providers_lanes_check check (lanes between 1 and 64)
);
create index if not exists idx_providers_name on public.providers (name);

create table if not exists public.models (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  provider_id uuid not null references public.providers (id) on delete cascade,
  context_window integer,
  created_at timestamptz not null default now(),
  available boolean,
  last_seen_at timestamptz,
  display_name text,
  type text check (type in (
    'chat', 'responses', 'completion', 'embedding', 'rerank', 'moderation', 'image', 'video', 'audio',
    'other')),
  output_limit integer,
  input_modalities text[],
  output_modalities text[],
  supported_parameters text[],
  deprecated_on date,
  shutdown_on date,
  left_at timestamptz,
  unique (name, provider_id)
);
create index if not exists idx_models_provider_id on public.models (provider_id);
create index if not exists idx_models_name on public.models (name);

-- The price history: a row for every change. src/core/price.ts applies a price.
create table if not exists public.prices (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  input_price_per_m double precision not null,
  output_price_per_m double precision not null,
  "timestamp" timestamptz not null default now(),
  cached_price_per_m double precision,
  reasoning_price_per_m double precision,
  source text,
  cache_write_price_per_m double precision,
  -- [{over_input_tokens, from_utc, to_utc, and the rates that apply then}]; the later entry wins.
  overrides jsonb not null default '[]',
  -- The day or moment the source describes.
  as_of timestamptz,
  -- Ends a price that nothing replaces.
  valid_until timestamptz
);
create index if not exists idx_prices_provider_id on public.prices (provider_id);
create index if not exists idx_prices_model_id on public.prices (model_id);
create index if not exists idx_prices_timestamp on public.prices ("timestamp");
create index if not exists idx_prices_model_id_timestamp on public.prices (model_id, "timestamp" desc);

-- What is benchmarked. active: true, in every run; false, switched off by hand; null, so far only called by
-- hand.
create table if not exists public.targets (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  parameters jsonb not null,
  region text,
  active boolean default true,
  created_at timestamptz not null default now(),
  -- What is too slow, whatever is usual: {ttft_ms, latency_ms}, each or none.
  limits jsonb,
  -- What is good enough: {days, availability: share, ttft and latency: {within_ms, share}}, each or none.
  slo jsonb,
  -- How far apart its scheduled calls are at least; null: it is called in every slot of the schedule.
  every_minutes integer constraint targets_every_minutes_check check (every_minutes between 1 and 1440),
  -- The longer interval that a budget leaves it, by the plan of the last slot; null: it is not thinned.
  thinned_minutes integer
    constraint targets_thinned_minutes_check check (thinned_minutes between 1 and 1440),
  unique nulls not distinct (model_id, parameters, region)
);
create index if not exists idx_targets_provider_id on public.targets (provider_id);

-- One row for each provider that was asked for its models.
create table if not exists public.syncs (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  triggered_by text not null,
  status text not null check (status in ('saved', 'refused', 'failed')),
  reason text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  n_listed integer not null default 0,
  n_chat integer not null default 0,
  n_unreadable integer not null default 0,
  n_added integer not null default 0,
  n_left integer not null default 0,
  n_returned integer not null default 0,
  n_changed integer not null default 0,
  n_prices integer not null default 0,
  n_conflicts integer not null default 0,
  n_leaving integer not null default 0,
  n_unpriced integer not null default 0,
  -- {added, left, returned, changed: [model], prices: [{model, before, price}],
  -- conflicts: [{model, chosen, other, gap}], leaving: [{target, shutdown_on, successor, healed}]}
  details jsonb not null default '{}'
);
create index if not exists idx_syncs_provider_id_started_at on public.syncs (provider_id, started_at desc);
create index if not exists idx_syncs_started_at on public.syncs (started_at desc);
