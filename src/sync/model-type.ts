import type { ModelType } from '../core/catalog.ts'
import { asObject, lookUp } from '../core/json.ts'
import type { ListSource } from '../core/provider.ts'

type Fields = Record<string, unknown>

/**
 * Types in listings: Together, Copilot, LM Studio, Venice, DeepInfra, Vercel, the modes of LiteLLM, and the
 * tasks of Hugging Face.
 */
const named: Readonly<Record<string, ModelType>> = {
  chat: 'chat',
  'chat-completion': 'chat',
  language: 'chat',
  conversational: 'chat',
  llm: 'chat',
  text: 'chat',
  vlm: 'chat',
  'image-text-to-text': 'chat',
  'text-generation': 'chat',
  responses: 'responses',
  code: 'completion',
  completion: 'completion',
  embedding: 'embedding',
  embeddings: 'embedding',
  'feature-extraction': 'embedding',
  'sentence-similarity': 'embedding',
  rerank: 'rerank',
  reranker: 'rerank',
  reranking: 'rerank',
  'text-ranking': 'rerank',
  moderation: 'moderation',
  image: 'image',
  inpaint: 'image',
  upscale: 'image',
  'image-generation': 'image',
  'text-to-image': 'image',
  'image-to-image': 'image',
  video: 'video',
  'video-generation': 'video',
  'text-to-video': 'video',
  'image-to-video': 'video',
  asr: 'audio',
  audio: 'audio',
  music: 'audio',
  stt: 'audio',
  realtime: 'audio',
  speech: 'audio',
  transcribe: 'audio',
  transcription: 'audio',
  'audio-speech': 'audio',
  'audio-transcription': 'audio',
  tts: 'audio',
  'automatic-speech-recognition': 'audio',
  'text-to-speech': 'audio',
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

/** Words of ids, between anything that is no letter; a space stands for any such thing. The first match counts. */
export const typeWords: readonly (readonly [type: ModelType, words: readonly string[]])[] = [
  // Before embedding: `bge-reranker-v2-m3`.
  ['rerank', ['rerank', 'reranker', 'reranking', 'rerankqa']],
  ['embedding', 'embed embedding embeddings embedder embedqa embeddinggemma bge gte e5 minilm'.split(' ')],
  [
    'moderation',
    ['moderation', 'guard', 'guardian', 'safeguard', 'shieldgemma', 'llamaguard', 'promptguard', 'wildguard'],
  ],
  [
    'audio',
    'whisper transcribe transcription orpheus lyria tts stt asr speech voice audio realtime live music'.split(
      ' ',
    ),
  ],
  [
    'image',
    ['imagen', 'dall e', 'dalle', 'stable diffusion', 'sdxl', 'flux', 'nano banana', 'seedream', 'image'],
  ],
  ['video', ['sora', 'seedance', 'hailuo', 'kling', 'veo', 'video', 'wan']],
]

/** A digit ends a word (`veo3`), unless the word ends with one itself. */
const patternOf = (word: string): string =>
  `(?<![a-z])${word.replaceAll(' ', '[^a-z]')}(?![a-z${/\d$/.test(word) ? '\\d' : ''}])`

const patterns = typeWords.map(
  ([type, words]) => [new RegExp(words.map(patternOf).join('|'), 'i'), type] as const,
)

const matching = (rules: readonly (readonly [RegExp, ModelType])[], id: string): ModelType | null =>
  rules.find(([pattern]) => pattern.test(id))?.[1] ?? null

/**
 * The type of a model: by this provider's known ids, else by the listing, else by words of the id, else chat,
 * unless the listing says that it does not chat (Mistral). A guard
 * model writes text like any chat model, so its id takes precedence over the listing.
 */
export function modelType(
  row: Fields,
  model: { id: string; outputs: readonly string[] | null },
  { types = [], typeNames = {} }: Pick<ListSource, 'types' | 'typeNames'> = {},
): ModelType {
  const byName = matching(patterns, model.id)
  return (
    matching(types, model.id) ??
    (byName === 'moderation' ? byName : null) ??
    explicitType(row, { ...named, ...typeNames }) ??
    byOutputs(model.outputs) ??
    byName ??
    (asObject(row['capabilities'])?.['completion_chat'] === false ? 'other' : 'chat')
  )
}

/** Fields with a type, in order. */
const typesIn = (row: Fields): unknown[] => [
  asObject(row['capabilities'])?.['type'],
  row['type'],
  row['model_type'],
  asObject(row['model_spec'])?.['type'],
  row['pipeline_tag'],
  row['task'],
  row['mode'],
]

/** What Mistral's models can do besides chatting. */
const abilities: Readonly<Record<string, ModelType>> = {
  audio_transcription: 'audio',
  audio_transcription_realtime: 'audio',
  audio_speech: 'audio',
  moderation: 'moderation',
}

function explicitType(row: Fields, names: Readonly<Record<string, ModelType>>): ModelType | null {
  const given = typesIn(row)
    .map((type) => lookUp(names, textOf(type)?.replaceAll('_', '-')))
    .find((type) => type !== undefined)
  if (given === 'chat' && isElsewhere(row['supported_endpoints'])) return 'responses'
  if (given !== undefined) return given
  const able = asObject(row['capabilities'])
  if (able?.['completion_chat'] === true) return 'chat'
  const other = Object.keys(abilities).find((ability) => able?.[ability] === true)
  if (other !== undefined) return abilities[other] ?? null
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
