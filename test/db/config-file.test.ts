import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { exportConfig } from '../../src/config/export.ts'
import { applyTo as apply, changesOf as diff, configFileOf as fileOf } from '../support/config-files.ts'
import { failureOf } from '../support/contract-store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport } from '../support/transports.ts'

const told = (changes: { kind: string; key: string; change: string }[]) =>
  changes.map(({ kind, key, change }) => `${change} ${kind} ${key}`)

/** How a component is shown of which nobody says anything. */
const asItIs = { name: null, groupName: null, position: null, hidden: false, description: null }

const everything = `targets:
  - model: openai/gpt-4.1-mini
    every: 6h
    limits: { ttft_ms: 2000 }
    slo: { availability: 0.99, ttft: { within_ms: 800, share: 0.95 } }
  - model: groq/llama
    regions: [eu, us]
    max_tokens: 50
    active: false
components:
  - { key: openai, name: The big one, position: 1 }
  - { key: groq/llama/us, group: Ours, description: The fast one }
prices:
  - model: openai/gpt-4.1-mini
    input: 0.4
    output: 1.6
    overrides: [{ over_input_tokens: 200000, input: 0.8 }]
prompts:
  - name: tides
    category: qa
    text: |
      Why two?
  - { name: haiku, text: Write one. }
rules:
  slow: { ratio: 2, floor_ms: 500 }
  errors: { failed: 2 }
channels:
  - name: ops
    kind: slack
    min_severity: major
    kinds: [slow, down]
    weekly: true
    secrets: { url: ALERT_SECRET_OPS }
maintenance:
  - name: weekly
    scope: target/openai/gpt-4.1-mini
    cron: '0 3 * * 0'
    duration_minutes: 60
    time_zone: Europe/Berlin
  - name: racks
    scope: provider/groq
    starts_at: 2099-01-01T02:00:00+02:00
    ends_at: 2099-01-01T03:00:00+02:00
`

