// What filler is made of: four kinds of text as they fill prompts in practice. Each block has whole lines, no blank
// one within, and ends with one.

type Random = () => number

/** One entry of a list. */
export const pick = (list: readonly string[], random: Random): string =>
  list[Math.floor(random() * list.length)] ?? ''

const nouns =
  'account archive batch bridge buffer cache channel column counter device document engine entry event field filter folder index job journal key label ledger limit list lock machine market meter module node order packet page parser path plan pool price probe queue record region report request river route sample schedule schema sensor server session signal socket source station stream table target task thread ticket token train valve window worker'.split(
    ' ',
  )
const adjectives =
  'active bounded careful cold common complete current daily early empty exact final first fresh full idle large late local lost main narrow old open partial past plain quiet rare ready recent remote second shared short silent simple slow small stable steady third usual whole wide'.split(
    ' ',
  )
const verbs =
  'accept apply build cancel check clear close collect compare compute copy count create decode delay deliver drop encode export fetch find finish follow free group import insert join keep load measure merge move open parse pause prune read record reduce refresh release remove render repeat replace reset resume retry return route scan select send sort split start stop store sum test trace trim update verify wait watch write'.split(
    ' ',
  )
const places =
  'the harbour, the north pier, the reading room, the old mill, the weather station, the market hall, the signal box, the upper valley, the workshop, the ferry landing, the control room, the map archive'.split(
    ', ',
  )
const people =
  'the keeper, a young surveyor, the night clerk, an engineer, the pilot, two apprentices, the librarian, a visiting baker, the stationmaster, a patient teacher'.split(
    ', ',
  )
const doings =
  'counted the boats, mended a broken lamp, wrote down the hour, argued about the price of rope, waited for the second train, followed the sound of the bell, drew the shore from memory, compared two clocks, opened the heavy door, left the letter on the table, carried the instruments upstairs, listened to the rain'.split(
    ', ',
  )
const links = 'and soon afterwards, while, although, because, until, so that, and on the same day'.split(', ')

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const number = (most: number, random: Random): number => Math.floor(random() * most)

function prose(random: Random): string {
  const clause = () => `${pick(people, random)} ${pick(doings, random)}`
  const sentence = () => {
    const place = capital(`at ${pick(places, random)}`)
    return `${place} ${clause()}, ${pick(links, random)} ${clause()}.`
  }
  return `${Array.from({ length: 3 + number(3, random) }, sentence).join(' ')}\n\n`
}

function code(random: Random): string {
  const [verb, noun, other] = [pick(verbs, random), pick(nouns, random), pick(nouns, random)]
  const limit = number(900, random) + 2
  return [
    `def ${verb}_${noun}(${other}s, limit=${limit}):`,
    `    """${capital(verb)} each ${pick(adjectives, random)} ${noun} of the ${other}s, at most \`limit\` of them."""`,
    `    ${noun}_by_id = {}`,
    `    for number, ${other} in enumerate(${other}s):`,
    `        if number >= limit or ${other}.${pick(adjectives, random)}:`,
    `            break`,
    `        ${noun}_by_id[${other}.id] = ${pick(verbs, random)}(${other}.${pick(nouns, random)})`,
    `    return sorted(${noun}_by_id.values(), key=lambda each: each.${pick(nouns, random)})\n\n`,
  ].join('\n')
}

function json(random: Random): string {
  const entry = () => ({
    id: number(100_000, random),
    kind: pick(nouns, random),
    label: `${pick(adjectives, random)} ${pick(nouns, random)}`,
    enabled: random() < 0.5,
    tags: [pick(adjectives, random), pick(verbs, random)],
    [pick(nouns, random)]: { size: number(1000, random), state: pick(adjectives, random) },
  })
  return `${JSON.stringify(Array.from({ length: 2 }, entry), null, 2)}\n\n`
}

function documentation(random: Random): string {
  const [verb, noun, other] = [pick(verbs, random), pick(nouns, random), pick(nouns, random)]
  const option = () =>
    `- \`${pick(nouns, random)}_${pick(nouns, random)}\`: how many ${pick(nouns, random)}s to ${pick(verbs, random)} before the ${pick(adjectives, random)} ${noun} is given up. Default: ${number(500, random)}.`
  return [
    `## ${capital(verb)} a ${noun}`,
    `A ${noun} belongs to exactly one ${other}. To ${verb} it, ${pick(verbs, random)} the ${other} first, then ${pick(verbs, random)} what is left. A ${pick(adjectives, random)} ${noun} is never sent over a ${pick(adjectives, random)} connection: the ${other} answers with status ${400 + number(100, random)} and closes it.`,
    ...Array.from({ length: 3 }, option),
    `See also: ${pick(verbs, random)} a ${other}, ${pick(verbs, random)} every ${pick(adjectives, random)} ${pick(nouns, random)}.\n\n`,
  ].join('\n')
}

/** The kinds of text, in the order in which they alternate. Each makes one block. */
export const kinds: readonly ((random: Random) => string)[] = [code, prose, json, documentation]

/** Words that are one token of o200k_base each, at the beginning of a line and after a blank. */
export const plainWords =
  'time day work place light water road house hand line week point case note page part plan test name list form book room door city street tree field stone paper glass river summer winter story music letter answer question number figure table window garden market bridge station signal engine'.split(
    ' ',
  )
