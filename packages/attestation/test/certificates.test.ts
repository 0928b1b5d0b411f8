import { describe, expect, it } from "vitest"
import { parseCertificate } from "../src/certificate.js"
import {
  bits,
  concat,
  der,
  hex,
  longWinded,
  octets,
  oid,
  sequence,
  small,
  text,
  time,
  yes,
} from "./support/der.js"
import { makeWorld } from "./support/documents.js"
import {
  basicConstraints,
  caUsage,
  compressed,
  type Edits,
  extension,
  hourMs,
  keyUsage,
  leafUsage,
  makePki,
  newEcKey,
  newRsaKey,
  nowMs,
  offCurve,
  roles,
} from "./support/pki.js"

const enclave = newRsaKey()

/** Whether a document verifies whose chain differs from that of AWS in this. */
async function verifies(edits: Edits): Promise<boolean> {
  const { document, verify } = makeWorld(makePki(edits), enclave)
  return (await verify(document())) !== undefined
}

const ca = (...others: Uint8Array[]) => [basicConstraints(true), keyUsage(caUsage), ...others]
const leaf = (...others: Uint8Array[]) => [basicConstraints(false), keyUsage(leafUsage), ...others]

type Case = readonly [string, Edits]

const accepted: readonly Case[] = [
  ["valid beyond 2049", { root: { notAfter: time(Date.UTC(2055, 0)) } }],
  ["with times in four digits", { zonal: { notAfter: der(0x18, text("20261231235959Z")) } }],
  [
    "with extensions that are not critical",
    {
      regional: {
        extensions: ca(
          extension("551d0e", false, octets(hex("01"))),
          extension("551d23", false, sequence(octets(hex("01")))),
        ),
      },
    },
  ],
  [
    "of a leaf whose usage has a ninth bit",
    { leaf: { extensions: [keyUsage(bits(hex("8080"), 7))] } },
  ],
  ["of a leaf without basic constraints", { leaf: { extensions: [keyUsage(leafUsage)] } }],
  ["of a CA without a path length", { regional: { extensions: ca() } }],
]

/** A SubjectPublicKeyInfo with a part more. */
const threeParts = (spki: Uint8Array): Uint8Array => sequence(spki.subarray(2), octets())

/** A SubjectPublicKeyInfo with another byte in front of both coordinates. */
function headed(byte: number): Uint8Array {
  const { spki } = newEcKey()
  return spki.with(spki.length - 97, byte)
}

/** The same BIT STRING with one unused bit. */
function spare(element: Uint8Array | undefined): Uint8Array {
  const copy = Uint8Array.from(element ?? [])
  copy[2] = 1
  return copy
}

/** The parts that are signed, one of them another. */
const replacing =
  (at: number, made: Uint8Array) =>
  (parts: readonly Uint8Array[]): readonly Uint8Array[] =>
    parts.with(at, made)

/** What is not even read, whoever signed it. */
const unread: readonly Case[] = [
  ["before a month that there is not", { leaf: { notBefore: der(0x17, text("261301000000Z")) } }],
  ["after a month that there is not", { leaf: { notAfter: der(0x17, text("261301000000Z")) } }],
  ["with a key on P-256", { leaf: { key: newEcKey("P-256") } }],
  ["with an RSA key", { leaf: { key: newRsaKey() } }],
  ["with a compressed point", { leaf: { key: compressed(newEcKey()) } }],
  ["with no extension", { leaf: { extensions: [] } }],
  ["whose issuer is no SEQUENCE", { leaf: { edit: replacing(3, der(0x31)) } }],
  ["with a key in three parts", { leaf: { edit: replacing(6, threeParts(newEcKey().spki)) } }],
  ["with a point in front of which stands 2", { leaf: { edit: replacing(6, headed(0x02)) } }],
]

