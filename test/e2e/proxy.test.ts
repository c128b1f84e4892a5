import { afterAll, expect, test } from 'vitest'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
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

test('it does not listen where others could spend the keys', async () => {
  const { code, stderr } = await command('proxy.ts', ['--host', '0.0.0.0'], { cwd: folder, env })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^firsttoken: cannot listen on 0\.0\.0\.0: /)
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
