import { uuidOf } from "../../../vocabulary/bytes.js"
import type { Entropy } from "../../cipher/bulk-cipher.js"
import { systemEntropy } from "../../cipher/system-entropy.js"
import { EnvelopeError } from "../../envelope-error.js"
import type { EncryptionContext } from "../../message/encryption-context.js"
import { isSameMultiRegion, parseKmsArn } from "../kms/kms-arn.js"
import { checkClient, grantsOf, type KmsBranchKeys } from "../kms/kms-client.js"
import { copyOf } from "../own-bytes.js"
import type { BranchKeyItem, BranchKeyTable } from "./branch-key-table.js"

/** A branch key in the clear: 32 bytes, which the receiver wipes. */
export interface BranchKey {
  readonly version: string
  readonly key: Uint8Array
}

export interface BranchKeyStoreOptions {
  /** Wraps the branch keys. */
  readonly client: KmsBranchKeys
  /** The ARN of the KMS key that they are wrapped under. */
  readonly keyId: string
  readonly table: BranchKeyTable
  /**
   * The logical name of the table, which is authenticated with every branch key: the same for
   * every reader and writer, also when the table moves.
   */
  readonly name: string
  /** Milliseconds since the epoch: `Date.now`. Items say when they were made. */
  readonly clock: () => number
  readonly grantTokens?: readonly string[] | undefined
  /** Default: the source of the operating system. */
  readonly entropy?: Entropy | undefined
}

export interface NewBranchKey {
  /** Default: a new UUID. Needs a context. */
  readonly id?: string | undefined
  /** Text that is kept and authenticated with the branch key, as whose it is. */
  readonly context?: EncryptionContext | undefined
}

/** Branch keys with their versions. Every refusal is an `EnvelopeError` with `keys`. */
export interface BranchKeyStore {
  /** Makes a branch key, and answers its id. */
  create(options?: NewBranchKey): Promise<string>
  /** Makes a new version, which encrypts from now on; older ones decrypt what they encrypted. */
  rotate(branchKeyId: string): Promise<void>
  active(branchKeyId: string): Promise<BranchKey>
  /** `version` is a UUID. */
  version(branchKeyId: string, version: string): Promise<BranchKey>
}

/** Source: framework/branch-key-store.md, "Record Format" and "Encryption Context". */
const [activeType, beaconType, versionPrefix, contextPrefix] = [
  "branch:ACTIVE",
  "beacon:ACTIVE",
  "branch:version:",
  "aws-crypto-ec:",
]
const hierarchyVersion = "1"
const branchKeyBytes = 32

const refused = (message: string, cause?: unknown): EnvelopeError =>
  new EnvelopeError("keys", message, cause === undefined ? undefined : { cause })

/** The time as the items have it, to the microsecond. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z")

function uuid(entropy: Entropy): string {
  const bytes = entropy(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return uuidOf(bytes)
}

/** The wrapped key of a reply. */
function wrappedIn({ CiphertextBlob }: { readonly CiphertextBlob?: Uint8Array | undefined }) {
  if (CiphertextBlob === undefined || CiphertextBlob.length === 0) {
    throw refused("the KMS answered no wrapped key")
  }
  return copyOf(CiphertextBlob)
}

/** Attributes that are there whatever the custom ones are called. */
type Attributes = Readonly<Record<string, string>>

