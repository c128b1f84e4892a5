import { expect, test } from 'vitest'
import type { ModelType } from '../../../src/core/catalog.ts'
import { modelType, typeWords } from '../../../src/sync/model-type.ts'

const typeOf = (id: string, row: Record<string, unknown> = {}, outputs: string[] | null = null): ModelType =>
  modelType({ id, ...row }, { id, outputs })

test.each([
  ['inkling', 'chat'],
  ['influxdb-llm', 'chat'],
  ['sorakun-7b', 'chat'],
  ['wanderer-13b', 'chat'],
  ['vanguard-8b', 'chat'],
  ['alive-2', 'chat'],
  ['imagenary-chat', 'chat'],
  ['videollama-2', 'chat'],
  ['gemma-3n-e5b', 'chat'],
  ['kling-2.1-pro', 'video'],
  ['veo3', 'video'],
  ['wan2.2-t2v', 'video'],
  ['black-forest-labs/FLUX.1-schnell', 'image'],
  ['stable_diffusion-xl', 'image'],
  ['dall-e-3', 'image'],
  ['gemini-2.5-flash-image', 'image'],
  ['whisper-large-v3', 'audio'],
  ['tts-1', 'audio'],
  ['multilingual-e5-large', 'embedding'],
  ['text-embedding-3-small', 'embedding'],
  ['Qwen3-Guard-8B', 'moderation'],
  ['llama-guard-4-12b', 'moderation'],
  ['bge-reranker-v2-m3', 'rerank'],
  ['nv-rerankqa-mistral-4b', 'rerank'],
] as const)('the words of %s make it %s', (id, type) => {
  expect(typeOf(id)).toBe(type)
})

const words = typeWords.flatMap(([type, all]) =>
  all.map((word) => [word.replaceAll(' ', '-'), type] as const),
)

test.for(words)('%s says %s as a word, and nothing inside another', ([word, type]) => {
  for (const id of [word, `a-${word}`, `lab/${word}_x`, `${word.toUpperCase()}.1`])
    expect(typeOf(id)).toBe(type)
  for (const id of [`x${word}`, `${word}ish`, `un${word}able`]) expect(typeOf(id)).toBe('chat')
})

test.each([
  ['Venice', { type: 'text' }, 'chat'],
  ['Venice', { type: 'asr' }, 'audio'],
  ['DeepInfra', { type: 'text-generation' }, 'chat'],
  ['Hugging Face', { pipeline_tag: 'text-to-image' }, 'image'],
  ['Vercel', { type: 'language' }, 'chat'],
  ['Vercel', { type: 'reranking' }, 'rerank'],
  ['Vercel', { type: 'transcription' }, 'audio'],
  ['Novita', { model_type: 'chat' }, 'chat'],
  ['LiteLLM', { mode: 'image_generation' }, 'image'],
  ['LiteLLM', { mode: 'responses' }, 'responses'],
  ['Mistral', { capabilities: { completion_chat: false, audio_speech: true } }, 'audio'],
  ['Mistral', { capabilities: { completion_chat: true } }, 'chat'],
  ['Mistral', { capabilities: { completion_chat: false, audio_transcription: true } }, 'audio'],
] as const)('what the listing of %s says (%j) comes before the words of the id', (_, row, type) => {
  expect(typeOf('flux-video-embed', row)).toBe(type)
})

test('a model that does not chat is what its id says, and other if that says nothing', () => {
  const row = { capabilities: { completion_chat: false } }
  expect(typeOf('mistral-embed', row)).toBe('embedding')
  expect(typeOf('mistral-moderation-2411', row)).toBe('moderation')
  expect(typeOf('mistral-ocr-2505', row)).toBe('other')
})
