import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Truth } from '../accuracy/truth.ts'
import type { Answer, Assignment, Looper, Task } from './task.ts'

/** Lets a client measure something of itself in a process of its own. */
export async function ask(truth: Truth, client: Looper, task: Task): Promise<Answer> {
  const { url, port } = truth
  const assignment: Assignment = { client, task, url, port }
  const child = fork(new URL('./client-process.ts', import.meta.url), [JSON.stringify(assignment)], {
    execArgv: [],
  })
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${client} ended early`)))
  const [answer] = (await Promise.race([once(child, 'message'), failed])) as [Answer]
  return answer
}

/** The pauses between the calls of a plain loop, as the server sees them; ms. */
export async function pausesOf(truth: Truth, client: Looper): Promise<number[]> {
  await truth.takePauses()
  await ask(truth, client, { kind: 'calls' })
  return (await truth.takePauses()).slice(1)
}

/** The same of a whole run that records nothing. */
export async function pausesOfRun(truth: Truth): Promise<number[]> {
  await truth.takePauses()
  const run = spawn(
    resolve('node_modules/.bin/tsx'),
    ['scripts/run.ts', '--quiet', '--no-save', '--base-url', truth.url, '--model', 'usual', '--runs', '30'],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LOG_DIR: join(tmpdir(), 'firsttoken-bench-logs'),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  await once(run, 'exit')
  return (await truth.takePauses()).slice(1)
}
