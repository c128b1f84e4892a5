import { expect, test } from 'vitest'
import { parseFlags } from '../../../src/cli/parse-flags.ts'
import { runFlags } from '../../../src/cli/run-flags.ts'

const readRunFlags = (argv: string[]) => parseFlags(argv, runFlags)

test('nothing asked means everything by default', () => {
  expect(readRunFlags([])).toEqual({
    flags: {
      provider: [],
      model: null,
      runs: 1,
      prompt: null,
      promptFile: null,
      maxTokens: null,
      temperature: null,
      timeout: null,
      baseUrl: null,
      apiKeyEnv: null,
      name: null,
      seed: null,
      scheduled: false,
      synthetic: false,
      json: false,
      out: null,
      noSave: false,
      quiet: false,
      verbose: false,
    },
  })
})

test('providers may be repeated or separated by commas', () => {
  expect(readRunFlags(['--provider', 'openai, groq', '--provider=glm'])).toMatchObject({
    flags: { provider: ['openai', 'groq', 'glm'] },
  })
})

test('numbers are read as numbers', () => {
  const argv = [
    '--runs',
    '5',
    '--max-tokens',
    '64',
    '--temperature',
    '0.2',
    '--timeout',
    '1.5',
    '--seed',
    '7',
  ]
  expect(readRunFlags(argv)).toMatchObject({
    flags: {
      runs: 5,
      maxTokens: 64,
      temperature: 0.2,
      timeout: 1.5,
      seed: 7,
    },
  })
})

test.each([
  [['--frobnicate'], '--frobnicate'],
  [['now'], 'now'],
  [['--runs', 'many'], '--runs must be a whole number'],
  [['--runs', '0'], '--runs'],
  [['--runs', '1e3'], '--runs must be a whole number'],
  [['--temperature', '3'], '--temperature'],
  [['--timeout', '-1'], '--timeout'],
  [['--model', ''], '--model must not be empty'],
  [['--max-tokens'], '--max-tokens'],
  [['--base-url', 'http://127.0.0.1/v1'], '--base-url needs --model'],
  [['--base-url', 'http://127.0.0.1/v1', '--model', 'm', '--synthetic'], 'exclude each other'],
  [['--api-key-env', 'KEY'], '--api-key-env is for --base-url'],
  [['--prompt', 'a', '--prompt-file', 'b'], 'exclude each other'],
  [['--no-save', '--scheduled'], '--scheduled needs the database'],
])('%j is refused with a reason', (argv, reason) => {
  expect(readRunFlags(argv)).toEqual({ problem: expect.stringContaining(reason) })
})
