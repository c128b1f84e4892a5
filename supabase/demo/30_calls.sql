-- The calls of a stretch of time, before they are stored.

-- Nothing ran for six hours three times and for a day once; one slot in some hundred was missed.
create function demo.plan_slots(since timestamptz, until timestamptz) returns void language sql as $$
  truncate demo.slots;
  insert into demo.slots
    select demo.id(s.slot, 7, 0), s.slot, s.step, s.number % 731 = 7, 'scheduled run', 'benchmark',
      'scheduled', '84e1c6c6c17bf40e', 1, null
    from (
      select slot, extract(epoch from slot)::bigint / 900 as number,
        case when slot < d.dense_since then interval '1 hour' else interval '15 minutes' end as step
      from demo.settings d
        cross join generate_series(
          plan_slots.since, plan_slots.until - interval '1 second', interval '15 minutes') slot
      where slot >= d.dense_since or date_trunc('hour', slot) = slot) s
    where not exists (
      select from demo.settings d
        cross join (values (0.21, 6), (0.44, 26), (0.7, 6), (0.975, 5)) gap (place, hours)
      where d.until - d.since > interval '5 days' and s.slot >= d.since + (d.until - d.since) * gap.place
        and s.slot < d.since + (d.until - d.since) * gap.place + gap.hours * interval '1 hour')
$$;

-- A fault by weight; luck is from 0 to 1.
create function demo.pick_fault(luck double precision) returns integer language plpgsql volatile as $$
begin
  return (
    select w.n
    from (
      select f.n, sum(f.weight) over (order by f.n) / sum(f.weight) over () as up_to
      from demo.faults f where f.weight > 0) w
    where w.up_to >= luck order by w.up_to limit 1);
end $$;

-- Log-normal times, slower in the afternoon of the region, and what the spells say.
create function demo.make_calls() returns void language sql as $$
  truncate demo.calls;
  insert into demo.calls
    select e.run_id, e.slot, e.region, e.ordinal, e.iteration, e.series, e.n, demo.id(e.began, 8, e.ordinal),
      demo.id(e.began, 9, e.ordinal), null, null, e.began, e.began + e.latency * interval '1 millisecond',
      e.fault, e.ttft, e.tps, e.latency, e.answer, e.visible, e.thought, e.connect, e.stall,
      case when e.luck > 0.996 then 'untrusted' when e.luck > 0.98 then 'degraded' else 'ok' end
    from (
      select d.*, a.tokens as visible,
        case when f.n is null then d.ttft + 1000 * (d.thought + a.tokens - 1) / d.tps + d.stall + 2
          when f.has_begun then d.ttft + f.lasts_ms else f.lasts_ms * (0.8 + 0.4 * d.luck) end as latency,
        d.slot + interval '4 s' + ((d.n * 37 + d.turn * 7) % 61) * interval '3900 ms'
          + (d.iteration - 1) * interval '25 s' + d.luck * interval '2 s' as began
      from (
        select s.run_id, s.slot, s.series, r.region, round.i + 1 as iteration, t.n, random() as luck,
          ((r.n * s.rounds + round.i) * 100 + t.n + 1)::integer as ordinal,
          (extract(epoch from s.slot)::bigint / 900 % 60)::integer as turn,
          coalesce(spell.slow, 1) * t.ttft * exp(random_normal(0, 0.22)) * place.far * place.busy as ttft,
          t.tps * exp(random_normal(0, 0.1)) / sqrt(coalesce(spell.slow, 1)) / sqrt(place.busy) as tps,
          floor((select count(*) from demo.answers) * random())::integer as answer,
          case when t.thinks > 0 then (t.thinks * exp(random_normal(0, 0.3)))::integer else 0 end as thought,
          place.connect * exp(random_normal(0, 0.25)) as connect,
          case when random() < 0.02 then 600 + 1800 * random() else 0 end as stall,
          case when random() < coalesce(spell.share, 0) then spell.fault
            when random() < 0.006 * t.failing then demo.pick_fault(random()) end as fault
        from demo.slots s
          cross join demo.regions r
          cross join demo.targets t
          cross join generate_series(0, s.rounds - 1) round (i)
          left join lateral (
            select x.* from demo.spells x
            where x.since <= s.slot and x.until > s.slot and (x.slug is null or x.slug = t.slug)
              and (x.n is null or x.n = t.n) and (x.region is null or x.region = r.region)
            order by x.share desc limit 1) spell on true
          cross join lateral (
            select (r.near = 'east') = (t.slug in ('glm', 'kimi', 'minimax', 'deepseek')) as is_near) home
          cross join lateral (
            select case when home.is_near then 0.9 + 0.06 * r.n else 1.22 - 0.05 * r.n end as far,
              case when home.is_near then 14 else 88 end as connect,
              1.08 + 0.14 * sin(extract(epoch from s.slot) / 86400 * 6.283 - 2.4 + 2.1 * r.n) as busy) place
        where not s.is_missed and (s.of_target is null or r.n = 0 and t.n % 7 = s.of_target)
      ) d
        left join demo.faults f on f.n = d.fault
        join demo.answers a on a.n = d.answer
    ) e;
  -- A recheck of two in three failures of providers, of which most of the lone ones succeed.
  insert into demo.calls
    select c.run_id, c.slot, c.region, 10000 + c.ordinal, c.iteration, c.series, c.n,
      demo.id(c.ended, 10, c.ordinal), demo.id(c.ended, 11, c.ordinal), c.result_id, c.probe_id,
      c.ended + interval '5 s', c.ended + interval '9 s',
      case when random() < 0.3 or spell.n > 0 then c.fault end, c.ttft, c.tps,
      c.ttft + 1000 * (c.thought + c.visible - 1) / c.tps + 2, c.answer, c.visible, c.thought, c.connect, 0,
      c.quality
    from demo.calls c
      join demo.faults f on f.n = c.fault
      cross join lateral (
        select count(*) as n
        from demo.spells x join demo.targets t on t.n = c.n
        where x.since <= c.slot and x.until > c.slot and x.share > 0.5 and (x.slug is null or x.slug = t.slug)
          and (x.n is null or x.n = t.n) and (x.region is null or x.region = c.region)) spell
    where f.domain = 'provider' and random() < 0.66
$$;