describe.each(transport('supabase-js'))('a file over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)

  test('a file makes what it says once, and again nothing', async () => {
    const planned = await diff(store, everything)
    const { applied, changes } = await apply(store, everything)
    expect(applied).toBe(true)
    expect(changes).toEqual(planned)
    expect(told(changes)).toEqual([
      'added target openai/gpt-4.1-mini',
      'added target groq/llama max_tokens=50 region=eu',
      'added target groq/llama max_tokens=50 region=us',
      'added component openai',
      'added component groq/llama/us',
      'added price openai/gpt-4.1-mini',
      'added prompt tides',
      'added prompt haiku',
      'added rule errors',
      'added rule slow',
      'added channel ops',
      'added maintenance weekly',
      'added maintenance racks',
    ])
    expect(await apply(store, everything)).toEqual({ applied: false, changes: [] })
    const { rows: models } = await store.listModels({ providers: ['groq', 'openai'], after: null, limit: 10 })
    expect(
      models.map(({ model, targets }) => [
        model,
        targets.map(({ region, active }) => `${region} ${active}`).toSorted(),
      ]),
    ).toEqual([
      ['llama', ['eu false', 'us false']],
      ['gpt-4.1-mini', ['null true']],
    ])
    expect(models[1]?.price).toMatchObject({ inputPerM: 0.4, outputPerM: 1.6, source: 'manual' })
    expect(
      await rowsOf('select limits from targets where limits is not null and limits <> $1', ['{}']),
    ).toEqual([{ limits: { ttft_ms: 2000 } }])
    expect(await rowsOf('select slo from targets where slo is not null')).toEqual([
      { slo: { availability: 0.99, ttft: { within_ms: 800, share: 0.95 } } },
    ])
    expect(await rowsOf('select every_minutes from targets where every_minutes is not null')).toEqual([
      { every_minutes: 360 },
    ])
    const [target] = await rowsOf('select id from targets where parameters = \'{"reasoning": "least"}\'')
    expect(await rowsOf('select name, scope, starts_at from maintenance_windows order by name')).toEqual([
      { name: 'racks', scope: 'provider/groq', starts_at: new Date('2099-01-01T00:00:00Z') },
      { name: 'weekly', scope: `target/${String(target?.['id'])}`, starts_at: null },
    ])
  })

  test('what is exported is what was applied', async () => {
    const exported = exportConfig(await store.readConfig())
    expect(await diff(store, exported)).toEqual([])
    expect(parse(exported)).toMatchObject({
      targets: expect.arrayContaining([
        {
          model: 'openai/gpt-4.1-mini',
          every: '6h',
          limits: { ttft_ms: 2000 },
          slo: { availability: 0.99, ttft: { within_ms: 800, share: 0.95 } },
        },
      ]) as unknown,
      components: [
        { key: 'groq/llama/us', group: 'Ours', description: 'The fast one' },
        { key: 'openai', name: 'The big one', position: 1 },
      ],
      prices: [
        { model: 'openai/gpt-4.1-mini', input: 0.4, overrides: [{ over_input_tokens: 200_000, input: 0.8 }] },
      ],
      prompts: [
        { name: 'haiku', text: 'Write one.' },
        { name: 'tides', category: 'qa', text: 'Why two?\n' },
      ],
      rules: { errors: { failed: 2 }, slow: { ratio: 2, floor_ms: 500 } },
      channels: [
        { name: 'ops', kinds: ['down', 'slow'], weekly: true, secrets: { url: 'ALERT_SECRET_OPS' } },
      ],
    })
  })

  test('what the file owns is changed by the file alone', async () => {
    const target = { provider: 'openai', about: null, model: 'gpt-4.1-mini' }
    const [window] = (await store.listMaintenance({})).rows
    const acts: Record<string, () => Promise<unknown>> = {
      setTarget: () => store.setTarget({ ...target, active: false, parameters: null, region: null }),
      setPrice: () => store.setPrice({ ...target, price: null }),
      switchChannel: () => store.switchChannel({ name: 'ops', enabled: false }),
      sendWeekly: () => store.switchChannel({ name: 'ops', weekly: false }),
      deleteChannel: () => store.deleteChannel({ name: 'ops' }),
      saveStatusComponent: () => store.saveStatusComponent({ ...asItIs, key: 'openai' }),
      savePrompt: () => store.savePrompt({ name: 'tides', category: 'qa', text: 'Why three?' }),
      deletePrompt: () => store.deletePrompt({ name: 'haiku' }),
      deleteMaintenance: () => store.deleteMaintenance({ id: window?.id ?? '' }),
    }
    for (const [name, act] of Object.entries(acts))
      expect(await failureOf(act()), name).toMatchObject({
        kind: 'conflict',
        code: '23001',
        message: expect.stringMatching(/ is kept in firsttoken\.yaml: change it there/) as string,
      })
    expect(await diff(store, everything)).toEqual([])
  })

  test('what the file owns says so, and what it does not own does not', async () => {
    await store.setTarget({
      provider: 'openai',
      about: null,
      model: 'own',
      active: true,
      parameters: null,
      region: null,
    })
    const { rows } = await store.listModels({ providers: ['openai'], after: null, limit: 10 })
    expect(
      rows.map(({ model, priceOwnedBy, targets }) => [
        model,
        priceOwnedBy,
        targets.map(({ ownedBy }) => ownedBy),
      ]),
    ).toEqual([
      ['gpt-4.1-mini', 'file', ['file']],
      ['own', null, [null]],
    ])
    const components = (await store.listStatusComponents()).rows
    expect(components.map(({ key, owned_by: ownedBy }) => [key, ownedBy])).toEqual([
      ['openai', 'file'],
      ['openai/gpt-4-1-mini', null],
      ['openai/own', null],
    ])
    const windows = (await store.listMaintenance({})).rows
    expect(windows.map((row) => row.owned_by)).toEqual(['file', 'file'])
    expect((await store.readChannels()).rows.map(({ ownedBy }) => ownedBy)).toEqual(['file'])
    await store.savePrompt({ name: 'own', category: 'other', text: 'x' })
    const prompts = (await store.listPrompts({})).rows
    expect(prompts.map(({ name, owned_by: ownedBy }) => [name, ownedBy])).toEqual([
      ['haiku', 'file'],
      ['own', null],
      ['tides', 'file'],
    ])
    await store.deletePrompt({ name: 'own' })
    await rowsOf("delete from targets where model_id = (select id from models where name = 'own')")
  })

  test('whoever judges is told the numbers of the rules, and no more of one that left the file', async () => {
    const rules = { slow: { ratio: 2, floor_ms: 500 }, errors: { failed: 2 } }
    const read = async () =>
      (
        await Promise.all([
          store.readAlertInputs({}),
          store.readProviderInputs({}),
          store.readSystemInputs({ schedule: 'benchmark', host: 'h' }),
          store.readModelInputs({}),
          store.readDriftInputs({ after: null, limit: 1 }),
        ])
      ).map((each) => each.rules)
    expect(await read()).toEqual(Array.from({ length: 5 }, () => rules))
    const { changes } = await apply(store, everything.replace('  slow: { ratio: 2, floor_ms: 500 }\n', ''))
    expect(told(changes)).toEqual(['removed rule slow'])
    expect(await read()).toEqual(Array.from({ length: 5 }, () => ({ errors: { failed: 2 } })))
    await apply(store, everything)
  })

  test('a number of a rule that is no number is refused, and changes nothing', async () => {
    const items = [{ kind: 'rule', value: { kind: 'slow', ratio: 'two' } }] as const
    const input = { ...fileOf({}), items, abouts: {}, owner: 'a test', prune: false, unlessApplied: false }
    const before = await store.readConfig()
    expect(await failureOf(store.applyConfig(input))).toMatchObject({ kind: 'invalid' })
    expect(await store.readConfig()).toEqual(before)
  })

  test('a channel that was switched off because it failed is switched on by hand, as the file has it', async () => {
    await rowsOf("update alert_channels set enabled = false, disabled_reason = 'it was refused'")
    const { channel } = await store.switchChannel({ name: 'ops', enabled: true })
    expect(channel).toMatchObject({ enabled: true, disabledReason: null, ownedBy: 'file' })
    expect(await failureOf(store.switchChannel({ name: 'ops', enabled: true, weekly: true }))).toMatchObject({
      code: '23001',
    })
  })

  test('what a file makes at once has the same keys on the status page of every database', async () => {
    const models = ['a', 'b', 'c', 'd', 'e']
    const targets = models.flatMap((name) => [
      { model: `minimax/${name}`, reasoning: 'default' },
      { model: `minimax/${name}` },
    ])
    await apply(store, { targets })
    const named = await rowsOf(
      "select key, parameters ->> 'reasoning' as reasoning from firsttoken.name_components() join targets on id = target_id where provider = 'minimax' order by key",
    )
    expect(named).toEqual(
      models.flatMap((name) => [
        { key: `minimax/${name}`, reasoning: 'least' },
        { key: `minimax/${name}~2`, reasoning: 'default' },
      ]),
    )
    await rowsOf("delete from targets where provider_id = (select id from providers where slug = 'minimax')")
    await apply(store, everything)
  })

  test('a sync that heals leaves what the file owns', async () => {
    const before = await rowsOf('select id, active from targets order by id')
    await rowsOf(
      "select firsttoken.move_targets((select id from providers where slug = 'openai'), 'gpt-4.1-mini', 'gpt-5')",
    )
    expect(await rowsOf('select id, active from targets order by id')).toEqual(before)
  })

  test('what was changed behind the file is told, left alone by a start, and set right by a command', async () => {
    await rowsOf("update targets set limits = null where limits <> '{}'")
    const changes = await diff(store, everything)
    expect(told(changes)).toEqual(['changed target openai/gpt-4.1-mini'])
    expect(await apply(store, everything, { atStart: true })).toEqual({ applied: false, changes: [] })
    expect(await apply(store, everything)).toEqual({ applied: true, changes })
    expect(await diff(store, everything)).toEqual([])
  })

  test('what left the file is released, or removed if asked to prune', async () => {
    const less = everything.slice(0, everything.indexOf('maintenance:'))
    expect(told((await apply(store, less)).changes)).toEqual([
      'released maintenance racks',
      'released maintenance weekly',
    ])
    expect((await store.listMaintenance({})).rows).toHaveLength(2)
    expect(told((await apply(store, everything)).changes)).toEqual([
      'taken maintenance weekly',
      'taken maintenance racks',
    ])
    const planned = await diff(store, less, true)
    expect(told(planned)).toEqual(['removed maintenance racks', 'removed maintenance weekly'])
    expect((await apply(store, less, { prune: true })).changes).toEqual(planned)
    expect((await store.listMaintenance({})).rows).toEqual([])
  })

  test('to prune is also to remove what the database alone has of the sections of the file', async () => {
    await store.setTarget({
      provider: 'openai',
      about: null,
      model: 'gpt-4.1',
      active: true,
      parameters: null,
      region: null,
    })
    const left = (await diff(store, { prices: [] }, false)).map(({ change }) => change)
    expect(left.toSorted()).toEqual([...Array.from({ length: 9 }, () => 'released'), 'removed', 'removed'])
    const { changes } = await apply(store, { targets: [] }, { prune: true })
    expect(told(changes)).toEqual([
      'removed channel ops',
      'removed component groq/llama/us',
      'removed component openai',
      'removed price openai/gpt-4.1-mini',
      'removed prompt haiku',
      'removed prompt tides',
      'removed rule errors',
      'removed rule slow',
      'released target groq/llama max_tokens=50 region=eu',
      'released target groq/llama max_tokens=50 region=us',
      'removed target openai/gpt-4.1',
      'removed target openai/gpt-4.1-mini',
    ])
    expect(await rowsOf('select from targets where active')).toEqual([])
    expect((await store.readChannels()).rows).toEqual([])
    expect(await rowsOf('select from status_components')).toEqual([])
    expect(await rowsOf('select from prompts')).toEqual([])
    expect(
      await store.setPrice({ provider: 'openai', about: null, model: 'gpt-4.1-mini', price: null }),
    ).toEqual({ price: null })
  })

  test('a file that the database refuses in part changes nothing', async () => {
    const before = await store.readConfig()
    const bad = {
      targets: [{ model: 'openai/new' }],
      maintenance: [
        {
          name: 'x',
          scope: 'target/openai/none',
          starts_at: '2099-01-01T00:00:00Z',
          ends_at: '2099-01-02T00:00:00Z',
        },
      ],
    }
    const unknown = { targets: [{ model: 'openai/new' }, { model: 'nobody/x' }] }
    expect(await failureOf(apply(store, bad))).toMatchObject({
      message: expect.stringMatching(
        /^firsttoken\.yaml is not applied, and nothing is changed: .*there is no target\/openai\/none/,
      ) as string,
    })
    expect(await failureOf(apply(store, unknown))).toMatchObject({
      message: expect.stringContaining('there is no provider nobody') as string,
    })
    expect(await store.readConfig()).toEqual(before)
  })
})
