import type { AlertStore } from '../../src/store/alert-store.ts'

const now = new Date('2026-11-20T12:00:00Z')
const spent = { since: new Date('2026-11-20T00:00:00Z'), usd: 0 }

/** The methods that judge and tell, of a store in which nothing is to be judged and nobody to be told. */
export const quietAlerts = {
  readAlertInputs: () => Promise.resolve({ now, rules: {}, more: false, rows: [] }),
  readProviderInputs: () => Promise.resolve({ now, rules: {}, rows: [] }),
  readSystemInputs: () =>
    Promise.resolve({
      scope: 'system',
      version: 0,
      evaluatedUntil: now,
      subject: { provider: null, model: null, targetId: null, region: null },
      open: [],
      past: {},
      now,
      rules: {},
      lastFinishedAt: now,
      lastRun: null,
      spent: { day: spent, month: spent },
      calibration: null,
    }),
  readModelInputs: () => Promise.resolve({ now, rules: {}, rows: [] }),
  readDriftInputs: () => Promise.resolve({ now, rules: {}, rows: [], next: null }),
  markEvaluated: () => Promise.resolve({ marked: 0 }),
  applyTransitions: () => Promise.resolve({ applied: true, version: 1 }),
  remindIncidents: () => Promise.resolve({ reminded: 0 }),
  queueDigests: () => Promise.resolve({ week: '2026-W47', queued: 0, skipped: 0 }),
  saveChannels: () => Promise.resolve({ added: [], gone: [] }),
  readChannels: () => Promise.resolve({ rows: [] }),
  claimDeliveries: () => Promise.resolve({ rows: [], traffic: [], now }),
  listMaintenance: () => Promise.resolve({ rows: [] }),
} satisfies Partial<AlertStore>
