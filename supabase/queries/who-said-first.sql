-- Who said it first
-- Our incidents of the last 30 days beside what the provider's own status page published of the same time.
-- minutes_later is how long after us they published it, negative if they did before us, and empty if nobody
-- read their page shortly before; claimed_later is the same by the moment that they say it began.
select opened_at, kind, provider, model, their_name, their_first_seen_at,
  (extract(epoch from lead) / 60)::integer as minutes_later,
  (extract(epoch from claimed_lead) / 60)::integer as claimed_later
from official_leads
where opened_at >= now() - interval '30 days'
order by opened_at desc, kind, provider, model
limit 100;
