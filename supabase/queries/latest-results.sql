-- How every target answered last time. One index look-up a target, however many results there are.
select p.name as provider,
  m.name as model,
  t.parameters,
  r.created_at,
  coalesce(r.error_kind, 'ok') as outcome,
  round(r.ttft_ms::numeric, 1) as ttft_ms,
  round(r.tps::numeric, 1) as tps,
  r.cost_usd
from targets t
  join models m on m.id = t.model_id
  join providers p on p.id = t.provider_id
  cross join lateral (
    select * from benchmark_results b where b.target_id = t.id order by b.created_at desc limit 1
  ) r
where t.active
order by p.name, m.name;
