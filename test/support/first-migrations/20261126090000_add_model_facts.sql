-- What providers say of their models, whole prices, both costs of a result, and the history of syncs.

alter table public.models
  add column if not exists display_name text,
  add column if not exists type text check (type in (
    'chat', 'responses', 'completion', 'embedding', 'rerank', 'moderation', 'image', 'video', 'audio', 'other')),
  add column if not exists output_limit integer,
  add column if not exists input_modalities text[],
  add column if not exists output_modalities text[],
  add column if not exists supported_parameters text[],
  add column if not exists deprecated_on date,
  add column if not exists shutdown_on date,
  add column if not exists left_at timestamptz;

-- overrides: [{over_input_tokens, from_utc, to_utc, and the rates that then hold}], the later winning; src/core/price.ts
-- applies them. as_of is the day or moment that the source stands for; valid_until ends a price that nothing replaces.
alter table public.prices
  add column if not exists cache_write_price_per_m double precision,
  add column if not exists overrides jsonb not null default '[]',
  add column if not exists as_of timestamptz,
  add column if not exists valid_until timestamptz;

-- cost_usd is charged_usd where there is one, else computed_usd.
alter table public.benchmark_results
  add column if not exists cache_write_tokens integer,
  add column if not exists charged_usd double precision,
  add column if not exists computed_usd double precision;

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
  -- {added, left, returned, changed: [model], prices: [{model, before, price}], conflicts: [{model, chosen, other, gap}],
  -- leaving: [{target, shutdown_on, successor, healed}]}
  details jsonb not null default '{}'
);
create index if not exists idx_syncs_provider_id_started_at on public.syncs (provider_id, started_at desc);
create index if not exists idx_syncs_started_at on public.syncs (started_at desc);

alter table public.syncs enable row level security;
