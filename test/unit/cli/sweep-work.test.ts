import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { askedIn } from '../../../src/cli/asked-sweep.ts'
import { parseFlags } from '../../../src/cli/parse-flags.ts'
import { sweepFlags } from '../../../src/cli/sweep-flags.ts'
import { readWork } from '../../../src/cli/sweep-work.ts'
import { sweepOf } from '../../../src/jobs/asked-sweep.ts'
import { sha256 } from '../../../src/run/plan.ts'
import { makeFolder, removeFolder } from '../../support/command.ts'

const folder = makeFolder()
afterAll(() => removeFolder(folder))

const parsed = (line: string) => parseFlags(line.split(' '), sweepFlags)
/** The sweep of a line, or what is wrong with the files that it names. */
function said(line: string) {
  const asked = parsed(line)
  if (asked === 'help' || 'problem' in asked) throw new Error(JSON.stringify(asked))
  const files = readWork(asked.flags)
  return 'problem' in files ? files : sweepOf(askedIn(asked.flags), { drawSeed: () => 7, ...files })
}
/** A folder, or a file, of its own. */
function filed(name: string, files: Record<string, string | Uint8Array>): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const [each, content] of Object.entries(files)) writeFileSync(join(path, each), content)
  return path
}

test.each([
  ['--cache lukewarm', '--cache must be warm, cold or shared=N'],
  ['--cache shared=0', '--cache must be warm, cold or shared=N'],
  ['--cache shared', '--cache must be warm, cold or shared=N'],
  ['--cache shared=100', '--cache shares 100 tokens of the context, and that of 0 tokens has less'],
  ['--cache shared=100 --context-tiers 50,200', 'that of 50 tokens has less'],
  ['--output-tokens 0', '--output-tokens must be a limit'],
  ['--output-tokens 9..3', '--output-tokens must be a limit'],
  ['--output-tokens 5..', '--output-tokens must be a limit'],
  ['--output-tokens 5;6', '--output-tokens must be a limit'],
  ['--output-tokens 5 --max-tokens 6', '--max-tokens and --output-tokens exclude each other'],
  ['--cache warm --prompt-category qa', '--cache warm sends one prompt again and again'],
  ['--prompts a --prompt b', 'give one of --prompt, --prompt-file, --prompts and --prompt-category'],
  ['--prompt-category poetry', '--prompt-category must be reasoning, code, creative or qa'],
  ['--speed 2', '--speed is for --trace'],
  ['--block-tokens 16', '--block-tokens is for --trace'],
])('--rate 1 %s is refused', (more, problem) => {
  expect(parsed(`--rate 1 ${more}`)).toEqual({ problem: expect.stringContaining(problem) as string })
})

test.each(['--cache warm', '--context-tiers 5', '--max-tokens 5', '--output-tokens 5'])(
  'a trace says what %s would',
  (more) => {
    expect(parsed(`--trace t ${more}`)).toMatchObject({
      problem: expect.stringContaining('--trace says how long prompts and answers are') as string,
    })
    expect(parsed('--trace t --rate 1')).toMatchObject({
      problem: 'give one of --concurrency, --rate, --find, --trace, --smoke and --run',
    })
  },
)

test('limits are one, several or a range, and the context begins with as many shared tokens as asked', () => {
  expect(said('--rate 1')).toMatchObject({ work: { cache: 'cold' } })
  expect(said('--rate 1 --output-tokens 64')).toMatchObject({ work: { outputs: { list: [64] } } })
  expect(said('--rate 1 --output-tokens 64,256')).toMatchObject({ work: { outputs: { list: [64, 256] } } })
  expect(said('--rate 1 --output-tokens 64..256')).toMatchObject({
    work: { outputs: { least: 64, most: 256 } },
  })
  expect(said('--rate 1 --cache shared=50 --context-tiers 50,200')).toMatchObject({
    work: { cache: 'shared', sharedTokens: 50 },
  })
})

