import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { parseNitroDocument } from "../src/document.js"
import { nitroAttestations } from "../src/index.js"
import { type Cbor, cbor, openMap, raw } from "./support/cbor.js"
import { bits, concat, der, hex, octets, oid, sequence, text } from "./support/der.js"
import { type DocumentEdits, makeWorld, registerOf, registersOf } from "./support/documents.js"
import { hourMs, newEcKey, newRsaKey, nowMs } from "./support/pki.js"

const world = makeWorld()
const { document, verify, enclave, payload } = world
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

describe("an attestation document", () => {
  it("hands out the key of the enclave and its measurements", async () => {
    const attestation = await verify(document())
    expect(attestation?.publicKey).toEqual(enclave.spki)
    const registers = Array.from({ length: 16 }, (_, i) => [`PCR${i}`, hexOf(registerOf(i))])
    expect(attestation?.measurements).toEqual({
      ...Object.fromEntries(registers),
      ImageSha384: hexOf(registerOf(0)),
    })
  })

  it("of a NitroTPM instance measures its registers under their own names", async () => {
    const registers = registersOf(24)
    const attested = await verify(
      document({ fields: { pcrs: undefined, nitrotpm_pcrs: registers } }),
    )
    const names = Object.keys(attested?.measurements ?? {})
    expect(names).toEqual(Array.from({ length: 24 }, (_, i) => `NitroTPMPCR${i}`))
    expect(attested?.measurements.NitroTPMPCR4).toBe(hexOf(registerOf(4)))
  })

  it.each<[string, DocumentEdits]>([
    ["tagged as COSE_Sign1", { isTagged: true }],
    ["with a payload of indefinite length, as newer hypervisors write it", { isOpenEnded: true }],
    ["without user data and nonce", { fields: { user_data: undefined, nonce: undefined } }],
    ["with user data", { fields: { user_data: new Uint8Array(1024) } }],
    [
      "with registers of 32 and 64 bytes",
      {
        fields: {
          pcrs: new Map([
            [31, new Uint8Array(32)],
            [3, new Uint8Array(64)],
          ]),
        },
      },
    ],
  ])("%s verifies", async (_, edits) => {
    expect(await verify(document(edits))).toBeDefined()
  })

  it("says ImageSha384 only of a SHA-384 hash", async () => {
    const pcrs = new Map([[0, new Uint8Array(32)]])
    const attested = await verify(document({ fields: { pcrs } }))
    expect(attested?.measurements).toEqual({ PCR0: "00".repeat(32) })
  })

  it("is fresh for five minutes, before and after", async () => {
    const five = 300_000
    const made = document()
    for (const offsetMs of [-five, 0, five]) {
      expect(await verify(document({ fields: { timestamp: nowMs + offsetMs } }))).toBeDefined()
    }
    for (const offsetMs of [-five - 1, five + 1, -hourMs, hourMs]) {
      expect(await verify(document({ fields: { timestamp: nowMs + offsetMs } }))).toBeUndefined()
    }
    expect(await verify(made, nowMs + five + 1)).toBeUndefined()
  })

  it("is fresh for as long as the host says", async () => {
    const brief = nitroAttestations({ roots: [world.pki.root], freshnessMsMax: 1000 })
    expect(await brief.verify(document(), nowMs + 1000)).toBeDefined()
    expect(await brief.verify(document(), nowMs + 1001)).toBeUndefined()
  })

  it("that changes while it is verified is judged as it was handed in", async () => {
    const bytes = document()
    const verified = verify(bytes)
    bytes.fill(0)
    expect((await verified)?.publicKey).toEqual(enclave.spki)
  })

  it("that is a view into a larger buffer verifies", async () => {
    const made = document()
    const whole = concat(Uint8Array.of(1, 2, 3), made, Uint8Array.of(4))
    expect(await verify(whole.subarray(3, 3 + made.length))).toBeDefined()
  })
})

