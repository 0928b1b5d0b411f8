import {
  type Binding,
  type BoundToken,
  type EncryptionScheme,
  encapsulationAlgorithms,
  encryptionAlgorithms,
  type ImportResult,
  keyAgreementAlgorithms,
  keySpecs,
  keyUsages,
  macAlgorithms,
  messageTypes,
  origins,
  type PeerDomain,
  type PlacedBytes,
  type RegionHsm,
  type ReplicationToken,
  signingAlgorithms,
  type WrappingBinding,
  wrappingAlgorithms,
  wrappingKeySpecs,
} from "@keywright/core/hsm"
import { boundTokenOf } from "./bound-tokens.js"
import {
  bytes,
  type Codec,
  flag,
  joined,
  list,
  nothing,
  number,
  oneMember,
  optional,
  record,
  secretBytes,
  tagged,
  text,
  tuple,
  word,
} from "./codecs.js"

export type MethodName = Exclude<keyof RegionHsm, "keySpecs">

/** How a call of a method and its answer travel. */
interface MethodRow<Method extends (...args: never[]) => unknown> {
  readonly args: Codec<Parameters<Method>>
  readonly result: Codec<Awaited<ReturnType<Method>>>
}

const keySpec = word(keySpecs)

const keyBindingMembers = {
  partition: text,
  account: text,
  keyId: text,
  keySpec,
  keyUsage: word(keyUsages),
  origin: word(origins),
  keyStoreId: optional(text),
  xksKeyId: optional(text),
}
const keyBinding = record(keyBindingMembers)
const binding = record<Binding>({ ...keyBindingMembers, keyMaterialId: text })
const boundToken = boundTokenOf(binding)

const wrappingBinding = record<WrappingBinding>({
  partition: text,
  account: text,
  keyId: text,
  wrappingKeySpec: word(wrappingKeySpecs),
  wrappingAlgorithm: word(wrappingAlgorithms) as Codec<WrappingBinding["wrappingAlgorithm"]>,
  validToMs: number,
})
const wrapping = record({ token: bytes, binding: wrappingBinding })

const encryptionTarget = joined(
  boundToken,
  oneMember<EncryptionScheme>({
    aad: bytes,
    algorithm: word(encryptionAlgorithms) as Codec<
      Extract<EncryptionScheme, { algorithm: unknown }>["algorithm"]
    >,
  }),
)

const withCiphertext = record({ ciphertext: bytes })
const decryptRequest = joined(encryptionTarget, withCiphertext)
const dataKey = joined(boundToken, record({ lengthBytes: number, aad: bytes }))
const dataKeyPair = joined(boundToken, record({ keyPairSpec: keySpec, aad: bytes }))
const sign = joined(
  boundToken,
  record({
    algorithm: word(signingAlgorithms),
    messageType: word(messageTypes),
    message: bytes,
  }),
)
const mac = joined(boundToken, record({ algorithm: word(macAlgorithms), message: bytes }))
const agreement = joined(
  boundToken,
  record({ algorithm: word(keyAgreementAlgorithms), publicKey: bytes }),
)
const encapsulate = joined(boundToken, record({ algorithm: word(encapsulationAlgorithms) }))

const placed = list(record<PlacedBytes>({ place: text, bytes }))
const peer = record<PeerDomain>({ name: text, endorsement: bytes })
const named = tuple<[string, Uint8Array]>(text, bytes)
const noArguments = tuple<[]>()

const importResult = tagged<"outcome", ImportResult>("outcome", {
  imported: record({ token: bytes, keyMaterialId: text }),
  undecryptable: record({}),
  unsuitable: record({}),
})

const replicationToken = tagged<"kind", ReplicationToken>("kind", {
  "replication key": record({ token: bytes }),
  endorsement: record({ token: bytes, name: text }),
  offer: record({ token: bytes, offer: bytes }),
})

