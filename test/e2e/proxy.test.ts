import { afterAll, expect, test } from 'vitest'
import { patienceMs } from '../support/browser.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'
import { ask, streamBody } from '../support/proxied.ts'

const folder = makeFolder()
afterAll(() => removeFolder(folder))

const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '3', SYN_DELAY_MS: '1', PROXY_PORT: '0' }

/** The port of a proxy that says where it is. */
const portIn = (said: string): number => Number(/:(\d+)\/v1$/.exec(said)?.[1])

/** Whether nothing listens there any more. */
const isGone = (port: number) =>
  ask(port, { path: '/', method: 'GET' }).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ECONNREFUSED',
  )

test('a proxy of its own serves the synthetic provider without a database, and ends when it is told to', async () => {
  const nowhere = { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x', LLM_BASE_URL: 'http://127.0.0.1:9/v1' }
  const proxy = start('proxy.ts', [], { cwd: folder, env: { ...env, ...nowhere, LLM_MODEL: 'synthetic' } })
  const port = portIn(await proxy.until(/firsttoken proxy at http:\/\/127\.0\.0\.1:\d+\/v1/))
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], stream: true })
  const answer = await ask(port, { path: '/api/chat/completions', body })
  expect(answer.status).toBe(200)
  expect(answer.body.toString()).toMatch(/^data: .*\n\ndata: \[DONE\]\n\n$/s)
  expect(answer.body.toString()).not.toContain('"usage"')
  const models = await ask(port, { path: '/v1/models', method: 'GET' })
  expect(
    (JSON.parse(models.body.toString()) as { data: { id: string }[] }).data.map(({ id }) => id),
  ).toContain('synthetic-1')
  // Whatever else is asked for goes to LLM_BASE_URL, where nobody is.
  expect((await ask(port, { body: streamBody() })).status).toBe(502)
  expect((await ask(port, { headers: { host: 'evil.example' } })).status).toBe(403)
  proxy.child.kill('SIGINT')
  expect(await proxy.ended).toMatchObject({ code: 0, stderr: '' })
})

test('a proxy before itself does not start: one request would go round without end', async () => {
  const itself = { LLM_BASE_URL: 'http://localhost:8080/v1', LLM_MODEL: 'tiny', PROXY_PORT: '8080' }
  const proxy = start('proxy.ts', [], { cwd: folder, env: { ...env, ...itself } })
  const { code, stderr } = await proxy.ended
  expect(stderr).toContain('LLM_BASE_URL (http://localhost:8080/v1) is this proxy itself')
  expect(code).toBe(2)
})

test('where others can call, every request needs a token; whoever starts it is told so, and of texts that are kept', async () => {
  copyDatabase(folder)
  const capture = { PROXY_CAPTURE: 'all', PROXY_CAPTURE_DAYS: '3' }
  const options = { cwd: folder, env: { ...env, ...capture, LLM_MODEL: 'synthetic' } }
  const proxy = start('proxy.ts', ['--host', '0.0.0.0'], options)
  const port = portIn(await proxy.until(/firsttoken proxy at http:\/\/0\.0\.0\.0:\d+\/v1/))
  const answered = async (more: object = {}) => {
    const headers = { authorization: 'Bearer sk-its-own', ...more }
    const question = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] })
    const { status, body } = await ask(port, { body: question, headers })
    return [status, /"code": ?"(\w+)"/.exec(body.toString())?.[1] ?? null]
  }
  expect(await answered()).toEqual([401, 'token_needed'])
  const made = await command('proxy-tokens.ts', ['create', 'laptop', '--requests-per-day', '1'], options)
  const token = made.stdout.trim()
  const bearer = { authorization: `Bearer ${token}` }
  // Its database is being opened at first.
  await expect.poll(() => answered(bearer), { timeout: patienceMs }).toEqual([200, null])
  await expect.poll(() => answered(bearer), { timeout: patienceMs }).toEqual([429, 'requests_per_day'])
  const { stdout } = await command('proxy-tokens.ts', ['list', '--json'], options)
  expect(JSON.parse(stdout)).toMatchObject({ tokens: [{ name: 'laptop', requests_today: 1 }] })
  expect(stdout).not.toContain(token)
  proxy.child.kill('SIGINT')
  expect(await proxy.ended).toMatchObject({
    code: 0,
    stderr:
      'firsttoken: every request needs a proxy token\n' +
      'firsttoken: the texts of every request are kept for 3 days (PROXY_CAPTURE)\n',
  })
})

test('with PROXY=on a server has one beside it, which ends with it, even if that is killed', async () => {
  const options = { cwd: folder, env: { ...env, PROXY: 'on', LLM_MODEL: 'synthetic' } }
  const server = start('serve.ts', ['--port', '0', '--no-schedule'], options)
  const port = portIn(await server.until(/firsttoken proxy at http:\/\/127\.0\.0\.1:\d+\/v1/))
  expect((await ask(port, { path: '/', method: 'GET' })).status).toBe(200)
  server.child.kill('SIGKILL')
  await expect.poll(() => isGone(port)).toBe(true)
  await server.ended
})
