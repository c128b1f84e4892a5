-- Rows and constraints of earlier versions. Every statement changes nothing the second time.

-- Unknown is not zero.
alter table public.benchmark_results
  alter column input_tokens drop not null,
  alter column output_tokens drop not null,
  alter column cost_usd drop not null;

-- The metrics of leaderboards are listed in one function only.
alter table public.target_summary drop constraint if exists target_summary_metric_check;

-- Runs from before the column status.
update public.runs set status = 'finished' where status = 'running' and finished_at is not null;

-- Rows that break the checks on prices and targets could not be updated later: prices are ended, targets
-- deactivated.
update public.prices set valid_until = now()
  where (valid_until is null or valid_until > now()) and not (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and coalesce(cached_price_per_m >= 0 and cached_price_per_m < 'Infinity', true)
    and coalesce(cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity', true)
    and coalesce(reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity', true)
    and jsonb_typeof(overrides) = 'array');
update public.targets set active = false
  where active is distinct from false and parameters ? 'max_tokens' and not
    case jsonb_typeof(parameters -> 'max_tokens')
      when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end;
