import type { z } from 'zod'
import type { fleet } from '../core/fleet.ts'
import type { objectiveList } from './objective-codec.ts'
import type * as reads from './read-codec.ts'
import type * as charts from './chart-codec.ts'
import type * as sweeps from './sweep-codec.ts'
import type * as statistics from './statistics-codec.ts'

/** Real results alone (false), synthetic ones alone (true), or both, each row saying which (null, or none). */
interface OfKind {
  synthetic?: boolean | null
}

/** Which page of a list; the first and the usual length if left out. */
interface OfPage {
  after?: string | null
  limit?: number
}

/** From a moment on, and before another. */
interface OfTime {
  since?: Date | null
  until?: Date | null
}

/** Whose history. */
interface OfTrack extends OfKind {
  provider?: string | null
  model?: string | null
  region?: string | null
}

/** Whose history a chart shows, over which time. */
interface OfChart extends OfTrack, OfTime {
  targetId?: string | null
  /** The current one of each target if left out. */
  series?: string | null
}

type Period = '24h' | '7d' | '30d'
type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/**
 * The reads of the API, and what a person does to what they show: one method for each SQL function. They answer
 * with the database's column names. No text of a prompt or an answer comes unless it is asked for.
 */
export interface Reads {
  /** The state of every target in every region, with 24 hours and 90 days of history, in one call. */
  readNow: (input: OfKind & { region?: string | null }) => Answer<typeof reads.present>

  // ---- runs

  /** Runs by filters, newest first. */
  listRuns: (
    input: OfKind &
      OfTime &
      OfPage & {
        provider?: string | null
        model?: string | null
        mode?: string | null
        trigger?: string | null
        status?: string | null
        /** Words that must all be in its names, status, providers, models or kinds of errors. */
        q?: string | null
      },
  ) => Answer<typeof reads.runPage>
  /** Sweeps by filters, newest first. */
  listSweeps: (
    input: OfKind &
      OfTime &
      OfPage & { provider?: string | null; model?: string | null; status?: string | null },
  ) => Answer<typeof sweeps.sweepPage>
  /** The results of a sweep by level: of each, the values of the columns that describe it. */
  listSweepResults: (input: OfPage & { id: string }) => Answer<typeof sweeps.sweepResults>
  /** One run: settings, a summary by target, and a page of its probes with their results. */
  readRun: (input: {
    id: string
    withTexts?: boolean
    after?: number | null
    limit?: number
  }) => Answer<typeof reads.runInFull>
  /** Deletes a closed run with its probes and results, and says how many. A run that is not closed: `conflict`. */
  deleteRun: (input: { id: string }) => Answer<typeof reads.deletedRun>
  /** Runs as suites, newest first; `ttfb` in their names is TTFT. */
  listHistory: (
    input: OfKind & {
      providerId?: string | null
      model?: string | null
      mode?: string | null
      status?: string | null
      withTexts?: boolean
      limit?: number
      offset?: number
    },
  ) => Answer<typeof reads.suitePage>
  /** One run as a suite with its results. */
  readHistory: (input: { id: string; withTexts?: boolean }) => Answer<typeof reads.suiteInFull>
  /** One result with its run and, if asked, its timeline. */
  readResult: (input: {
    id: string
    withTexts?: boolean
    withTimeline?: boolean
  }) => Answer<typeof reads.resultInFull>

  // ---- statistics

  /** A metric over time as columns, by target, region and series. */
  listSeries: (
    input: OfChart & {
      metric?: 'ttft' | 'ttfa' | 'tps' | 'latency'
      /** Points wanted. */
      width?: number
    },
  ) => Answer<typeof charts.series>
  /** A metric over a time as a whole: its value at each percent, by target, region and series. */
  listDistribution: (
    input: OfChart & { metric?: 'ttft' | 'ttfa' | 'tps' | 'latency' },
  ) => Answer<typeof charts.distribution>
  /** What calls spent their time on, in the middle. */
  listPhases: (input: OfChart) => Answer<typeof charts.phases>
  /** The results of a time as columns, each a point. */
  listPoints: (input: OfChart & { limit?: number }) => Answer<typeof charts.points>
  /** When a target was down: two checks or more failed in a row. */
  listOutages: (input: OfTrack & OfTime & { targetId?: string | null }) => Answer<typeof charts.outages>
  /** The published leaderboards. */
  listLeaderboard: (
    input: OfTrack & OfPage & { period?: Period; metric?: string | null; series?: string | null },
  ) => Answer<typeof statistics.leaderboardPage>
  /** Checks and failures by day. */
  listUptime: (
    input: OfTrack & { targetId?: string | null; days?: number },
  ) => Answer<typeof statistics.uptime>
  /** How each objective of a target fares in each region. */
  listObjectives: (
    input: Omit<OfTrack, 'synthetic'> & { targetId?: string | null },
  ) => Answer<typeof objectiveList>
  /** Failures, grouped. */
  listErrors: (
    input: OfTrack &
      OfTime &
      OfPage & {
        targetId?: string | null
        by?: ('day' | 'domain' | 'kind' | 'provider' | 'model' | 'region')[] | null
      },
  ) => Answer<typeof statistics.errorPage>
  /** Costs, grouped. */
  listCosts: (
    input: OfTrack & OfTime & OfPage & { by?: ('day' | 'month' | 'provider' | 'model' | 'region')[] | null },
  ) => Answer<typeof statistics.costPage>
  /** What 30 days cost at the present pace. */
  readProjection: (input: OfKind) => Answer<typeof statistics.projection>
  /** What was spent today, this month, and by day. */
  readBudget: (input: Record<string, never>) => Answer<typeof statistics.budget>
  /** Prices that replaced another, latest first. */
  listPriceChanges: (
    input: OfPage & { provider?: string | null; model?: string | null; since?: Date | null },
  ) => Answer<typeof statistics.priceChangePage>
  /** Every price of a model, and the one in force. */
  listPrices: (input: { provider: string; model: string }) => Answer<typeof statistics.priceHistory>
  /** Slots without a run, latest first. */
  listGaps: (
    input: OfPage & { schedule?: string | null; since?: Date | null },
  ) => Answer<typeof statistics.gapPage>
  /** Two runs by target. */
  readComparison: (input: { before: string; after: string }) => Answer<typeof statistics.comparison>
  /** A model wherever it is served. */
  compareModel: (
    input: OfKind & { model: string; period?: Period; region?: string | null },
  ) => Answer<typeof statistics.modelComparison>

  // ---- providers, upkeep, calibrations and prompts

  /** Every provider that is or was called. */
  listProviders: (input: OfKind) => Answer<typeof statistics.providerList>
  /** What is kept, and how current what is made of it is. */
  readUpkeep: (input: Record<string, never>) => Answer<typeof statistics.upkeep>
  /** Workers, what waits, how late it is and which lanes are in use: of all regions or one. */
  readFleet: (input: { region?: string | null }) => Answer<typeof fleet>
  /** The latest calibration of each host at each concurrency. */
  listCalibrations: (input: { host?: string | null }) => Answer<typeof statistics.calibrationList>
  /** Prompts of one's own. */
  listPrompts: (input: {
    category?: string | null
    withTexts?: boolean
  }) => Answer<typeof statistics.promptList>
  /** Saves a prompt; replaces the one of that name. */
  savePrompt: (input: {
    name: string
    category: string
    text: string
  }) => Answer<typeof statistics.savedPrompt>
  deletePrompt: (input: { name: string }) => Answer<typeof statistics.deletedPrompt>
}
