import type { RegionHsm } from "@keywright/core/hsm"
import { describe, expect, it } from "vitest"
import {
  assertOver,
  createWriter,
  type Reader,
  takeWritten,
} from "../../src/isolated/wire/buffers.js"
import type { Codec } from "../../src/isolated/wire/codecs.js"
import { beginning, layout, readiness } from "../../src/isolated/wire/greetings.js"
import {
  enforced,
  foundMeasures,
  isolationOf,
  measures,
  notEnforced,
} from "../../src/isolated/wire/measures.js"
import {
  type MethodName,
  methodNames,
  methodNumbers,
  methodTable,
} from "../../src/isolated/wire/methods.js"
import { createOutbox } from "../../src/isolated/wire/outbox.js"
import { fullPlan, type HsmPlan } from "../../src/isolated/wire/plan.js"

function throughWire<T>(codec: Codec<T>, value: T): T {
  const writer = createWriter()
  codec.write(writer, structuredClone(value))
  const bytes = takeWritten(writer)
  const reader: Reader = { bytes, at: 0, end: bytes.length, views: false, memory: undefined }
  const read = codec.read(reader)
  assertOver(reader)
  return read
}

let last = 0
/** Bytes that are nobody else's. */
const some = (): Uint8Array => {
  last += 1
  return Uint8Array.of(last, last + 1)
}

const keyBinding = {
  partition: "aws",
  account: "111122223333",
  keyId: "1234abcd",
  keySpec: "RSA_2048",
  keyUsage: "SIGN_VERIFY",
  origin: "EXTERNAL",
  keyStoreId: "cks-1",
  xksKeyId: "x",
} as const
const binding = { ...keyBinding, keyMaterialId: "5e5e" }
const bound = { token: some(), binding }
const wrappingBinding = {
  partition: "aws",
  account: "111122223333",
  keyId: "1234abcd",
  wrappingKeySpec: "RSA_3072",
  wrappingAlgorithm: "RSAES_OAEP_SHA_256",
  validToMs: 12.5,
} as const
const dataKey = { ...bound, lengthBytes: 32, aad: some() }
const dataKeyPair = { ...bound, keyPairSpec: "ECC_NIST_P256", aad: some() } as const
const signing = {
  ...bound,
  algorithm: "RSASSA_PSS_SHA_256",
  messageType: "DIGEST",
  message: some(),
} as const
const mac = { ...bound, algorithm: "HMAC_SHA_256", message: some() } as const
const placed = [
  { place: "a", bytes: some() },
  { place: "b", bytes: some() },
]
const peer = { name: "aws/us-east-1", endorsement: some() }
const underAad = { ...bound, aad: some() }
const underRsa = { ...bound, algorithm: "RSAES_OAEP_SHA_256" } as const
const encapsulating = { ...bound, algorithm: "ML_KEM" } as const

type Examples = {
  readonly [Name in MethodName]: {
    readonly args: readonly Parameters<RegionHsm[Name]>[]
    readonly results: readonly Awaited<ReturnType<RegionHsm[Name]>>[]
  }
}

const answers = [some()]
const maybe = [some(), undefined]
const flags = [true, false]
const void_ = [undefined]
const named: [string, Uint8Array][] = [["aws/eu-central-1", some()]]

