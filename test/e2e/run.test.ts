import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, type Ended, makeFolder, removeFolder, start } from '../support/command.ts'
import { copyDatabase, holdDatabase } from '../support/held-database.ts'

interface Document {
  run: Record<string, unknown>
  results: Record<string, unknown>[]
}
const parse = ({ stdout }: Ended) => JSON.parse(stdout) as Document

let provider: Synthetic
/** A folder with an existing database, which this process holds. */
let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 30, frames: 20, delayMs: 3 } })
})
afterAll(async () => {
  await provider.close()
  await database.close()
  removeFolder(cwd)
})

const run = (args: string[], env: Record<string, string> = {}) => command('run.ts', args, { cwd, env })
const endpoint = (model: string) => ['--base-url', provider.url, '--model', model]
const query = async (text: string, values: unknown[] = []) => (await database.query(text, values)).rows

test('with nothing configured it benchmarks the synthetic provider into a new database', async () => {
  const folder = makeFolder()
  try {
    const ended = await command('run.ts', ['--json'], { cwd: folder })
    expect(ended.code).toBe(0)
    const { run: recorded, results } = parse(ended)
    expect(recorded).toMatchObject({ status: 'finished', synthetic: true, n_probes: 1, n_succeeded: 1 })
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({
      provider: 'synthetic',
      success: true,
      synthetic: true,
      cost_usd: null,
      token_source: 'usage',
    })
    expect(results[0]?.['ttft_ms']).toBeGreaterThan(50)
    expect(ended.stderr).toContain('synthetic results')
    expect(existsSync(join(folder, '.data'))).toBe(true)
    expect(readdirSync(join(folder, 'logs'))).toEqual([expect.stringMatching(/^firsttoken-\d{8}\.log$/)])
  } finally {
    removeFolder(folder)
  }
})

test('the row in the database equals the row printed by --json', async () => {
  const ended = await run([...endpoint('synthetic-1'), '--json', '--name', 'My host'])
  expect(ended.code).toBe(0)
  const printed = parse(ended).results[0] ?? {}
  const [stored] = await query(
    'select to_jsonb(b) as row, t.data is not null as timeline from benchmark_results b left join timelines t on t.result_id = b.id where b.id = $1',
    [printed['id']],
  )
  const row = stored?.['row'] as Record<string, unknown>
  expect(stored?.['timeline']).toBe(true)
  expect(row).toMatchObject({
    provider: 'my-host',
    model: 'synthetic-1',
    output_tokens: 20,
    finish_reason: 'stop',
    synthetic: false,
  })
  // The timestamps are equal but formatted differently.
  const times = ['created_at', 'started_at']
  expect({ ...row, ...Object.fromEntries(times.map((name) => [name, null])) }).toMatchObject({
    ...printed,
    ...Object.fromEntries(times.map((name) => [name, null])),
  })
})

test.each([
  ['unauthorized', 'auth', 401],
  ['model-not-found', 'model_not_found', 404],
  ['rate-limited', 'rate_limited', 429],
  ['html-500', 'server_error', 500],
  ['truncated', 'truncated', 200],
])('the fault %s is recorded as %s and the run exits with 1', async (fault, kind, status) => {
  // A name of its own: a rate-limited provider is skipped for a while.
  const ended = await run([...endpoint(`synthetic/fault/${fault}`), '--name', fault, '--json'])
  expect(ended.code).toBe(1)
  expect(parse(ended).results).toMatchObject([{ success: false, error_kind: kind, status_code: status }])
  const [row] = await query('select error_kind, status_code from benchmark_results where id = $1', [
    parse(ended).results[0]?.['id'],
  ])
  expect(row).toEqual({ error_kind: kind, status_code: status })
})

test('a rate-limited provider is skipped by the next run, which says so', async () => {
  const limited = [...endpoint('synthetic/fault/rate-limited'), '--name', 'busy']
  await run([...limited])
  // Its 7 s may be over when the next process has started.
  await query("update providers set penalty_until = penalty_until + interval '1 hour' where slug = 'busy'")
  const ended = await run([...limited])
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(/0 succeeded, 0 failed, 1 skipped \(rate limited until 20\d\d-.*Z\)/)
})

test('probes over the budget are skipped, and the run says so', async () => {
  const dear = ['--prompt', 'x'.repeat(10_000)]
  const env = { BUDGET_USD_PER_DAY: '0.000001', MAX_PRICE_PER_M: '5' }
  const ended = await run([...endpoint('synthetic-1'), ...dear, '--runs', '2', '--json'], env)
  expect(ended.code).toBe(1)
  expect(parse(ended).run).toMatchObject({ n_skipped: 2, skip_reasons: { budget: 2 } })
  const unpriced = await run([...endpoint('synthetic-1')], { BUDGET_USD_PER_DAY: '100' })
  expect(unpriced.stdout).toContain('1 skipped (unpriced)')
})

