-- Who said first: our incidents beside the provider's own
-- Incidents of a provider and what its status page published of the same time. lead is how long after us they
-- published it, negative if before us; empty if their page was not watched just before. claimed_lead is the same
-- by the moment that they say it began.
select provider, kind, opened_at, their_first_seen_at, lead, claimed_lead, their_name, their_url
from public.official_leads
where opened_at >= now() - interval '30 days'
order by opened_at desc;
