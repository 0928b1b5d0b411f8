import { afterAll, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { account, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { type Machines, networkStores } from "../support/machines.js"
import { newKey } from "../support/world.js"

/*
 * Hosts that share a store over a network: PostgreSQL and etcd, as they are. What a host promises
 * on one machine it promises on several.
 */

describe.each(networkStores)("three hosts on %s", (name, make) => {
  const only = make === undefined ? it.skip : it
  const why = make === undefined ? ` (there is no ${name})` : ""
  let machines: Machines | undefined
  const opened: Kms[] = []
  afterAll(async () => {
    for (const kms of opened) await kms.close()
    machines?.remove()
  })

  async function openHosts(): Promise<readonly KmsClient[]> {
    machines ??= await make?.()
    const { open } = machines as Machines
    const hosts = [0, 1, 2].map(async () => {
      const kms = await openHost({ storage: await open() })
      opened.push(kms)
      return kms.as(kms.administrator)
    })
    return Promise.all(hosts)
  }

  const of = (roots: readonly KmsClient[], i: number): KmsClient => roots[i % 3] as KmsClient

  only(`honour a change with the next request, wherever it was made${why}`, async () => {
    const roots = await openHosts()
    const KeyId = await newKey(of(roots, 0))
    for (let i = 0; i < 6; i += 1) {
      const { CiphertextBlob = new Uint8Array() } = await of(roots, i).encrypt({
        KeyId,
        Plaintext: Uint8Array.of(i),
      })
      const { Plaintext } = await of(roots, i + 1).decrypt({ CiphertextBlob })
      expect(Plaintext).toEqual(Uint8Array.of(i))
      await of(roots, i + 2).disableKey({ KeyId })
      await expect(of(roots, i).decrypt({ CiphertextBlob })).rejects.toMatchObject({
        name: "DisabledException",
      })
      await of(roots, i + 1).enableKey({ KeyId })
    }
  })

  only(`lose no write to one key, and refuse none${why}`, async () => {
    const roots = await openHosts()
    const KeyId = await newKey(of(roots, 0))
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    await Promise.all(Array.from({ length: 60 }, (_, i) => of(roots, i).createGrant(grant)))
    const { Grants = [] } = await of(roots, 1).listGrants({ KeyId, Limit: 100 })
    expect(Grants).toHaveLength(60)
  })

  only(`make keys together, while the store is gone for a moment${why}`, async () => {
    const roots = await openHosts()
    const before = (await of(roots, 0).listKeys({ Limit: 1000 })).Keys?.length ?? 0
    const making = Array.from({ length: 45 }, (_, i) => of(roots, i).createKey({}))
    await machines?.interrupt()
    await Promise.all(making)
    const { Keys = [] } = await of(roots, 2).listKeys({ Limit: 1000 })
    expect(Keys).toHaveLength(before + 45)
    expect((await opened[0]?.verify())?.findings).toEqual([])
  })
})
