import { promptOf } from '../registry/prompts.ts'
import { requestLimits } from '../core/request-limits.ts'
import type { App } from '../jobs/app.ts'
import type { Defaults } from '../jobs/config.ts'
import type { BenchmarkSelection } from '../jobs/plan-benchmark.ts'
import { applyingFile, refuseFile } from '../jobs/apply-file.ts'
import { runBenchmark } from './benchmark.ts'
import { defineCommand } from './command.ts'
import { unwritable } from './document.ts'
import { callableProviders } from './providers.ts'
import { readText } from './read-text.ts'
import { type RunFlags, runFlags, runHelp } from './run-flags.ts'

/** `run`: benchmarks every configured provider once and records the results. */
export const run = defineCommand({
  name: 'run',
  help: runHelp,
  flags: runFlags,
  needs: 'app',
  run: async (flags, { app: plain, streams }) => {
    const app = flags.noSave ? plain : applyingFile(plain, refuseFile)
    if (flags.verbose) app.log.level = 'debug'
    const defaults = defaultsWith(flags, app)
    if ('problem' in defaults) return defaults
    const wrongOut = flags.out === null ? null : unwritable(flags.out)
    if (wrongOut !== null) return { problem: `--out: ${wrongOut}` }
    const callable = await callableProviders(flags, app)
    if ('problem' in callable) return callable
    const { providers: configured, close } = callable
    const { noSave, seed } = flags
    const selection = selectionOf(flags)
    const { json, quiet, verbose, out } = flags
    try {
      return await runBenchmark({ ...selection, configured, defaults, save: !noSave, seed }, app, {
        streams,
        json,
        quiet,
        verbose,
        out,
      })
    } finally {
      await close()
    }
  },
})

function selectionOf(flags: RunFlags): BenchmarkSelection {
  const { scheduled, provider: providers, model, mode, concurrency, contextTiers, warmup } = flags
  const runs = flags.runs ?? (mode === null ? 1 : requestLimits.runs[mode].standard)
  return {
    trigger: 'manual',
    scheduled,
    providers,
    model,
    runs,
    warmup,
    ...(mode !== null && { mode }),
    ...(concurrency !== null && { concurrency }),
    ...(contextTiers !== null && { contextTiers }),
  }
}

/** The flags that say what is asked. */
type AskedFlags = Pick<RunFlags, 'prompt' | 'promptFile' | 'maxTokens' | 'temperature' | 'timeout'>

/** The installation's settings with the flags over them. */
export function defaultsWith(
  flags: AskedFlags,
  app: Pick<App, 'config' | 'file'>,
): Defaults | { problem: string } {
  const asked = promptWith(flags, app)
  if ('problem' in asked) return asked
  const { defaults } = app.config
  const total = flags.timeout === null ? defaults.timeouts.total : flags.timeout * 1000
  return {
    ...defaults,
    ...asked,
    maxTokens: flags.maxTokens ?? defaults.maxTokens,
    temperature: flags.temperature ?? defaults.temperature,
    timeouts: { ...defaults.timeouts, total },
  }
}

function promptWith(
  { prompt, promptFile }: AskedFlags,
  { config, file: kept }: Pick<App, 'config' | 'file'>,
): { prompt: string } | { problem: string } {
  if (prompt !== null) return { prompt: promptOf(prompt, kept?.prompts) }
  if (promptFile === null) return { prompt: config.defaults.prompt }
  const file = readText(promptFile)
  if ('problem' in file) return { problem: `--prompt-file: ${file.problem}` }
  return file.text.trim() === ''
    ? { problem: `--prompt-file: ${promptFile} is empty` }
    : { prompt: file.text }
}
