import { trimmed } from '../core/trimmed.ts'
import { z } from 'zod'
import { dialects } from '../synthetic/dialects.ts'
import { faults } from '../synthetic/faults.ts'
import { models, type Options, readOptions } from '../synthetic/options.ts'
import { type ServerOptions, startSynthetic, type Synthetic } from '../synthetic/server.ts'
import { exitCode } from './exit-code.ts'
import { type CommandParts, defineCommand } from './command.ts'
import { portFlag, whole } from './flags.ts'
import { listenProblem } from './listen-problem.ts'
import { kebab } from './parse-flags.ts'
import { stopSignal } from './stop.ts'

const help = `Serve the synthetic provider: an OpenAI-compatible API that needs no key and no model.

Usage: pnpm tsx scripts/synthetic.ts [options]

  --port N              port to listen on (default 18080; 0 picks a free one)
  --host ADDRESS        address to listen on (default 127.0.0.1)
  --slots N             answers made at once; later requests wait, first in first out (default: all)

Defaults of every answer, which a request can override
  --frames N            tokens, one per event (default 200 to 299; SYN_FRAMES)
  --delay-ms X          time between tokens, exactly (default about 8; SYN_DELAY_MS)
  --bytes N             bytes of text per token (default one word; SYN_BYTES)
  --ttft-ms X           time to the first token (default about 150)
  --headers-ms X        time to the response headers (default 70 % of that)
  --reasoning-tokens N  tokens that are reasoning
  --seed N              the same words and timing for every request
  --dialect NAME        stream dialect: ${Object.keys(dialects).join(', ')}
  --fault NAME          failure to simulate: ${Object.keys(faults).join(', ')}
  --help                this text

A request sets the same options in its body (frames, delay_ms, bytes_per_frame, ttft_ms, headers_ms, reasoning_tokens, seed,
dialect, fault) or in its model name: ${models.join(', ')}, synthetic/fault/truncated,
synthetic/dialect/groq/ttft_ms/500. GET /micro/plain?bytes=1024 and /micro/chunked?bytes=1024&chunks=10&delay_ms=0 show what
serving alone costs. Ctrl-C stops it.
`

/** The flag and environment variable of each answer option, by the option's name on the wire. */
const sources = {
  frames: ['frames', 'SYN_FRAMES'],
  delay_ms: ['delayMs', 'SYN_DELAY_MS'],
  bytes_per_frame: ['bytes', 'SYN_BYTES'],
  ttft_ms: ['ttftMs'],
  headers_ms: ['headersMs'],
  reasoning_tokens: ['reasoningTokens'],
  seed: ['seed'],
  dialect: ['dialect'],
  fault: ['fault'],
} as const

const raw = z.string().optional()
const schema = z.object({
  port: portFlag.default(18_080),
  host: z.string().default('127.0.0.1'),
  slots: whole(1, 65_536).optional(),
  frames: raw,
  delayMs: raw,
  bytes: raw,
  ttftMs: raw,
  headersMs: raw,
  reasoningTokens: raw,
  seed: raw,
  dialect: raw,
  fault: raw,
})
type Flags = z.output<typeof schema>

/** `synthetic`: serves the synthetic provider until SIGINT or SIGTERM. */
export const synthetic = defineCommand({
  name: 'synthetic',
  help,
  flags: schema,
  needs: 'nothing',
  run: async ({ port, host, slots, ...given }, { env, streams }) => {
    const options = answerOptions(given, env)
    if ('problem' in options) return options
    const server = await listen({ port, host, options, ...(slots === undefined ? {} : { slots }) })
    if ('problem' in server) return server
    streams.stdout.write(
      `synthetic provider at ${server.url} (models ${models.join(', ')}); Ctrl-C stops it\n`,
    )
    await stopSignal()
    await server.close()
    return exitCode.ok
  },
})

/** The answer options from flags and environment; a flag overrides a variable. */
export function answerOptions(
  values: Partial<Flags>,
  env: CommandParts['env'],
): Options | { problem: string } {
  const options: Options = {}
  for (const [name, [flag, variable]] of Object.entries(sources)) {
    const fromEnv = variable === undefined ? undefined : trimmed(env[variable] ?? '') || undefined
    const value = values[flag] ?? fromEnv
    if (value === undefined) continue
    const read = readOptions([[name, value]])
    const label = values[flag] === undefined ? variable : `--${kebab(flag)}`
    if ('status' in read) return { problem: read.message.replace(name, String(label)) }
    Object.assign(options, read)
  }
  return options
}

async function listen(at: ServerOptions): Promise<Synthetic | { problem: string }> {
  try {
    return await startSynthetic(at)
  } catch (error) {
    return { problem: listenProblem(error, at) }
  }
}
