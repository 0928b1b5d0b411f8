import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto"
import {
  algorithmSuites,
  type EncryptionContext,
  type KeySource,
  type RsaPadding,
  rawAesKeys,
  rawRsaKeys,
  type SuiteName,
  severalKeys,
} from "@keywright/core/envelope"
import {
  rawEcdhDiscovery,
  rawEcdhEphemeralKeys,
  rawEcdhKeys,
} from "@keywright/core/envelope/key-agreement"
import { opensslRsa } from "@keywright/hsm/openssl"

/** Keys of ours, and the words in which another program is told to make the same. */
interface Keys {
  readonly name: string
  readonly writes: KeySource
  readonly reads: KeySource
  /** What writes and what reads over there. */
  readonly theirs: readonly [writes: string, reads: string]
}

/** One message to be opened by others, and one of theirs to be opened here. */
export interface InteropCase extends Keys {
  readonly suite: SuiteName
  readonly context: EncryptionContext
  readonly required: readonly string[]
  readonly plaintext: Uint8Array
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64")

const same = (name: string, source: KeySource, theirs: string): Keys => ({
  name,
  writes: source,
  reads: source,
  theirs: [theirs, theirs],
})

const names = { namespace: "our keys", name: "größte" }
const theirNames = [base64(names.namespace), base64(names.name)]

function aesKeys(bytes: 16 | 24 | 32): Keys {
  const key = Uint8Array.from(randomBytes(bytes))
  const theirs = ["aes", ...theirNames, base64(key)].join(",")
  return same(`raw AES ${bytes * 8}`, rawAesKeys({ ...names, key }), theirs)
}

const pem = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) => ({
  publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
})

const schemes: Readonly<Record<RsaPadding, string>> = {
  pkcs1: "PKCS1",
  "oaep-sha1": "OAEP_SHA1_MGF1",
  "oaep-sha256": "OAEP_SHA256_MGF1",
  "oaep-sha384": "OAEP_SHA384_MGF1",
  "oaep-sha512": "OAEP_SHA512_MGF1",
}

function rsaKeys(padding: RsaPadding): Keys {
  const pair = pem(generateKeyPairSync("rsa", { modulusLength: 2048 }))
  const source = rawRsaKeys({ ...names, padding, ...pair, rsa: opensslRsa() })
  const fields = [schemes[padding], base64(pair.publicKey), base64(pair.privateKey)]
  return same(`raw RSA ${padding}`, source, ["rsa", ...theirNames, ...fields].join(","))
}

const curves = {
  P256: ["P-256", "ECC_NIST_P256"],
  P384: ["P-384", "ECC_NIST_P384"],
  P521: ["P-521", "ECC_NIST_P521"],
} as const

/** Both parties know each other, or the sender's key is made for one message. */
function ecdhKeys(curve: keyof typeof curves): readonly Keys[] {
  const [namedCurve, spec] = curves[curve]
  const pair = () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve })
    const spki = publicKey.export({ type: "spki", format: "der" })
    return { ...pem({ publicKey, privateKey }), spki }
  }
  const [ours, theirs] = [pair(), pair()]
  const { privateKey } = ours
  const source = rawEcdhKeys({ curve, privateKey, publicKey: theirs.publicKey })
  const fields = [spec, base64(theirs.privateKey), base64(ours.spki)]
  const between = same(`raw ECDH ${curve}`, source, ["ecdh", ...fields].join(","))
  return [
    between,
    {
      name: `raw ECDH ${curve}, ephemeral`,
      writes: rawEcdhEphemeralKeys({ curve, publicKey: theirs.publicKey }),
      reads: rawEcdhDiscovery({ curve, privateKey }),
      theirs: [
        ["ephemeral", spec, base64(ours.spki)].join(","),
        ["discovery", spec, base64(theirs.privateKey)].join(","),
      ],
    },
  ]
}

function severalOf(first: Keys, second: Keys): Keys {
  const source = severalKeys(first.writes, second.writes)
  return same(`${first.name} and ${second.name}`, source, `${first.theirs[0]};${second.theirs[0]}`)
}

/** Two keys sort apart by code units and by bytes. Java knows no empty values. */
const context = Object.freeze({
  tenant: "42",
  größe: "groß",
  "\u{ff61}": "stop",
  "\u{1f511}": "key",
})
const required = ["tenant"]
/** None, less than a frame of 4096 bytes, one, and some. */
const sizes = [0, 1, 4096, 10_000]

const committing = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"

/** Every suite under one key, every kind of key under one suite; required context with each. */
export function interopCases(): readonly InteropCase[] {
  const aes = aesKeys(32)
  const kinds = [
    aesKeys(16),
    aesKeys(24),
    ...(Object.keys(schemes) as RsaPadding[]).map(rsaKeys),
    ...(Object.keys(curves) as (keyof typeof curves)[]).flatMap(ecdhKeys),
    severalOf(aesKeys(32), rsaKeys("oaep-sha256")),
  ]
  const combinations = [
    ...algorithmSuites.map(({ name }) => ({ keys: aes, suite: name })),
    ...kinds.map((keys) => ({ keys, suite: committing as SuiteName })),
  ]
  return combinations.flatMap(({ keys, suite }, i) =>
    [[], required].map((needed, j) => {
      const size = sizes[(i + j) % sizes.length] ?? 0
      const name = `${keys.name}, ${suite}${needed.length > 0 ? ", required context" : ""}`
      const plaintext = Uint8Array.from(randomBytes(size))
      return { ...keys, name, suite, context, required: needed, plaintext }
    }),
  )
}

/** A case as a line, and its name in a form that needs no escaping. */
export function lineOf(one: InteropCase, message: Uint8Array): string {
  const pairs = Object.entries(one.context).map(([key, value]) => `${base64(key)}:${base64(value)}`)
  const fields = [
    idOf(one),
    one.suite,
    ...one.theirs,
    pairs.join(","),
    one.required.map(base64).join(","),
    base64(one.plaintext),
    base64(message),
  ]
  return fields.join("\t")
}

export const idOf = ({ name }: InteropCase): string =>
  createHash("sha256").update(name).digest("hex").slice(0, 16)
