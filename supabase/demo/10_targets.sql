-- What the demo benchmarks: models of the known providers, with how fast and how dear each is supposed to be.
-- All of it is made up, and every provider is marked synthetic. Runs in an empty database, once.

create schema demo;

create table demo.settings (
  seed double precision, since timestamptz, until timestamptz, dense_since timestamptz
);
create table demo.regions (n integer primary key, region text not null, near text not null);
insert into demo.regions values (0, 'fra1', 'west'), (1, 'iad1', 'west'), (2, 'hnd1', 'east');

-- Texts of answers, and how many tokens each has.
create table demo.answers (n integer primary key, text text not null, tokens integer not null);

-- Median TTFT in ms and tokens per second, USD per million tokens, tokens that it thinks before it answers.
create table demo.catalog (
  slug text, place integer, model text, ttft double precision, tps double precision,
  input_price double precision, output_price double precision, thinks integer, primary key (slug, place)
);
insert into demo.catalog values
  ('openai', 1, 'gpt-6-luna', 410, 148, 0.15, 0.6, 0),
  ('openai', 2, 'gpt-5.6-luna', 455, 131, 0.2, 0.8, 0),
  ('openai', 3, 'gpt-5.4-nano', 320, 176, 0.05, 0.4, 0),
  ('openai', 4, 'gpt-4o-mini', 380, 92, 0.15, 0.6, 0),
  ('openai', 5, 'gpt-6-astra', 620, 84, 1.75, 14, 260),
  ('openai', 6, 'gpt-4.1-mini', 430, 104, 0.4, 1.6, 0),
  ('anthropic', 1, 'claude-haiku-4-5', 520, 142, 1, 5, 0),
  ('anthropic', 2, 'claude-sonnet-4-6', 880, 71, 3, 15, 0),
  ('anthropic', 3, 'claude-opus-4-7', 1320, 52, 5, 25, 0),
  ('anthropic', 4, 'claude-sonnet-4-5', 940, 66, 3, 15, 0),
  ('anthropic', 5, 'claude-opus-4-5', 1410, 48, 5, 25, 0),
  ('anthropic', 6, 'claude-3-5-haiku', 690, 63, 0.8, 4, 0),
  ('gemini', 1, 'gemini-3.5-flash-lite', 340, 268, 0.1, 0.4, 0),
  ('gemini', 2, 'gemini-3.5-flash', 510, 204, 0.3, 2.5, 0),
  ('gemini', 3, 'gemini-3.1-flash-lite', 365, 241, 0.1, 0.4, 0),
  ('gemini', 4, 'gemini-2.5-flash-lite', 350, 226, 0.1, 0.4, 0),
  ('gemini', 5, 'gemini-3.5-pro', 2150, 96, 2, 12, 420),
  ('gemini', 6, 'gemini-2.5-flash', 470, 187, 0.3, 2.5, 0),
  ('groq', 1, 'openai/gpt-oss-20b', 185, 894, 0.075, 0.3, 60),
  ('groq', 2, 'openai/gpt-oss-120b', 230, 486, 0.15, 0.6, 90),
  ('groq', 3, 'qwen/qwen3.8-27b', 210, 402, 0.29, 0.59, 0),
  ('groq', 4, 'llama-3.3-70b-versatile', 225, 274, 0.59, 0.79, 0),
  ('groq', 5, 'llama-3.1-8b-instant', 160, 612, 0.05, 0.08, 0),
  ('groq', 6, 'moonshotai/kimi-k2.6', 295, 196, 1, 3, 0),
  ('together', 1, 'openai/gpt-oss-120b', 390, 118, 0.15, 0.6, 90),
  ('together', 2, 'openai/gpt-oss-20b', 310, 162, 0.05, 0.2, 60),
  ('together', 3, 'deepseek-ai/DeepSeek-V4-Flash-0731', 640, 83, 0.3, 1.1, 0),
  ('together', 4, 'Qwen/Qwen3.5-9B', 290, 141, 0.1, 0.15, 0),
  ('together', 5, 'meta-llama/Llama-3.3-70B-Instruct-Turbo', 420, 97, 0.88, 0.88, 0),
  ('together', 6, 'moonshotai/Kimi-K2.6', 710, 58, 1, 3, 0),
  ('openrouter', 1, 'openai/gpt-6-luna', 560, 139, 0.15, 0.6, 0),
  ('openrouter', 2, 'openai/gpt-oss-20b', 480, 210, 0.04, 0.16, 60),
  ('openrouter', 3, 'openai/gpt-oss-120b', 540, 152, 0.1, 0.5, 90),
  ('openrouter', 4, 'openai/gpt-4o-mini', 520, 88, 0.15, 0.6, 0),
  ('openrouter', 5, 'deepseek/deepseek-v4-flash', 930, 61, 0.25, 1, 0),
  ('openrouter', 6, 'anthropic/claude-haiku-4.5', 690, 134, 1, 5, 0),
  ('glm', 1, 'glm-5.3-flash', 610, 94, 0.07, 0.4, 0),
  ('glm', 2, 'glm-5.3', 980, 58, 0.6, 2.2, 180),
  ('glm', 3, 'glm-4.7-flashx', 480, 112, 0.07, 0.4, 0),
  ('glm', 4, 'glm-4.7-flash', 720, 68, 0, 0, 0),
  ('glm', 5, 'glm-4.5-air', 660, 76, 0.2, 1.1, 0),
  ('glm', 6, 'glm-4.7', 1040, 54, 0.6, 2.2, 0),
  ('kimi', 1, 'kimi-k2.6', 860, 47, 0.95, 4, 0),
  ('kimi', 2, 'kimi-k3', 1120, 41, 1.2, 5, 220),
  ('kimi', 3, 'kimi-k2-turbo', 590, 88, 1.15, 8, 0),
  ('kimi', 4, 'kimi-k2.5', 910, 44, 0.6, 3, 0),
  ('kimi', 5, 'kimi-latest', 830, 39, 0.6, 2.5, 0),
  ('kimi', 6, 'moonshot-v1-8k', 740, 33, 0.2, 2, 0),
  ('minimax', 1, 'MiniMax-M3', 790, 72, 0.3, 1.2, 0),
  ('minimax', 2, 'MiniMax-M2.7', 850, 66, 0.3, 1.2, 0),
  ('minimax', 3, 'MiniMax-M2.5', 880, 61, 0.3, 1.2, 0),
  ('minimax', 4, 'MiniMax-M2', 920, 55, 0.3, 1.2, 0),
  ('minimax', 5, 'MiniMax-M1', 1240, 38, 0.4, 2.2, 240),
  ('minimax', 6, 'MiniMax-Text-01', 970, 36, 0.2, 1.1, 0),
  ('deepseek', 1, 'deepseek-v4-flash', 770, 64, 0.14, 0.28, 0),
  ('deepseek', 2, 'deepseek-v4', 1060, 42, 0.5, 1.7, 0),
  ('deepseek', 3, 'deepseek-chat', 840, 49, 0.28, 0.42, 0),
  ('deepseek', 4, 'deepseek-reasoner', 1180, 46, 0.28, 0.42, 320),
  ('deepseek', 5, 'deepseek-v3.2', 890, 45, 0.28, 0.42, 0),
  ('deepseek', 6, 'deepseek-r2', 1350, 40, 0.55, 2.2, 360);

