import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import { badgeMetrics } from '../../src/status/badge.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { host, httpParts } from '../support/http-parts.ts'
import { addIncident } from '../support/public-history.ts'
import { type OpenTransport, transports } from '../support/transports.ts'

let opened: OpenTransport
let key = ''
beforeAll(async () => {
  const [transport] = transports
  if (transport === undefined) throw new Error('there is no transport')
  opened = await transport.open()
  const { store, sql } = opened
  const { newTarget, record } = resultsOf(store)
  const target = newTarget('openai')
  key = `openai/${target.model}`
  const secrets = {
    series: 'series of nobody',
    responseText: 'the answer of somebody',
    errorMessage: 'the error of somebody',
  }
  for (const minutesAgo of [9, 8])
    await record(target, 'fra1', { minutesAgo, ...providerFault, ...secrets, costUsd: 0.123456789 })
  await record(target, 'fra1', {
    minutesAgo: 5,
    series: 'series of nobody',
    responseText: 'the answer of somebody',
    costUsd: 0.123456789,
  })
  await sql.query('update targets set active = true')
  const { rows } = await sql.query('select id from targets limit 1')
  await addIncident(sql, { kind: 'down', targetId: String(rows[0]?.['id']), minutesAgo: 8 })
  await store.saveStatusNote({
    id: randomUUID(),
    incidentId: null,
    state: 'investigating',
    title: 'Told',
    body: 'To all.',
    components: [key],
    author: 'the author of it',
  })
  await store.saveOfficialStatus({
    provider: 'openai',
    status: {
      indicator: 'partial_outage',
      description: 'the words of a status page',
      incidents: [
        {
          id: 'id of theirs',
          name: 'the name of theirs',
          impact: 'major',
          status: 'investigating',
          startedAt: new Date(Date.now() - 600_000),
          resolvedAt: null,
          url: 'https://status.example/incident',
          components: ['a part of theirs'],
        },
      ],
      maintenances: [],
    },
    validators: { 'https://status.example/document.json': { 'if-none-match': 'the tag of it' } },
  })
  await store.savePrompt({ name: 'the-name-of-a-prompt', category: 'code', text: 'the text of a prompt' })
})
afterAll(() => opened.close())

/** Columns whose values are public, or so common that they say nothing. */
const isPublic =
  /^(official_incidents\.page_url|status_(components|notes)\.(key|name|group_name|description|title|body|state|components)|providers\.(name|slug)|models\.name|targets\.region|.*\.(region|provider|model|kind|severity|slug|id|incident_id|target_id|created_at|.*_at|bucket|mode|type|status|state|source|metric|period|category|success|unit|indicator|impact))$/

test('no answer holds a prompt, an answer, an error, a cost, or any other text of the database that is not public', async () => {
  const { sql, store } = opened
  const { rows: columns } = await sql.query(
    `select table_name, column_name from information_schema.columns
      where table_schema = 'public' and data_type in ('text', 'jsonb', 'double precision', 'numeric', 'ARRAY')
        and table_name in (select tablename from pg_tables where schemaname = 'public')`,
  )
  const secrets = new Set<string>()
  for (const { table_name: table, column_name: column } of columns) {
    const name = `${String(table)}.${String(column)}`
    if (isPublic.test(name)) continue
    const { rows } = await sql.query(
      `select distinct "${String(column)}"::text as value from "${String(table)}" where "${String(column)}" is not null`,
    )
    // What is that short is in any text.
    for (const { value } of rows) if (String(value).length >= 6) secrets.add(String(value))
  }
  for (const each of [
    'the answer of somebody',
    'the error of somebody',
    'the author of it',
    'the text of a prompt',
    'the words of a status page',
    'the name of theirs',
    '0.123456789',
  ])
    expect(secrets).toContain(each)
  const { hono } = createHttp(httpParts({ env: { STATUS_PAGE: 'public' }, store }))
  const paths = [
    '/status',
    '/status/history.rss',
    '/status/history.atom',
    ...['summary', 'status', 'components', 'incidents'].map((name) => `/api/v2/${name}.json`),
    ...badgeMetrics.flatMap((metric) => [`/badge/${key}/${metric}.svg`, `/badge/${key}/${metric}.json`]),
  ]
  for (const path of paths) {
    const response = await hono.request(`http://${host}${path}`, { headers: { host } })
    expect(response.status, path).toBe(200)
    const text = await response.text()
    expect(
      [...secrets].filter((secret) => text.includes(secret)),
      path,
    ).toEqual([])
  }
})
