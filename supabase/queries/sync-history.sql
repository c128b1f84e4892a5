-- Latest syncs
-- What the last 100 syncs of models and prices found, and why some changed nothing.
select p.name as provider, s.started_at, s.triggered_by, s.status, s.reason,
  s.n_listed, s.n_chat, s.n_added, s.n_left, s.n_returned, s.n_changed, s.n_prices, s.n_conflicts, s.n_leaving
from syncs s
  join providers p on p.id = s.provider_id
order by s.started_at desc, p.name
limit 100;
