import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { delta, event, stop } from '../support/loopback.ts'

let cwd: string
let database: Sql
let receiver: Receiver
/** A provider that answers, or is overloaded. */
const provider = { isDown: false }
const server = createServer((request, response) => {
  request.resume()
  if (provider.isDown) {
    response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"overloaded"}}')
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(delta({ content: 'Hi' }) + stop + event('[DONE]'))
})

beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
  receiver = await startReceiver()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await receiver.close()
  await database.close()
  removeFolder(cwd)
})

beforeEach(() => {
  receiver.received.length = 0
})

const runIn = (env: Record<string, string>, script: string, ...args: string[]) =>
  command(script, args, {
    cwd,
    env: {
      LLM_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      LLM_MODEL: 'm',
      USER: 'ann',
      ...env,
    },
  })
const run = (script: string, ...args: string[]) => runIn({ ALERT_WEBHOOK_URL: receiver.url }, script, ...args)

const events = (): string[] =>
  receiver.received.map(({ body }) => (JSON.parse(body) as { event: string }).event)

interface Listed {
  incidents: {
    id: string
    kind: string
    title: string
    acknowledged_by: string | null
    resolve_reason: string | null
  }[]
}
const listed = async (...args: string[]) =>
  (JSON.parse((await run('alerts.ts', 'list', ...args, '--json')).stdout) as Listed).incidents

test('an outage is told once, is taken by a person, and its end is told once', async () => {
  expect((await run('alerts.ts', 'test', 'webhook')).stdout).toBe('webhook took the test\n')
  provider.isDown = true
  await run('run.ts')
  expect(events()).toEqual(['test'])
  await run('run.ts')
  await run('run.ts')
  expect(events()).toEqual(['test', 'incident.opened'])
  const [open] = await listed()
  expect(open).toMatchObject({ kind: 'down', title: 'm at custom is down' })
  const short = open?.id.slice(-8) ?? ''
  expect((await run('alerts.ts', 'ack', short, '--note', 'on it')).stdout).toContain('taken by ann')
  expect(events()).toEqual(['test', 'incident.opened', 'incident.updated'])
  provider.isDown = false
  await run('run.ts')
  expect(events()).toHaveLength(3)
  await run('run.ts')
  await run('run.ts')
  expect(events()).toEqual(['test', 'incident.opened', 'incident.updated', 'incident.resolved'])
  const [now, all, { stdout }] = await Promise.all([
    listed(),
    listed('--all'),
    run('alerts.ts', 'show', short),
  ])
  expect(now).toEqual([])
  expect(all).toMatchObject([{ id: open?.id, resolve_reason: 'recovered' }])
  expect(stdout).toMatch(/acknowledged by ann "on it"/)
  expect(stdout).toMatch(/webhook resolved sent/)
})

test('what changed in a week is shown, and sent to a channel if asked', async () => {
  const week = ['digest', '--week', '2026-W01']
  const [shown, sent] = [
    await run('alerts.ts', ...week),
    await run('alerts.ts', ...week, '--send', 'webhook', '--json'),
  ]
  const title = '2026-W01, 29 December to 4 January: no incident, no data'
  expect(shown.stdout).toMatch(new RegExp(`^${title}\n`))
  expect(JSON.parse(sent.stdout)).toMatchObject({
    digest: { title, data: { week: '2026-W01', uptime: { n_checks: 0 } } },
    delivery: { state: 'sent', event: 'weekly', week: null },
  })
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { event: 'digest.weekly', title, week: { week: '2026-W01' }, links: { dashboard: null } },
  ])
  expect((await run('alerts.ts', 'channels')).stdout).toMatch(/WEEKLY[\s\S]*webhook .* no /)
})

test('a test from a shell that lacks the variables of other channels switches none of them off', async () => {
  await run('alerts.ts', 'test', 'webhook')
  const elsewhere = { ALERT_WEBHOOK_OTHER_URL: receiver.url }
  expect((await runIn({}, 'alerts.ts', 'test', 'nobody')).code).toBe(2)
  expect((await runIn(elsewhere, 'alerts.ts', 'test', 'webhook-other')).stdout).toBe(
    'webhook-other took the test\n',
  )
  const { stdout } = await run('alerts.ts', 'channels', '--json')
  const { channels } = JSON.parse(stdout) as { channels: { name: string; enabled: boolean }[] }
  expect(channels.map(({ name, enabled }) => [name, enabled])).toEqual([
    ['webhook', true],
    ['webhook-other', true],
  ])
})

test('a test by a shell that lacks what its channel needs says so, and is sent by one that has it', async () => {
  await run('alerts.ts', 'test', 'webhook')
  expect(await runIn({}, 'alerts.ts', 'test', 'webhook')).toMatchObject({
    code: 1,
    stdout:
      'webhook needs ALERT_WEBHOOK_URL, which is not set: the test waits for a server that can send it\n',
  })
  expect(events()).toEqual(['test'])
  await run('alerts.ts', 'test', 'webhook')
  expect(events()).toEqual(['test', 'test', 'test'])
})

test('a channel that only this shell has is listed as not saved yet', async () => {
  const { stdout } = await runIn({ ALERT_WEBHOOK_NEW_URL: receiver.url }, 'alerts.ts', 'channels')
  expect(stdout).toMatch(/^webhook-new is set here, and told once/m)
  const { stdout: later } = await run('alerts.ts', 'channels')
  expect(later).not.toContain('webhook-new')
})

test('what cannot be done is told, and nothing is done', async () => {
  const refused = [
    [['ack'], 'ack needs an incident'],
    [['ack', 'nothing'], 'there is no incident nothing'],
    [['note', 'x'], 'note needs --note TEXT'],
    [['list', '--by', 'ann'], '--by is not for list'],
    [['tell'], 'there is no command tell'],
    [['test', 'nobody'], 'there is no channel nobody: webhook'],
    [['digest', '--week', '2025-W53'], '--week must be a week such as 2026-W48'],
    [['digest', '--send', 'nobody'], 'there is no channel nobody: webhook'],
  ] as const
  const answers = await Promise.all(refused.map(([args]) => run('alerts.ts', ...args)))
  for (const [at, { code, stdout, stderr }] of answers.entries()) {
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(refused[at]?.[1])
  }
})
