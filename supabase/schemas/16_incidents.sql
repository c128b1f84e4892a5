-- Incidents, what happened to each, who is told, and what the public is told. An incident is opened, changed
-- and resolved with its events and its deliveries in one transaction; src/core/incident.ts has the words.

-- Something that was wrong. It names its target and outlives it, so target_id refers to nothing.
create table if not exists public.incidents (
  id uuid primary key,
  -- target/<target id>/<region>, model/<model id>, provider/<slug> or system.
  scope text not null constraint incidents_scope_length check (octet_length(scope) <= 300),
  kind text not null check (kind in (
    'down', 'errors', 'slow', 'limit', 'slo', 'misconfigured', 'drift', 'price_change', 'model_gone',
    'model_swap', 'provider_wide', 'own_outage', 'silent', 'budget', 'calibration')),
  severity text not null check (severity in ('info', 'minor', 'major', 'critical')),
  provider text constraint incidents_provider_length check (octet_length(provider) <= 200),
  model text constraint incidents_model_length check (octet_length(model) <= 1000),
  target_id uuid,
  region text constraint incidents_region_length check (octet_length(region) <= 200),
  -- When the first result of it was made, and when it was judged.
  first_bad_at timestamptz not null,
  opened_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text
    constraint incidents_acknowledged_by_length check (octet_length(acknowledged_by) <= 200),
  resolved_at timestamptz,
  resolve_reason text
    check (resolve_reason in ('recovered', 'superseded', 'gone', 'by_hand', 'expired')),
  -- Shown, and told to nobody.
  shadow boolean not null default false,
  -- The incident of the whole provider, which tells it.
  parent_id uuid references public.incidents (id) on delete set null,
  -- Told by the digest alone, because it opens all the time.
  flapping boolean not null default false,
  evidence jsonb not null default '{}',
  check ((resolved_at is null) = (resolve_reason is null))
);
-- One open incident per scope and kind: whoever opens it second finds it there.
create unique index if not exists incidents_open_key on public.incidents (scope, kind)
  where resolved_at is null;
create index if not exists idx_incidents_scope on public.incidents (scope, opened_at desc);
create index if not exists idx_incidents_scope_resolved_at on public.incidents (scope, resolved_at desc);
create index if not exists idx_incidents_opened_at on public.incidents (opened_at desc, id desc);
create index if not exists idx_incidents_provider on public.incidents (provider, opened_at desc, id desc);
create index if not exists idx_incidents_open_target on public.incidents (target_id)
  where resolved_at is null;
create index if not exists idx_incidents_parent_id on public.incidents (parent_id)
  where parent_id is not null;

-- What happened to incidents. Append-only: whoever changes an incident adds the event in the same
-- transaction.
create table if not exists public.incident_events (
  id bigint generated always as identity primary key,
  incident_id uuid not null references public.incidents (id) on delete cascade,
  at timestamptz not null default now(),
  type text not null
    check (type in ('opened', 'worsened', 'acknowledged', 'noted', 'reminded', 'resolved')),
  -- Who, if a person did it.
  actor text constraint incident_events_actor_length check (octet_length(actor) <= 200),
  detail jsonb not null default '{}'
);
create index if not exists idx_incident_events_incident_id on public.incident_events (incident_id, id);

-- How far a scope is evaluated. Whoever applies transitions says which version it had read: of two that
-- evaluate at once, the second finds another version, applies nothing and evaluates again.
create table if not exists public.alert_states (
  scope text primary key constraint alert_states_scope_length check (octet_length(scope) <= 300),
  version integer not null,
  -- The moment of the latest result that was considered.
  evaluated_until timestamptz not null
);

-- Who is told. Those of the environment are saved at each start, so that their deliveries and failures have a
-- home; no secret is in it: secrets names variables.
create table if not exists public.alert_channels (
  name text primary key constraint alert_channels_name_length check (octet_length(name) <= 400),
  kind text not null check (kind in (
    'webhook', 'slack', 'discord', 'teams', 'telegram', 'ntfy', 'pagerduty', 'email', 'template')),
  source text not null check (source in ('environment', 'entered')),
  enabled boolean not null default true,
  min_severity text not null check (min_severity in ('info', 'minor', 'major', 'critical')),
  -- All kinds of incidents, if empty.
  kinds text[] not null default '{}'
    check (kinds <@ array[
      'down', 'errors', 'slow', 'limit', 'slo', 'misconfigured', 'drift', 'price_change', 'model_gone',
      'model_swap', 'provider_wide', 'own_outage', 'silent', 'budget', 'calibration']),
  settings jsonb not null default '{}',
  secrets jsonb not null default '{}',
  -- Why it is told nothing anymore, such as a 410 of its address.
  disabled_reason text
    constraint alert_channels_disabled_reason_length check (octet_length(disabled_reason) <= 4000),
  consecutive_failures integer not null default 0,
  created_at timestamptz not null default now(),
  -- How many deliveries it took, and how many were given up, those that are deleted by now too.
  n_sent bigint not null default 0,
  n_dead bigint not null default 0,
  -- Since when it is sent the digest of each week; null if it is not. PagerDuty would call somebody.
  weekly_since timestamptz
    constraint alert_channels_weekly_check check (kind <> 'pagerduty' or weekly_since is null)
);

