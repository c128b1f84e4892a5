import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The result of a command. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A running command. */
export interface Running {
  child: ChildProcess
  /** Resolves with the match as soon as the output so far matches; rejects if the command ends first. */
  until: (pattern: RegExp) => Promise<string>
  ended: Promise<Ended>
}

/** Creates an empty working directory, without `.env` and database. */
export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'firsttoken-e2e-'))

/** Deletes such a directory. */
export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

/** No prices are fetched: tests contact this machine only. */
const noFeeds = { GENAI_PRICES_URL: 'off', MODELS_DEV_URL: 'off', OFFICIAL_STATUS: 'off' }

/** Where compiled code is kept, as whoever starts a command by tsx has it too: e2e/hand-over shows that the rest is the same. */
export const compiled = resolve('node_modules/.cache/compiled')

/** Starts a script in a folder, with only the given environment. */
export function start(
  script: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Running {
  const child = spawn(process.execPath, [resolve('scripts', script), ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      NODE_COMPILE_CACHE: compiled,
      ...noFeeds,
      ...options.env,
    },
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

/** Runs a script to its end. */
export const command = (
  script: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Ended> => start(script, args, options).ended
