import { describe, expect, it } from "vitest"
import { bindingAad } from "../../src/formats/opaque/key-token.js"
import type { Binding } from "../../src/ports/bindings.js"
import { openSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import {
  type KeySpec,
  type KeyUsage,
  keySpecRow,
  keySpecs,
} from "../../src/vocabulary/key-specs.js"
import { symmetricBinding } from "../support/bindings.js"
import { sealOf } from "../support/hosts.js"
import { quickRsaSuite } from "../support/quick-rsa.js"

const bindingOf = (keySpec: KeySpec): Binding => ({
  ...symmetricBinding,
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keySpec,
  keyUsage: Object.keys(keySpecRow(keySpec).usages)[0] as KeyUsage,
})

async function openRegion(name: string, seed: number) {
  const opened = openSoftwareHsm({ seal: sealOf(seed), suite: quickRsaSuite() })
  await opened.hsm.createDomain(name)
  const replicationKey = await opened.hsm.generateReplicationKey()
  const publicKey = await opened.hsm.replicationPublicKey(replicationKey)
  return { ...opened, name, replicationKey, publicKey }
}

type Region = Awaited<ReturnType<typeof openRegion>>

const peerOf = async ({ hsm }: Region, { name, publicKey }: Region) => ({
  name,
  endorsement: await hsm.endorseDomain(name, publicKey),
})

/** Sends bytes as key material, all of it genuine but for what they are; what the target makes. */
async function send(from: Region, to: Region, binding: Binding, bytes: Uint8Array) {
  const { keyMaterialId: _, ...ofKey } = binding
  const source = await peerOf(to, from)
  const { replicationKey } = to
  const { offer, offerToken } = await to.hsm.offerTransfer({
    replicationKey,
    source,
    binding: ofKey,
  })
  const token = from.boundary.domain().wrap(bytes, bindingAad(binding))
  const transfer = await from.hsm.wrapForRegion({
    replicationKey: from.replicationKey,
    target: await peerOf(from, to),
    offer,
    keys: [{ token, binding }],
  })
  if (transfer === undefined) throw new Error("nothing was sent")
  return to.hsm.unwrapFromRegion({ source, offer, offerToken, transfer, bindings: [binding] })
}

describe("what a region that is genuine sends as key material", () => {
  // Two more lengths of RSA are the same rule, and take seconds to make in TypeScript.
  const specs = keySpecs.filter((spec) => spec !== "RSA_3072" && spec !== "RSA_4096")

  it.each(specs)("is refused where it is none of its spec: %s", async (keySpec) => {
    const [from, to] = [await openRegion("a", 1), await openRegion("b", 2)]
    const binding = bindingOf(keySpec)
    const token = await from.hsm.generateKey(binding)
    const genuine = await from.boundary.keys.withMaterial({ token, binding }, (bytes) =>
      bytes.slice(),
    )
    expect(await send(from, to, binding, genuine)).toHaveLength(1)
    const { min = 0, max = 0 } = keySpecRow(keySpec).secretBytes ?? {}
    const wrong = [
      new Uint8Array(1).fill(1),
      max === 0 ? genuine.slice(0, -1) : genuine.slice(0, min - 1),
      new Uint8Array(Math.max(genuine.length, max) + 1).fill(1),
      new Uint8Array(7).fill(1),
    ]
    for (const bytes of wrong) {
      expect(await send(from, to, binding, bytes), `${bytes.length} bytes`).toBeUndefined()
    }
  })
})