-- The outbox: what happened to an incident, on its way to a channel. It is written with the event and sent
-- after the commit. id stays the same at every attempt, so that receivers know a repetition.
create table if not exists public.notification_deliveries (
  id uuid primary key default gen_random_uuid(),
  -- Null for a test, and for the digest of a week.
  incident_id uuid references public.incidents (id) on delete cascade,
  -- undelivered: another channel could not be told, to the one that is for that.
  event text not null check (event in (
    'opened', 'worsened', 'acknowledged', 'reminded', 'resolved', 'undelivered', 'test', 'weekly')),
  -- Counts the events of a kind that an incident may have several times.
  seq integer not null default 0,
  channel text not null
    constraint notification_deliveries_channel_length check (octet_length(channel) <= 400),
  -- {at, incident}: the incident as it was then, so that every attempt says the same. Of what is undelivered
  -- also {undelivered: {event, seq, channel, error}}; of a digest {week}, as read_week has it.
  payload jsonb not null,
  -- held: waits to be told with others. replaced: something else tells it, or nothing needs to.
  state text not null default 'pending'
    check (state in ('pending', 'held', 'sending', 'sent', 'dead', 'replaced')),
  -- Whether it was held before it was claimed.
  held boolean not null default false,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Who is sending it, and until when that is believed.
  claim_id uuid,
  locked_until timestamptz,
  last_error text
    constraint notification_deliveries_last_error_length check (octet_length(last_error) <= 4000),
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  -- Of a digest that is sent by itself: 2026-W48.
  week text check (week ~ '^\d{4}-W\d{2}$'),
  constraint notification_deliveries_key unique (incident_id, channel, event, seq)
);
create unique index if not exists notification_deliveries_week_key
  on public.notification_deliveries (week, channel);
create index if not exists idx_notification_deliveries_open
  on public.notification_deliveries (created_at, seq, id) where state in ('pending', 'held', 'sending');
create index if not exists idx_notification_deliveries_sent
  on public.notification_deliveries (channel, sent_at desc) where state = 'sent';
create index if not exists idx_notification_deliveries_created_at
  on public.notification_deliveries (created_at desc, id desc);
create index if not exists idx_notification_deliveries_channel
  on public.notification_deliveries (channel, created_at desc, id desc);

-- When results of a scope ('all', 'provider/<slug>' or 'target/<id>') do not count, and nothing is told of
-- it: once, from starts_at to ends_at; or by a cron expression in a time zone, between these two if given.
create table if not exists public.maintenance_windows (
  id uuid primary key,
  name text not null constraint maintenance_windows_name_length check (octet_length(name) <= 400),
  scope text not null constraint maintenance_windows_scope_length check (octet_length(scope) <= 300),
  starts_at timestamptz,
  ends_at timestamptz,
  cron text constraint maintenance_windows_cron_length check (octet_length(cron) <= 200),
  duration_minutes integer check (duration_minutes between 1 and 10080),
  time_zone text constraint maintenance_windows_time_zone_length check (octet_length(time_zone) <= 200),
  reason text constraint maintenance_windows_reason_length check (octet_length(reason) <= 4000),
  created_at timestamptz not null default now(),
  check (ends_at > starts_at),
  check ((cron is null) = (duration_minutes is null) and (cron is null) = (time_zone is null)),
  check (cron is not null or starts_at is not null and ends_at is not null)
);

-- Numbers by which a kind of incident is judged, if they are not the usual ones: {ratio: 2}. They are set by
-- firsttoken.yaml alone; src/alerts/thresholds.ts has what there is, and leaves alone what it does not know.
create table if not exists public.alert_rules (
  kind text primary key check (octet_length(kind) <= 100),
  thresholds jsonb not null check (jsonb_typeof(thresholds) = 'object'
    and not jsonb_path_exists(thresholds, '$.* ? (@.type() <> "number")'))
);

-- What is usual for a track, in ms: kept for an hour, because two weeks are many samples. tpot is 1000 / tps.
create table if not exists public.baselines (
  track_id integer not null references public.tracks (id) on delete cascade,
  metric text not null check (metric in ('ttft', 'latency', 'tpot')),
  computed_at timestamptz not null,
  n integer not null,
  days integer not null,
  p50 double precision,
  p95 double precision,
  primary key (track_id, metric)
);

-- How a component, or the group of a provider, differs from what it is by itself: null is as it is by itself.
-- key: <provider>/<model>, as firsttoken.name_components writes it, or the short name of a provider.
create table if not exists public.status_components (
  key text primary key check (octet_length(key) <= 1200),
  name text check (octet_length(name) <= 800),
  -- The group of a component; without one, its provider.
  group_name text check (octet_length(group_name) <= 800),
  -- Components and groups with a position come first.
  position integer,
  hidden boolean not null default false,
  description text check (octet_length(description) <= 4000)
);

-- What a person tells everybody. incident_id: what it is about, an incident or the note that began a story of
-- its own; null begins one. It names incidents that may be deleted, so it refers to nothing.
create table if not exists public.status_notes (
  id uuid primary key,
  incident_id uuid,
  state text not null check (state in ('investigating', 'identified', 'monitoring', 'resolved')),
  title text check (octet_length(title) <= 800),
  body text not null check (octet_length(body) <= 8000),
  -- Keys of components.
  components text[] not null default '{}' check (cardinality(components) <= 200),
  author text not null check (octet_length(author) <= 800),
  created_at timestamptz not null default now(),
  check (incident_id is not null or title is not null)
);
create index if not exists idx_status_notes_created_at on public.status_notes (created_at desc, id desc);
