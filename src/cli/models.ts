import { toJsonText } from '../core/json.ts'
import { printable } from '../report/format.ts'
import { ratesText } from '../report/sync.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { list } from './list-models.ts'
import {
  modelsFlags,
  modelsHelp,
  type ModelsRequest,
  modelsRequest,
  type Subcommand,
} from './models-flags.ts'
import { providerNamed } from './named-provider.ts'
import { switchTargets } from './switch-targets.ts'

const setPrice: Subcommand = async ({ positional, price: own }, { store, app }) => {
  const [name = '', model = ''] = positional
  const { id, about } = providerNamed(name, app)
  const { price } = await store.setPrice({ provider: id, about, model, price: own })
  const text =
    price === null
      ? 'no price is known'
      : `${ratesText(price)} per million tokens, in and out (${price.source})`
  return { document: { provider: id, model, price }, text: `${id} ${printable(model)}: ${text}` }
}

const commands: Readonly<Record<ModelsRequest['command'], Subcommand>> = {
  list,
  activate: switchTargets(true, false),
  deactivate: switchTargets(false, false),
  add: switchTargets(true, true),
  limit: switchTargets(null, false),
  slo: switchTargets(null, false),
  interval: switchTargets(null, false),
  price: setPrice,
}

/** `models`: shows models and targets, switches targets on and off, limits and spaces them, sets objectives and prices. */
export const models = defineCommand({
  name: 'models',
  help: modelsHelp,
  flags: modelsFlags,
  needs: 'store',
  run: async (given, { app, store, streams }) => {
    const asked = modelsRequest(given)
    const done = await commands[asked.command](asked, { store, app })
    if ('problem' in done) return done
    const { document, text } = done
    streams.stdout.write(given.json ? `${toJsonText(document, 2)}\n` : `${text}\n`)
    return exitCode.ok
  },
})
