import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A command that has ended. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A command under way. */
export interface Running {
  child: ChildProcess
  /** Waits until the output so far matches, and gives what did. */
  until: (pattern: RegExp) => Promise<string>
  ended: Promise<Ended>
}

/** A folder of its own for a test: an empty working directory, so that neither `.env` nor a database is there. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'firsttoken-e2e-'))

/** Removes what a test made. */
export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

// One process in place of the two that the tsx command makes: a signal reaches the one it is for.
const loader = fileURLToPath(import.meta.resolve('tsx'))

/** Prices are not fetched: tests talk to this machine alone. */
const noFeeds = { GENAI_PRICES_URL: 'off', MODELS_DEV_URL: 'off' }

/** Starts one of our commands in a folder, with nothing in the environment but what is given. */
export function start(
  script: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Running {
  const child = spawn(process.execPath, ['--import', loader, resolve('scripts', script), ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...noFeeds, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      for (const look of waiting) look()
    })
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, ...output })))
  const until = (pattern: RegExp) =>
    new Promise<string>((found, never) => {
      const look = () => {
        const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr)
        if (match !== null) found(match[0])
      }
      waiting.add(look)
      look()
      void ended.then(() => never(new Error(`ended without ${pattern}:\n${output.stdout}\n${output.stderr}`)))
    })
  return { child, until, ended }
}

/** Runs one of our commands to its end. */
export const command = (
  script: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Ended> => start(script, args, options).ended
