import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool } from 'pg'

// docs.postgrest.org/en/stable/references/errors.html
/**
 * PostgREST's HTTP status for each SQLSTATE; the longest prefix wins.
 * https://docs.postgrest.org/en/stable/references/errors.html
 */
const statuses: Record<string, number> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '23503': 409,
  '23505': 409,
  '25': 500,
  '25006': 405,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '42501': 403,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53': 503,
  '53400': 500,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  P0001: 400,
  XX: 500,
}
const statusOf = (code: string) =>
  statuses[code] ?? statuses[code.slice(0, 3)] ?? statuses[code.slice(0, 2)] ?? 400

/** Answers in place of the database. `body` is what was sent. */
type Fault = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** A test double of PostgREST's rpc endpoint that runs the real SQL. */
export interface Postgrest {
  url: string
  key: string
  /** The requests received, including faulty ones, such as `POST /rest/v1/rpc/start_run`. */
  requests: string[]
  /** Faults that replace the answers to the next requests, one each. */
  faults: Fault[]
  /** Faults that replace every answer of a function, until they are removed; one may let a call through. */
  refused: Map<string, Fault>
  /** The same, but after the database has committed: its answer is lost. */
  losses: Fault[]
  stop: () => Promise<void>
}

interface Answer {
  status: number
  body: string
}

const problem = (
  status: number,
  error: { code: string; message: string; detail?: string; hint?: string },
) => ({
  status,
  body: JSON.stringify({
    code: error.code,
    message: error.message,
    details: error.detail ?? null,
    hint: error.hint ?? null,
  }),
})

/** The part of PostgREST that `.rpc(name, {input})` talks to: one jsonb argument, POST only, as `role`. */
export async function startPostgrest(databaseUrl: string, role = 'service_role'): Promise<Postgrest> {
  const key = 'sb_secret_for-tests'
  const pool = new Pool({ connectionString: databaseUrl, allowExitOnIdle: true })
  pool.on('error', () => undefined)
  const double = {
    key,
    requests: [] as string[],
    faults: [] as Fault[],
    refused: new Map<string, Fault>(),
    losses: [] as Fault[],
  }
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    double.requests.push(`${request.method} ${request.url}`)
    const fault = double.faults.shift()
    const body = Buffer.concat(chunks).toString('utf8')
    if (fault) return fault(request, response, body)
    const name = /^\/rest\/v1\/rpc\/([a-z0-9_]+)$/.exec(request.url ?? '')?.[1]
    const refused = name === undefined ? undefined : double.refused.get(name)
    if (refused) {
      refused(request, response, body)
      if (response.writableEnded) return
    }
    const answer =
      request.headers['apikey'] !== key
        ? problem(401, { code: 'PGRST301', message: 'No suitable key or wrong key type' })
        : name === undefined || request.method !== 'POST'
          ? problem(404, { code: 'PGRST125', message: 'Invalid path specified in request URL' })
          : await callFunction({ pool, role, name, body })
    const loss = double.losses.shift()
    if (loss) return loss(request, response, body)
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8' }).end(answer.body)
  }
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return Object.assign(double, {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      await pool.end()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

/** Each request is one transaction with the role set for it alone. */
async function callFunction(call: { pool: Pool; role: string; name: string; body: string }): Promise<Answer> {
  const { pool, role, name, body } = call
  const client = await pool.connect()
  try {
    const known = await client.query(
      `select from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace and proname = $1 and proargnames = array['input']`,
      [name],
    )
    if (known.rowCount === 0) {
      const message = `Could not find the function public.${name}(input) in the schema cache`
      return problem(404, { code: 'PGRST202', message })
    }
    await client.query('begin')
    await client.query(`set local role ${role}`)
    const { rows } = await client.query<{ output: string | null }>(
      `select (public.${name}(input => (($1::json) -> 'input')::jsonb))::text as output`,
      [body],
    )
    await client.query('commit')
    return { status: 200, body: rows[0]?.output ?? 'null' }
  } catch (error) {
    await client.query('rollback')
    const {
      code = 'XX000',
      message,
      detail,
      hint,
    } = error as { code?: string; message: string; detail?: string; hint?: string }
    return problem(statusOf(code), {
      code,
      message,
      ...(detail ? { detail } : {}),
      ...(hint ? { hint } : {}),
    })
  } finally {
    client.release()
  }
}
