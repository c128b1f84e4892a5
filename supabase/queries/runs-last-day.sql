-- Runs of the last 24 hours, the latest first.
select * from runs where started_at >= now() - interval '24 hours' order by started_at desc;
