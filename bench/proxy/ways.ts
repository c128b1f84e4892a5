import { freePort } from '../free-port.ts'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { command, start } from '../../test/support/command.ts'

/** A way to the upstream: a process that listens on a port of 127.0.0.1. */
export interface Way {
  name: string
  port: number
  pid: number
  close: () => Promise<void>
}

/** A way, or why it is not there. */
export type MaybeWay = Way | { name: string; skipped: string }

/** A process of this bench. */
export interface Forked extends Way {
  child: ChildProcess
}

/** Forks a process of this bench that sends its port. */
export async function forkListener(file: string, name: string, args: string[] = []): Promise<Forked> {
  const child = fork(new URL(file, import.meta.url), args, { execArgv: [] })
  const [port] = (await once(child, 'message')) as [number]
  return { name, port, pid: child.pid ?? 0, child, close: () => ended(child) }
}

/** Our command, as people run it, with its database in `cwd` unless `env` names another, which is as it is. */
export async function startOurs(
  upstream: string,
  cwd: string,
  env: Record<string, string> = {},
): Promise<Way> {
  // Making one takes seconds, which are no part of what is measured.
  if (!('DATABASE_URL' in env)) await command('migrate.ts', [], { cwd, env })
  const running = start('proxy.ts', ['--port', '0'], { cwd, env: { LLM_BASE_URL: `${upstream}/v1`, ...env } })
  const address = await running.until(/proxy at http:\/\/127\.0\.0\.1:\d+/)
  return {
    name: 'firsttoken',
    port: Number(address.split(':').at(-1)),
    pid: running.child.pid ?? 0,
    close: () => ended(running.child),
  }
}

/** LiteLLM's proxy, if LITELLM has the path of its executable. It sends nothing to anybody else. */
export async function startLiteLlm(upstreamPort: number, cwd: string): Promise<MaybeWay> {
  const { LITELLM: program, PATH = '' } = process.env
  const name = 'LiteLLM'
  if (program === undefined)
    return { name, skipped: 'not there: pip install "litellm[proxy]" in a venv, LITELLM=venv/bin/litellm' }
  const upstream = { model: 'openai/*', api_base: `http://127.0.0.1:${upstreamPort}/v1`, api_key: 'sk-bench' }
  const config = join(cwd, 'litellm.json')
  const models = [{ model_name: '*', litellm_params: upstream }]
  writeFileSync(config, JSON.stringify({ model_list: models, litellm_settings: { telemetry: false } }))
  const port = await freePort()
  const args = ['--config', config, '--host', '127.0.0.1', '--port', `${port}`, '--telemetry', 'False']
  const env = {
    PATH,
    HOME: cwd,
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_LOG: 'ERROR',
    NO_DOCS: 'True',
    // It wants a key of its own otherwise, even on loopback.
    LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
  }
  return listenerOf(name, { program, args, env, cwd, port, path: '/health/liveliness' })
}

interface Start {
  program: string
  args: string[]
  env: Record<string, string>
  cwd: string
  port: number
  /** What answers when it is ready. */
  path: string
}

/** How long one may take until it answers: LiteLLM imports for half a minute. */
const startMs = 180_000

async function listenerOf(name: string, { program, args, env, cwd, port, path }: Start): Promise<Way> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-1500)))
  const giveUpAt = performance.now() + startMs
  const answers = () =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await answers())) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await ended(child)
      throw new Error(`${name} did not start: ${said}`)
    }
    await sleep(200)
  }
  return { name, port, pid: child.pid ?? 0, close: () => ended(child) }
}

/** Ends a child, gently at first. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const over = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await over
  clearTimeout(giveUp)
}

/** The most memory that a process has held so far, in MiB; NaN without /proc. */
export function peakMiB(pid: number): number {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) / 1024
  } catch {
    return NaN
  }
}
