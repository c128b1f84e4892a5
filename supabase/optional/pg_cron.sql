-- Triggers the benchmark, the weekly sync of models, the weekly pruning and the hourly leaderboards from the
-- database, for hosting plans whose own crons fire too rarely (Vercel Hobby: once a day).
--
-- Run it in the Supabase SQL editor after replacing the five values in step 1. It can be run again: the jobs
-- are replaced. The endpoint must be public and have CRON_SECRET set to the same secret. pg_cron and pg_net
-- come with every Supabase project; if they are missing, this file says so and changes nothing.

-- 1. Addresses and secret are kept in the vault, not in the text of the jobs.
do $$
declare
  settings constant jsonb := jsonb_build_object(
    'firsttoken_url', 'https://YOUR-PROJECT.vercel.app/api/cron/benchmark',
    'firsttoken_sync_url', 'https://YOUR-PROJECT.vercel.app/api/cron/sync-models',
    'firsttoken_prune_url', 'https://YOUR-PROJECT.vercel.app/api/cron/prune',
    'firsttoken_leaderboards_url', 'https://YOUR-PROJECT.vercel.app/api/cron/leaderboards',
    'firsttoken_cron_secret', 'YOUR-CRON-SECRET'
  );
  setting record;
  existing uuid;
begin
  if not exists (select 1 from pg_catalog.pg_available_extensions where name = 'pg_cron')
     or not exists (select 1 from pg_catalog.pg_available_extensions where name = 'pg_net') then
    raise exception using message = 'pg_cron and pg_net are not available here: '
      'use Vercel crons or pnpm tsx scripts/schedule.ts instead';
  end if;
  if settings::text like '%YOUR-%' then
    raise exception 'replace YOUR-PROJECT and YOUR-CRON-SECRET in step 1 first';
  end if;
  create extension if not exists pg_cron;
  create extension if not exists pg_net;
  for setting in select key, value from jsonb_each_text(settings) loop
    select id into existing from vault.secrets where name = setting.key;
    if existing is null then
      perform vault.create_secret(setting.value, setting.key);
    else
      perform vault.update_secret(existing, setting.value);
    end if;
  end loop;
end $$;

-- 2. A POST every 15 minutes. pg_net does not wait for the answer; the result is in the table runs.
select cron.schedule(
  'firsttoken-benchmark',
  '*/15 * * * *',
  $job$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_url'),
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'authorization', 'Bearer ' || (
        select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_cron_secret')
    ),
    body := '{}'::jsonb,
    timeout_milliseconds := 300000
  );
  $job$
);

-- 3. Models and prices once a week.
select cron.schedule(
  'firsttoken-sync-models',
  '0 2 * * 0',
  $job$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_sync_url'),
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'authorization', 'Bearer ' || (
        select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_cron_secret')
    ),
    body := '{}'::jsonb,
    timeout_milliseconds := 300000
  );
  $job$
);

-- 4. Pruning once a week.
select cron.schedule(
  'firsttoken-prune',
  '0 3 * * 0',
  $job$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_prune_url'),
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'authorization', 'Bearer ' || (
        select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_cron_secret')
    ),
    body := '{}'::jsonb,
    timeout_milliseconds := 300000
  );
  $job$
);

-- 5. Leaderboards once an hour.
select cron.schedule(
  'firsttoken-leaderboards',
  '25 * * * *',
  $job$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_leaderboards_url'),
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'authorization', 'Bearer ' || (
        select decrypted_secret from vault.decrypted_secrets where name = 'firsttoken_cron_secret')
    ),
    body := '{}'::jsonb,
    timeout_milliseconds := 300000
  );
  $job$
);

-- To see what it did:   select * from cron.job_run_details order by start_time desc limit 10;
-- To stop it:           select cron.unschedule('firsttoken-benchmark'),
--                         cron.unschedule('firsttoken-sync-models'), cron.unschedule('firsttoken-prune'),
--                         cron.unschedule('firsttoken-leaderboards');
