-- The five tables and the indexes of the first Benchmark Engine, to compare with.

create table providers (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  base_url text,
  logo_url text,
  created_at timestamptz default now()
);
create index idx_providers_name on providers (name);

create table models (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  provider_id uuid not null references providers (id) on delete cascade,
  context_window integer,
  created_at timestamptz default now(),
  unique (name, provider_id)
);
create index idx_models_provider_id on models (provider_id);
create index idx_models_name on models (name);

create table prices (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references providers (id) on delete cascade,
  model_id uuid not null references models (id) on delete cascade,
  input_price_per_m double precision not null,
  output_price_per_m double precision not null,
  "timestamp" timestamptz default now()
);
create index idx_prices_provider_id on prices (provider_id);
create index idx_prices_model_id on prices (model_id);
create index idx_prices_timestamp on prices ("timestamp");

create table runs (
  id uuid primary key default gen_random_uuid(),
  run_name text not null,
  triggered_by text not null,
  started_at timestamptz default now(),
  finished_at timestamptz
);

create table benchmark_results (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references runs (id) on delete cascade,
  provider_id uuid references providers (id) on delete set null,
  model_id uuid references models (id) on delete set null,
  provider text,
  model text,
  input_tokens integer not null,
  output_tokens integer not null,
  total_latency_ms double precision not null,
  ttft_ms double precision,
  tps double precision,
  status_code integer,
  success boolean not null default true,
  error_message text,
  response_text text,
  cost_usd double precision not null,
  created_at timestamptz default now()
);
create index idx_benchmark_results_run_id on benchmark_results (run_id);
create index idx_benchmark_results_provider_id on benchmark_results (provider_id);
create index idx_benchmark_results_model_id on benchmark_results (model_id);
create index idx_benchmark_results_provider on benchmark_results (provider);
create index idx_benchmark_results_model on benchmark_results (model);
create index idx_benchmark_results_created_at on benchmark_results (created_at);
