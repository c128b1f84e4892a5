/**
 * What becomes of a call that is refused: it `passes` by itself later, someone has to set something `right`, or
 * the database will `never` take it.
 */
export type Fate = 'passes' | 'right' | 'never'

/** An answer that is no success, from the database's gateway, from PostgREST or from whatever stands between. */
export interface Refusal {
  name: string
  status: number
  body: string
  fate: Fate
}

const html = (text: string) => `<!DOCTYPE html><html><body>${text}</body></html>`
const said = (message: unknown, more: object = {}) => JSON.stringify({ message, ...more })
const coded = (code: string, message: string) => JSON.stringify({ code, message, details: null, hint: null })

const passing: [name: string, status: number, body: string][] = [
  ['a token of the gateway from the future', 401, coded('PGRST303', 'JWT issued at future')],
  ['a token that is not valid yet', 401, coded('PGRST303', 'JWT not yet valid')],
  ['a project over its quota', 402, said('Service for this project is restricted: exceed_db_size_quota.')],
  ['a page of a firewall', 403, html('Attention Required!')],
  ['a firewall whose JSON has a shape of its own', 403, said({ en: 'blocked' }, { code: 403 })],
  ['a request that a proxy does not like', 400, html('400 Bad Request')],
  ['a request that took too long to arrive', 408, ''],
  ['too many requests', 429, said('Too many requests')],
  ['read-only mode', 405, coded('25006', 'cannot execute INSERT in a read-only transaction')],
  ['a serialization failure', 500, coded('40001', 'could not serialize access')],
  ['a deadlock', 500, coded('40P01', 'deadlock detected')],
  ['a lock that was not available', 500, coded('55P03', 'canceling statement due to lock timeout')],
  ['a statement that was cancelled', 500, coded('57014', 'canceling statement due to statement timeout')],
  ['a server that shuts down', 503, coded('57P01', 'terminating connection')],
  ['too many connections', 503, coded('53300', 'too many clients already')],
  ['a full disk', 503, coded('53100', 'could not extend file: No space left on device')],
  ['an internal error', 500, coded('XX000', 'internal error')],
  ['no database', 503, coded('PGRST002', 'Could not query the database for the schema cache')],
  ['no free connection', 504, coded('PGRST003', 'Timed out acquiring connection from connection pool.')],
  ['null as an error', 500, 'null'],
  ['a gateway without an upstream', 502, html('502 Bad Gateway')],
  ['a gateway that waited', 504, said('The upstream server is timing out')],
  ['an edge that does not know the error', 520, html('Web server is returning an unknown error')],
  ['a paused project', 540, said('Project paused')],
  ['a login page', 200, html('Log in to the guest network')],
  ['an answer without a body', 200, ''],
]

const toSetRight: typeof passing = [
  ['a token that has expired', 401, coded('PGRST303', 'JWT expired')],
  ['a key of the wrong type', 401, coded('PGRST301', 'No suitable key or wrong key type')],
  ['a wrong key', 401, said('Invalid API key')],
  ['a role without the right', 403, coded('42501', 'permission denied for table runs')],
  ['a function that is not in the schema cache', 404, coded('PGRST202', 'Could not find the function')],
  ['a table that is not in the schema cache', 404, coded('PGRST205', 'Could not find the table')],
  ['a column that does not exist', 400, coded('42703', 'column "notes" does not exist')],
  ['a schema that is not exposed', 406, coded('PGRST106', 'The schema must be one of the following: api')],
  ['an address without a page', 404, html('404 Not Found')],
  ['an address without anything', 404, ''],
  ['an address with a list', 404, '[]'],
  ['an object that is not ours', 200, '{"status":"ok"}'],
]

const final: typeof passing = [
  ['a second result', 409, coded('23505', 'probe 1 has a result already')],
  ['a foreign key', 409, coded('23503', 'insert or update violates a foreign key')],
  ['a check', 400, coded('23514', 'new row violates a check constraint')],
  ['a text that is no number', 400, coded('22P02', 'invalid input syntax for type integer')],
  ['a run that is not there', 500, coded('P0002', 'there is no run')],
  ['a mistake in our SQL', 400, coded('42804', 'column is of type integer but expression is of type text')],
  ['a body that is too large', 413, html('413 Request Entity Too Large')],
  ['a value beyond a limit', 500, coded('54000', 'array size exceeds the maximum allowed')],
]

const table = (rows: typeof passing, fate: Fate): Refusal[] =>
  rows.map(([name, status, body]) => ({ name, status, body, fate }))

/** Refusals of gateway and database that were seen, or are documented, each with what becomes of the call. */
export const refusals: readonly Refusal[] = [
  ...table(passing, 'passes'),
  ...table(toSetRight, 'right'),
  ...table(final, 'never'),
]
