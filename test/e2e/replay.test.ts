import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'

/** Recorded provider streams and the server that replays them; they are not part of the repository. */
const root = resolve(process.env['RECORDINGS'] ?? '../shared/recordings')
const server = join(root, '../tools/replay.mjs')
const folder = join(root, 'streams')

interface Sidecar {
  expected: {
    usage: { completion_tokens: number | null; reasoning_tokens: number | null; total_minus_parts?: number }
    finish_reason: string | null
    text_sha256: string
    text_chars: number
    error: unknown
  }
}
const sidecarOf = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Sidecar

/** Each provider's first stream with text, and the first three that end in an error. */
function choose(): string[] {
  if (!existsSync(folder) || !existsSync(server)) return []
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sse'))
    .map((path) => path.slice(0, -'.sse'.length))
    .toSorted()
  const texts = all.filter(
    (name) => sidecarOf(name).expected.error === null && sidecarOf(name).expected.text_chars > 0,
  )
  const first = [...Map.groupBy(texts, (name) => name.split('/')[0]).values()].flatMap(([name]) => name ?? [])
  return [...first, ...all.filter((name) => sidecarOf(name).expected.error !== null).slice(0, 3)]
}
const names = choose()

describe.skipIf(names.length === 0)('replayed traffic of real providers', () => {
  let replay: ChildProcess
  let baseUrl = ''
  let cwd = ''
  let sql: Sql
  beforeAll(async () => {
    cwd = makeFolder()
    replay = spawn(process.execPath, [server, '--port', '0', '--pace', '1', '--root', root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    baseUrl = await new Promise<string>((found) => {
      replay.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const url = /http:\S+/.exec(text)?.[0]
        if (url !== undefined) found(url)
      })
    })
    // Held open here: the commands connect to it instead of each starting their own.
    sql = await holdDatabase(cwd)
  })
  afterAll(async () => {
    replay.kill()
    await sql.close()
    removeFolder(cwd)
  })

  test('there are at least 20 of them', () => {
    expect(names.length).toBeGreaterThanOrEqual(20)
  })

  test.each(names)('%s is recorded with its tokens, finish reason, text and outcome', async (name) => {
    const { expected } = sidecarOf(name)
    const failed = expected.error !== null
    const ended = await command('run.ts', ['--base-url', baseUrl, '--model', name, '--quiet'], { cwd })
    expect(ended.code).toBe(failed ? 1 : 0)
    const { rows } = await sql.query(
      "select *, coalesce(response_text, '') as text from benchmark_results where model = $1",
      [name],
    )
    const [row = {}] = rows
    expect(rows).toHaveLength(1)
    expect(row).toMatchObject({
      success: !failed,
      error_kind: failed ? 'error_in_stream' : null,
      finish_reason: expected.finish_reason,
    })
    expect(
      createHash('sha256')
        .update(row['text'] as string)
        .digest('hex'),
    ).toBe(expected.text_sha256)
    // Reasoning tokens that only the total includes were billed as output.
    const { completion_tokens, reasoning_tokens, total_minus_parts = 0 } = expected.usage
    // Gemini behind this gateway leaves reasoning out of completion and total; its charge has it.
    const apart = /^vercel-gateway\/.*(gemini-2\.5-flash\.tool_streaming|thinking-streaming\.1)$/.test(name)
    const beyond = apart || total_minus_parts === reasoning_tokens ? (reasoning_tokens ?? 0) : 0
    const counted = completion_tokens === null ? row['output_tokens'] : completion_tokens + beyond
    expect(row['output_tokens']).toBe(counted)
  })
})
