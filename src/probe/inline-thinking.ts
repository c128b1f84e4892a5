/** The marks of thinking inside the text of an answer, lower case, and who writes them. */
interface Marks {
  open: readonly string[]
  close: string
  source: string
}

/** Every pair of marks that is known. `source` names a model or its parser. */
export const thinkingMarks: readonly Marks[] = [
  {
    open: ['<think>'],
    close: '</think>',
    source: 'DeepSeek R1, Qwen3, MiniMax M2 (vLLM reasoning parsers)',
  },
  { open: ['<thinking>'], close: '</thinking>', source: 'earendil-works/pi pull 303' },
  { open: ['<thought>'], close: '</thought>', source: 'Gemini API, OpenAI compatibility' },
  { open: ['<reasoning>'], close: '</reasoning>', source: 'prompted models; LM Studio settings' },
  { open: ['<seed:think>'], close: '</seed:think>', source: 'Seed-OSS (vLLM seed_oss parser)' },
  { open: ['<longcat_think>'], close: '</longcat_think>', source: 'LongCat Flash Thinking, model card' },
  { open: ['[think]'], close: '[/think]', source: 'Magistral, model card' },
  { open: ['◁think▷'], close: '◁/think▷', source: 'Kimi-VL Thinking, model card' },
  {
    open: ['<|channel>thought'],
    close: '<channel|>',
    source: 'Gemma 4, chat template',
  },
  {
    open: ['<|channel|>analysis<|message|>', '<|start|>assistant<|channel|>analysis<|message|>'],
    close: '<|channel|>final<|message|>',
    source: 'gpt-oss, harmony response format',
  },
  {
    open: ['<|start_thinking|>'],
    close: '<|end_thinking|>',
    source: 'Command A Reasoning, chat template',
  },
  {
    open: ['<|begin_of_thought|>'],
    close: '<|end_of_thought|>',
    source: 'OpenThinker, Sky-T1, model cards',
  },
  { open: ['<unused94>thought'], close: '<unused95>', source: 'MedGemma, model card' },
]

/**
 * How many characters at the beginning of an answer's text are thinking, its marks and the space behind them
 * included. It is either opened by a mark at the very beginning, or by the model's template, which we do not
 * see: then its closing mark comes alone. `reasoned`: reasoning came in a field of its own, so that such a
 * mark counts only at the very beginning.
 */
export function thoughtLength(text: string, reasoned: boolean): number {
  // No mark without one of these: nearly every answer ends here.
  if (!/[<[◁]/.test(text)) return 0
  const lower = text.toLowerCase()
  // Lower case may be longer (İ), and then no place in it is one in the text.
  if (lower.length !== text.length) return 0
  const from = behindSpace(text, 0)
  const end = blocksFrom(text, lower, from)
  return end > from ? end : templateOpened(text, lower, { from, reasoned })
}

/** The end of the blocks of thinking that begin here, one behind the other; `from` if there is none. */
function blocksFrom(text: string, lower: string, from: number): number {
  let end = from
  // A loop: a hostile text has more blocks than the stack has room.
  for (let next = blockFrom(text, lower, end); next > end; next = blockFrom(text, lower, end)) end = next
  return end
}

/** The end of the block that begins here, that of the text if it is not closed; `from` if none begins. */
function blockFrom(text: string, lower: string, from: number): number {
  for (const { open, close } of thinkingMarks) {
    const opened = open.find((mark) => lower.startsWith(mark, from))
    if (opened === undefined) continue
    const at = lower.indexOf(close, from + opened.length)
    return at === -1 ? text.length : behindSpace(text, at + close.length)
  }
  return taggedFrom(text, lower, from)
}

/** A tag of a prompt of somebody's own: `<think_fast>`, `<thoughts>`, `<ns:thinking>`. */
const named = /<\|?((?:\w{1,20}:)?(?:think(?:ing)?|thoughts?|reason(?:ing|s)?)(?:[_-]\w{1,20})?)\|?>/y

/** The end of a block in tags of such a name, if both are there: `<thinkpad>` may be anything. */
function taggedFrom(text: string, lower: string, from: number): number {
  named.lastIndex = from
  const [open, name] = named.exec(lower) ?? []
  if (open === undefined || name === undefined) return from
  const close = open.replace(/^<\|?/, '$&/')
  const at = lower.indexOf(close, from)
  return at === -1 ? from : behindSpace(text, at + close.length)
}

/** The end of thinking that only a closing mark shows; 0 if there is none, or the text merely mentions it. */
function templateOpened(text: string, lower: string, about: { from: number; reasoned: boolean }): number {
  for (const { open, close } of thinkingMarks) {
    const at = lower.indexOf(close)
    if (at === -1 || (about.reasoned && at !== about.from)) continue
    const opened = open.some((each) => lower.lastIndexOf(each, at) !== -1)
    if (!opened && !isMentioned(text, at, at + close.length)) return behindSpace(text, at + close.length)
  }
  return 0
}

/**
 * Whether a mark at this place is spoken of: in quotes, in code, or in the middle of a sentence. A real one
 * stands beside a line break, or directly behind the last word.
 */
function isMentioned(text: string, from: number, to: number): boolean {
  const before = text.slice(0, from)
  const [last = '\n', next = '\n'] = [before.at(-1), text[to]]
  if (/["'`“”‘’«(]/.test(last) || /["'`“”‘’»),.:;]/.test(next)) return true
  // An odd number of fences: inside a block of code.
  if (before.split('```').length % 2 === 0) return true
  return last !== '\n' && next !== '\n' && /\s/.test(last)
}

const behindSpace = (text: string, from: number): number => {
  const rest = text.slice(from)
  return from + rest.length - rest.trimStart().length
}