create table demo.targets (
  n integer primary key, target_id uuid, provider_id uuid, model_id uuid, slug text, model text,
  ttft double precision, tps double precision, thinks integer, failing double precision
);

-- The prices of each target, from when until when.
create table demo.prices (n integer, since timestamptz, until timestamptz, price jsonb);

-- What may go wrong: a failure, how long it takes, and whether the answer had begun.
create table demo.faults (
  n integer generated always as identity primary key, weight double precision, kind text, domain text,
  status_code integer, message text, has_begun boolean, lasts_ms double precision,
  retry_after_ms double precision
);
insert into demo.faults
  (weight, kind, domain, status_code, message, has_begun, lasts_ms, retry_after_ms) values
  (3, 'rate_limited', 'account', 429, 'Rate limit reached. Try again in 20 s.', false, 180, 20000),
  (1, 'rate_limited', 'account', 429, 'Too many requests', false, 150, null),
  (4, 'overloaded', 'provider', 503, 'The model is overloaded. Please try again later.', false, 1200, 30000),
  (3, 'server_error', 'provider', 500, 'The server had an error. Please retry.', false, 2500, null),
  (2, 'server_error', 'provider', 502, '502 Bad Gateway', false, 400, null),
  (2, 'timeout_first_token', 'provider', 200, 'no token within 60 s', false, 60000, null),
  (1, 'timeout_idle', 'provider', 200, 'no token for 30 s', true, 33000, null),
  (1, 'timeout_connect', 'provider', null, 'no connection within 10 s', false, 10000, null),
  (2, 'reset', 'provider', 200, 'the connection was reset: ECONNRESET', true, 1800, null),
  (2, 'truncated', 'provider', 200, 'the stream ended without a finish reason', true, 1400, null),
  (1, 'error_in_stream', 'provider', 200, 'upstream error: worker restarted', true, 1100, null),
  (1, 'empty', 'provider', 200, 'the answer has no text', false, 700, null),
  (0, 'auth', 'account', 401, 'Incorrect API key provided.', false, 120, null),
  (0, 'quota', 'account', 402, 'The balance of this account is used up.', false, 140, null),
  (0, 'connect', 'self', null, 'no route to host: EHOSTUNREACH', false, 30, null),
  (1, 'content_filter', 'excluded', 200, 'the answer was filtered', true, 800, null);

-- Outages and slow times: of a provider or of one target (null: all), in a region (null: all). A share of the
-- calls fails with the fault; the others take slow times as long.
create table demo.spells (
  slug text, n integer, region text, since timestamptz, until timestamptz, fault integer,
  share double precision, slow double precision
);

-- Runs and calls that are about to be stored.
create unlogged table demo.slots (
  run_id uuid, slot timestamptz, step interval, is_missed boolean, name text, schedule text, mode text,
  series text, rounds integer, of_target integer
);
create unlogged table demo.calls (
  run_id uuid, slot timestamptz, region text, ordinal integer, iteration integer, series text, n integer,
  probe_id uuid, result_id uuid, confirms uuid, confirms_probe uuid, began timestamptz, ended timestamptz,
  fault integer, ttft double precision, tps double precision, latency double precision, answer integer,
  visible integer, thought integer, connect double precision, stall double precision, quality text
);

-- An id of when, what and which: they grow with time, and the same demo twice has the same.
create function demo.id(moment timestamptz, kind integer, n integer) returns uuid
language sql immutable as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0')
    || '7' || lpad(to_hex(kind), 3, '0') || '8000' || lpad(to_hex(n), 12, '0'))::uuid
$$;
