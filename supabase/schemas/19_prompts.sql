-- Prompts of one's own, as templates for benchmarks on demand.

-- name: how people call it. The limits of texts are refusals: a prompt that was cut is another prompt.
create table if not exists public.prompts (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (name ~ '\S' and char_length(name) <= 100),
  category text not null check (category in ('reasoning', 'code', 'creative', 'qa', 'other')),
  text text not null check (text ~ '\S' and char_length(text) <= 100000),
  created_at timestamptz not null default now()
);

-- in: {category or null, with_texts or none}. out: {rows}, by category and name, with who keeps each; with
-- their texts if asked, else with their lengths in characters alone.
create or replace function public.list_prompts(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'list_prompts', array['category', 'with_texts']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg((to_jsonb(p) - 'text')
        || jsonb_build_object('n_characters', char_length(p.text),
          'owned_by', firsttoken.owner_of('prompt', p.id))
        || case when texts then jsonb_build_object('text', p.text) else '{}' end
        order by p.category, p.name), '[]')
    from public.prompts p where input ->> 'category' is null or p.category = input ->> 'category'));
end $$;

-- in: {name, category, text}. out: {created, id}. Replaces the prompt of that name if there is one.
create or replace function public.save_prompt(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  saved uuid;
  is_new boolean;
begin
  perform firsttoken.check_keys(input, 'save_prompt', array['name', 'category', 'text']);
  perform firsttoken.check_name(input -> 'name', 'the name of a prompt');
  perform firsttoken.check_name(input -> 'text', 'the text of a prompt');
  if char_length(input ->> 'name') > 100 or char_length(input ->> 'text') > 100000 then
    raise exception using errcode = '22001',
      message = 'a prompt has a name of up to 100 characters and a text of up to 100,000';
  end if;
  if coalesce(input ->> 'category', '') not in ('reasoning', 'code', 'creative', 'qa', 'other') then
    raise exception using errcode = '22023',
      message = 'the category of a prompt is reasoning, code, creative, qa or other';
  end if;
  perform firsttoken.check_unowned('prompt', input ->> 'name', null);
  is_new := not exists (select from public.prompts p where p.name = input ->> 'name');
  insert into public.prompts as p (name, category, text)
    values (input ->> 'name', input ->> 'category', input ->> 'text')
    on conflict (name) do update set category = excluded.category, text = excluded.text
    returning p.id into saved;
  return jsonb_build_object('created', is_new, 'id', saved);
end $$;

-- in: {name}. out: {deleted}: whether there was one.
create or replace function public.delete_prompt(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_prompt', array['name']);
  perform firsttoken.check_unowned('prompt', input ->> 'name', null);
  delete from public.prompts p where p.name = input ->> 'name';
  return jsonb_build_object('deleted', found);
end $$;
