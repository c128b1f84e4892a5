import { readFileSync } from 'node:fs'
import { messageOf } from '../core/error.ts'
import { promptOf } from '../registry/prompts.ts'
import type { BenchmarkRequest, Defaults } from '../run/benchmark.ts'
import { exitCode, type OpenApp, type Streams } from './app.ts'
import { benchmarkOnce, refuse } from './benchmark-once.ts'
import { unwritable } from './document.ts'
import { readRunFlags, type RunFlags, runHelp } from './flags.ts'
import { callableProviders } from './providers.ts'
import { tolerateLostOutput } from './streams.ts'

/** `run`: benchmarks every configured provider once and records the results. Returns the exit code. */
export async function run(argv: string[], openApp: OpenApp, streams: Streams = process): Promise<number> {
  tolerateLostOutput(streams)
  const flags = readRunFlags(argv)
  if ('problem' in flags)
    return refuse(`${flags.problem}; --help lists the options`, { json: argv.includes('--json'), streams })
  if (flags.help) {
    streams.stdout.write(runHelp)
    return exitCode.ok
  }
  const app = openApp()
  if ('problems' in app) return refuse(app.problems.join('\n'), { json: flags.json, streams })
  if (flags.verbose) app.log.level = 'debug'
  const defaults = settings(flags, app.defaults)
  if ('problem' in defaults) return refuse(defaults.problem, { json: flags.json, streams })
  const wrongOut = flags.out === null ? null : unwritable(flags.out)
  if (wrongOut !== null) return refuse(`--out: ${wrongOut}`, { json: flags.json, streams })
  const callable = await callableProviders(flags, app)
  if ('problem' in callable) return refuse(callable.problem, { json: flags.json, streams })
  try {
    return await benchmarkOnce(requestOf(flags), {
      ...flags,
      app,
      defaults,
      providers: callable.providers,
      streams,
    })
  } finally {
    await callable.close()
  }
}

/** The installation's settings with the flags over them. */
function settings(flags: RunFlags, defaults: Defaults): Defaults | { problem: string } {
  let prompt = flags.prompt === null ? defaults.prompt : promptOf(flags.prompt)
  if (flags.promptFile !== null) {
    try {
      prompt = readFileSync(flags.promptFile, 'utf8')
    } catch (error) {
      return { problem: `--prompt-file: ${messageOf(error)}` }
    }
    if (prompt.trim() === '') return { problem: `--prompt-file: ${flags.promptFile} is empty` }
  }
  const total = flags.timeout === null ? defaults.timeouts.total : flags.timeout * 1000
  return {
    ...defaults,
    prompt,
    maxTokens: flags.maxTokens ?? defaults.maxTokens,
    temperature: flags.temperature ?? defaults.temperature,
    timeouts: { ...defaults.timeouts, total },
  }
}

const requestOf = ({ scheduled, provider, model, runs }: RunFlags): BenchmarkRequest => ({
  trigger: 'manual',
  scheduled,
  providers: provider,
  model,
  runs,
})
