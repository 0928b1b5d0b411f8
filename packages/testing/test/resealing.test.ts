import {
  createKms,
  createSoftwareHsm,
  type Kms,
  kmsSeal,
  passphraseSeal,
  rootKeySeal,
  type Seal,
} from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openPkcs11Token, type Pkcs11Token, pkcs11Seal } from "@keywright/hsm/pkcs11"
import { quorumSeal, splitRootKey } from "@keywright/hsm/quorum"
import { createMemoryStorage, type Storage } from "@keywright/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasToken, skipped, softHsm } from "../../hsm/test/support/softhsm.js"

const account = "111122223333"
const region = "eu-central-1"
const Plaintext = Uint8Array.of(1, 2, 3)
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }

const hostUnder = (storage: Storage, seal: Seal, formerSeals: readonly Seal[] = []) => {
  const hsm = createSoftwareHsm({ seal, formerSeals, suite: opensslSuite() })
  return createKms({ account, region, storage, hsm })
}

const clientOf = (kms: Kms) => kms.as(kms.administrator)

/** What can open a domain, each made anew whenever it is asked for. */
const kinds = ["root key", "passphrase", "quorum", "KMS key", "PKCS #11 key"] as const
type Kind = (typeof kinds)[number]

const pairs = kinds.flatMap((from) => kinds.filter((to) => to !== from).map((to) => ({ from, to })))
const needsToken = ({ from, to }: { from: Kind; to: Kind }): boolean =>
  [from, to].includes("PKCS #11 key")

describe("a domain is sealed anew while its hosts serve", () => {
  const seals: Partial<Record<Kind, () => Seal | Promise<Seal>>> = {
    "root key": () => rootKeySeal(new Uint8Array(32).fill(1)),
    passphrase: () => passphraseSeal("correct horse battery staple", cheap),
  }
  let token: Pkcs11Token | undefined
  beforeAll(async () => {
    const shares = await splitRootKey(new Uint8Array(32).fill(2), { shares: 3, threshold: 2 })
    seals.quorum = () => quorumSeal(shares.slice(1))
    const outer = await hostUnder(createMemoryStorage(), rootKeySeal(new Uint8Array(32).fill(3)))
    const { KeyMetadata } = await clientOf(outer).createKey({})
    seals["KMS key"] = () => kmsSeal(clientOf(outer), KeyMetadata?.Arn ?? "")
    if (!hasToken) return
    const opened = await openPkcs11Token(softHsm().options())
    token = opened
    seals["PKCS #11 key"] = () => pkcs11Seal(opened)
  })
  afterAll(() => token?.close())

  const sealOf = (kind: Kind): Seal | Promise<Seal> => {
    const make = seals[kind]
    if (make === undefined) throw new Error("that seal cannot be made here")
    return make()
  }

  async function opens(storage: Storage, kind: Kind, CiphertextBlob: Uint8Array) {
    try {
      const kms = await hostUnder(storage, await sealOf(kind))
      return (await clientOf(kms).decrypt({ CiphertextBlob })).Plaintext
    } catch (error) {
      return (error as { readonly code?: string }).code
    }
  }

  for (const pair of pairs) {
    const { from, to } = pair
    const isSkipped = needsToken(pair) && !hasToken
    it.skipIf(isSkipped)(`from a ${from} to a ${to}${isSkipped ? skipped : ""}`, async () => {
      const storage = createMemoryStorage()
      const old = await hostUnder(storage, await sealOf(from))
      const { KeyMetadata } = await clientOf(old).createKey({})
      const request = { KeyId: KeyMetadata?.KeyId ?? "", Plaintext }
      const { CiphertextBlob = new Uint8Array(0) } = await clientOf(old).encrypt(request)
      const next = await hostUnder(storage, await sealOf(to), [await sealOf(from)])

      let isOver = false
      const serving = (async () => {
        let served = 0
        for (; !isOver; served += 1) {
          const made = await clientOf(served % 2 === 0 ? old : next).encrypt(request)
          const { CiphertextBlob } = made
          const opened = await clientOf(served % 2 === 0 ? next : old).decrypt({ CiphertextBlob })
          expect(opened.Plaintext).toEqual(Plaintext)
          await new Promise((resolve) => setImmediate(resolve))
        }
        return served
      })()
      await next.reseal()
      expect(await opens(storage, from, CiphertextBlob)).toEqual(Plaintext)
      expect(await opens(storage, to, CiphertextBlob)).toEqual(Plaintext)
      isOver = true
      expect(await serving).toBeGreaterThan(0)
      await next.reseal({ former: "retired" })
      expect(await opens(storage, to, CiphertextBlob)).toEqual(Plaintext)
      expect(await opens(storage, from, CiphertextBlob)).toBe("sealed-by-another")
      expect((await clientOf(next).decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    })
  }
})
