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
  expect((await ask('/api/v1/prompts')).status).toBe(401)
  expect((await ask('/api/v1/prompts', { PUBLIC_READS: '1' })).status).toBe(200)
  const token = { READ_TOKEN: 'the-token-of-a-reader' }
  const bearer = { authorization: `Bearer ${token.READ_TOKEN}` }
  expect((await ask('/api/v1/prompts', token, bearer)).status).toBe(200)
  expect((await ask('/docs')).status).toBe(200)
})

test('a function answers to certain names alone if they are set', async () => {
  const env = { PUBLIC_READS: '1', ALLOWED_HOSTS: 'monitor.example' }
  expect((await ask('/api/v1/prompts', env)).status).toBe(421)
  expect((await ask('/api/v1/prompts', { ...env, ALLOWED_HOSTS: 'firsttoken.example' })).status).toBe(200)
})

test('a function without a usable environment or store says no more than that', async () => {
  const broken = await ask('/api/v1/prompts', { ADMIN_TOKEN: 'short' })
  expect(broken.status).toBe(503)
  const details = problemDetails.parse(await broken.json())
  expect(details.detail).toBe('an environment variable cannot be used: the log says which')
  const unstored = await ask('/api/v1/models', { PUBLIC_READS: '1' })
  expect(unstored.status).toBe(500)
  expect(await unstored.text()).not.toContain('SUPABASE')
  expect(broken.headers.get('content-security-policy')).toContain("default-src 'none'")
})
