import { expect, test } from 'vitest'
import { problemDetails } from '../../src/http/problem-details.ts'
import { answerApi } from '../../src/serverless-api.ts'

const ask = (path: string, env: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  answerApi(new Request(`https://firsttoken.example${path}`, { headers }), {
    VERCEL: '1',
    LOG_LEVEL: 'silent',
    ...env,
  })

test('a function has closed reads until they are opened, under any name of the project', async () => {
  expect((await ask('/api/v1/prompts?source=built_in')).status).toBe(401)
  expect((await ask('/api/v1/prompts?source=built_in', { PUBLIC_READS: '1' })).status).toBe(200)
  const token = { READ_TOKEN: 'the-token-of-a-reader' }
  const bearer = { authorization: `Bearer ${token.READ_TOKEN}` }
  expect((await ask('/api/v1/prompts?source=built_in', token, bearer)).status).toBe(200)
  expect((await ask('/docs')).status).toBe(200)
})

test('a function takes changes by its ADMIN_TOKEN alone', async () => {
  const change = (env: Record<string, string>, token: string | null) =>
    answerApi(
      new Request('https://firsttoken.example/api/v1/targets', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        body: '{}',
      }),
      { VERCEL: '1', LOG_LEVEL: 'silent', PUBLIC_READS: '1', ...env },
    )
  const ADMIN_TOKEN = 'the-token-of-the-admin'
  expect((await change({}, null)).status).toBe(403)
  expect((await change({}, ADMIN_TOKEN)).status).toBe(401)
  expect((await change({ ADMIN_TOKEN }, null)).status).toBe(401)
  expect(
    (await change({ ADMIN_TOKEN, READ_TOKEN: 'the-token-of-a-reader' }, 'the-token-of-a-reader')).status,
  ).toBe(403)
  // Let in, it is told what its body lacks.
  expect((await change({ ADMIN_TOKEN }, ADMIN_TOKEN)).status).toBe(400)
})

test('a function answers to certain names alone if they are set', async () => {
  const env = { PUBLIC_READS: '1', ALLOWED_HOSTS: 'monitor.example' }
  expect((await ask('/api/v1/prompts?source=built_in', env)).status).toBe(421)
  expect(
    (await ask('/api/v1/prompts?source=built_in', { ...env, ALLOWED_HOSTS: 'firsttoken.example' })).status,
  ).toBe(200)
})

test('a function without a usable environment or store says no more than that', async () => {
  const broken = await ask('/api/v1/prompts?source=built_in', { ADMIN_TOKEN: 'short' })
  expect(broken.status).toBe(503)
  const details = problemDetails.parse(await broken.json())
  expect(details.detail).toBe('an environment variable or firsttoken.yaml cannot be used: the log says which')
  const unstored = await ask('/api/v1/models', { PUBLIC_READS: '1' })
  expect(unstored.status).toBe(500)
  expect(await unstored.text()).not.toContain('SUPABASE')
  expect(broken.headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('a function without CRON_SECRET starts no run, and says what to set', async () => {
  const ADMIN_TOKEN = 'the-token-of-the-admin'
  const refused = await answerApi(
    new Request('https://firsttoken.example/api/v1/benchmarks/single', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ provider_id: 'openai', model: 'gpt-5' }),
    }),
    { VERCEL: '1', LOG_LEVEL: 'silent', ADMIN_TOKEN },
  )
  expect(refused.status).toBe(503)
  expect(problemDetails.parse(await refused.json()).detail).toContain('CRON_SECRET')
})
