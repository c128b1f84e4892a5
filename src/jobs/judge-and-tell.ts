import type { AlertStore } from '../store/alert-store.ts'
import type { App } from './app.ts'
import { type Judge, openJudge } from './judge.ts'
import { tellNow, type TellerApp, tried } from './teller.ts'

/** What judging and telling need of an installation. */
export type JudgingApp = TellerApp & Pick<App, 'host'>

/** Judges something, and tells what came of it if anything did. A database that fails is logged. */
export async function judgeAndTell(
  store: AlertStore,
  app: JudgingApp,
  of: (judge: Judge) => Promise<boolean>,
): Promise<void> {
  const changed = await tried(app, () => of(openJudge(store, app)))
  if (changed === true) await tellNow(store, app)
}
