import { join } from 'node:path'
import { command, start } from '../../test/support/command.ts'

/** A real server over the demo data. */
export interface Demo {
  origin: string
  /** The address that signs a browser in. */
  link: string
  /** Asks the API as the admin; rejects if it refuses. */
  ask: <Answer>(path: string, request?: { method?: string; body?: object }) => Promise<Answer>
  close: () => Promise<void>
}

const token = 'only-for-this-bench-and-long-enough'

/** Makes the demo data in a folder, which takes minutes. */
export async function makeDemo(folder: string): Promise<string> {
  const data = join(folder, 'data')
  const { code, stderr } = await command('demo.ts', ['--dir', data], { cwd: folder })
  if (code !== 0) throw new Error(stderr)
  return data
}

/** Starts the server and waits until its database is open. Calls of its synthetic provider take a quarter of a second. */
export async function serveDemo(cwd: string, data: string): Promise<Demo> {
  const env = {
    DATA_DIR: data,
    LOG_LEVEL: 'silent',
    ADMIN_TOKEN: token,
    BENCHMARK_RATE_LIMIT: '1000',
    SYN_FRAMES: '25',
    SYN_DELAY_MS: '10',
  }
  const served = start('serve.ts', ['--port', '0', '--no-schedule', '--synthetic'], { cwd, env })
  const origin = await served.until(/http:\/\/127\.0\.0\.1:\d+/)
  const close = async () => {
    served.child.kill('SIGTERM')
    await served.ended
  }
  while ((await fetch(`${origin}/api/v1/health`)).status === 503)
    await new Promise((wait) => setTimeout(wait, 100))
  const ask = async <Answer>(
    path: string,
    { method = 'GET', body }: { method?: string; body?: object } = {},
  ) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${origin}/api/v1${path}`, { method, headers, ...sent })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    return (text === '' ? null : JSON.parse(text)) as Answer
  }
  return { origin, link: `${origin}/#token=${token}`, ask, close }
}

/** Starts calls of one model one after another; returns the id of their run. */
export async function startRun({ ask }: Demo, calls: number): Promise<string> {
  const body = { provider_id: 'synthetic', model: 'synthetic-1', max_tokens: 64, num_runs: calls }
  const { job_id: id } = await ask<{ job_id: string }>('/benchmarks/multi', { method: 'POST', body })
  return id
}

/** Waits until a run is over and deletes it: the demo data stay as they were. */
export async function endRun({ ask }: Demo, id: string): Promise<void> {
  while ((await ask<{ finished_at: string | null }>(`/benchmarks/${id}`)).finished_at === null)
    await new Promise((wait) => setTimeout(wait, 100))
  await ask(`/runs/${id}`, { method: 'DELETE' })
}
