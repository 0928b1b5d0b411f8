import { randomFillSync } from "node:crypto"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import {
  type Binding,
  type BoundToken,
  type KeySpec,
  type KeyUsage,
  rootKeySeal,
} from "@keywright/core"
import { type CryptoSuite, nobleSuite } from "@keywright/core/suite"
import {
  createFixtureHsm,
  isKeyPairSpec,
  parsePkcs8,
  parseRsaPrivateKey,
} from "@keywright/core/testing"
import { describe, expect, it } from "vitest"
import { symmetricBinding } from "../../core/test/support/bindings.js"
import { opensslSuite } from "../src/openssl.js"
import {
  canSearch,
  encodings,
  type Found,
  type Needle,
  needleOf,
  search,
} from "./support/memory-search.js"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** Lets everything go that nobody holds: collected, and finalized. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const bindingFor = (keySpec: KeySpec, keyUsage: KeyUsage): Binding => ({
  ...symmetricBinding,
  keySpec,
  keyUsage,
})

const uses = 40
const message = new Uint8Array(100).fill(1)
const moments = ["made", "used", "idle", "closed"] as const
type Moment = (typeof moments)[number]
type Secret = "root" | "domain" | "symmetric" | "mac" | "P-256" | "Ed25519" | "RSA"
type Report = Readonly<Record<Moment, Readonly<Record<Secret, Found>>>>

interface Life {
  readonly suite: () => CryptoSuite
  /** A key of that spec is left out. */
  readonly without?: readonly Secret[]
  /** What is left undone at the end. */
  readonly mutant?: "keeps the root key"
}

