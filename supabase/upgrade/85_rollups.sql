-- Rolls up the results of an earlier installation, a week at a time.
do $$
declare
  since timestamptz;
  through timestamptz;
  next_week timestamptz;
begin
  if exists (select from public.rollups_hourly) then
    return;
  end if;
  select min(b.created_at), max(b.created_at) into since, through
    from public.benchmark_results b where isfinite(b.created_at);
  while since <= through loop
    next_week := date_trunc('day', since, 'UTC') + interval '7 days';
    perform firsttoken.rebuild_range(since, least(through, next_week - interval '1 microsecond'), null);
    since := next_week;
  end loop;
end $$;
