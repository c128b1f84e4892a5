import { systemClock } from '../src/core/clock.ts'
import { startLagMonitor } from '../src/probe/lag.ts'
import { warmUp } from '../src/probe/sdk.ts'
import { clientsOf, whole } from './accuracy/clients.ts'
import { crowdFigures, crowdGoals, measureCrowd } from './accuracy/crowd.ts'
import { excessFigures, excessGoals, measureExcess } from './accuracy/excess.ts'
import { measureRates, rateFigures, rateGoals } from './accuracy/rates.ts'
import { measureThreads, threadFigures } from './accuracy/threads.ts'
import { measureThroughput, throughputFigures, throughputGoals } from './accuracy/throughput.ts'
import { startTruth } from './accuracy/truth.ts'
import { watchBlocks, watchWindows, windowFigures, windowGoals } from './accuracy/windows.ts'
import { printBench } from './goals.ts'

// How right our clock is, and whether results know when it is not. The truth is a server in a process of its
// own that writes into each event when it sent it; whoever is compared runs in this process, in turn. Judge
// the ratios.
const truth = await startTruth()
const lag = startLagMonitor(systemClock)
try {
  await warmUp(['openai'])
  const clients = clientsOf(truth)
  const excess = await measureExcess(clients)
  const throughput = await measureThroughput({ ...clients, 'a whole probe': whole(truth.url, lag) })
  const rates = await measureRates(truth.url, lag)
  const watched = await watchWindows(truth.url, lag)
  const blocked = await watchBlocks(truth.url, lag, 15)
  const threads = await measureThreads(truth.url)
  const crowd = await measureCrowd(truth.url)
  printBench({
    name: 'accuracy of the clock',
    figures: [
      ...excessFigures(excess),
      ...throughputFigures(throughput),
      ...rateFigures(rates),
      ...windowFigures(watched),
      ...threadFigures(threads),
      ...crowdFigures(crowd),
    ],
    goals: [
      ...excessGoals(excess),
      ...throughputGoals(throughput),
      ...rateGoals(rates),
      ...windowGoals(watched, blocked),
      ...crowdGoals(crowd),
    ],
  })
} finally {
  lag.close()
  await truth.close()
}
