import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Target } from '../../src/core/plan.ts'
import type { ComponentInput, NoteInput } from '../../src/store/status-store.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { failureOf } from '../support/contract-store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { addIncident } from '../support/public-history.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('the status page over $name', ({ open }) => {
  const { store, sql } = openedTransport(open)
  const { newTarget, record } = resultsOf(store)
  const targets: Target[] = []
  const ids: string[] = []
  const keys: string[] = []

  const component = (key = '', more: Partial<ComponentInput> = {}): ComponentInput => ({
    key,
    name: null,
    groupName: null,
    position: null,
    hidden: false,
    description: null,
    ...more,
  })
  const note = (more: Partial<NoteInput> = {}): NoteInput => ({
    id: randomUUID(),
    incidentId: null,
    state: 'investigating',
    title: 'Something is odd',
    body: 'We look at it.',
    components: [],
    author: 'author-secret',
    ...more,
  })
  const shown = async (key: string | undefined) =>
    (await store.statusPage()).components.find((each) => each.key === key)

  beforeAll(async () => {
    for (const provider of ['alpha', 'alpha', 'beta']) {
      const target = newTarget(provider)
      targets.push(target)
      keys.push(`${provider}/${target.model}`)
      // Failed and cleared by its recheck, good, failed by us, made only to warm up: two checks, no failure.
      await record(target, 'fra1', { minutesAgo: 9, ...providerFault, recheck: true })
      await record(target, 'fra1', { minutesAgo: 8 })
      await record(target, 'fra1', { minutesAgo: 7, success: false, errorKind: 'self', faultDomain: 'self' })
      await record(target, 'fra1', { minutesAgo: 6, warmup: true })
    }
    const { rows } = await sql.query(
      'select t.id, m.name from targets t join models m on m.id = t.model_id order by t.created_at',
    )
    for (const { model } of targets) ids.push(String(rows.find(({ name }) => name === model)?.['id']))
    await sql.query('update targets set active = true')
  })

  test('active targets are components of their providers, with checks, failures and minutes of outages by day', async () => {
    await addIncident(sql, { kind: 'down', targetId: ids[0], minutesAgo: 5 * 24 * 60, lastedMinutes: 30 })
    // In another region meanwhile: no minute is counted twice.
    await addIncident(sql, {
      kind: 'down',
      targetId: ids[0],
      region: 'iad1',
      minutesAgo: 5 * 24 * 60 - 10,
      lastedMinutes: 10,
    })
    const page = await store.statusPage()
    expect(page.synthetic).toBe(false)
    expect(page.components.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
    const [first] = page.components
    expect(first).toMatchObject({ group_key: 'alpha', group_name: 'alpha', description: null })
    const found = await shown(keys[0])
    expect(found?.checks).toHaveLength(90)
    const sum = (numbers: number[] = []) => numbers.reduce((all, each) => all + each, 0)
    // Over midnight the checks may be of two days, and the outage too, which loses less than a minute.
    expect([sum(found?.checks), sum(found?.failed)]).toEqual([2, 0])
    expect(sum(found?.down_minutes)).toBeGreaterThanOrEqual(29)
    expect(sum(found?.down_minutes)).toBeLessThanOrEqual(30)
    expect(found?.typical?.n).toBe(1)
  })

  test('open incidents are how a component is, and what is in shadow, ours or replaced is not told', async () => {
    const silent = [
      { kind: 'down', targetId: ids[1], minutesAgo: 30, shadow: true },
      { kind: 'misconfigured', targetId: ids[1], minutesAgo: 30 },
      { kind: 'errors', targetId: ids[1], minutesAgo: 30, lastedMinutes: 5, resolveReason: 'superseded' },
      { kind: 'own_outage', minutesAgo: 30 },
    ]
    for (const each of silent) await addIncident(sql, each)
    expect((await shown(keys[1]))?.regions.map(({ state }) => state)).toEqual(['ok'])
    const before = (await store.statusPage()).incidents.length
    const slow = await addIncident(sql, { kind: 'slow', targetId: ids[1], minutesAgo: 30 })
    const page = await store.statusPage()
    expect((await shown(keys[1]))?.regions).toMatchObject([{ region: 'fra1', state: 'slow' }])
    expect(page.incidents).toHaveLength(before + 1)
    expect(page.incidents[0]).toMatchObject({
      id: slow,
      kind: 'slow',
      components: [keys[1]],
      resolved_at: null,
    })
  })

  test('an outage of a whole provider is told once, of the components that were down', async () => {
    const whole = await addIncident(sql, {
      kind: 'provider_wide',
      provider: 'alpha',
      minutesAgo: 60,
      lastedMinutes: 9,
    })
    for (const targetId of ids.slice(0, 2))
      await addIncident(sql, { kind: 'down', targetId, minutesAgo: 60, lastedMinutes: 9, parentId: whole })
    const { incidents } = await store.statusPage()
    const found = incidents.find(({ id }) => id === whole)
    expect(found).toMatchObject({ kind: 'provider_wide', group_name: 'alpha' })
    expect(found?.components.toSorted()).toEqual(keys.slice(0, 2).toSorted())
  })

  test('a person names, groups, orders and hides; what is hidden is nowhere', async () => {
    const hidden = await addIncident(sql, {
      kind: 'down',
      targetId: ids[2],
      minutesAgo: 20,
      lastedMinutes: 5,
    })
    await store.saveStatusComponent(
      component(keys[1], { name: 'The good one', groupName: 'Ours', position: 1, description: 'Text' }),
    )
    await store.saveStatusComponent(component('beta', { hidden: true }))
    const page = await store.statusPage()
    expect(page.components.map(({ name, group_name: group }) => [group, name])).toEqual([
      ['Ours', 'The good one'],
      ['alpha', targets[0]?.model],
    ])
    expect(page.incidents.map(({ id }) => id)).not.toContain(hidden)
    expect(JSON.stringify(page)).not.toContain('beta')
    const { rows } = await store.listStatusComponents()
    expect(
      rows
        .filter((row) => !row.shown)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(['beta', keys[2]])
    expect(await store.saveStatusComponent(component('beta'))).toEqual({ changed: false })
    expect(await shown(keys[2])).toBeDefined()
    const unknown = await failureOf(store.saveStatusComponent(component('alpha/no')))
    expect(String(unknown)).toContain('there is no component alpha/no')
  })

  test('notes begin stories and go on with them and with incidents, once however often they are sent', async () => {
    const first = note({ components: keys.slice(0, 1) })
    expect(await store.saveStatusNote(first)).toEqual({ created: true })
    expect(await store.saveStatusNote(first)).toEqual({ created: false })
    await store.saveStatusNote(note({ incidentId: first.id, title: null, state: 'resolved', body: 'Over.' }))
    const { notes } = await store.statusPage()
    expect(notes.map(({ body, state }) => [body, state])).toEqual([
      ['We look at it.', 'investigating'],
      ['Over.', 'resolved'],
    ])
    expect((await store.listStatusNotes({})).rows.map(({ author }) => author)).toEqual([
      'author-secret',
      'author-secret',
    ])
    const refused = [
      note({ title: null }),
      note({ incidentId: randomUUID() }),
      note({ components: ['alpha/no'] }),
      note({ body: 'x'.repeat(2001) }),
      note({ body: '  ' }),
    ].map((each) => failureOf(store.saveStatusNote(each)))
    expect((await Promise.all(refused)).map((error) => error === null)).toEqual(Array(5).fill(false))
    expect(await store.deleteStatusNote({ id: first.id })).toEqual({ deleted: true })
    expect((await store.statusPage()).notes).toEqual([])
  })

  test('maintenance is told without its name and its reason, and a page of hidden things has none', async () => {
    const window = {
      name: 'window-secret',
      reason: 'reason-secret',
      cron: null,
      durationMinutes: null,
      timeZone: null,
    }
    const at = { startsAt: new Date('2099-01-01T00:00:00Z'), endsAt: new Date('2099-01-02T00:00:00Z') }
    await store.saveMaintenance({ ...window, ...at, id: randomUUID(), scope: `target/${ids[0]}` })
    await store.saveMaintenance({ ...window, ...at, id: randomUUID(), scope: 'provider/nobody' })
    const page = await store.statusPage()
    expect(page.maintenance).toMatchObject([{ components: [keys[0]], cron: null }])
    expect(JSON.stringify(page)).not.toMatch(/secret/)
  })
})
