import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { answerApi } from '../../src/serverless-api.ts'
import { answer as answerHere } from '../../src/serverless.ts'
import { listening } from './loopback.ts'

type Environment = Parameters<typeof answerHere>[1]

/** With a log folder of its own: no call delivers what another spooled. */
const alone = (env: Environment): Environment => ({
  LOG_DIR: join(tmpdir(), `firsttoken-${randomUUID()}`),
  OFFICIAL_STATUS: 'off',
  ...env,
})

/** Answers a request as a function does. */
export const answer = (request: Request, env: Environment, budgetMs?: number): Promise<Response> =>
  answerHere(request, alone(env), budgetMs)

/** A call of a deployment's cron endpoint of benchmarks. */
interface EndpointCall {
  body: string
  /** What it was answered; null while it is at work. */
  answer: unknown
}

/** A deployment on loopback. */
interface Deployment {
  origin: string
  /** The endpoint of benchmarks. */
  url: string
  /** Those that were not refused. */
  calls: EndpointCall[]
  answers: () => unknown[]
  close: () => void
}

/** How a deployment is made. */
interface Deploying {
  /** How much time each call of a cron endpoint has, in ms. */
  budgetMs: number
  /** How much each call of the API has. */
  apiMs?: number
  /** Asked for each call of a cron endpoint; the status that it gives is the answer. */
  refuse?: (body: string) => number | null
}

/** Serves the functions on loopback, as a deployment does. */
export async function deploy(
  env: Environment,
  { budgetMs, apiMs, refuse = () => null }: Deploying,
): Promise<Deployment> {
  const calls: EndpointCall[] = []
  const answerCron = async (request: Request) => {
    const body = await request.clone().text()
    const refused = refuse(body)
    if (refused !== null) return new Response(null, { status: refused })
    const call: EndpointCall = { body, answer: null }
    calls.push(call)
    const response = await answer(request, env, budgetMs)
    call.answer = await response.clone().json()
    return response
  }
  const server = createAdaptorServer({
    createServer,
    overrideGlobalObjects: false,
    fetch: (request: Request) =>
      new URL(request.url).pathname.startsWith('/api/cron/')
        ? answerCron(request)
        : answerApi(request, alone(env), apiMs),
  }) as ReturnType<typeof createServer>
  const origin = await listening(server)
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  const answers = () => calls.flatMap((call) => call.answer ?? [])
  return { origin, url: `${origin}/api/cron/benchmark`, calls, answers, close }
}
