import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { status } from '../../src/cli/status.ts'
import { testApp } from '../support/app.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { execute } from '../support/output.ts'
import { addIncident } from '../support/public-history.ts'
import { resultsOf } from '../support/alert-results.ts'
import { transports } from '../support/transports.ts'

const [embedded] = transports
if (embedded === undefined) throw new Error('there is no transport')

describe('scripts/status.ts', () => {
  const { store, sql } = openedTransport(embedded.open)
  // A command closes its store at its end: all of them have the same one here.
  const kept = new Proxy(store, {
    get: (_, name) => (name === 'close' ? () => Promise.resolve() : Reflect.get(store, name)),
  })
  const runWith = (env: Record<string, string>, ...argv: string[]) =>
    execute(status, argv, { env: { USER: 'ann' }, openApp: () => testApp(env, kept) })
  const run = (...argv: string[]) => runWith({ STATUS_PAGE: 'public' }, ...argv)
  let component = ''
  let incident = ''

  beforeAll(async () => {
    const { newTarget, record } = resultsOf(store)
    const target = newTarget('alpha')
    component = `alpha/${target.model}`
    await record(target, 'fra1', { minutesAgo: 5 })
    await sql.query('update targets set active = true')
    const { rows } = await sql.query('select id from targets')
    incident = await addIncident(sql, { kind: 'down', targetId: String(rows[0]?.['id']), minutesAgo: 30 })
  })

  test('without notes it lists the components with their keys', async () => {
    const { code, stdout } = await run()
    expect(code).toBe(0)
    expect(stdout).toContain('there is no note')
    expect(stdout).toMatch(new RegExp(`^${component} .* yes$`, 'm'))
  })

  test('a note is on the page, is named by the end of its id, and is taken back with what is on it', async () => {
    const first = await run('note', '--title', ' Odd ', '--body', 'We look.', '--components', component)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^[\da-f-]{12} is written, on the page within half a minute\n$/)
    const short = first.stdout.slice(0, 12)
    await run('note', '--incident', short, '--state', 'resolved', '--body', 'Over.', '--by', 'bob')
    expect((await store.statusPage()).notes).toMatchObject([
      { state: 'investigating', title: 'Odd', body: 'We look.', components: [component] },
      { state: 'resolved', title: null, body: 'Over.', components: [] },
    ])
    const { stdout } = await run('list')
    expect(stdout).toMatch(new RegExp(`ann +investigating +Odd: We look\\.$`, 'm'))
    expect(stdout).toMatch(new RegExp(`bob +resolved +${short} +Over\\.$`, 'm'))
    const gone = await run('delete', short, '--json')
    expect(JSON.parse(gone.stdout)).toEqual({ deleted: expect.stringMatching(`${short}$`) as string })
    const { notes } = JSON.parse((await run('list', '--json')).stdout) as { notes: unknown[] }
    expect(notes).toEqual([])
  })

  test('a note on an incident needs no title; while the page is off, nobody sees it', async () => {
    const { code, stdout } = await runWith(
      {},
      'note',
      '--incident',
      incident.slice(-8),
      '--body',
      'Their network.',
      '--state',
      'identified',
    )
    expect([code, stdout]).toEqual([0, expect.stringContaining('nobody sees it: STATUS_PAGE=public')])
    expect((await store.statusPage()).notes).toMatchObject([{ incident_id: incident, state: 'identified' }])
  })

  test.each([
    [['note', '--body', 'x'], 'note needs --title TITLE, or --incident ID'],
    [['note', '--title', 'x'], 'note needs --body TEXT'],
    [['note', '--title', 'x', '--body', '  '], '--body must not be empty'],
    [['note', '--title', 'x', '--body', 'y'.repeat(2001)], '--body must have at most 2000 characters'],
    [['note', '--title', 'x', '--body', 'y', '--state', 'over'], '--state must be investigating, identified'],
    [['note', 'x', '--title', 'x', '--body', 'y'], 'note takes no name'],
    [
      ['note', '--title', 'x', '--body', 'y', '--components', 'a/b'],
      'the status page shows no component a/b',
    ],
    [['note', '--incident', 'nothing', '--body', 'y'], 'there is no incident or note nothing'],
    [['note', '--incident', randomUUID(), '--body', 'y'], 'the status page shows no incident'],
    [['list', '--by', 'ann'], '--by is not for list'],
    [['delete'], 'delete needs a note'],
    [['delete', randomUUID()], 'there is no note'],
    [['tell'], 'there is no command tell: list, note, delete'],
  ])('$1 is the reason of a refusal', async (argv, why) => {
    const before = (await store.listStatusNotes({})).rows.length
    const { code, stdout, stderr } = await run(...argv)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(why)
    expect((await store.listStatusNotes({})).rows).toHaveLength(before)
  })
})