/** The same moment, but no integer. */
function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

const alg = (value: number): Uint8Array => cbor(new Map([[1, value]]))
const pairs = () => [...payload()]
const entriesFirst = (...first: [string, Uint8Array][]): Uint8Array =>
  concat(
    Uint8Array.of(0xbf),
    ...first.map(([name, value]) => concat(cbor(name), value)),
    openMap(payload()).subarray(1),
  )

const refusedEnvelopes: readonly (readonly [string, DocumentEdits])[] = [
  ["that says ES256", { header: alg(-7) }],
  ["that says ES512", { header: alg(-36) }],
  ["that says ES256 and is signed so", { header: alg(-7), hash: "sha256" }],
  [
    "that says ES256 of a signature by ES384",
    { header: alg(-7), signed: cbor(["Signature1", alg(-35), new Uint8Array(0), cbor(payload())]) },
  ],
  ["that says nothing of an algorithm", { header: cbor(new Map()) }],
  ["with an empty header", { header: new Uint8Array(0) }],
  [
    "with more in its header",
    {
      header: cbor(
        new Map([
          [1, -35],
          [4, 0],
        ]),
      ),
    },
  ],
  ["whose header is written at length", { header: hex("a1011901003822") }],
  ["with an unprotected header", { unprotected: new Map([[4, text("me")]]) }],
  ["with an unprotected header that is no map", { unprotected: [] }],
  ["signed by another key", { signer: newEcKey() }],
  ["signed on another curve", { signer: newEcKey("P-256") }],
  ["signed on a longer curve", { signer: newEcKey("P-521") }],
  ["signed with another hash", { hash: "sha256" }],
  ["whose signature is over the payload alone", { signed: cbor(payload()) }],
  [
    "whose signature is for a COSE_Sign",
    {
      signed: cbor(["Signature", hex("a1013822"), new Uint8Array(0), cbor(payload())]),
    },
  ],
  [
    "whose signature is over external data too",
    {
      signed: cbor(["Signature1", hex("a1013822"), text("more"), cbor(payload())]),
    },
  ],
]

