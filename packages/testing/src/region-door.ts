import type { Kms } from "@keywright/core"
import { clientOf } from "@keywright/core/testing"
import type { FaultLayer } from "./faults/faults.js"
import { telling } from "./matchers/telling.js"
import type { Witness } from "./matchers/witness.js"
import type { RegionWorld } from "./world/region-world.js"

/**
 * The engine of a region as a kit hands it out: behind the faults, and the same object whichever
 * host serves the region.
 */
export function openRegionDoor(world: RegionWorld, faults: FaultLayer, witness: Witness): Kms {
  const { partition, region, account, administrator } = world.kms
  return Object.freeze<Kms>({
    partition,
    region,
    account,
    administrator,
    call: (caller, operation, input) => faults.call(world, caller, operation, input),
    as: (principal, context) => {
      world.kms.as(principal, context)
      return clientOf(async (operation, input) => {
        const caller = { principal, context }
        return telling(witness, async () => {
          const { reply, requestId } = await faults.call(world, caller, operation, input)
          return { ...reply, $metadata: { requestId } }
        })
      })
    },
    explain: (caller, operation, input) => world.kms.explain(caller, operation, input),
    regions: Object.freeze<Kms["regions"]>({
      replicationKey: () => world.kms.regions.replicationKey(),
      receive: (message) => world.kms.regions.receive(message),
      disconnect: (name) => world.kms.regions.disconnect(name),
      connect: (peer) =>
        world.kms.regions.connect({
          ...peer,
          link: {
            deliver: async (message) => {
              if (!faults.isCut(region, peer.region)) return peer.link.deliver(message)
              throw new Error("a planned fault cut the way between the regions")
            },
          },
        }),
    }),
    sweep: (options) => world.kms.sweep(options),
    verify: (options) => world.kms.verify(options),
    backup: (target, options) => world.kms.backup(target, options),
    rotateDomainKey: () => world.kms.rotateDomainKey(),
    reseal: (options) => world.kms.reseal(options),
    close: () => world.kms.close(),
    [Symbol.asyncDispose]: () => world.kms.close(),
  })
}
