import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { stopSignal } from '../src/cli/stop.ts'
import { makeFolder, removeFolder } from '../test/support/command.ts'
import { atMost, type Goal, printBench, round } from './goals.ts'
import { figuresOf, goalsOf } from './serving/judge.ts'
import { askAll, atFixedRate, chats, warmAndMeasure } from './serving/measure.ts'
import { page } from './serving/page.ts'
import { checkSender } from './serving/pause.ts'
import { checkSame } from './serving/same.ts'
import { closeAll, startServers } from './serving/servers.ts'
import { readSettings, type Settings } from './serving/settings.ts'
import { chooseTool, ourSender, type Tool } from './serving/tools.ts'

// What serving costs without a model: the synthetic provider beside Express, Fastify, FastAPI and Flask, each a process of its
// own that answers the same bytes. With WRK_URL only that address is measured; --serve only serves. docs/serving.md explains it.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    html: { type: 'string' },
    serve: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    part: { type: 'string' },
    concurrency: { type: 'string', default: '8' },
    total: { type: 'string', default: '64' },
  },
})
const say = (message: string) => process.stderr.write(`${message}\n`)

const refuse = (problem: string) => {
  say(problem)
  process.exitCode = 2
}

interface Part {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

/** One address, by the tool of WRK_BIN. */
async function measureOne(tool: Tool, settings: Settings): Promise<Part> {
  const found = await warmAndMeasure(tool, settings.WRK_URL, settings)
  const figure = Object.entries(found).map(([name, value]: [string, number | null]) => [
    name,
    value === null ? '-' : name === 'requests' || name === 'errors' ? value : round(value),
  ])
  return {
    figures: [{ url: settings.WRK_URL, ...Object.fromEntries(figure) }],
    goals: [atMost('requests that failed', 0, found.errors)],
  }
}

const isAsked = (part: string) => values.part === undefined || values.part === part

async function compare(tool: Tool, settings: Settings): Promise<Part> {
  const sender = isAsked('sender') ? await checkSender(say) : { rows: [], goals: [] }
  const cwd = makeFolder()
  const servers = await startServers(settings, { ports: 'free', say })
  try {
    await checkSame(servers)
    const size = { concurrency: Number(values.concurrency), total: Number(values.total), cwd }
    const questions = [
      ...(isAsked('micro')
        ? ['/micro/plain?bytes=1024', '/micro/chunked?bytes=1024&chunks=10&delay_ms=0'].map((path) =>
            atFixedRate(path, tool, settings),
          )
        : []),
      ...(isAsked('chat') ? [chats(size, settings)] : []),
    ]
    const rows = await askAll(servers, questions, { rounds: Number(values.rounds), say })
    return {
      figures: figuresOf([...rows, ...sender.rows]),
      goals: [...goalsOf(rows, tool.name === 'wrk' ? null : settings.WRK_RATE), ...sender.goals],
    }
  } finally {
    await closeAll(servers)
    removeFolder(cwd)
  }
}

/** Serves all, for WRK_URL or another program, until Ctrl-C. */
async function serve(settings: Settings): Promise<void> {
  const servers = await startServers(settings, { ports: 'usual', say })
  for (const { name, origin } of servers) process.stdout.write(`${name} ${origin}\n`)
  await stopSignal()
  await closeAll(servers)
}

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  if ('problem' in settings) {
    refuse(settings.problem)
    return
  }
  if (values.serve) {
    await serve(settings)
    return
  }
  const { WRK_URL: url, WRK_BIN: bin, WRK_RATE: rate, WRK_DURATION: seconds, WRK_CONNECTIONS } = settings
  const tool = url === '' && bin === '' ? ourSender : await chooseTool(bin)
  if ('problem' in tool) {
    refuse(tool.problem)
    return
  }
  say(`${tool.name}: ${tool.latency}`)
  const part = url === '' ? await compare(tool, settings) : await measureOne(tool, settings)
  const name = url === '' ? 'what serving costs' : 'one address at a fixed rate'
  const notes = [
    `${tool.name}, ${rate} requests/s for ${seconds} s over ${WRK_CONNECTIONS} connections; ${tool.latency}.`,
    `Milliseconds. Node ${process.version}, ${cpus().length} CPUs, load ${loadavg().map(round).join(', ')}.`,
    ...(url === ''
      ? [
          `Medians of ${values.rounds} rounds in which the servers take turns. "CPU s of 1,000": CPU seconds of the server for 1,000 requests. "... of Express": how many times that of Express.`,
          'Chats are a closed loop by scripts/sweep.ts, timed from when each was sent.',
        ]
      : []),
  ]
  const html = values.html ?? settings.WRK_HTML
  if (html !== '') writeFileSync(html, page({ name, notes, ...part }))
  printBench({ name: [name, ...notes].join('\n'), ...part })
}

await main()
