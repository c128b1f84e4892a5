import { expect, test } from 'vitest'
import { parseFlags } from '../../../src/cli/parse-flags.ts'
import { runFlags } from '../../../src/cli/run-flags.ts'

const readRunFlags = (argv: string[]) => parseFlags(argv, runFlags)

test('nothing asked means everything by default', () => {
  expect(readRunFlags([])).toEqual({
    flags: {
      provider: [],
      model: null,
      runs: null,
      prompt: null,
      promptFile: null,
      maxTokens: null,
      temperature: null,
      timeout: null,
      mode: null,
      concurrency: null,
      contextTiers: null,
      warmup: false,
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

test('how a run is made', () => {
  const argv = [
    '--mode',
    'concurrent',
    '--concurrency',
    '20',
    '--context-tiers',
    '0, 5000,1000000',
    '--warmup',
  ]
  expect(readRunFlags(argv)).toMatchObject({
    flags: { mode: 'concurrent', concurrency: 20, contextTiers: [0, 5000, 1_000_000], warmup: true },
  })
})

test.each([
  [['--mode', 'parallel'], '--mode must be single, multi, concurrent or comparison'],
  [['--mode', 'scheduled'], '--mode must be single'],
  [['--mode', 'concurrent', '--concurrency', '21'], '--concurrency must be from 1 to 20'],
  [['--mode', 'concurrent', '--concurrency', '0'], '--concurrency must be from 1 to 20'],
  [['--concurrency', '5'], '--concurrency is for --mode concurrent'],
  [['--mode', 'comparison', '--concurrency', '5'], '--concurrency is for --mode concurrent'],
  [['--scheduled', '--mode', 'multi'], '--scheduled and --mode exclude each other'],
  [['--scheduled', '--warmup'], '--scheduled and --warmup exclude each other'],
  [['--mode', 'single', '--warmup'], '--warmup is not for --mode single'],
  [['--mode', 'single', '--runs', '2'], '--mode single is one call: leave out --runs'],
  [['--mode', 'single', '--context-tiers', '0,5'], '--mode single is one call: give one context tier'],
  [['--context-tiers', ''], '--context-tiers must be whole numbers'],
  [['--context-tiers', '0,'], '--context-tiers must be whole numbers'],
  [['--context-tiers', '5e3'], '--context-tiers must be whole numbers'],
  [['--context-tiers', '-1'], '--context-tiers'],
  [['--context-tiers', '1000001'], '--context-tiers must be from 0 to 1000000'],
  [['--context-tiers', '5,05'], '--context-tiers must have each number once'],
  [['--context-tiers', '0,1,2,3,4,5,6,7,8,9,10'], '--context-tiers must be at most 10 numbers'],
])('%j is refused with a reason: %s', (argv, reason) => {
  expect(readRunFlags(argv)).toEqual({ problem: expect.stringContaining(reason) })
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
  [['--model', '--json'], "Option '--model' argument is ambiguous"],
  [['--base-url', 'http://127.0.0.1/v1'], '--base-url needs --model'],
  [['--base-url', 'http://127.0.0.1/v1', '--model', 'm', '--synthetic'], 'exclude each other'],
  [['--api-key-env', 'KEY'], '--api-key-env is for --base-url'],
  [['--prompt', 'a', '--prompt-file', 'b'], 'exclude each other'],
  [['--no-save', '--scheduled'], '--scheduled needs the database'],
])('%j is refused with a reason', (argv, reason) => {
  expect(readRunFlags(argv)).toEqual({ problem: expect.stringContaining(reason) })
})
