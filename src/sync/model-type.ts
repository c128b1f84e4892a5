import type { ModelType } from '../core/catalog.ts'
import { asObject, lookUp } from '../core/json.ts'

type Fields = Record<string, unknown>

/** Types that listings give (Together, Copilot, LM Studio). */
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

/** Gemini's methods, but the one that models of any type have. */
const methods: Readonly<Record<string, ModelType>> = {
  embedContent: 'embedding',
  predict: 'image',
  predictLongRunning: 'video',
  bidiGenerateContent: 'audio',
  generateAnswer: 'other',
}

/** What comes out of a model that writes no text. */
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

/** What ids say, where nothing else does: the first that fits. */
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

const fitting = (rules: readonly (readonly [RegExp, ModelType])[], id: string): ModelType | null =>
  rules.find(([pattern]) => pattern.test(id))?.[1] ?? null

/**
 * What a model is for: what is known of this provider's ids, else what the listing says, else what the id says, else chat.
 * A guard writes text like any chat model, so there the id comes first.
 */
export function modelType(
  row: Fields,
  model: { id: string; outputs: readonly string[] | null },
  rules: readonly (readonly [RegExp, ModelType])[] = [],
): ModelType {
  const byName = fitting(patterns, model.id)
  return (
    fitting(rules, model.id) ??
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

/** It names its endpoints, and chat completions is none of them. */
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
