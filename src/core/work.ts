import type { Settings } from './plan.ts'

/** What the requests of a sweep say, as far as it is not one prompt with a beginning and filler of its own each. */
export interface Work {
  /**
   * What caches of prompts find. `cold`: no two requests begin alike; `warm`: all of a level are the same; `shared`:
   * the filler of all begins with the same `sharedTokens` tokens, and goes on alone.
   */
  cache: 'cold' | 'warm' | 'shared'
  sharedTokens?: number
  /** Output limits of the requests, instead of one for all. */
  outputs?: OutputLengths
  /** Prompts that are taken in turn, in a random order each round, instead of one for all. */
  prompts?: readonly NamedPrompt[]
  /** The trace that is sent again: it says when, how long, and what is shared. */
  trace?: TraceAbout
  /** Makes the texts that requests share: the same seed, the same texts. */
  seed: string
}

/** Output limits in tokens: these in turn, in a random order each round; or any from one to another, both included. */
export type OutputLengths = { list: readonly number[] } | { least: number; most: number }

/** A prompt of several. */
export interface NamedPrompt {
  name: string
  /** SHA-256 of its text, in hex. */
  hash: string
  text: string
}

/** What is known of a trace besides its requests. */
export interface TraceAbout {
  /** Of its file, without the folder. */
  name: string
  format: 'firsttoken' | 'mooncake' | 'azure' | 'burstgpt'
  /** SHA-256 of the file, in hex. */
  hash: string
  /** Requests that are in it, and rows left out because they had failed. */
  requests: number
  failed: number
  /** How many times faster it is sent than it was recorded. */
  speed: number
  /** Tokens of a block of a prompt. */
  blockTokens: number
  /** The most requests that are due within any second, as it is sent. */
  peakRate: number
}

/** A request of a recorded trace, to be sent again. */
export interface TracedRequest {
  /** In ms after the first request of the trace. */
  at: number
  inputTokens: number
  outputTokens: number
  /** Names of the blocks of the prompt, in order: blocks of one name have the same content. */
  blocks: readonly string[]
}

/** What one request of a sweep says. */
export interface Asks {
  /** The beginning of its prompt, and the seed of its own filler. */
  nonce: string
  /** Its output limit, in tokens; that of its target, else of the run, if absent. */
  maxTokens?: number
  /** The place of its prompt among those of the sweep. */
  prompt?: number
  /** Of a trace: the names of the blocks that its filler begins with. Its context tokens are those of the whole prompt. */
  blocks?: readonly string[]
}

/** The settings that a probe is called with: those of its run, with a prompt of its own if there are several. */
export function settingsFor(settings: Settings, asks: Asks | null): Settings {
  const own = asks?.prompt === undefined ? undefined : settings.work?.prompts?.[asks.prompt]
  return own === undefined ? settings : { ...settings, prompt: own.text, promptHash: own.hash }
}

/** The highest of some output limits. */
export const mostOutput = (outputs: OutputLengths): number =>
  'list' in outputs ? Math.max(...outputs.list) : outputs.most