const refused: readonly Case[] = [
  ["with a point off the curve", { leaf: { key: offCurve(newEcKey()) } }],
  ["of an issuer with a point off the curve", { zonal: { key: offCurve(newEcKey()) } }],
  [
    "that says another algorithm inside",
    { zonal: { algorithm: sequence(oid("2a8648ce3d040302")) } },
  ],
  ["signed by a key that is not its issuer's", { zonal: { issuerKey: newEcKey() } }],
  ["of another issuer by name", { zonal: { issuer: "somebody" } }],
  ["signed with SHA-256", { zonal: { hash: "sha256" } }],
  [
    "that says SHA-256",
    {
      zonal: {
        hash: "sha256",
        algorithm: sequence(oid("2a8648ce3d040302")),
        outerAlgorithm: sequence(oid("2a8648ce3d040302")),
      },
    },
  ],
  [
    "that says one algorithm inside and another outside",
    {
      zonal: { outerAlgorithm: sequence(oid("2a8648ce3d040302")) },
    },
  ],
  [
    "whose algorithm has parameters",
    {
      zonal: {
        algorithm: sequence(oid("2a8648ce3d040303"), hex("0500")),
        outerAlgorithm: sequence(oid("2a8648ce3d040303"), hex("0500")),
      },
    },
  ],
  ["with a key on P-256", { instance: { key: newEcKey("P-256") } }],
  ["with a key on P-521", { instance: { key: newEcKey("P-521") } }],
  ["with an RSA key", { leaf: { key: newRsaKey() } }],
  ["with a compressed point", { leaf: { key: compressed(newEcKey()) } }],
  ["of version 1", { zonal: { version: hex("a003020100") } }],
  ["without a version", { zonal: { edit: (parts) => parts.slice(1) } }],
  ["without extensions", { zonal: { edit: (parts) => parts.slice(0, -1) } }],
  ["with unique identifiers", { zonal: { edit: (parts) => [...parts, hex("810100")] } }],
  ["that is no CA", { zonal: { extensions: [basicConstraints(false), keyUsage(caUsage)] } }],
  ["of a CA without basic constraints", { zonal: { extensions: [keyUsage(caUsage)] } }],
  [
    "of a CA whose basic constraints are not critical",
    {
      zonal: { extensions: [basicConstraints(true, 1, false), keyUsage(caUsage)] },
    },
  ],
  [
    "of a CA that may not sign certificates",
    {
      zonal: { extensions: [basicConstraints(true, 1), keyUsage(leafUsage)] },
    },
  ],
  ["of a CA without a key usage", { zonal: { extensions: [basicConstraints(true, 1)] } }],
  [
    "of a root that may not sign certificates by its path length",
    {
      root: { extensions: [basicConstraints(true, 2), keyUsage(caUsage)] },
    },
  ],
  [
    "with a path length that is too short at the top",
    {
      regional: { extensions: [basicConstraints(true, 1), keyUsage(caUsage)] },
    },
  ],
  [
    "with a path length that is too short in the middle",
    {
      zonal: { extensions: [basicConstraints(true, 0), keyUsage(caUsage)] },
    },
  ],
  [
    "with a path length of two bytes",
    {
      zonal: {
        extensions: [
          extension("551d13", true, sequence(yes(), hex("02020100"))),
          keyUsage(caUsage),
        ],
      },
    },
  ],
  [
    "with basic constraints of three parts",
    {
      zonal: {
        extensions: [
          extension("551d13", true, sequence(yes(), small(1), small(1))),
          keyUsage(caUsage),
        ],
      },
    },
  ],
  [
    "of a leaf whose usage has seventeen bits",
    { leaf: { extensions: [keyUsage(bits(hex("800080"), 7))] } },
  ],
  ["whose number is none", { leaf: { edit: replacing(1, octets(hex("07"))) } }],
  ["whose subject is no SEQUENCE", { leaf: { edit: replacing(5, der(0x31)) } }],
  [
    "whose extensions stand under another tag",
    { leaf: { edit: replacing(7, der(0xa4, sequence(...leaf()))) } },
  ],
  [
    "with two lists of extensions",
    { leaf: { edit: replacing(7, der(0xa3, sequence(...leaf()), sequence())) } },
  ],
  [
    "with a third time",
    { leaf: { edit: replacing(4, sequence(time(nowMs), time(nowMs), time(nowMs))) } },
  ],
  ["with an extension that is none", { zonal: { extensions: ca(small(1)) } }],
  [
    "with a negative path length",
    {
      zonal: { extensions: [basicConstraints(true, 0xff), keyUsage(caUsage)] },
    },
  ],
  ["of a leaf that is a CA", { leaf: { extensions: ca() } }],
  [
    "of a leaf that may not sign",
    {
      leaf: { extensions: [basicConstraints(false), keyUsage(bits(hex("06"), 1))] },
    },
  ],
  ["of a leaf without a key usage", { leaf: { extensions: [basicConstraints(false)] } }],
  [
    "of a leaf with a path length",
    {
      leaf: {
        extensions: [extension("551d13", true, sequence(small(0))), keyUsage(leafUsage)],
      },
    },
  ],
  [
    "that writes out that it is no CA",
    {
      leaf: {
        extensions: [extension("551d13", true, sequence(hex("010100"))), keyUsage(leafUsage)],
      },
    },
  ],
  [
    "with a truth that is not all ones",
    {
      zonal: {
        extensions: [extension("551d13", true, sequence(hex("010101"))), keyUsage(caUsage)],
      },
    },
  ],
  [
    "with a critical extension that is not understood",
    {
      leaf: { extensions: leaf(extension("551d1e", true, sequence(octets()))) },
    },
  ],
  ["with an extension twice", { leaf: { extensions: leaf(keyUsage(leafUsage)) } }],
  [
    "with an extension that is cut short",
    {
      leaf: { extensions: leaf(sequence(oid("551d0e"))) },
    },
  ],
  [
    "with an extension that writes out that it is not critical",
    {
      leaf: { extensions: leaf(sequence(oid("551d0e"), hex("010100"), octets(octets()))) },
    },
  ],
  [
    "with an extension that has four parts",
    {
      leaf: { extensions: leaf(sequence(oid("551d0e"), yes(), octets(), octets())) },
    },
  ],
  [
    "with a key usage that is no BIT STRING",
    {
      leaf: { extensions: [basicConstraints(false), keyUsage(octets(hex("c0")))] },
    },
  ],
  ["with a month that there is not", { leaf: { notAfter: der(0x17, text("261301000000Z")) } }],
  ["with a day that there is not", { leaf: { notAfter: der(0x17, text("270229000000Z")) } }],
  ["with an hour that there is not", { leaf: { notAfter: der(0x17, text("260601240000Z")) } }],
  ["with a time zone", { leaf: { notAfter: der(0x17, text("2612312359590000")) } }],
  ["with no seconds", { leaf: { notAfter: der(0x17, text("2612312359Z")) } }],
  ["with fractions of a second", { leaf: { notAfter: der(0x18, text("20261231235959.5Z")) } }],
  ["whose times are text", { leaf: { notAfter: der(0x0c, text("261231235959Z")) } }],
  ["with lengths that are too long outside", { leaf: { wrap: longWinded.bind(undefined, 0x30) } }],
  [
    "with lengths that are too long inside",
    {
      leaf: { edit: ([first, , ...rest]) => [first as Uint8Array, hex("02810107"), ...rest] },
    },
  ],
  [
    "with an indefinite length",
    {
      leaf: { wrap: (...parts) => concat(hex("3080"), ...parts, hex("0000")) },
    },
  ],
  ["with a fourth part", { leaf: { wrap: (...parts) => sequence(...parts, small(1)) } }],
  ["followed by a byte", { leaf: { wrap: (...parts) => concat(sequence(...parts), hex("00")) } }],
  [
    "whose signature has spare bits",
    {
      leaf: { wrap: (a, b, c) => sequence(a as Uint8Array, b as Uint8Array, spare(c)) },
    },
  ],
  [
    "whose signature is zero",
    {
      leaf: {
        wrap: (a, b) =>
          sequence(a as Uint8Array, b as Uint8Array, bits(sequence(small(0), small(0)))),
      },
    },
  ],
  [
    "whose signature has a negative number",
    {
      leaf: {
        wrap: (a, b) =>
          sequence(a as Uint8Array, b as Uint8Array, bits(sequence(hex("0201ff"), small(1)))),
      },
    },
  ],
  [
    "whose signature is too long in its second number",
    {
      leaf: {
        wrap: (a, b) => {
          const long = der(0x02, new Uint8Array(49).fill(1))
          return sequence(a as Uint8Array, b as Uint8Array, bits(sequence(small(1), long)))
        },
      },
    },
  ],
  [
    "whose signature has a third number",
    {
      leaf: {
        wrap: (a, b, c) => {
          const more = sequence((c as Uint8Array).subarray(5), small(1))
          return sequence(a as Uint8Array, b as Uint8Array, bits(more))
        },
      },
    },
  ],
  [
    "whose signature is too long",
    {
      leaf: {
        wrap: (a, b) => {
          const long = der(0x02, new Uint8Array(49).fill(1))
          return sequence(a as Uint8Array, b as Uint8Array, bits(sequence(long, small(1))))
        },
      },
    },
  ],
]