/** In the order of their numbers. */
const examples: Examples = {
  createDomain: { args: [["aws/eu-central-1"]], results: answers },
  openDomain: { args: named, results: void_ },
  rotateDomainKey: { args: named, results: answers },
  resealDomain: {
    args: [
      ["a", some(), "kept"],
      ["a", some(), "retired"],
    ],
    results: answers,
  },
  retireDomainKeys: { args: [["a", some(), ["1", "2"]]], results: answers },
  domainKeys: { args: [[]], results: [{ currentId: "1", formerIds: ["2", "3"] }] },
  generateRandom: { args: [[32]], results: answers },
  close: { args: [[]], results: void_ },
  generateKey: { args: [[binding]], results: answers },
  publicKey: { args: [[bound]], results: answers },
  isCurrent: { args: [[some()]], results: flags },
  rewrap: { args: [[bound]], results: answers },
  generateWrappingKey: {
    args: [[wrappingBinding]],
    results: [{ token: some(), publicKey: some() }],
  },
  importKey: {
    args: [
      [
        {
          wrapping: { token: some(), binding: wrappingBinding },
          wrappedMaterial: some(),
          binding: keyBinding,
        },
      ],
    ],
    results: [
      { outcome: "imported", token: some(), keyMaterialId: "5e" },
      { outcome: "undecryptable" },
      { outcome: "unsuitable" },
    ],
  },
  encrypt: {
    args: [[{ ...underAad, plaintext: some() }], [{ ...underRsa, plaintext: some() }]],
    results: answers,
  },
  decrypt: {
    args: [[{ ...underAad, ciphertext: some() }], [{ ...underRsa, ciphertext: some() }]],
    results: maybe,
  },
  reEncrypt: {
    args: [
      [{ ...underAad, ciphertext: some() }, underRsa],
      [{ ...underRsa, ciphertext: some() }, underAad],
    ],
    results: maybe,
  },
  generateDataKey: { args: [[dataKey]], results: [{ plaintext: some(), ciphertext: some() }] },
  generateDataKeyWithoutPlaintext: { args: [[dataKey]], results: answers },
  generateDataKeyPair: {
    args: [[dataKeyPair]],
    results: [{ privateKey: some(), publicKey: some(), ciphertext: some() }],
  },
  generateDataKeyPairWithoutPlaintext: {
    args: [[dataKeyPair]],
    results: [{ publicKey: some(), ciphertext: some() }],
  },
  sign: { args: [[signing]], results: answers },
  verify: { args: [[{ ...signing, signature: some() }]], results: flags },
  generateMac: { args: [[mac]], results: answers },
  verifyMac: { args: [[{ ...mac, mac: some() }]], results: flags },
  deriveSharedSecret: {
    args: [[{ ...bound, algorithm: "ECDH", publicKey: some() }]],
    results: maybe,
  },
  encapsulate: { args: [[encapsulating]], results: [{ sharedSecret: some(), ciphertext: some() }] },
  decapsulate: { args: [[{ ...encapsulating, ciphertext: some() }]], results: maybe },
  sealRecords: { args: [[placed]], results: [[some(), some()]] },
  openRecords: { args: [[placed]], results: [[some(), undefined]] },
  digestRecords: { args: [[placed]], results: [[some(), some()]] },
  generateReplicationKey: { args: [[]], results: answers },
  replicationPublicKey: { args: [[some()]], results: answers },
  endorseDomain: { args: named, results: answers },
  endorsedKey: { args: [[peer]], results: answers },
  withdrawTrust: { args: named, results: answers },
  signForRegion: { args: [[some(), some()]], results: answers },
  verifyFromRegion: { args: [[peer, some(), some()]], results: flags },
  offerTransfer: {
    args: [[{ replicationKey: some(), source: peer, binding: keyBinding }]],
    results: [{ offer: some(), offerToken: some() }],
  },
  wrapForRegion: {
    args: [
      [
        {
          replicationKey: some(),
          target: peer,
          offer: some(),
          keys: [bound, { token: some(), binding: { ...binding, keyMaterialId: "00" } }],
        },
      ],
    ],
    results: maybe,
  },
  rewrapReplication: {
    args: [
      [{ kind: "replication key", token: some() }],
      [{ kind: "endorsement", token: some(), name: "a" }],
      [{ kind: "offer", token: some(), offer: some() }],
    ],
    results: answers,
  },
  unwrapFromRegion: {
    args: [
      [
        {
          source: peer,
          offer: some(),
          offerToken: some(),
          transfer: some(),
          bindings: [binding],
        },
      ],
    ],
    results: [[some(), some()], undefined],
  },
}

describe("a method behind a boundary", () => {
  it("has a number, which is its place in the list", () => {
    expect(methodNames).toEqual(Object.keys(examples))
    expect(Object.entries(methodNumbers)).toEqual(methodNames.map((name, i) => [name, i]))
  })

  it.each(methodNames)("takes and answers all that it does here: %s", (name) => {
    const { args, result } = methodTable[name] as { args: Codec<unknown>; result: Codec<unknown> }
    for (const given of examples[name].args) expect(throughWire(args, given)).toEqual(given)
    for (const given of examples[name].results) expect(throughWire(result, given)).toEqual(given)
  })

  const ofSecrets: Partial<Record<MethodName, readonly string[]>> = {
    generateDataKey: ["plaintext"],
    generateDataKeyPair: ["privateKey"],
    encapsulate: ["sharedSecret"],
  }

  it.each(Object.entries(ofSecrets))(
    "keeps no secret that it has answered: %s",
    (name, members) => {
      const [result] = structuredClone(examples[name as MethodName].results) as [object]
      const codec = methodTable[name as MethodName].result as Codec<unknown>
      codec.write(createWriter(), result)
      for (const [member, value] of Object.entries(result) as [string, Uint8Array][]) {
        expect(value.every((byte) => byte === 0)).toBe(members.includes(member))
      }
    },
  )

  it.each(["generateRandom", "decrypt", "deriveSharedSecret", "decapsulate"] as const)(
    "keeps nothing that it has answered: %s",
    (name) => {
      const secret = some()
      const codec = methodTable[name].result as Codec<unknown>
      codec.write(createWriter(), secret)
      expect(secret).toEqual(new Uint8Array(2))
      codec.write(createWriter(), name === "generateRandom" ? some() : undefined)
    },
  )

  it("keeps no record that it has opened", () => {
    const opened = [some(), undefined, some()]
    methodTable.openRecords.result.write(createWriter(), opened)
    expect(opened).toEqual([new Uint8Array(2), undefined, new Uint8Array(2)])
  })
})

