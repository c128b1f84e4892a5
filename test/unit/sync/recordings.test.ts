import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ListedModel, ModelType } from '../../../src/core/catalog.ts'
import type { ConfiguredProvider } from '../../../src/core/provider.ts'
import { customEntry } from '../../../src/registry/custom.ts'
import { providers } from '../../../src/registry/providers.ts'
import { fetchListing } from '../../../src/sync/fetch-listing.ts'
import { type Listings, serveListings } from '../../support/listings.ts'

const folder = join(process.env['RECORDINGS'] ?? '../shared/recordings', 'models')
const bodies = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.body.json')) : []
const sidecar = z.object({
  expected: z.object({ distinct_ids: z.int(), ids_sha256: z.string(), first_id: z.string() }),
})

/** The entry whose listing a recording is of; an endpoint of anybody's own where we have none. */
function entryOf(file: string) {
  const [start = ''] = file.split('.')
  const id = start === 'generativelanguage' ? 'gemini' : start
  return (
    providers.find((entry) => entry.id === id) ?? customEntry({ name: id, baseUrl: 'http://x', model: 'x' })
  )
}

/** Counted by hand from each recording, model by model: what can be called at /chat/completions. */
const chatModels: Record<string, number> = {
  'bedrock-mantle': 46,
  copilot: 28,
  deepseek: 2,
  generativelanguage: 19,
  groq: 8,
  openai: 57,
}

describe.skipIf(bodies.length === 0)('recorded listings', () => {
  let server: Listings
  beforeAll(async () => {
    server = await serveListings({})
  })
  afterAll(() => server.close())

  async function listed(file: string): Promise<ListedModel[]> {
    const entry = entryOf(file)
    const base = `${server.url}/${entry.id}${entry.list.path.startsWith('/..') ? '/openai' : ''}`
    const path = new URL(`${base}${entry.list.path}`).pathname
    server.routes[path] = { body: readFileSync(join(folder, file), 'utf8') }
    const provider: ConfiguredProvider = {
      entry,
      baseUrl: base,
      key: 'a-key-of-ours',
      synthetic: false,
      trusted: true,
    }
    const listing = await fetchListing(provider, {
      env: {},
      egressAllow: [],
      at: new Date('2026-11-26T00:00:00Z'),
    })
    if ('problem' in listing) throw new Error(listing.problem)
    expect(listing.unreadable).toBe(0)
    return listing.models
  }

  test.each(bodies)('%s: every id and no other', async (file) => {
    const meta = sidecar.parse(
      JSON.parse(readFileSync(join(folder, file.replace('.body.', '.meta.')), 'utf8')),
    )
    const { distinct_ids: count, ids_sha256: digest, first_id: first } = meta.expected
    const models = await listed(file)
    const prefix = first.startsWith('models/') ? 'models/' : ''
    const ids = models.map(({ model }) => `${prefix}${model}`)
    expect(ids.length).toBe(count)
    expect(ids[0]).toBe(first)
    expect(createHash('sha256').update(ids.toSorted().join('\n')).digest('hex')).toBe(digest)
  })

  test.each(bodies.filter((file) => (file.split('.')[0] ?? '') in chatModels))(
    '%s: as many chat models as there are',
    async (file) => {
      const models = await listed(file)
      expect(models.filter(({ type }) => type === 'chat').length).toBe(chatModels[file.split('.')[0] ?? ''])
    },
  )

  const named = (name: string) => bodies.find((file) => file.startsWith(name)) ?? ''
  const typesOf = (models: readonly ListedModel[]) => new Map(models.map(({ model, type }) => [model, type]))

  test.skipIf(named('openai') === '')(
    'OpenAI: models of other endpoints are told from chat models',
    async () => {
      const types = typesOf(await listed(named('openai')))
      const expected: Record<string, ModelType> = {
        'gpt-5.4-nano': 'chat',
        'chat-latest': 'chat',
        'gpt-4o-search-preview': 'chat',
        'gpt-5-pro': 'responses',
        'gpt-5.3-codex': 'responses',
        'o3-deep-research': 'responses',
        'computer-use-preview': 'responses',
        'gpt-3.5-turbo-instruct': 'completion',
        'text-embedding-3-small': 'embedding',
        'omni-moderation-latest': 'moderation',
        'gpt-4o-mini-tts': 'audio',
        'gpt-realtime-2': 'audio',
        'gpt-audio-mini': 'audio',
        'chatgpt-image-latest': 'image',
        'sora-2-pro': 'video',
      }
      expect(Object.fromEntries(Object.keys(expected).map((id) => [id, types.get(id)]))).toEqual(expected)
    },
  )

  test.skipIf(named('groq') === '')('Groq: limits, modalities, and prices from decimal strings', async () => {
    const models = await listed(named('groq'))
    expect(models.find(({ model }) => model === 'openai/gpt-oss-20b')).toMatchObject({
      displayName: 'GPT OSS 20B',
      type: 'chat',
      contextWindow: 131_072,
      outputLimit: 65_536,
      inputModalities: ['text'],
      outputModalities: ['text'],
      supportedParameters: ['temperature', 'top_p', 'stop', 'seed', 'max_tokens'],
      price: { inputPerM: 0.075, outputPerM: 0.3, cachedPerM: 0.0375, source: 'provider' },
    })
    // Priced by the character of speech, with no rate for output.
    expect(models.find(({ model }) => model === 'canopylabs/orpheus-v1-english')?.price).toBeNull()
  })

  test.skipIf(named('openrouter.rig') === '')(
    'OpenRouter: 413 rows, 408 prices, routers without one, tiers',
    async () => {
      const models = await listed(named('openrouter.rig'))
      expect(models.filter(({ price }) => price !== null).length).toBe(408)
      expect(
        models
          .filter(({ price }) => price === null)
          .map(({ model }) => model)
          .toSorted(),
      ).toEqual([
        'openrouter/auto',
        'openrouter/auto-beta',
        'openrouter/bodybuilder',
        'openrouter/fusion',
        'openrouter/pareto-code',
      ])
      expect(models.find(({ model }) => model === 'qwen/qwen3.7-flash')?.price).toMatchObject({
        inputPerM: 0.03,
        outputPerM: 0.13,
        cachedPerM: 0.006,
        cacheWritePerM: 0.038,
        overrides: [
          {
            overInputTokens: 32_000,
            inputPerM: 0.1,
            outputPerM: 0.4,
            cachedPerM: 0.02,
            cacheWritePerM: 0.125,
          },
          {
            overInputTokens: 256_000,
            inputPerM: 0.2,
            outputPerM: 0.8,
            cachedPerM: 0.04,
            cacheWritePerM: 0.25,
          },
        ],
      })
      expect(models.find(({ model }) => model === 'z-ai/glm-4.5')?.shutdownOn).toBe('2026-12-31')
      expect(
        models
          .filter(({ type }) => type !== 'chat')
          .map(({ model }) => model)
          .toSorted(),
      ).toEqual(['meta-llama/llama-guard-4-12b', 'openai/gpt-oss-safeguard-20b'])
    },
  )

  test.skipIf(named('generative') === '')(
    'Gemini: the native listing, with its limits and its own header',
    async () => {
      const models = await listed(named('generative'))
      expect(models.find(({ model }) => model === 'gemini-3.5-flash-lite')).toMatchObject({
        type: 'chat',
        contextWindow: 1_048_576,
        outputLimit: 65_536,
      })
      expect(server.requests.at(-1)?.headers).toMatchObject({ 'x-goog-api-key': 'a-key-of-ours' })
      expect(server.requests.at(-1)?.headers).not.toHaveProperty('authorization')
    },
  )
})