describe("a certificate", () => {
  it.each(roles)("%s counts from its first second to its last", async (role) => {
    expect(await verifies({ [role]: { notBefore: time(nowMs), notAfter: time(nowMs) } })).toBe(true)
    expect(await verifies({ [role]: { notBefore: time(nowMs + 1000) } })).toBe(false)
    expect(await verifies({ [role]: { notAfter: time(nowMs - 1000) } })).toBe(false)
  })

  it("is judged at the time that is given, not by the clock of the machine", async () => {
    const { document, verify } = makeWorld(makePki(), enclave)
    const later = document({ fields: { timestamp: nowMs + 4 * hourMs } })
    expect(await verify(later, nowMs + 4 * hourMs)).toBeUndefined()
    const soon = document({ fields: { timestamp: nowMs + 2 * hourMs } })
    expect(await verify(soon, nowMs + 2 * hourMs)).toBeDefined()
  })

  it.each(unread)("%s is not read", (_, edits) => {
    expect(parseCertificate(makePki(edits).certificate)).toBeUndefined()
  })

  it("says two digits of a year from 1950 to 2049", () => {
    const readAt = (digits: string) => {
      const notBefore = der(0x17, text(`${digits}0101000000Z`))
      return parseCertificate(makePki({ leaf: { notBefore } }).certificate)?.notBeforeMs
    }
    expect(readAt("49")).toBe(Date.UTC(2049, 0))
    expect(readAt("50")).toBe(Date.UTC(1950, 0))
    expect(readAt("51")).toBe(Date.UTC(1951, 0))
  })

  it("says what its key may do", () => {
    const { root, certificate } = makePki()
    expect(parseCertificate(certificate)?.extensions).toEqual({
      isCa: false,
      pathLengthMax: undefined,
      maySign: true,
      maySignCertificates: false,
    })
    expect(parseCertificate(root)?.extensions).toEqual({
      isCa: true,
      pathLengthMax: undefined,
      maySign: true,
      maySignCertificates: true,
    })
  })

  it.each(accepted)("%s is accepted", async (_, edits) => {
    expect(await verifies(edits)).toBe(true)
  })

  it.each(refused)("%s is refused", async (_, edits) => {
    expect(await verifies(edits)).toBe(false)
  })
})
