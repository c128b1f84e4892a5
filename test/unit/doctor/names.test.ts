import { expect, test } from 'vitest'
import { nameChecks } from '../../../src/doctor/names.ts'

test.each([
  ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
  ['openai_api_key', 'OPENAI_API_KEY'],
  ['OPENAI_KEY', 'OPENAI_API_KEY'],
  ['OPENAI_TOKEN', 'OPENAI_API_KEY'],
  ['OPENAI_API_KYE', 'OPENAI_API_KEY'],
  ['OPENAI_API_KEYS', 'OPENAI_API_KEY'],
  ['OPEN_AI_API_KEY', 'OPENAI_API_KEY'],
  ['GROQ_KEY', 'GROQ_API_KEY'],
  ['GORQ_API_KEY', 'GROQ_API_KEY'],
  ['ANTROPIC_API_KEY', 'ANTHROPIC_API_KEY'],
  ['OPENROUTER_SECRET', 'OPENROUTER_API_KEY'],
  ['OPENAI_API_BASE', 'OPENAI_BASE_URL'],
  ['LLM_URL', 'LLM_BASE_URL'],
  ['SUPABASE_KEY', 'SUPABASE_SERVICE_ROLE'],
  ['SUPABASE_SERVICE_KEY', 'SUPABASE_SERVICE_ROLE'],
  ['SUPABASE_API_URL', 'SUPABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['POSTGRES_URL', 'DATABASE_URL'],
  ['CRON_SECRET_', 'CRON_SECRET'],
  ['TIMEOUT_CONNECT', 'TIMEOUT_CONNECT_S'],
  ['LOGLEVEL', 'LOG_LEVEL'],
])('%s is named, with %s, which was meant', (name, meant) => {
  expect(nameChecks({ [name]: 'a-value' })).toEqual([
    {
      name: 'environment',
      state: 'warn',
      message: `${name} is set, and no variable of ours`,
      todo: `was ${meant} meant? rename it`,
    },
  ])
  expect(nameChecks({ [name]: ' \u200b' })).toEqual([])
  expect(nameChecks({ [name]: 'a-value', [meant]: 'another' })).toEqual([])
})

test('a variable that begins as only ours do is named even if none is near', () => {
  expect(nameChecks({ BENCHMARK_CONCURRENCY: '4' })).toMatchObject([{ state: 'warn' }])
  expect(nameChecks({ BENCHMARK_MAX_TOKEN: '4' })).toMatchObject([
    { todo: 'was BENCHMARK_MAX_TOKENS meant? rename it' },
  ])
})

test('variables of others are not named', () => {
  const others = {
    PATH: '/bin',
    HOST: 'here',
    HOSTNAME: 'here',
    LOGNAME: 'me',
    TOKEN: 'x',
    GITHUB_TOKEN: 'x',
    XAI_API_KEY: 'x',
    MISTRAL_API_KEY: 'x',
    GROK_API_KEY: 'x',
    OPENAI_ORG_ID: 'x',
    OPENAI_MODEL: 'x',
    SUPABASE_ANON_KEY: 'x',
    SUPABASE_JWT_SECRET: 'x',
    NEXT_PUBLIC_SUPABASE_URL: 'x',
    XDG_DATA_DIRS: 'x',
    VERCEL: '1',
    VERCEL_URL: 'x',
    VERCEL_ENV: 'x',
    HTTP_PROXY: 'x',
    NO_PROXY: 'x',
    SYN_FRAMES: '3',
  }
  expect(nameChecks(others)).toEqual([])
})

test('names of what is configured already are not asked about', () => {
  const env = { SUPABASE_URL: 'https://x.supabase.co', SUPABASE_SECRET_KEY: 'x' }
  expect(nameChecks({ ...env, POSTGRES_URL: 'x', SUPABASE_SERVICE_ROLE_SECRET: 'x' })).toEqual([])
})
