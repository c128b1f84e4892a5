import { Client } from 'pg'
import { asObject } from '../../src/core/json.ts'
import { median, round } from '../goals.ts'
import type { Kind, Read } from './reads.ts'
import { seedTexts } from './reads.ts'

/**
 * Milliseconds, as a client sees it over one connection; a query that takes longer than this counts as this
 * long.
 */
const timeoutMs = 60_000
const repetitions = 5
/** What takes longer than this is measured once, and not again. */
const slowMs = 4000

/** What a read took; blocks are pages of 8 kB that were asked for, found in memory or not. */
export interface Cost {
  ms: number
  blocks: number | null
}

export interface Measured extends Cost {
  name: string
  kind: Kind
  seed: Cost | null
}

/**
 * Measures reads one after another: ours in one database, those of the seed in another on the same server.
 */
export async function measureReads(
  urls: { large: string; seed: string },
  reads: readonly Read[],
  say: (message: string) => void,
): Promise<Measured[]> {
  const ours = await connect(urls.large)
  const seeds = await connect(urls.seed)
  try {
    const seen = new Map<string, Cost>()
    const measured: Measured[] = []
    for (const { name, kind, text, seed } of reads) {
      const cost = await measure(ours, text)
      if (seed !== undefined && !seen.has(seed)) seen.set(seed, await measure(seeds, seedTexts[seed] ?? ''))
      const compared = seed === undefined ? null : (seen.get(seed) ?? null)
      measured.push({ name, kind, ...cost, seed: compared })
      say(
        `${name}: ${round(cost.ms)} ms, ${cost.blocks} blocks${compared ? `; seed ${round(compared.ms)} ms` : ''}`,
      )
    }
    return measured
  } finally {
    await ours.end()
    await seeds.end()
  }
}

/** What is made again once an hour or once a day, or by hand. */
const upkeep: Record<string, string> = {
  'leaderboards of 24 h summarized again': `select firsttoken.draft_summaries('24h', array(select id from public.tracks))`,
  'leaderboards of 7 d summarized again': `select firsttoken.draft_summaries('7d', array(select id from public.tracks))`,
  'leaderboards of 30 d summarized again': `select firsttoken.draft_summaries('30d', array(select id from public.tracks))`,
  'rollups of a day made again': `select firsttoken.rebuild_range(date_trunc('day', now(), 'UTC') - interval '24 hours', date_trunc('day', now(), 'UTC') - interval '1 s', null)`,
}

/** How long that takes, in ms. */
export async function measureUpkeep(url: string): Promise<{ name: string; ms: number }[]> {
  const client = await connect(url)
  try {
    const figures: { name: string; ms: number }[] = []
    for (const [name, text] of Object.entries(upkeep))
      figures.push({ name, ms: (await measure(client, text)).ms })
    return figures
  } finally {
    await client.end()
  }
}

/** One connection that gives up on what takes too long. */
async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, statement_timeout: timeoutMs })
  await client.connect()
  return client
}

async function measure(client: Client, text: string): Promise<Cost> {
  const first = await time(client, text)
  if (first >= timeoutMs) return { ms: timeoutMs, blocks: null }
  const blocks = await countBlocks(client, text)
  if (first > slowMs) return { ms: first, blocks }
  const times: number[] = []
  while (times.length < repetitions) times.push(await time(client, text))
  return { ms: median(times), blocks }
}

async function time(client: Client, text: string): Promise<number> {
  const began = performance.now()
  try {
    await client.query({ text, rowMode: 'array' })
    return performance.now() - began
  } catch (error) {
    // query_canceled: the statement timeout.
    if (asObject(error)?.['code'] === '57014') return timeoutMs
    throw error
  }
}

async function countBlocks(client: Client, text: string): Promise<number | null> {
  try {
    const { rows } = await client.query(`explain (analyze, buffers, timing off, format json) ${text}`)
    const plan = asObject(asObject(rows[0]?.['QUERY PLAN'][0])?.['Plan'])
    return Number(plan?.['Shared Hit Blocks']) + Number(plan?.['Shared Read Blocks'])
  } catch (error) {
    if (asObject(error)?.['code'] === '57014') return null
    throw error
  }
}