test('a socket that never answers is a timeout', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
  const { port } = silent.address() as AddressInfo
  const ended = await run([
    '--base-url',
    `http://127.0.0.1:${port}/v1`,
    '--model',
    'm',
    '--timeout',
    '0.5',
    '--json',
  ])
  silent.close()
  expect(ended.code).toBe(1)
  expect(parse(ended).results).toMatchObject([
    { error_kind: 'timeout_total', status_code: null, ttft_ms: null },
  ])
})

test('a name that does not resolve is a DNS failure, and a closed port a connect failure', async () => {
  // The resolver itself refuses a label of more than 63 letters: nothing is sent.
  const dns = await run(['--base-url', `http://${'a'.repeat(64)}.test/v1`, '--model', 'm', '--json'])
  expect(parse(dns).results).toMatchObject([{ error_kind: 'dns' }])
  const connect = await run(['--base-url', 'http://127.0.0.1:9/v1', '--model', 'm', '--json'])
  expect(parse(connect).results).toMatchObject([{ error_kind: 'connect' }])
  expect([dns.code, connect.code]).toEqual([1, 1])
})

test('a provider that fails does not stop the others', async () => {
  const env = {
    OPENAI_API_KEY: 'sk-e2e-openai',
    OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
    LLM_BASE_URL: provider.url,
    LLM_MODEL: 'synthetic-1',
  }
  const ended = await run(['--json'], env)
  expect(ended.code).toBe(0)
  const kinds = parse(ended).results.map(({ provider: name, error_kind }) => [name, error_kind])
  expect(Object.fromEntries(kinds)).toEqual({
    custom: null,
    openai: 'connect',
  })
})

test('Groq is called through its own SDK at its full base URL', async () => {
  const ended = await run(['--provider', 'groq', '--model', 'synthetic/dialect/groq', '--json'], {
    GROQ_API_KEY: 'gsk_e2e_groq',
    GROQ_BASE_URL: provider.url,
  })
  expect(ended.code).toBe(0)
  expect(parse(ended).results).toMatchObject([{ provider: 'groq', success: true, token_source: 'usage' }])
})

test('several calls of one target are summarized', async () => {
  const ended = await run([...endpoint('synthetic-1'), '--runs', '3'])
  expect(ended.code).toBe(0)
  expect(ended.stdout.match(/✓ /g)).toHaveLength(3)
  expect(ended.stdout).toMatch(/TTFT ms +3 /)
  expect(ended.stdout).toContain('3 succeeded, 0 failed')
})

test('Ctrl-C finishes the current probe, skips the rest and closes the run', async () => {
  const running = start(
    'run.ts',
    [...endpoint('synthetic-1/ttft_ms/200/frames/60/delay_ms/10'), '--runs', '5'],
    { cwd },
  )
  await running.until(/firsttoken {2}run/)
  running.child.kill('SIGINT')
  const { code, stdout } = await running.ended
  expect(code).toBe(130)
  const id = /run ([0-9a-f-]{36})/.exec(stdout)?.[1]
  const [row] = await query(
    `select r.status, r.n_succeeded, r.n_skipped, r.finished_at is not null as closed,
       (select array_agg(distinct skip_reason) from probes p where p.run_id = r.id and p.status = 'skipped') as reasons
     from runs r where r.id = $1`,
    [id],
  )
  expect(row).toMatchObject({ status: 'cancelled', closed: true, reasons: ['interrupted'] })
  expect(Number(row?.['n_succeeded']) + Number(row?.['n_skipped'])).toBe(5)
})

test('two concurrent runs record into one database while a third process reads', async () => {
  const slow = endpoint('synthetic-1/ttft_ms/100/frames/100/delay_ms/10')
  const first = start('run.ts', [...slow, '--name', 'first'], { cwd })
  await first.until(/firsttoken {2}run/)
  const second = run([...slow, '--name', 'second'])
  const going = await query("select status from runs where status = 'running'")
  expect(going.length).toBeGreaterThan(0)
  expect((await Promise.all([first.ended, second])).map(({ code }) => code)).toEqual([0, 0])
  expect(
    await query("select provider from benchmark_results where provider in ('first', 'second') order by 1"),
  ).toEqual([{ provider: 'first' }, { provider: 'second' }])
})

