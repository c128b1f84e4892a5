import { asObject } from '../core/json.ts'
import { formatMs, formatUsd, printable, shortened } from './format.ts'
import { type Content, html, type Markup } from './html.ts'
import type { AboutSweep, Section, SweepData } from './sweep-data.ts'
import type { Group } from './sweep-groups.ts'

/** How long a run took, for people. */
export const durationOf = ({ started_at, finished_at }: SweepData['run']): string =>
  finished_at === null ? 'no end yet' : formatMs(Date.parse(finished_at) - Date.parse(started_at))

/** Signs of a text of a person that are shown. */
const mostText = 2000

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? shortened(printable(value), mostText) : null

const secondsOf = (value: unknown): string | null => (typeof value === 'number' ? formatMs(value) : null)

/** What made a sweep, and how it can be made again. */
export function factsSection(sweep: SweepData, groups: readonly Group[], about: AboutSweep): Section {
  const made = asObject(sweep.settings['made_with'])
  const command = textOf(made?.['command'])
  const facts = factsOf(sweep, groups, about).filter(([, value]) => value !== null)
  return {
    id: 'made',
    title: 'How it was made',
    intro: null,
    body: html`<dl class="facts">
        ${facts.map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${command === null ? html`<p class="note">The command is not recorded with this run.</p>` : html`<pre tabindex="0" aria-label="Command">${command}</pre>`}${promptOf(sweep)}`,
  }
}

function factsOf(
  { run, settings, levels, rows }: SweepData,
  groups: readonly Group[],
  { objectives, store }: AboutSweep,
): [string, Content][] {
  const made = asObject(settings['made_with'])
  const timeouts = asObject(settings['timeouts'])
  const seeds = [
    ...new Set(levels.flatMap(({ load }) => ('rate' in load && load.seed !== null ? [load.seed] : []))),
  ]
  const regions = [...new Set(rows.flatMap(({ region }) => (region === undefined ? [] : [region])))]
  const kept = Object.entries(objectives).map(([name, most]) => `${name} ${formatMs(most)}`)
  const maxCost = settings['max_cost_usd']
  const maxErrors = settings['max_errors']
  return [
    ['Run', html`<code>${run.id}</code>`],
    ['Began', run.started_at],
    ['Took', durationOf(run)],
    ['Targets', [...new Set(groups.map(({ target }) => target))].slice(0, 20).join('; ')],
    ['Called from region', regions.join(', ') || null],
    ['Recorded in', store],
    ['firsttoken', textOf(made?.['version'])],
    ['Node', textOf(made?.['node'])],
    ['Machine', textOf(made?.['machine'])],
    ['Output limit', typeof settings['max_tokens'] === 'number' ? `${settings['max_tokens']} tokens` : null],
    ['Temperature', typeof settings['temperature'] === 'number' ? settings['temperature'] : null],
    ['Deadline of a call', secondsOf(timeouts?.['total'])],
    ['Seed of the arrivals', seeds.join(', ') || null],
    ['Objectives', kept.join(', ') || null],
    ['Most it might cost', typeof maxCost === 'number' ? formatUsd(maxCost) : null],
    ['Most that might fail', typeof maxErrors === 'number' ? maxErrors : null],
  ]
}

function promptOf({ settings }: SweepData): Markup | null {
  const prompt = textOf(settings['prompt'])
  return prompt === null
    ? null
    : html`<p class="note">
          Each request asked this, with a few characters of its own in front that no cache has seen:
        </p>
        <pre tabindex="0" aria-label="Prompt">${prompt}</pre>`
}
