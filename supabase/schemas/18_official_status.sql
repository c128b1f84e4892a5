-- What providers say of themselves on their status pages. Both tables name a provider by its short name and
-- outlive it; src/core/official-status.ts has the words.

create table if not exists public.official_statuses (
  provider text primary key
    constraint official_statuses_provider_length check (octet_length(provider) <= 200),
  -- When somebody last began to ask, which keeps others from asking at once.
  claimed_at timestamptz not null,
  -- When the page was last asked to the end, and when its answer was last understood.
  checked_at timestamptz,
  ok_at timestamptz,
  indicator text not null default 'unknown' check (indicator in (
    'operational', 'under_maintenance', 'unknown', 'degraded_performance', 'partial_outage',
    'major_outage')),
  -- In the words of the page, or the components that are not well.
  summary text constraint official_statuses_summary_length check (octet_length(summary) <= 4000),
  -- Why the last answer was not understood; null if it was.
  error text check (error in ('unreachable', 'http_error', 'redirected', 'unreadable')),
  -- [{id, name, starts_at, ends_at, url}]: work that is announced.
  maintenances jsonb not null default '[]',
  -- {url: {header: value}}: with what each document is asked for only if it changed.
  validators jsonb not null default '{}'
);

create table if not exists public.official_incidents (
  provider text not null
    constraint official_incidents_provider_length check (octet_length(provider) <= 200),
  -- What the status page calls it.
  external_id text not null
    constraint official_incidents_external_id_length check (octet_length(external_id) <= 400),
  name text not null constraint official_incidents_name_length check (octet_length(name) <= 400),
  impact text not null check (impact in ('none', 'minor', 'major', 'critical', 'maintenance', 'unknown')),
  status text not null
    check (status in ('investigating', 'identified', 'monitoring', 'resolved', 'postmortem', 'unknown')),
  -- When it began, as they say, often later than they publish it.
  started_at timestamptz not null,
  -- It was published after not_seen_at, when the page was last read without it (null if it never was), and
  -- before first_seen_at.
  not_seen_at timestamptz,
  first_seen_at timestamptz not null default now(),
  -- Their own moment, or when it was no longer listed.
  resolved_at timestamptz,
  page_url text constraint official_incidents_page_url_length check (octet_length(page_url) <= 2000),
  components text[] not null default '{}'
    constraint official_incidents_components_length check (octet_length(components::text) <= 20000),
  primary key (provider, external_id)
);
create index if not exists idx_official_incidents_started_at
  on public.official_incidents (provider, started_at desc);
create index if not exists idx_official_incidents_open on public.official_incidents (provider)
  where resolved_at is null;
