import { randomUUID } from 'node:crypto'
import type { MakeMethod } from './functions.ts'
import * as shards from './shard-codec.ts'
import type { ShardStore } from './shard-store.ts'

/** Shards of runs, and the workers of the fleet. */
export function shardsOver(method: MakeMethod): ShardStore {
  const claimShard = method('claim_shard', shards.shardClaimOutput, shards.toClaimShardInput)
  return {
    claimShard: (input) => claimShard({ claimId: randomUUID(), ...input }),
    renewShard: method('renew_shard', shards.renewedShard),
    finishShard: method('finish_shard', shards.finishedShard),
    listShardsToSend: method('list_shards_to_send', shards.shardsToSend),
    markShardsSent: method('mark_shards_sent', shards.markedShards, shards.toSentInput),
    beatWorker: method('beat_worker', shards.beatOutput),
    setLanes: method('set_lanes', shards.setLanesOutput),
  }
}
