-- Triggers that keep rollups in step with benchmark_results, whoever inserts, updates or deletes, in the same
-- transaction.

-- A row from record_result is added. Any other insert rebuilds, because one statement may both update and
-- insert; rows of final days are added, because those cannot be rebuilt.
create or replace function firsttoken.after_insert_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  if exists (select from new_rows n where n.id::text = current_setting('firsttoken.recording', true)) then
    perform firsttoken.add_to_rollups(n.id) from new_rows n;
  else
    perform firsttoken.rebuild_changed(array_agg(n.created_at),
      array_agg(distinct row(null, n.target_id, n.provider, n.model, n.series, n.region,
        n.synthetic)::public.tracks),
      array_agg(n.confirms) filter (where n.confirms is not null))
      from new_rows n having count(*) > 0;
    perform firsttoken.add_to_rollups(n.id) from new_rows n
      where n.created_at < (select r.pruned_until from public.retention r);
  end if;
  return null;
end $$;

create or replace function firsttoken.after_update_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  moments timestamptz[];
  tracks public.tracks[];
  rechecked uuid[];
begin
  with changed as (
    select o.id as old_id, n.id as new_id
    from old_rows o full join new_rows n on n.id = o.id
    where (o.id, o.created_at, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic, o.confirms,
        o.own_load, o.warmup, o.maintenance, o.level,
        o.success, o.fault_domain, o.error_kind, o.timing_quality, o.input_tokens, o.output_tokens,
        o.reasoning_tokens, o.cost_usd, o.ttft_ms, o.ttfa_ms, o.tps, o.total_latency_ms)
      is distinct from
      (n.id, n.created_at, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic, n.confirms,
        n.own_load, n.warmup, n.maintenance, n.level,
        n.success, n.fault_domain, n.error_kind, n.timing_quality, n.input_tokens, n.output_tokens,
        n.reasoning_tokens, n.cost_usd, n.ttft_ms, n.ttfa_ms, n.tps, n.total_latency_ms)
  ), touched as (
    select o.created_at, o.confirms, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic
      from changed c join old_rows o on o.id = c.old_id
    union all
    select n.created_at, n.confirms, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic
      from changed c join new_rows n on n.id = c.new_id
  )
  select array_agg(t.created_at),
      array_agg(distinct row(null, t.target_id, t.provider, t.model, t.series, t.region,
        t.synthetic)::public.tracks),
      array_agg(t.confirms) filter (where t.confirms is not null)
    into moments, tracks, rechecked from touched t;
  if moments is not null then
    perform firsttoken.rebuild_changed(moments, tracks, rechecked);
    -- A row that moved into a final day: the rebuild removed it from where it was, and cannot add it there.
    perform firsttoken.add_to_rollups(n.id)
      from new_rows n join old_rows o on o.id = n.id cross join public.retention r
      where n.created_at < r.pruned_until and o.created_at >= r.pruned_until;
  end if;
  return null;
end $$;

create or replace function firsttoken.after_delete_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.rebuild_changed(array_agg(o.created_at),
    array_agg(distinct row(null, o.target_id, o.provider, o.model, o.series, o.region,
      o.synthetic)::public.tracks),
    array_agg(o.confirms) filter (where o.confirms is not null))
    from old_rows o having count(*) > 0;
  return null;
end $$;

-- Final rollups stay: they cannot be rebuilt.
create or replace function firsttoken.after_truncate_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  delete from public.rollups_hourly h where h.bucket >= (select r.pruned_until from public.retention r);
  delete from public.rollups_daily d where d.bucket >= (select r.pruned_until from public.retention r);
  delete from public.samples_daily s where s.bucket >= (select r.pruned_until from public.retention r);
  delete from firsttoken.quarter_hours q where q.bucket >= (select r.pruned_until from public.retention r);
  delete from public.target_summary;
  delete from firsttoken.summary_drafts;
  return null;
end $$;

create or replace trigger keep_rollups_on_insert after insert on public.benchmark_results
  referencing new table as new_rows
  for each statement execute function firsttoken.after_insert_of_results();
create or replace trigger keep_rollups_on_update after update on public.benchmark_results
  referencing old table as old_rows new table as new_rows
  for each statement execute function firsttoken.after_update_of_results();
create or replace trigger keep_rollups_on_delete after delete on public.benchmark_results
  referencing old table as old_rows
  for each statement execute function firsttoken.after_delete_of_results();
create or replace trigger keep_rollups_on_truncate after truncate on public.benchmark_results
  for each statement execute function firsttoken.after_truncate_of_results();