test('a slot has one run', async () => {
  const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'synthetic-1', BENCHMARK_SCHEDULE: '0 0 1 1 *' }
  const first = await run(['--scheduled', '--json'], env)
  const second = await run(['--scheduled', '--json'], env)
  expect([first.code, second.code]).toEqual([0, 0])
  expect(parse(first).run).toMatchObject({ schedule: 'benchmark', n_probes: 1 })
  expect(parse(second)).toMatchObject({ run: { id: parse(first).run['id'] }, results: [] })
})

test('--no-save records nothing and --out writes the document', async () => {
  const folder = makeFolder()
  try {
    const ended = await command(
      'run.ts',
      [...endpoint('synthetic-1'), '--no-save', '--quiet', '--out', 'run.json'],
      { cwd: folder },
    )
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(existsSync(join(folder, '.data'))).toBe(false)
    const document = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Document
    expect(document.results).toMatchObject([{ success: true, output_tokens: 20 }])
  } finally {
    removeFolder(folder)
  }
})

test('a document that cannot be written when the run is over is a 3, and the results are recorded', async () => {
  const folder = makeFolder()
  copyDatabase(folder)
  try {
    const ended = await command('run.ts', [...endpoint('synthetic-1'), '--quiet', '--out', '/dev/full'], {
      cwd: folder,
    })
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/^firsttoken: --out: ENOSPC/) })
  } finally {
    removeFolder(folder)
  }
})

test('prompt, max tokens and temperature can be set', async () => {
  writeFileSync(join(cwd, 'prompt.txt'), 'Count to three.')
  const flags = ['--prompt-file', 'prompt.txt', '--max-tokens', '7', '--temperature', '0.1', '--json']
  const { results } = parse(await run([...endpoint('synthetic-1'), ...flags]))
  expect(results).toMatchObject([
    { output_tokens: 7, finish_reason: 'length', parameters: { max_tokens: 7, temperature: 0.1 } },
  ])
  const [row] = await query("select settings ->> 'prompt' as prompt from runs where id = $1", [
    results[0]?.['run_id'],
  ])
  expect(row).toEqual({ prompt: 'Count to three.' })
})

test('.env is read', async () => {
  const folder = makeFolder()
  try {
    writeFileSync(
      join(folder, '.env'),
      `LLM_BASE_URL=${provider.url}\nLLM_MODEL=synthetic-1\nLLM_NAME=From a file\n`,
    )
    const ended = await command('run.ts', ['--json', '--no-save'], { cwd: folder })
    expect(parse(ended).results).toMatchObject([{ provider: 'from-a-file' }])
  } finally {
    removeFolder(folder)
  }
})

test('no key appears in output, log or database', async () => {
  const key = 'sk-e2e-0123456789abcdefghij'
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: provider.url, LOG_LEVEL: 'trace' }
  const texts: string[] = []
  for (const fault of ['unauthorized', 'html-500', 'truncated']) {
    const ended = await run(['--model', `synthetic/fault/${fault}`, '--verbose', '--json'], env)
    texts.push(ended.stdout, ended.stderr)
  }
  for (const name of readdirSync(join(cwd, 'logs'))) texts.push(readFileSync(join(cwd, 'logs', name), 'utf8'))
  const rows = await query(
    'select (select jsonb_agg(b) from benchmark_results b)::text || (select jsonb_agg(r) from runs r)::text || (select jsonb_agg(p) from providers p)::text as everything',
  )
  texts.push(String(rows[0]?.['everything']))
  expect(texts.filter((text) => text.includes(key))).toEqual([])
})

test('a failure is logged with its run, probe, provider and model', async () => {
  const folder = makeFolder()
  try {
    const args = [...endpoint('synthetic/fault/overloaded'), '--no-save', '--json']
    const ended = await command('run.ts', args, { cwd: folder })
    const [name = ''] = readdirSync(join(folder, 'logs'))
    const entries = readFileSync(join(folder, 'logs', name), 'utf8')
      .trimEnd()
      .split('\n')
    const { run_id, probe_id } = parse(ended).results[0] ?? {}
    expect(entries.map((line) => JSON.parse(line) as Record<string, unknown>)).toContainEqual(
      expect.objectContaining({
        level: 50,
        run: run_id,
        probe: probe_id,
        provider: 'custom',
        model: 'synthetic/fault/overloaded',
        error_kind: 'overloaded',
        fault_domain: 'provider',
      }),
    )
  } finally {
    removeFolder(folder)
  }
})