const refusedFields: readonly (readonly [string, Cbor])[] = [
  ["module_id", 7],
  ["module_id", ""],
  ["module_id", text("bytes")],
  ["digest", "SHA512"],
  ["digest", text("SHA384")],
  ["timestamp", 0],
  ["timestamp", String(nowMs)],
  ["timestamp", -nowMs],
  ["timestamp", { raw: float64(nowMs) }],
  ["timestamp", raw(0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
  ["pcrs", new Map()],
  ["pcrs", [registerOf(0)]],
  ["pcrs", new Map([["0", registerOf(0)]])],
  ["pcrs", new Map([[-1, registerOf(0)]])],
  ["pcrs", new Map([[32, registerOf(0)]])],
  ["pcrs", new Map([[0, new Uint8Array(47)]])],
  ["pcrs", new Map([[0, "a".repeat(48)]])],
  ["pcrs", new Map([[0, null]])],
  ["pcrs", { raw: concat(hex("a2"), cbor(0), cbor(registerOf(0)), cbor(0), cbor(registerOf(1))) }],
  ["pcrs", { raw: openMap(registersOf(3)) }],
  ["nitrotpm_pcrs", registersOf(24)],
  ["certificate", new Uint8Array(0)],
  ["certificate", new Uint8Array(1025)],
  ["certificate", null],
  ["cabundle", []],
  ["cabundle", null],
  ["cabundle", world.pki.root],
  ["cabundle", ["root"]],
  ["cabundle", [...world.pki.cabundle, null]],
  ["cabundle", { raw: concat(hex("9f"), ...world.pki.cabundle.map(cbor), hex("ff")) }],
  ["public_key", new Uint8Array(0)],
  ["public_key", "key"],
  ["user_data", new Uint8Array(1025)],
  ["user_data", "text"],
  ["nonce", new Uint8Array(1025)],
  ["nonce", raw(0xf7)],
  ["nonce", raw(0xf5)],
  ["nonce", raw(0xc0, 0x40)],
  ["nonce", raw(0x58, 0x01, 0x00)],
  ["nonce", raw(0x5f, 0x41, 0x00, 0xff)],
  ["surprise", 1],
]

const refusedPayloads: readonly (readonly [string, Uint8Array])[] = [
  ["a name twice", entriesFirst(["digest", cbor("SHA384")])],
  ["a name that is a number", cbor(new Map([...pairs(), [1, 2] as const]))],
  ["something behind the map", concat(cbor(payload()), Uint8Array.of(0))],
  ["a second map", concat(cbor(payload()), cbor(payload()))],
  [
    "an end that stands for a value",
    concat(openMap(payload()).subarray(0, -1), cbor("nonce"), hex("ff")),
  ],
  ["no end", openMap(payload()).subarray(0, -1)],
  ["two ends", concat(openMap(payload()), hex("ff"))],
  ["a list instead of a map", cbor(pairs().flat())],
  ["nothing", new Uint8Array(0)],
  ["an end alone", hex("ff")],
]

describe("a document is refused", () => {
  it.each(refusedEnvelopes)("%s", async (_, edits) => {
    expect(await verify(document(edits))).toBeUndefined()
  })

  it.each(refusedFields)("whose %s is not what it must be (%#)", async (field, value) => {
    for (const isOpenEnded of [false, true]) {
      expect(await verify(document({ isOpenEnded, fields: { [field]: value } }))).toBeUndefined()
    }
  })

  it.each(["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle", "public_key"])(
    "without %s",
    async (field) => {
      expect(await verify(document({ fields: { [field]: undefined } }))).toBeUndefined()
    },
  )

  it.each(refusedPayloads)("whose payload has %s", async (_, made) => {
    expect(await verify(document({ payload: made }))).toBeUndefined()
  })

  it("with a fifth part, or in a list within a list", async () => {
    const whole = document()
    expect(await verify(concat(hex("85"), whole.subarray(1), hex("00")))).toBeUndefined()
    expect(await verify(concat(hex("85"), whole.subarray(1), cbor(null)))).toBeUndefined()
    expect(await verify(concat(hex("81"), whole))).toBeUndefined()
    expect(await verify(concat(hex("d2d2"), whole))).toBeUndefined()
    expect(await verify(concat(hex("d1"), whole))).toBeUndefined()
  })

  it("whose number of entries is written at length", async () => {
    const strict = cbor(payload())
    const wordy = concat(Uint8Array.of(0xb8, strict[0] as number & 0x1f), strict.subarray(1))
    expect(await verify(document({ payload: strict }))).toBeDefined()
    expect(await verify(document({ payload: wordy }))).toBeUndefined()
  })
})

describe("the payload of a document", () => {
  const parse = (field: string, value: Cbor) =>
    parseNitroDocument(cbor(new Map([...payload(), [field, value]])))

  it("counts its time from 1970", () => {
    expect(parse("timestamp", 1)?.timestampMs).toBe(1)
    expect(parse("timestamp", 0)).toBeUndefined()
  })

  it.each(refusedFields)(
    "is refused by itself when its %s is not what it must be (%#)",
    (...field) => {
      expect(parse("digest", "SHA384")).toBeDefined()
      expect(parse(...field)).toBeUndefined()
    },
  )

  it("names its module in up to 1,024 characters", () => {
    expect(parse("module_id", "m".repeat(1024))).toBeDefined()
    expect(parse("module_id", "m".repeat(1025))).toBeUndefined()
  })

  it("says of registers what they hold, and ImageSha384 of the first alone", () => {
    expect(parse("pcrs", registersOf(2))?.measurements).toEqual({
      PCR0: hexOf(registerOf(0)),
      ImageSha384: hexOf(registerOf(0)),
      PCR1: hexOf(registerOf(1)),
    })
  })

  it("holds up to eight certificates", () => {
    const bundle = (length: number) => Array.from({ length }, (_, i) => Uint8Array.of(i))
    expect(parse("cabundle", bundle(8))?.cabundle).toEqual(bundle(8))
    expect(parse("cabundle", bundle(9))).toBeUndefined()
  })
})

const pssSpki = new Uint8Array(
  generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey.export({
    type: "spki",
    format: "der",
  }),
)

const rsaAlgorithm = hex("300d06092a864886f70d0101010500")

/** SubjectPublicKeyInfo of RSA with any numbers, and more behind them or inside. */
const rsaSpki = (numbers: readonly Uint8Array[], ...behind: Uint8Array[]): Uint8Array =>
  sequence(rsaAlgorithm, bits(sequence(...numbers)), ...behind)

const modulus = der(0x02, concat(hex("00"), new Uint8Array(256).fill(0xc1)))
const exponentOf = (content: string): Uint8Array => der(0x02, hex(content))

/** A key of 2,048 bits is 270 bytes, under a head of 4, an algorithm and a head of 5. */
const withoutNull = sequence(
  sequence(oid("2a864886f70d010101")),
  bits(enclave.spki.subarray(enclave.spki.length - 270)),
)

describe("the key of the enclave", () => {
  const attestedWith = (publicKey: Uint8Array) =>
    verify(document({ fields: { public_key: publicKey } }))

  it.each([2048, 3072, 4096])("may be RSA with %i bits", async (modulusLength) => {
    const { spki } = newRsaKey(modulusLength)
    expect((await attestedWith(spki))?.publicKey).toEqual(spki)
  })

  it.each(["010001", "7fffffff", "0080000001"])("may have the exponent %s", async (exponent) => {
    expect(await attestedWith(rsaSpki([modulus, exponentOf(exponent)]))).toBeDefined()
  })

  it.each<[string, Uint8Array]>([
    ["RSA with an exponent of five bytes", rsaSpki([modulus, exponentOf("0100000001")])],
    ["RSA with an even exponent", rsaSpki([modulus, exponentOf("010002")])],
    ["RSA with a third number", rsaSpki([modulus, exponentOf("010001"), exponentOf("03")])],
    ["RSA with a modulus alone", rsaSpki([modulus])],
    ["RSA with a third part", rsaSpki([modulus, exponentOf("010001")], octets())],
    ["RSA with a modulus of zero", rsaSpki([exponentOf("00"), exponentOf("010001")])],
    ["an algorithm alone", sequence(rsaAlgorithm)],
    ["on a curve", newEcKey().spki],
    ["shorter than 2,048 bits", newRsaKey(2040).spki],
    ["RSA with the exponent 3", newRsaKey(2048, 3).spki],
    ["followed by a byte", concat(enclave.spki, Uint8Array.of(0))],
    ["cut short", enclave.spki.subarray(0, -1)],
    ["only the inner structure", enclave.spki.subarray(24)],
    ["even", enclave.spki.map((byte, i, all) => (i === all.length - 6 ? byte & 0xfe : byte))],
    ["RSA for PSS alone", pssSpki],
    ["RSA without the parameters that are NULL", withoutNull],
    ["random bytes", new Uint8Array(294).fill(7)],
  ])("is refused when it is %s", async (_, publicKey) => {
    expect(await attestedWith(publicKey)).toBeUndefined()
  })
})

describe("a wrong call", () => {
  it("is a TypeError and never an answer", async () => {
    const untyped = verify as (...values: unknown[]) => Promise<unknown>
    const named = new TypeError("`document` must be a Uint8Array")
    await expect(untyped("text", nowMs)).rejects.toThrow(named)
    await expect(untyped(undefined, nowMs)).rejects.toThrow(named)
    await expect(untyped(document(), Number.NaN)).rejects.toThrow(TypeError)
  })
})
