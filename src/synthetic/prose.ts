const words = {
  subject: [
    'the river',
    'a patient engineer',
    'the old lighthouse',
    'every signal',
    'the small machine',
    'a careful reader',
  ],
  verb: ['follows', 'measures', 'carries', 'remembers', 'repeats', 'crosses'],
  object: [
    'the long way home',
    'a simple rule',
    'one bright line',
    'the next question',
    'a quiet valley',
    'the shape of the answer',
  ],
  link: ['and then', 'because', 'while', 'until', 'so that'],
} as const

/** Endless plausible English, token by token: a word with its leading space, or a punctuation mark. */
export function* prose(random: () => number): Generator<string> {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
  const clause = () => `${pick(words.subject)} ${pick(words.verb)} ${pick(words.object)}`
  for (;;) {
    const sentence = random() < 0.5 ? clause() : `${clause()} ${pick(words.link)} ${clause()}`
    const [first = '', ...rest] = sentence.split(' ')
    yield ` ${first.charAt(0).toUpperCase()}${first.slice(1)}`
    for (const word of rest) yield ` ${word}`
    yield '.'
  }
}