/** Every method of the contract. Its place in the table is its number: the order is a format. */
export const methodTable: {
  readonly [Name in MethodName]: MethodRow<RegionHsm[Name]>
} = {
  createDomain: { args: tuple<[string]>(text), result: bytes },
  openDomain: { args: named, result: nothing },
  rotateDomainKey: { args: named, result: bytes },
  resealDomain: {
    args: tuple<[string, Uint8Array, "kept" | "retired"]>(text, bytes, word(["kept", "retired"])),
    result: bytes,
  },
  retireDomainKeys: {
    args: tuple<[string, Uint8Array, readonly string[]]>(text, bytes, list(text)),
    result: bytes,
  },
  domainKeys: { args: noArguments, result: record({ currentId: text, formerIds: list(text) }) },
  generateRandom: { args: tuple<[number]>(number), result: secretBytes },
  close: { args: noArguments, result: nothing },

  generateKey: { args: tuple<[Binding]>(binding), result: bytes },
  publicKey: { args: tuple<[BoundToken]>(boundToken), result: bytes },
  isCurrent: { args: tuple<[Uint8Array]>(bytes), result: flag },
  rewrap: { args: tuple<[BoundToken]>(boundToken), result: bytes },
  generateWrappingKey: {
    args: tuple<[WrappingBinding]>(wrappingBinding),
    result: record({ token: bytes, publicKey: bytes }),
  },
  importKey: {
    args: tuple(record({ wrapping, wrappedMaterial: bytes, binding: keyBinding })),
    result: importResult,
  },

  encrypt: {
    args: tuple(joined(encryptionTarget, record({ plaintext: bytes }))),
    result: bytes,
  },
  decrypt: { args: tuple(decryptRequest), result: optional(secretBytes) },
  reEncrypt: { args: tuple(decryptRequest, encryptionTarget), result: optional(bytes) },
  generateDataKey: {
    args: tuple(dataKey),
    result: record({ plaintext: secretBytes, ciphertext: bytes }),
  },
  generateDataKeyWithoutPlaintext: { args: tuple(dataKey), result: bytes },
  generateDataKeyPair: {
    args: tuple(dataKeyPair),
    result: record({ privateKey: secretBytes, publicKey: bytes, ciphertext: bytes }),
  },
  generateDataKeyPairWithoutPlaintext: {
    args: tuple(dataKeyPair),
    result: record({ publicKey: bytes, ciphertext: bytes }),
  },
  sign: { args: tuple(sign), result: bytes },
  verify: { args: tuple(joined(sign, record({ signature: bytes }))), result: flag },
  generateMac: { args: tuple(mac), result: bytes },
  verifyMac: { args: tuple(joined(mac, record({ mac: bytes }))), result: flag },
  deriveSharedSecret: { args: tuple(agreement), result: optional(secretBytes) },
  encapsulate: {
    args: tuple(encapsulate),
    result: record({ sharedSecret: secretBytes, ciphertext: bytes }),
  },
  decapsulate: {
    args: tuple(joined(encapsulate, withCiphertext)),
    result: optional(secretBytes),
  },

  sealRecords: { args: tuple(placed), result: list(bytes) },
  openRecords: { args: tuple(placed), result: list(optional(secretBytes)) },
  digestRecords: { args: tuple(placed), result: list(bytes) },

  generateReplicationKey: { args: noArguments, result: bytes },
  replicationPublicKey: { args: tuple<[Uint8Array]>(bytes), result: bytes },
  endorseDomain: { args: named, result: bytes },
  endorsedKey: { args: tuple<[PeerDomain]>(peer), result: bytes },
  withdrawTrust: { args: named, result: bytes },
  signForRegion: { args: tuple<[Uint8Array, Uint8Array]>(bytes, bytes), result: bytes },
  verifyFromRegion: {
    args: tuple<[PeerDomain, Uint8Array, Uint8Array]>(peer, bytes, bytes),
    result: flag,
  },
  offerTransfer: {
    args: tuple(record({ replicationKey: bytes, source: peer, binding: keyBinding })),
    result: record({ offer: bytes, offerToken: bytes }),
  },
  wrapForRegion: {
    args: tuple(
      record({ replicationKey: bytes, target: peer, offer: bytes, keys: list(boundToken) }),
    ),
    result: optional(bytes),
  },
  rewrapReplication: { args: tuple<[ReplicationToken]>(replicationToken), result: bytes },
  unwrapFromRegion: {
    args: tuple(
      record({
        source: peer,
        offer: bytes,
        offerToken: bytes,
        transfer: bytes,
        bindings: list(binding),
      }),
    ),
    result: optional(list(bytes)),
  },
}

export const methodNames = Object.keys(methodTable) as readonly MethodName[]

export const methodNumbers = Object.fromEntries(
  methodNames.map((name, number) => [name, number]),
) as Readonly<Record<MethodName, number>>
