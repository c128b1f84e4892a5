-- The five tables that every query relies on. A database that has them already (an earlier Benchmark Engine) keeps
-- its rows; the next file adds what is missing.

create table if not exists public.providers (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  base_url text,
  logo_url text,
  created_at timestamptz not null default now()
);
create index if not exists idx_providers_name on public.providers (name);

create table if not exists public.models (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  provider_id uuid not null references public.providers (id) on delete cascade,
  context_window integer,
  created_at timestamptz not null default now(),
  unique (name, provider_id)
);
create index if not exists idx_models_provider_id on public.models (provider_id);
create index if not exists idx_models_name on public.models (name);

create table if not exists public.prices (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  input_price_per_m double precision not null,
  output_price_per_m double precision not null,
  "timestamp" timestamptz not null default now()
);
create index if not exists idx_prices_provider_id on public.prices (provider_id);
create index if not exists idx_prices_model_id on public.prices (model_id);
create index if not exists idx_prices_timestamp on public.prices ("timestamp");

create table if not exists public.runs (
  id uuid primary key default gen_random_uuid(),
  run_name text not null,
  triggered_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);

create table if not exists public.benchmark_results (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references public.runs (id) on delete cascade,
  provider_id uuid references public.providers (id) on delete set null,
  model_id uuid references public.models (id) on delete set null,
  provider text,
  model text,
  input_tokens integer,
  output_tokens integer,
  total_latency_ms double precision not null,
  ttft_ms double precision,
  tps double precision,
  status_code integer,
  success boolean not null default true,
  error_message text,
  response_text text,
  cost_usd double precision,
  created_at timestamptz not null default now()
);
create index if not exists idx_benchmark_results_run_id on public.benchmark_results (run_id);
create index if not exists idx_benchmark_results_provider_id on public.benchmark_results (provider_id);
create index if not exists idx_benchmark_results_model_id on public.benchmark_results (model_id);
create index if not exists idx_benchmark_results_provider on public.benchmark_results (provider);
create index if not exists idx_benchmark_results_model on public.benchmark_results (model);
create index if not exists idx_benchmark_results_created_at on public.benchmark_results (created_at);

-- Unknown is not zero.
alter table public.benchmark_results
  alter column input_tokens drop not null,
  alter column output_tokens drop not null,
  alter column cost_usd drop not null;