describe("what the two sides say first", () => {
  it("names their lists of words, and the plan", () => {
    expect(layout).toMatch(/^[0-9a-f]{64}$/)
    const plans: HsmPlan[] = [
      { suite: "noble", seal: { passphrase: "p" } },
      { suite: "openssl", seal: { rootKey: some() }, formerSeals: [{ shares: ["a", "b"] }] },
      { suite: "openssl", seal: { rootKeyFile: "/k" }, keepOpen: { ms: 1, keysMax: 2 } },
      { module: new URL("file:///a.js") },
      { module: "file:///a.js", setup: some() },
      { setup: some() },
    ]
    for (const plan of plans.map(fullPlan)) {
      expect(throughWire(beginning, { layout, plan })).toEqual({ layout, plan })
    }
  })

  it("tells key specs and measures", () => {
    const found = [
      { measure: "own-memory", isEnforced: true, how: "it is a process" },
      { measure: "memory-reads", isEnforced: false, how: "" },
    ] as const
    const ready = { layout, keySpecs: ["RSA_2048", "SYMMETRIC_DEFAULT"], measures: found } as const
    expect(throughWire(readiness, ready)).toEqual(ready)
    expect(throughWire(foundMeasures, found)).toEqual(found)
  })

  it("a plan that leaves something out means what its documentation says", () => {
    expect(fullPlan({ module: new URL("file:///a.js") })).toEqual({
      kind: "module",
      url: "file:///a.js",
      setup: new Uint8Array(0),
    })
    const setup = some()
    expect(fullPlan({ setup })).toEqual({ kind: "given", setup })
    const seal = { passphrase: "p" }
    expect(fullPlan({ suite: "noble", seal })).toEqual({
      kind: "software",
      software: { suite: "noble", seal, formerSeals: [], keepOpen: undefined },
    })
  })
})

describe("what is known of the isolation", () => {
  it("is of each measure what the first says that knows it", () => {
    const isolation = isolationOf(
      { network: enforced("one"), files: notEnforced("one") },
      { network: notEnforced("two"), addons: enforced("two") },
    )
    expect(Object.keys(isolation)).toEqual([...measures])
    expect(isolation).toMatchObject({
      network: { isEnforced: true, how: "one" },
      files: { isEnforced: false, how: "one" },
      addons: { isEnforced: true, how: "two" },
      inspector: { isEnforced: false, how: "nothing is known of it" },
    })
    expect(Object.isFrozen(isolation)).toBe(true)
  })
})

describe("frames on their way out", () => {
  const head = { kind: "call", callId: 1 } as const
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const noted = (framesMax: number) => {
    const sent: number[] = []
    const outbox = createOutbox((bytes) => sent.push(bytes.length / 9), framesMax)
    const put = () => outbox.put(head, () => undefined)
    return { sent, outbox, put }
  }

  it("go together at the end of the turn", async () => {
    const { sent, put } = noted(10)
    put()
    put()
    expect(sent).toEqual([])
    await turn()
    expect(sent).toEqual([2])
    put()
    await turn()
    expect(sent).toEqual([2, 1])
  })

  it("do not wait when there are many", async () => {
    const { sent, put } = noted(2)
    for (let i = 0; i < 5; i += 1) put()
    expect(sent).toEqual([2, 2])
    await turn()
    expect(sent).toEqual([2, 2, 1])
  })

  it("go nowhere once they are wiped", async () => {
    const { sent, outbox, put } = noted(10)
    put()
    outbox.wipe()
    await turn()
    expect(sent).toEqual([])
    put()
    await turn()
    expect(sent).toEqual([1])
  })

  it("go without one that cannot be written, of which the caller hears", async () => {
    const { sent, outbox, put } = noted(10)
    const wrong = () => {
      throw new TypeError("no such argument")
    }
    put()
    expect(() => outbox.put(head, wrong)).toThrow("no such argument")
    await turn()
    expect(sent).toEqual([1])
  })
})
