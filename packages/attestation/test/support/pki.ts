import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import {
  bits,
  concat,
  type Der,
  der,
  hex,
  octets,
  oid,
  sequence,
  small,
  text,
  time,
  yes,
} from "./der.js"

export const nowMs = Date.UTC(2026, 5, 1, 12)
export const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly spki: Uint8Array
}

export function newEcKey(namedCurve = "P-384"): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve })
  return { privateKey, spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })) }
}

export function newRsaKey(modulusLength = 2048, publicExponent = 65_537): KeyPair {
  const options = { modulusLength, publicExponent }
  const { publicKey, privateKey } = generateKeyPairSync("rsa", options)
  return { privateKey, spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })) }
}

export const extension = (id: string, isCritical: boolean, value: Der): Der =>
  sequence(oid(id), ...(isCritical ? [yes()] : []), octets(value))

export const caUsage = bits(Uint8Array.of(0x86), 1)
export const leafUsage = bits(Uint8Array.of(0xc0), 6)

export const keyUsage = (usage: Der): Der => extension("551d0f", true, usage)
export const basicConstraints = (isCa: boolean, pathLength?: number, isCritical = true): Der =>
  extension(
    "551d13",
    isCritical,
    sequence(...(isCa ? [yes()] : []), ...(pathLength === undefined ? [] : [small(pathLength)])),
  )

export interface CertificateSpec {
  readonly subject: string
  readonly issuer: string
  readonly key: KeyPair
  readonly issuerKey: KeyPair
  readonly notBefore: Der
  readonly notAfter: Der
  readonly extensions: readonly Der[]
  readonly version: Der
  readonly algorithm: Der
  /** What stands outside the signature; the same unless a test says otherwise. */
  readonly outerAlgorithm: Der
  readonly hash: string
  /** Changes the finished parts of the signed structure. */
  readonly edit: (parts: readonly Der[]) => readonly Der[]
  readonly wrap: (...parts: readonly Der[]) => Der
}

const ecdsaWithSha384 = sequence(oid("2a8648ce3d040303"))

const nameOf = (commonName: string): Der =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, text(commonName)))))

function makeCertificate(spec: CertificateSpec): Der {
  const parts = [
    spec.version,
    small(7),
    spec.algorithm,
    nameOf(spec.issuer),
    sequence(spec.notBefore, spec.notAfter),
    nameOf(spec.subject),
    spec.key.spki,
    der(0xa3, sequence(...spec.extensions)),
  ]
  const signed = sequence(...spec.edit(parts))
  const signature = new Uint8Array(sign(spec.hash, signed, spec.issuerKey.privateKey))
  return spec.wrap(signed, spec.outerAlgorithm, bits(signature))
}

/** From the root down, as AWS names the certificates of its bundles. */
export const roles = ["root", "regional", "zonal", "instance", "leaf"] as const
export type Role = (typeof roles)[number]

/** What is different about the certificates of a chain. */
export type Edits = Partial<Readonly<Record<Role, Partial<CertificateSpec>>>>

const pathLengths: Readonly<Record<Role, number | undefined>> = {
  root: undefined,
  regional: 2,
  zonal: 1,
  instance: 0,
  leaf: undefined,
}

const lifetimes: Readonly<Record<Role, number>> = {
  root: 30 * 365 * dayMs,
  regional: 20 * dayMs,
  zonal: 5 * dayMs,
  instance: dayMs,
  leaf: 3 * hourMs,
}

const leafExtensions = [basicConstraints(false), extension("551d0f", false, leafUsage)]

function specOf(role: Role, keys: Readonly<Record<Role, KeyPair>>): CertificateSpec {
  const issuer = roles[Math.max(0, roles.indexOf(role) - 1)] ?? "root"
  const isLeaf = role === "leaf"
  return {
    subject: role,
    issuer,
    key: keys[role],
    issuerKey: keys[issuer],
    notBefore: time(nowMs - 60_000),
    notAfter: time(nowMs + lifetimes[role]),
    extensions: isLeaf
      ? leafExtensions
      : [basicConstraints(true, pathLengths[role]), keyUsage(caUsage)],
    version: hex("a003020102"),
    algorithm: ecdsaWithSha384,
    outerAlgorithm: ecdsaWithSha384,
    hash: "sha384",
    edit: (parts) => parts,
    wrap: sequence,
  }
}

export interface Pki {
  readonly root: Uint8Array
  readonly cabundle: readonly Uint8Array[]
  readonly certificate: Uint8Array
  readonly leafKey: KeyPair
}

/** A chain like that of AWS, with what a test wants to be different. */
export function makePki(edits: Edits = {}): Pki {
  const keys = Object.fromEntries(roles.map((role) => [role, edits[role]?.key ?? newEcKey()]))
  const made = roles.map((role) =>
    makeCertificate({ ...specOf(role, keys as Record<Role, KeyPair>), ...edits[role] }),
  )
  const [root, leaf] = [made[0] as Uint8Array, made.at(-1) as Uint8Array]
  const leafKey = keys.leaf as KeyPair
  return { root, cabundle: made.slice(0, -1), certificate: leaf, leafKey }
}

export const pemOf = (certificate: Uint8Array): string => {
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

/** A SubjectPublicKeyInfo with a point that lies beside the curve. */
export function offCurve({ privateKey, spki }: KeyPair): KeyPair {
  const beside = spki.slice()
  beside[beside.length - 1] = (beside.at(-1) ?? 0) ^ 1
  return { privateKey, spki: beside }
}

/** A SubjectPublicKeyInfo with the compressed form of the same point. */
export function compressed({ privateKey, spki }: KeyPair): KeyPair {
  const point = spki.subarray(-96)
  const isOddY = ((point[95] ?? 0) & 1) === 1
  const short = concat(Uint8Array.of(isOddY ? 3 : 2), point.subarray(0, 48))
  const algorithm = spki.subarray(2, 2 + 2 + 16)
  const made = sequence(algorithm, bits(short))
  createPublicKey({ key: Buffer.from(made), format: "der", type: "spki" })
  return { privateKey, spki: made }
}
