import { createHash, X509Certificate } from "node:crypto"
import { describe, expect, it } from "vitest"
import { parseCertificate } from "../src/certificate.js"
import { awsNitroRoot, nitroAttestations } from "../src/index.js"
import { makeWorld } from "./support/documents.js"
import {
  basicConstraints,
  keyUsage,
  leafUsage,
  makePki,
  newEcKey,
  newRsaKey,
  nowMs,
  type Pki,
  pemOf,
} from "./support/pki.js"

const enclave = newRsaKey()

describe("a bundle", () => {
  const pki = makePki()
  const world = makeWorld(pki, enclave)
  const verifiesWith = async (cabundle: readonly Uint8Array[], by = world): Promise<boolean> =>
    (await by.verify(by.document({ fields: { cabundle } }))) !== undefined

  it("leads from the root to the certificate that signed", async () => {
    expect(await verifiesWith(pki.cabundle)).toBe(true)
  })

  it("in any other order is refused", async () => {
    const [root, regional, zonal, instance] = pki.cabundle as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const orders = [
      [instance, zonal, regional, root],
      [root, zonal, regional, instance],
      [root, regional, instance, zonal],
      [regional, root, zonal, instance],
    ]
    for (const order of orders) expect(await verifiesWith(order)).toBe(false)
  })

  it("with a certificate missing, doubled or foreign is refused", async () => {
    const [root, regional, zonal, instance] = pki.cabundle as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const [, foreign] = makePki().cabundle as [Uint8Array, Uint8Array]
    const bundles = [
      [root],
      [regional, zonal, instance],
      [root, zonal, instance],
      [root, regional, zonal],
      [root, root, regional, zonal, instance],
      [root, regional, zonal, instance, instance],
      [root, foreign, zonal, instance],
      [root, regional, zonal, instance, pki.certificate],
      Array.from({ length: 9 }, () => root),
    ]
    for (const bundle of bundles) expect(await verifiesWith(bundle)).toBe(false)
  })

  it("of another root is refused, even when its names are the same", async () => {
    const other = makeWorld(makePki(), enclave)
    expect(await other.verify(other.document())).toBeDefined()
    expect(await world.verify(other.document())).toBeUndefined()
    expect(await verifiesWith([pki.root, ...other.pki.cabundle.slice(1)])).toBe(false)
  })

  it("may begin at any of several roots", async () => {
    const others = [makePki(), makePki()]
    const both = nitroAttestations({ roots: [...others.map(({ root }) => root), pki.root] })
    expect(await both.verify(world.document(), nowMs)).toBeDefined()
  })

  it("may be the root alone, where that issued the certificate", async () => {
    const key = newEcKey()
    const edits = { root: { key }, leaf: { issuer: "root", issuerKey: key } }
    const short = makeWorld(makePki(edits), enclave)
    expect(await verifiesWith([short.pki.root], short)).toBe(true)
  })

  it("does not let an enclave's certificate issue others", async () => {
    const key = newEcKey()
    const forged = makePki({
      instance: { key, extensions: [basicConstraints(false), keyUsage(leafUsage)] },
    })
    const { document, verify } = makeWorld(forged, enclave)
    expect(await verify(document())).toBeUndefined()
  })
})

describe("the configured roots", () => {
  const attempt = (...roots: readonly (string | Uint8Array)[]) => nitroAttestations({ roots })
  const verifiesUnder = async (pki: Pki, root: string | Uint8Array): Promise<boolean> =>
    (await attempt(root).verify(makeWorld(pki, enclave).document(), nowMs)) !== undefined

  it("are PEM or DER", async () => {
    const pki = makePki()
    expect(await verifiesUnder(pki, pki.root)).toBe(true)
    expect(await verifiesUnder(pki, pemOf(pki.root))).toBe(true)
    expect(await verifiesUnder(pki, pemOf(makePki().root) + pemOf(pki.root))).toBe(true)
    expect(await verifiesUnder(pki, pemOf(makePki().root))).toBe(false)
  })

  it("are copied: what the host does with its bytes later changes nothing", async () => {
    const pki = makePki()
    const own = pki.root.slice()
    const attestations = attempt(own)
    own.fill(0)
    expect(await attestations.verify(makeWorld(pki, enclave).document(), nowMs)).toBeDefined()
  })

  it("are CA certificates on P-384, at least one, or the host is told", () => {
    const pki = makePki()
    const wrong = [
      [],
      [""],
      ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
      ["-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----"],
      [pki.root, ""],
      [pki.root, pki.certificate],
      [new Uint8Array(0)],
      [pki.certificate],
      [pki.root.subarray(1)],
    ]
    const named = "`roots` must be CA certificates with keys on P-384, in PEM or DER"
    for (const roots of wrong) expect(() => attempt(...roots)).toThrow(new TypeError(named))
    const tooLong = new RangeError("`roots` must have at most 1024 bytes")
    expect(() => attempt(new Uint8Array(1025))).toThrow(tooLong)
    for (const freshnessMsMax of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => nitroAttestations({ roots: [pki.root], freshnessMsMax })).toThrow(RangeError)
    }
  })

  it("may want a document to be of this very moment", async () => {
    const pki = makePki()
    const strict = nitroAttestations({ roots: [pki.root], freshnessMsMax: 0 })
    const document = makeWorld(pki, enclave).document()
    expect(await strict.verify(document, nowMs)).toBeDefined()
    expect(await strict.verify(document, nowMs + 1)).toBeUndefined()
  })

  it("can be that of AWS, which has the fingerprint that AWS publishes", async () => {
    const { raw } = new X509Certificate(awsNitroRoot)
    expect(createHash("sha256").update(raw).digest("hex")).toBe(
      "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b",
    )
    expect(parseCertificate(new Uint8Array(raw))).toMatchObject({
      notBeforeMs: Date.UTC(2019, 9, 28, 13, 28, 5),
      notAfterMs: Date.UTC(2049, 9, 28, 14, 28, 5),
      extensions: { isCa: true, maySignCertificates: true },
    })
    expect(() => attempt(awsNitroRoot)).not.toThrow()
    const ours = makeWorld(makePki(), enclave)
    expect(await attempt(awsNitroRoot).verify(ours.document(), nowMs)).toBeUndefined()
  })
})
