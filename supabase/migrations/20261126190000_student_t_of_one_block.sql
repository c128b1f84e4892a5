-- A track with a single block has no degree of freedom: no interval, and no division by zero while the planner works out what
-- it knows (Postgres 18 plans the functions with their arguments).
create or replace function public.student_t(df integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select case when df > 0 then z + (z ^ 3 + z) / (4 * df) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * df ^ 2)
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * df ^ 3) end
  from (select 1.959963984540054::double precision as z) given
$$;