test('prompts are the built-in ones of a category, or the text files of a folder by name', () => {
  const names = (line: string) => {
    const asked = said(line)
    return 'work' in asked ? asked.work?.prompts?.map(({ name }) => name) : asked
  }
  expect(names('--rate 1 --prompt-category creative')).toEqual(['story', 'letter-home', 'two-voices'])
  const path = filed('good', {
    'b.md': 'Say b.',
    'a.txt': '\uFEFFSay a.',
    'c.json': '{}',
    '.d.txt': 'hidden',
  })
  mkdirSync(join(path, 'deeper.txt'))
  expect(said(`--rate 1 --prompts ${path}`)).toMatchObject({
    work: {
      prompts: [
        { name: 'a.txt', text: 'Say a.', hash: sha256('Say a.') },
        { name: 'b.md', text: 'Say b.' },
      ],
    },
  })
  expect(said(`--rate 1 --cache warm --prompts ${path}`)).toEqual({
    problem: '--cache warm sends one prompt again and again, and these are 2',
  })
})

const half = new Uint8Array(600_000).fill(97)
test.each([
  ['no text file', { 'a.json': '{}' }, 'has no .txt or .md file'],
  ['an empty prompt', { 'a.txt': ' \n' }, 'a.txt is empty'],
  ['a binary file', { 'a.txt': new Uint8Array([97, 0, 98]) }, 'a.txt is binary'],
  ['another encoding', { 'a.txt': new Uint8Array([0x66, 0xfc, 0x72]) }, 'a.txt is not UTF-8'],
  ['a huge file', { 'a.txt': new Uint8Array(2 ** 20 + 1).fill(97) }, 'a.txt is longer than 1 MiB'],
  ['too much together', { 'a.txt': half, 'b.txt': half }, 'are longer than 1 MiB together'],
] as [string, Record<string, string | Uint8Array>, string][])(
  'a folder with %s is refused',
  (name, files, problem) => {
    expect(said(`--rate 1 --prompts ${filed(name.replaceAll(' ', '-'), files)}`)).toEqual({
      problem: expect.stringContaining(problem) as string,
    })
    expect(said(`--rate 1 --prompts ${folder}/nowhere`)).toMatchObject({
      problem: expect.stringContaining('--prompts: ENOENT') as string,
    })
  },
)

/** A trace of ours with requests at these times, in ms. */
const traceAt = (...times: number[]) =>
  times.map((ms) => JSON.stringify({ t_ms: ms, input_tokens: 9, output_tokens: 3 })).join('\n')

test('a trace is what is known of it, its first requests and their mean rate at its speed', () => {
  const text = traceAt(5000, 5400, 5800, 7000, 9000)
  const path = join(filed('trace', { 't.jsonl': text }), 't.jsonl')
  expect(said(`--trace ${path} --total 4 --speed 2`)).toMatchObject({
    work: {
      cache: 'cold',
      trace: {
        name: 't.jsonl',
        format: 'firsttoken',
        hash: sha256(text),
        requests: 5,
        failed: 0,
        speed: 2,
        blockTokens: 512,
        // Due at 0, 200, 400 and 1000 ms: the last is of another second than the first.
        peakRate: 3,
      },
    },
    loads: [{ rate: 3, arrivals: 'trace', seed: null, slots: 256 }],
    total: 4,
  })
  const all = join(filed('burst', { 't.jsonl': traceAt(7, 7, 7) }), 't.jsonl')
  expect(said(`--trace ${all}`)).toMatchObject({ loads: [{ rate: 3 }], total: 3 })
})

test.each([
  ['wrong', traceAt(1) + '\n{"t_ms": 2}', /t\.jsonl: line 2: .*input_tokens/],
  ['huge-input', '{"t_ms": 1, "input_tokens": 1000001, "output_tokens": 1}', /line 1: .*input_tokens/],
  ['binary', 'GIF\0', /is binary/],
  ['empty', '', /the trace is empty/],
  ['long', traceAt(...Array(100_001).keys()), /has 100001 requests.*--total 100000 takes the first ones/],
])('a %s trace is refused', (name, text, problem) => {
  const path = join(filed(name, { 't.jsonl': text }), 't.jsonl')
  expect(said(`--trace ${path}`)).toEqual({ problem: expect.stringMatching(problem) as string })
})
