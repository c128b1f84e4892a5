-- What time it is comes from these functions: so many times as fast as the clock on the wall.
create or replace function bench.run_time(starts timestamptz, began timestamptz, factor double precision)
returns void language plpgsql as $$
declare
  clock constant text := 'create or replace function bench.%1$s returns timestamptz language sql %2$s as '
    '$sql$ select %3$L::timestamptz + %4$s * (pg_catalog.%1$s - %5$L::timestamptz) $sql$';
  replaced record;
begin
  execute format(clock, 'clock_timestamp()', 'volatile', starts, factor, began);
  execute format(clock, 'now()', 'stable', starts, factor, began);
  for replaced in
    select pg_get_functiondef(p.oid) as definition from pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'firsttoken'::regnamespace) and p.prokind = 'f'
      and p.prosrc ~ '\m(now|clock_timestamp)\(\)'
  loop
    execute regexp_replace(replaced.definition, '\m(now|clock_timestamp)\(\)', 'bench.\1()', 'g');
  end loop;
  for replaced in
    select d.adrelid::regclass as of_table, a.attname as of_column,
      pg_get_expr(d.adbin, d.adrelid) as expression
    from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where pg_get_expr(d.adbin, d.adrelid) ~ '\m(now|clock_timestamp)\(\)'
      and d.adrelid in (select c.oid from pg_class c where c.relnamespace in
        ('public'::regnamespace, 'firsttoken'::regnamespace))
  loop
    execute format('alter table %s alter column %I set default %s', replaced.of_table, replaced.of_column,
      regexp_replace(replaced.expression, '\m(now|clock_timestamp)\(\)', 'bench.\1()', 'g'));
  end loop;
  create or replace function pgboss.job_now() returns timestamptz language sql stable as
    'select bench.now()';
end $$;
