-- Replaces the first 22 migrations by this one in the list of migrations. If they are not there, whoever
-- applies this file records it: scripts/migrate.ts, supabase db push, or the end of supabase/schema.sql.
do $$
declare
  former constant text[] := array[
    '20261121100000', '20261121100100', '20261121100200', '20261121100300', '20261121100400',
    '20261121110000', '20261121120000', '20261126090000', '20261126090100', '20261126090200',
    '20261126120000', '20261126140000', '20261126140100', '20261126140200', '20261126150000',
    '20261126160000', '20261126170000', '20261126170100', '20261126170200', '20261126170300',
    '20261126170400', '20261126180000'
  ];
begin
  if to_regclass('supabase_migrations.schema_migrations') is null then
    return;
  end if;
  delete from supabase_migrations.schema_migrations where version = any (former);
  if found then
    insert into supabase_migrations.schema_migrations (version, name) values ('20261129000000', 'baseline')
      on conflict do nothing;
  end if;
end $$;
