-- How long each text may be, in bytes: a provider may answer with anything, and one row of megabytes would be
-- in the way of all that read it. src/store/text-limits.ts cuts what is to be recorded, so that nothing is
-- refused for its length. Counted in bytes, which takes no reading of a long text. Tracks and rollups copy
-- what is limited here.

do $$
declare
  -- Of lists, what all entries have together.
  limits constant jsonb := '{
    "providers": {"name": 400, "base_url": 2000, "logo_url": 2000, "slug": 200},
    "models": {
      "name": 1000, "display_name": 400, "input_modalities": 20000, "output_modalities": 20000,
      "supported_parameters": 20000},
    "prices": {"source": 400},
    "targets": {"region": 200},
    "syncs": {"triggered_by": 200, "reason": 4000},
    "runs": {
      "run_name": 200, "triggered_by": 200, "schedule": 200, "mode": 200, "region": 200,
      "status_reason": 4000, "client": 200, "idempotency_key": 200},
    "run_workers": {"region": 200, "owner": 400},
    "provider_loads": {"region": 200},
    "probes": {"region": 200, "series": 200, "lease_owner": 400, "skip_reason": 4000},
    "benchmark_results": {
      "provider": 200, "model": 1000, "error_message": 8000, "response_text": 3145728, "region": 200,
      "series": 200, "prompt_hash": 200, "error_code": 500, "finish_reason": 500, "response_model": 500,
      "request_id": 500, "content_encoding": 200, "http_version": 200, "fault_domain_was": 200,
      "timing_reasons": 20000, "notes": 20000},
    "calibrations": {"host": 400, "node_version": 200}
  }';
  -- What tells rows apart: if it is cut, a hash keeps doing so.
  identities constant text[] := array[
    'name', 'slug', 'provider', 'model', 'schedule', 'region', 'owner', 'idempotency_key'];
  changed record;
begin
  for changed in
    select format('public.%I', l.tab) as tab, string_agg(l.is_long, ' or ') as has_long,
      string_agg(format('%I = case when %s then %s else %1$I end', l.col, l.is_long, l.short), ', ') as cuts,
      string_agg(
        format('add constraint %I check (octet_length(%s) <= %s)', l.conname, l.measured, l.most), ', ')
        as checks
      from (
        select t.key as tab, c.key as col, c.value::integer as most, m.measured,
          format('%s_%s_length', t.key, c.key) as conname,
          format('octet_length(%s) > %s', m.measured, c.value) as is_long,
          -- A character takes four bytes at most.
          case
            when a.atttypid = 'text[]'::regtype then
              format('array(select left(entry, 50) from unnest(%I[:100]) entry)', c.key)
            when c.key = any (identities) then
              format('left(%I, %s) || md5(%1$I)', c.key, (c.value::integer - 32) / 4)
            else format('left(%I, %s)', c.key, c.value::integer / 4)
          end as short
          from jsonb_each(limits) t cross join jsonb_each_text(t.value) c
            join pg_catalog.pg_attribute a
              on a.attrelid = format('public.%I', t.key)::regclass and a.attname = c.key
            cross join lateral (
              select case when a.atttypid = 'text[]'::regtype
                then format('array_to_string(%I, '''')', c.key) else quote_ident(c.key) end as measured) m
      ) l
      where not exists (
        select from pg_catalog.pg_constraint p
          where p.conname = l.conname and p.conrelid = format('public.%I', l.tab)::regclass)
      group by l.tab order by l.tab
  loop
    -- Rows of earlier versions.
    execute format('update %s set %s where %s', changed.tab, changed.cuts, changed.has_long);
    execute format('alter table %s %s', changed.tab, changed.checks);
  end loop;
end $$;
