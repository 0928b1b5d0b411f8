import { randomBytes } from "node:crypto"
import { HsmError } from "@keywright/core/hsm"
import {
  type CryptoSuite,
  type KeyDevice,
  type KeyPairSpec,
  type KeySpec,
  keySpecRow,
  spkiOfMaterial,
} from "@keywright/core/suite"
import type { Connection, Session } from "./connection.js"
import { CKM, type Handle } from "./cryptoki.js"
import { encodeKept, type KeptKey, parseKept } from "./kept-form.js"
import type { TokenMechanisms, TokenSpec } from "./mechanisms.js"
import {
  formOf,
  generatedPair,
  generatedSecret,
  stayingKeys,
  takenKey,
  wrappingKey,
} from "./objects.js"
import {
  materialOfPkcs8,
  materialOfSecret,
  publicLength,
  publicPartOf,
  readPublicPart,
} from "./public-parts.js"
import { createTokenKeys, domainKeyOf, type FindKey, findObjects } from "./token-keys.js"
import { hmac, sha256Hmac } from "./token-work.js"

export interface TokenDeviceParts {
  readonly connection: Connection
  readonly mechanisms: TokenMechanisms
  /** Says where the keys are that wrap. */
  readonly find: FindKey
  /** What works beside the token. */
  readonly suite: CryptoSuite
  /** Whether key material may leave for another domain. */
  readonly handsOver: boolean
}

function destroy(session: Session, domainKeyId: string): void {
  for (const key of findObjects(session, stayingKeys(domainKeyOf(domainKeyId)))) {
    session.cryptoki.C_DestroyObject(session.handle, key)
  }
}

/** A token as the place of key material. */
export function createTokenDevice(parts: TokenDeviceParts): KeyDevice {
  const { connection, mechanisms, find, suite } = parts
  const keys = createTokenKeys(connection, mechanisms, find)
  let currentId: string | undefined

  function current(): string {
    if (currentId === undefined) throw new HsmError("unavailable", "the HSM is locked")
    return currentId
  }

  /** Throws where the token does not know the spec. */
  function known(spec: KeySpec): TokenSpec {
    if (mechanisms.keySpecs.includes(spec)) return spec as TokenSpec
    throw new HsmError("unsupported", `the token of this HSM has no keys of ${spec}`)
  }

  const wrapped = (session: Session, publicPart: Uint8Array, key: Handle): Uint8Array => {
    const domainKeyId = current()
    return encodeKept({ domainKeyId, publicPart, wrapped: keys.wrap(session, domainKeyId, key) })
  }

  /** The kept form of a key that was just made, which goes. */
  function keep(session: Session, publicPart: Uint8Array, key: Handle): Uint8Array {
    const kept = wrapped(session, publicPart, key)
    session.cryptoki.C_DestroyObject(session.handle, key)
    return kept
  }

  const generateSecret = (lengthBytes: number): Uint8Array =>
    connection.use((session) => {
      const mechanism = { mechanism: CKM.genericSecretKeyGen }
      const template = generatedSecret(lengthBytes)
      return keep(
        session,
        publicLength(lengthBytes),
        session.cryptoki.C_GenerateKey(session.handle, mechanism, template),
      )
    })

  const generatePair = (spec: KeyPairSpec): Promise<Uint8Array> =>
    connection.useLater(async (session) => {
      const { cryptoki, handle } = session
      const { mechanism, publicKey, privateKey } = generatedPair(spec as "RSA_2048")
      const pair = await cryptoki.C_GenerateKeyPairAsync(handle, mechanism, publicKey, privateKey)
      const publicPart = readPublicPart(session, spec, pair.publicKey)
      cryptoki.C_DestroyObject(handle, pair.publicKey)
      return keep(session, publicPart, pair.privateKey)
    })

  /** Takes a key out of the token, by way of a key that is used this once. */
  function handOver(spec: KeySpec, kept: KeptKey): Uint8Array {
    const once = randomBytes(32)
    const wrappedKey = keys.use(kept, formOf(spec), "wrap", (session, key) =>
      keys.wrapUnder(session, once, key),
    )
    const opened = suite.unwrapPadded(once, wrappedKey)
    once.fill(0)
    if (opened === undefined)
      throw new HsmError("unsupported", "the token wraps in a way of its own")
    try {
      if (formOf(spec) === "secret") return materialOfSecret(opened, kept.publicPart)
      return materialOfPkcs8(spec as KeyPairSpec, opened, kept.publicPart)
    } finally {
      opened.fill(0)
    }
  }

  return Object.freeze<KeyDevice>({
    generate(spec) {
      const { secretBytes } = keySpecRow(known(spec))
      return secretBytes ? generateSecret(secretBytes.min) : generatePair(spec as KeyPairSpec)
    },
    take(spec, material) {
      const template = takenKey(known(spec), material)
      const publicPart = publicPartOf(spec, material)
      return connection.use((session) =>
        keep(session, publicPart, session.cryptoki.C_CreateObject(session.handle, template)),
      )
    },
    give(spec, bytes) {
      if (!parts.handsOver) {
        throw new HsmError("unsupported", "key material does not leave the token of this HSM")
      }
      return handOver(spec, parseKept(bytes))
    },
    renew(spec, bytes) {
      const kept = parseKept(bytes)
      return keys.use(kept, formOf(spec), "wrap", (session, key) =>
        wrapped(session, kept.publicPart, key),
      )
    },
    publicKey: (spec, bytes) => spkiOfMaterial(spec, parseKept(bytes).publicPart),
    hmacSha256: (bytes, message) =>
      keys.use(parseKept(bytes), "secret", "sign", (session, key) =>
        hmac(session, sha256Hmac, key, message),
      ),
    makeDomainKey: (id) =>
      connection.use((session) => {
        // This may be another attempt, after a token that made one and did not say so.
        destroy(session, id)
        const { cryptoki, handle } = session
        cryptoki.C_GenerateKey(handle, { mechanism: CKM.aesKeyGen }, wrappingKey(domainKeyOf(id)))
      }),
    useDomainKeys(ids, newCurrentId) {
      connection.use((session) => {
        for (const id of ids) {
          if (find(session, id) !== undefined) continue
          throw new HsmError("unavailable", "the token has not all keys of the domain")
        }
      })
      currentId = newCurrentId
    },
    removeDomainKey: (id) => connection.use((session) => destroy(session, id)),
  })
}
