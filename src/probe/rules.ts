import { closingMs } from './deadlines.ts'
import { errorWords } from './error-words.ts'
import { finishKinds, finishWords } from './finish-reasons.ts'
import { thinkingMarks } from './inline-thinking.ts'
import { reasoningHomes } from './reasoning.ts'
import { usageHomes, usageRules } from './usage-homes.ts'

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const codes = (texts: readonly string[]): string => texts.map(code).join(', ')

/** Every table of the rules by which answers are read, in the order of a stream, for docs/metrics.md. */
export const ruleTables = [
  {
    title: 'Where reasoning is read',
    text:
      'Any field of the delta whose name begins with reason, think or thought, unless its last word says that it' +
      ' is about reasoning (`thought_signature`): a string, or the texts of lists and objects. The same text may' +
      ' be in two fields; the first counts. Seen so far:',
    columns: ['home', 'source'],
    rows: reasoningHomes.map(({ home, source }) => [code(home), source]),
  },
  {
    title: 'Thinking inside the text',
    text:
      'At the beginning of the text, in any case, with the space behind it; what is not closed is thinking to its' +
      ' end. A closing mark alone ends thinking that the template of the model opened, if it stands beside a line' +
      ' break or directly behind a word, outside of quotes and code. TTFA begins behind it; the text is kept as it' +
      ' came.',
    columns: ['opened by', 'closed by', 'source'],
    rows: thinkingMarks.map(({ open, close, source }) => [codes(open), code(close), source]),
  },
  {
    title: 'Finish reasons',
    text:
      'In any case; a detail may follow a colon, or a type come before a dot. `end` and `length` are a proper end,' +
      ' the others a failure; `length` without anything visible is `budget_exhausted`. A word that is neither here' +
      ' nor of a kind below is no finish reason: `[DONE]` then decides, and `notes` has the word. Nor is one that' +
      ` tokens follow. If a server keeps the connection open, we close it ${closingMs.complete / 1000} s after` +
      ` finish reason and usage have come, ${closingMs.usageOwed / 1000} s after the finish reason if usage has not;` +
      ' the call then ended with its last event, and `notes` says so.',
    columns: ['meaning', 'words', 'source'],
    rows: [
      ...finishWords.map(({ meaning, words, source }) => [meaning, codes(words), source]),
      ...finishKinds.map(({ meaning, parts }) => [
        meaning,
        `words with ${code(parts.source)}`,
        'the same kinds under other names',
      ]),
    ],
  },
  {
    title: 'Usage: names',
    text:
      'Each count is read by the first of these names that has a number above zero, in this order. A dot leads' +
      ' into an object.',
    columns: ['meaning', 'field', 'source'],
    rows: usageHomes.map(({ field, meaning, source }) => [meaning, code(field), source]),
  },
  {
    title: 'Usage: rules',
    text: '`input_tokens` includes the cache and `output_tokens` includes reasoning, wherever a provider counts them.',
    columns: ['rule', 'source'],
    rows: usageRules.map(({ rule, source }) => [rule, source]),
  },
  {
    title: 'Words of errors',
    text:
      'If neither code nor type of an error says what happened, its words do, by the first of these rules that' +
      ' matches; an error in a 200 is classified as a body with a status would be.',
    columns: ['error_kind', 'for example', 'source'],
    rows: errorWords.map(({ kind, examples, source }) => [code(kind), codes(examples.slice(0, 3)), source]),
  },
]
