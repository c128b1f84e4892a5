import type { ModelType } from '../core/catalog.ts'
import { asObject, lookUp } from '../core/json.ts'

type Fields = Record<string, unknown>

/** Types in listings (Together, Copilot, LM Studio). */
const named: Readonly<Record<string, ModelType>> = {
  chat: 'chat',
  llm: 'chat',
  vlm: 'chat',
  language: 'completion',
  code: 'completion',
  completion: 'completion',
  embedding: 'embedding',
  embeddings: 'embedding',
  rerank: 'rerank',
  moderation: 'moderation',
  image: 'image',
  video: 'video',
  audio: 'audio',
  transcribe: 'audio',
}

/** Gemini's methods, except the one that models of any type have. */
const methods: Readonly<Record<string, ModelType>> = {
  embedContent: 'embedding',
  predict: 'image',
  predictLongRunning: 'video',
  bidiGenerateContent: 'audio',
  generateAnswer: 'other',
}

/** Output modalities of models that do not write text. */
const outputs: Readonly<Record<string, ModelType>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  speech: 'audio',
  transcription: 'audio',
  embeddings: 'embedding',
  embedding: 'embedding',
  rerank: 'rerank',
}

/** Types by id, if nothing else is known: the first match. */
const patterns: readonly (readonly [RegExp, ModelType])[] = [
  [/embed|(^|[-/])(bge|gte|e5)-/i, 'embedding'],
  [/rerank/i, 'rerank'],
  [/moderation|guard/i, 'moderation'],
  [
    /whisper|transcri|orpheus|lyria|(^|[-_/])(tts|stt|asr|speech|voice|audio|realtime|live|music)([-_.\d]|$)/i,
    'audio',
  ],
  [/imagen|dall-e|stable-diffusion|flux|nano-banana|seedream|(^|[-_/])image([-_.\d]|$)/i, 'image'],
  [/sora|seedance|hailuo|kling|(^|[-_/])(veo|video|wan)([-_.\d]|$)/i, 'video'],
]

const matching = (rules: readonly (readonly [RegExp, ModelType])[], id: string): ModelType | null =>
  rules.find(([pattern]) => pattern.test(id))?.[1] ?? null

/**
 * The type of a model: by this provider's known ids, else by the listing, else by the id, else chat. A guard
 * model writes text like any chat model, so its id takes precedence over the listing.
 */
export function modelType(
  row: Fields,
  model: { id: string; outputs: readonly string[] | null },
  rules: readonly (readonly [RegExp, ModelType])[] = [],
): ModelType {
  const byName = matching(patterns, model.id)
  return (
    matching(rules, model.id) ??
    (byName === 'moderation' ? byName : null) ??
    explicitType(row) ??
    byOutputs(model.outputs) ??
    byName ??
    'chat'
  )
}

function explicitType(row: Fields): ModelType | null {
  const capabilities = asObject(row['capabilities'])
  const given = lookUp(named, textOf(capabilities?.['type']) ?? textOf(row['type']))
  if (given === 'chat' && isElsewhere(row['supported_endpoints'])) return 'responses'
  if (given !== undefined) return given
  if (capabilities?.['completion_chat'] === false) return 'other'
  const supported = row['supportedGenerationMethods']
  if (!Array.isArray(supported) || supported.includes('generateContent')) return null
  return (
    supported
      .map((method) => lookUp(methods, typeof method === 'string' ? method : null))
      .find((type) => type !== undefined) ?? 'other'
  )
}

/** Whether it names its endpoints, without chat completions among them. */
const isElsewhere = (endpoints: unknown): boolean =>
  Array.isArray(endpoints) &&
  endpoints.length > 0 &&
  !endpoints.some((path) => typeof path === 'string' && path.endsWith('/chat/completions'))

function byOutputs(modalities: readonly string[] | null): ModelType | null {
  if (modalities === null || modalities.length === 0) return null
  if (modalities.includes('text')) return 'chat'
  return modalities.map((modality) => lookUp(outputs, modality)).find((type) => type !== undefined) ?? 'other'
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value.toLowerCase() : null)