const specs: readonly (readonly [Secret, KeySpec, KeyUsage])[] = [
  ["symmetric", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"],
  ["mac", "HMAC_256", "GENERATE_VERIFY_MAC"],
  ["P-256", "ECC_NIST_P256", "SIGN_VERIFY"],
  ["Ed25519", "ECC_NIST_EDWARDS25519", "SIGN_VERIFY"],
  ["RSA", "RSA_2048", "SIGN_VERIFY"],
]

const signers = [
  ["P-256", "ECDSA_SHA_256"],
  ["Ed25519", "ED25519_SHA_512"],
  ["RSA", "RSASSA_PKCS1_V1_5_SHA_256"],
] as const

/** 32 bytes of what must not be known: of RSA the beginning of a prime. A view. */
function secretIn(spec: KeySpec, revealed: Uint8Array): Uint8Array {
  if (!isKeyPairSpec(spec)) return revealed
  const privateKey = parsePkcs8(spec, revealed)?.privateKey ?? revealed
  return (parseRsaPrivateKey(privateKey)?.p ?? privateKey).subarray(0, 32)
}

/** A seal's own array, and the one that the root key was read from while nobody collected it. */
const rootKeysMax = 2

/** What a collection moves, it leaves behind where it was until something is written there. */
async function searchAtRest(needles: Record<Secret, Needle>): Promise<Record<Secret, Found>> {
  for (let tries = 1; ; tries += 1) {
    await settle()
    const found = search(needles)
    if (found.root.raw <= rootKeysMax || tries === 5) return found
  }
}

/** Makes keys of all kinds, uses them, rests, and closes; searches memory at each moment. */
async function live({ suite: make, without = [], mutant }: Life): Promise<Report> {
  const needles: Partial<Record<Secret, Needle>> = {}
  const suite = make()
  const seal = (() => {
    const rootKey = randomFillSync(new Uint8Array(new ArrayBuffer(32)))
    needles.root = needleOf(rootKey)
    const made = rootKeySeal(rootKey)
    rootKey.fill(0)
    return made
  })()
  const entropy = (target: Uint8Array): Uint8Array => {
    const drawn = suite.entropy(target)
    // The first 32 bytes that a new domain draws are its key.
    if (target.length === 32) needles.domain ??= needleOf(target)
    return drawn
  }
  const hsm = createFixtureHsm({ seal, suite, entropy })
  await hsm.createDomain("d")
  const keys = new Map<Secret, BoundToken>()
  for (const [name, spec, usage] of specs.filter(([name]) => !without.includes(name))) {
    const binding = bindingFor(spec, usage)
    const key = { token: await hsm.generateKey(binding), binding }
    keys.set(name, key)
    const revealed = await hsm.reveal(key)
    needles[name] = needleOf(secretIn(spec, revealed))
    revealed.fill(0)
  }
  const all = needles as Record<Secret, Needle>
  const report: Partial<Record<Moment, Record<Secret, Found>>> = { made: search(all) }
  for (let i = 0; i < uses; i += 1) {
    const symmetric = { ...(keys.get("symmetric") as BoundToken), aad: message }
    const ciphertext = await hsm.encrypt({ ...symmetric, plaintext: message })
    await hsm.decrypt({ ...symmetric, ciphertext })
    const mac = keys.get("mac") as BoundToken
    await hsm.generateMac({ ...mac, algorithm: "HMAC_SHA_256", message })
    for (const [name, algorithm] of signers.filter(([name]) => keys.has(name))) {
      const key = keys.get(name) as BoundToken
      await hsm.sign({ ...key, algorithm, messageType: "RAW", message })
    }
  }
  report.used = search(all)
  report.idle = await searchAtRest(all)
  await hsm.close()
  if (mutant !== "keeps the root key") await seal.close()
  await settle()
  report.closed = search(all)
  if (mutant !== undefined) await seal.close()
  return report as Report
}

const sum = (found: Found): number => encodings.reduce((total, one) => total + found[one], 0)
const textsOf = ({ hex, base64, base64url, utf16 }: Found): number =>
  hex + base64 + base64url + utf16

const title = canSearch ? "" : " (skipped: needs /proc/self/mem of Linux)"

describe.skipIf(!canSearch)(`the memory of this process${title}`, () => {
  it("is searched in a way that finds a secret in every encoding, and no other", async () => {
    const secret = randomFillSync(new Uint8Array(new ArrayBuffer(32)))
    const gone = randomFillSync(new Uint8Array(new ArrayBuffer(32)))
    const needles = {
      secret: needleOf(secret),
      other: needleOf(gone),
    }
    gone.fill(0)
    const before = search(needles)
    expect([before.secret.raw, sum(before.other)]).toEqual([1, 0])
    const buffer = Buffer.from(secret)
    const planted = [
      buffer.toString("hex"),
      buffer.toString("base64"),
      buffer.toString("base64url"),
      Buffer.from(buffer.toString("base64url"), "utf16le"),
      needles.secret.roundKeys.map((byte) => byte - 0x5b),
    ]
    const { secret: found } = search(needles)
    for (const one of encodings) expect(found[one], one).toBeGreaterThanOrEqual(1)
    expect(planted.length).toBe(5)
    secret.fill(0)
  })

  let onceOnOpenssl: Promise<Report> | undefined
  /** One life for two tests: searching takes long. */
  const onOpenssl = (): Promise<Report> => {
    onceOnOpenssl ??= live({ suite: opensslSuite })
    return onceOnOpenssl
  }
  const suites: readonly (readonly [string, () => Promise<Report>])[] = [
    ["TypeScript", () => live({ suite: nobleSuite, without: ["RSA"] })],
    ["OpenSSL", onOpenssl],
  ]

  it.each(suites)(
    "holds no root key, domain key or secret key of a closed HSM: %s",
    async (_, life) => {
      const { made, used, idle, closed } = await life()
      // While it is open, root key and domain key are there, and nothing else stays.
      for (const at of [made, used, idle]) {
        expect(at.root.raw).toBeGreaterThanOrEqual(1)
        expect(sum(at.domain)).toBeGreaterThanOrEqual(1)
      }
      expect(idle.root.raw).toBeLessThanOrEqual(rootKeysMax)
      expect([sum(idle.symmetric), sum(idle.mac)]).toEqual([0, 0])
      expect(
        (["root", "domain", "symmetric", "mac"] as const).map((name) => [name, sum(closed[name])]),
      ).toEqual([
        ["root", 0],
        ["domain", 0],
        ["symmetric", 0],
        ["mac", 0],
      ])
    },
  )

  it("holds private keys of the suite on OpenSSL in no text, and no more for more signatures", async () => {
    const { used, idle, closed } = await onOpenssl()
    for (const name of ["P-256", "Ed25519", "RSA"] as const) {
      expect([name, textsOf(used[name]), textsOf(closed[name])]).toEqual([name, 0, 0])
      // OpenSSL decodes a key by way of memory that it does not wipe, and uses that again.
      expect(idle[name].raw, name).toBeLessThanOrEqual(3)
      expect(closed[name].raw, name).toBeLessThanOrEqual(3)
    }
  })

  it("betrays a seal that was not closed", async () => {
    const { closed } = await live({
      suite: nobleSuite,
      without: ["RSA"],
      mutant: "keeps the root key",
    })
    expect(closed.root.raw).toBeGreaterThanOrEqual(1)
  })

  it("betrays a domain key that was not wiped", async () => {
    const held: unknown[] = []
    const careless = (): CryptoSuite => {
      const suite = nobleSuite()
      return {
        ...suite,
        aeadKey: (bytes) => {
          const key = suite.aeadKey(bytes)
          held.push(key)
          return { ...key, wipe: () => undefined }
        },
      }
    }
    const { closed } = await live({ suite: careless, without: ["RSA"] })
    expect(closed.domain.raw).toBeGreaterThanOrEqual(1)
    expect(held.length).toBe(1)
  })
})