export function createBranchKeyStore(options: BranchKeyStoreOptions): BranchKeyStore {
  const { client, keyId: KeyId, table, name, clock, entropy = systemEntropy() } = options
  checkClient(client, "decrypt", "generateDataKeyWithoutPlaintext", "reEncrypt")
  const own = parseKmsArn(KeyId)
  if (own?.type !== "key") throw new TypeError("`keyId` must be the ARN of a key")
  if (typeof name !== "string" || name === "") throw new TypeError("`name` may not be empty")
  const grants = grantsOf(options.grantTokens)
  const contextOf = (attributes: Attributes) => ({ ...attributes, tablename: name })

  /** Runs a call of the KMS or of the table, of which only we say why it failed. */
  async function ask<Reply>(what: string, call: () => Promise<Reply>): Promise<Reply> {
    try {
      return await call()
    } catch (error) {
      throw error instanceof EnvelopeError ? error : refused(what, error)
    }
  }

  async function newKey(attributes: Attributes): Promise<BranchKeyItem> {
    const reply = await client.generateDataKeyWithoutPlaintext({
      KeyId,
      NumberOfBytes: branchKeyBytes,
      EncryptionContext: contextOf(attributes),
      ...grants,
    })
    return { attributes, wrapped: wrappedIn(reply) }
  }

  /** The same key with other attributes. Fails when the item is not genuine. */
  async function reEncrypted(item: BranchKeyItem, attributes: Attributes): Promise<BranchKeyItem> {
    const reply = await client.reEncrypt({
      SourceKeyId: KeyId,
      SourceEncryptionContext: contextOf(item.attributes),
      DestinationKeyId: KeyId,
      DestinationEncryptionContext: contextOf(attributes),
      CiphertextBlob: item.wrapped,
      ...grants,
    })
    return { attributes, wrapped: wrappedIn(reply) }
  }

  /** A new version of the branch key, and the same as the active one. */
  async function newVersion(common: Attributes): Promise<readonly [BranchKeyItem, BranchKeyItem]> {
    const version = `${versionPrefix}${uuid(entropy)}`
    const item = await newKey({ ...common, type: version })
    return [item, await reEncrypted(item, { ...common, type: activeType, version })]
  }

  const attributesNow = (branchKeyId: string, kmsArn: string): Attributes => ({
    "branch-key-id": branchKeyId,
    "create-time": timestamp(clock()),
    "kms-arn": kmsArn,
    "hierarchy-version": hierarchyVersion,
  })

  /** The item of that id and type, of which the form is checked and nothing verified. */
  async function find(branchKeyId: string, type: string): Promise<BranchKeyItem> {
    const item = await ask("the branch keys cannot be read", () => table.get(branchKeyId, type))
    if (item === undefined) throw refused("there is no such branch key")
    const { attributes } = item
    const arn = parseKmsArn(attributes["kms-arn"] ?? "")
    const isRight =
      attributes["branch-key-id"] === branchKeyId &&
      attributes["type"] === type &&
      attributes["hierarchy-version"] === hierarchyVersion &&
      attributes["create-time"] !== undefined &&
      (type === activeType) === (attributes["version"]?.startsWith(versionPrefix) ?? false) &&
      !Object.hasOwn(attributes, "tablename") &&
      !Object.hasOwn(attributes, "enc")
    if (!isRight) throw refused("a branch key is not what it was asked for as")
    if (arn === undefined || own === undefined || !isSameMultiRegion(own, arn)) {
      throw refused("a branch key is under another KMS key")
    }
    return item
  }

  async function read(branchKeyId: string, type: string): Promise<BranchKey> {
    const { attributes, wrapped } = await find(branchKeyId, type)
    const { Plaintext } = await ask("the branch key could not be unwrapped", () =>
      client.decrypt({
        KeyId,
        CiphertextBlob: wrapped,
        EncryptionContext: contextOf(attributes),
        ...grants,
      }),
    )
    if (!(Plaintext instanceof Uint8Array) || Plaintext.length !== branchKeyBytes) {
      throw refused("the KMS answered no branch key")
    }
    return {
      version: (attributes["version"] ?? type).slice(versionPrefix.length),
      key: copyOf(Plaintext),
    }
  }

  async function create({ id, context = {} }: NewBranchKey = {}): Promise<string> {
    if (id === "") throw new TypeError("`id` may not be empty")
    if (id !== undefined && Object.keys(context).length === 0) {
      throw new TypeError("a branch key with an id of its own needs a context")
    }
    const branchKeyId = id ?? uuid(entropy)
    const custom = Object.entries(context).map(([key, value]) => [`${contextPrefix}${key}`, value])
    const common = { ...attributesNow(branchKeyId, KeyId), ...Object.fromEntries(custom) }
    const isWritten = await ask("the branch key could not be made", async () => {
      const items = [...(await newVersion(common)), await newKey({ ...common, type: beaconType })]
      return table.write(items, undefined)
    })
    if (!isWritten) throw refused("there is a branch key of that id")
    return branchKeyId
  }

  async function rotate(branchKeyId: string): Promise<void> {
    const active = await find(branchKeyId, activeType)
    const { attributes } = active
    const custom = Object.entries(attributes).filter(([key]) => key.startsWith(contextPrefix))
    const kmsArn = attributes["kms-arn"] ?? ""
    const common = { ...attributesNow(branchKeyId, kmsArn), ...Object.fromEntries(custom) }
    const isWritten = await ask("the branch key could not be rotated", async () => {
      await reEncrypted(active, attributes)
      return table.write(await newVersion(common), active)
    })
    if (!isWritten) throw refused("the branch key was rotated by somebody else in the meantime")
  }

  return Object.freeze<BranchKeyStore>({
    create,
    rotate,
    active: (branchKeyId) => read(branchKeyId, activeType),
    version: (branchKeyId, version) => read(branchKeyId, `${versionPrefix}${version}`),
  })
}
