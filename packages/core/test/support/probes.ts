import { createPublicKey, generateKeyPairSync } from "node:crypto"
import type { Storage } from "@keywright/storage"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import type { KeySpec } from "../../src/vocabulary/key-specs.js"
import { otherAccount, rootOf } from "./accounts.js"
import { type FilledWorld, people } from "./filled-world.js"
import { blobIn } from "./replies.js"

/*
 * Calls whose answer is known, so that one can tell whether a store that somebody has changed has
 * any part in what they answer now.
 */

export interface Probe {
  readonly name: string
  /**
   * `use`: key material works, or somebody is let in. `look`: what is stored is shown. `change`:
   * something is written, or a sweep does what is due.
   */
  readonly group: "use" | "look" | "change"
  /** What is answered, as text that is the same for the same answer. */
  run(kms: Kms, storage: Storage): Promise<string>
}

const Plaintext = Uint8Array.of(1, 2, 3)
const Message = new TextEncoder().encode("a message")

/** Text of a reply, with its bytes in hexadecimal and without what is drawn for every call. */
const textOf = (reply: unknown): string =>
  JSON.stringify(reply, (name, value) => {
    if (name === "$metadata") return undefined
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value
  })

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex")

type Trial = (
  root: KmsClient,
  pristine: KmsClient,
  keyId: string,
  spec: KeySpec,
) => Promise<(now: KmsClient) => Promise<string>>

const algorithmOf = async (root: KmsClient, KeyId: string, list: string): Promise<never> => {
  const { KeyMetadata } = await root.describeKey({ KeyId })
  const [first] = (KeyMetadata as unknown as Record<string, string[]>)[list] ?? []
  return first as never
}

/**
 * How a key of each usage is used. What is made now must be understood by a host whose store is
 * as it should be, and what was made then by the key as it is now.
 */
const trials: Readonly<Record<string, Trial>> = {
  ENCRYPT_DECRYPT: async (root, pristine, KeyId) => {
    const EncryptionAlgorithm = await algorithmOf(root, KeyId, "EncryptionAlgorithms")
    const input = { KeyId, EncryptionAlgorithm }
    const CiphertextBlob = blobIn(await root.encrypt({ ...input, Plaintext }))
    return async (now) => {
      const opened = await now.decrypt({ ...input, CiphertextBlob })
      const made = blobIn(await now.encrypt({ ...input, Plaintext }))
      const reopened = await pristine.decrypt({ ...input, CiphertextBlob: made })
      return `${hex(opened.Plaintext)} ${hex(reopened.Plaintext)} ${reopened.KeyId}`
    }
  },
  SIGN_VERIFY: async (root, pristine, KeyId) => {
    const SigningAlgorithm = await algorithmOf(root, KeyId, "SigningAlgorithms")
    const input = { KeyId, SigningAlgorithm, Message }
    const { Signature } = await root.sign(input)
    return async (now) => {
      const { SignatureValid } = await now.verify({ ...input, Signature })
      const signed = await now.sign(input)
      const again = await pristine.verify({ ...input, Signature: signed.Signature })
      return `${SignatureValid} ${again.SignatureValid}`
    }
  },
  GENERATE_VERIFY_MAC: async (root, _, KeyId) => {
    const MacAlgorithm = await algorithmOf(root, KeyId, "MacAlgorithms")
    const { Mac } = await root.generateMac({ KeyId, MacAlgorithm, Message })
    return async (now) => {
      const made = await now.generateMac({ KeyId, MacAlgorithm, Message })
      const { MacValid } = await now.verifyMac({ KeyId, MacAlgorithm, Message, Mac })
      return `${hex(made.Mac)} ${MacValid}`
    }
  },
  KEY_AGREEMENT: async (root, _, KeyId) => {
    const { PublicKey = Plaintext } = await root.getPublicKey({ KeyId })
    const input = { KeyId, KeyAgreementAlgorithm: "ECDH" as const, PublicKey: peerOf(PublicKey) }
    return async (now) => hex((await now.deriveSharedSecret(input)).SharedSecret)
  },
  ENCAPSULATE_DECAPSULATE: async (root, pristine, KeyId) => {
    const input = { KeyId, EncapsulationAlgorithm: "ML_KEM" as const }
    const made = await root.encapsulate(input)
    return async (now) => {
      const opened = await now.decapsulate({
        ...input,
        SharedSecretCiphertextBlob: made.SharedSecretCiphertextBlob,
      })
      const { SharedSecretCiphertextBlob, SharedSecret } = await now.encapsulate(input)
      const reopened = await pristine.decapsulate({ ...input, SharedSecretCiphertextBlob })
      return `${hex(opened.SharedSecret)} ${hex(reopened.SharedSecret) === hex(SharedSecret)}`
    }
  },
}

/** A public key of the same curve, or the same one where node:crypto has not that curve. */
function peerOf(publicKey: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" })
  const namedCurve = key.asymmetricKeyDetails?.namedCurve
  if (namedCurve === undefined) return publicKey
  const peer = generateKeyPairSync("ec", { namedCurve })
  return Uint8Array.from(peer.publicKey.export({ format: "der", type: "spki" }))
}

const rootIn = (kms: Kms): KmsClient => kms.as(kms.administrator)

/** A sweep that names records which it could not read has refused them. */
async function soundSweep(kms: Kms) {
  const report = await kms.sweep()
  const [wrong] = [...report.unreadable, ...report.unsettled.map(({ cause }) => String(cause))]
  if (wrong !== undefined) throw new Error(wrong)
  return report
}

/** Of every spec and usage, and of keys that are reached in some other way. */
async function usesOf(world: FilledWorld, pristine: Kms): Promise<readonly Probe[]> {
  const root = rootIn(pristine)
  const probes: Probe[] = []
  const add = async (name: string, usage: string, KeyId: string, spec: KeySpec, who?: string) => {
    const trial = await trials[usage]?.(root, root, KeyId, spec)
    if (trial === undefined) throw new Error(`nobody knows how to use ${usage}`)
    probes.push({ name, group: "use", run: (kms) => trial(who ? kms.as(who) : rootIn(kms)) })
  }
  for (const { keyId, spec, usage } of world.bySpec) {
    await add(`${usage} by ${spec}`, usage, keyId, spec)
  }
  const { main, former, imported, inCluster, external, multiRegion } = world
  const symmetric = {
    main,
    former,
    imported,
    inCluster,
    external,
    multiRegion,
    alias: "alias/main",
    "a deleted alias": "alias/deleted",
    "the alias of a key that is gone": "alias/gone",
  }
  for (const [name, KeyId] of Object.entries(symmetric)) {
    const isThere = !["alias/deleted", "alias/gone"].includes(KeyId)
    if (isThere) await add(name, "ENCRYPT_DECRYPT", KeyId, "SYMMETRIC_DEFAULT")
    const encrypt = async (kms: Kms) => {
      const made = await rootIn(kms).encrypt({ KeyId, Plaintext })
      return String(made.KeyId)
    }
    if (!isThere) probes.push({ name, group: "use", run: encrypt })
  }
  const cutOff = async (kms: Kms) => {
    const made = await rootIn(kms).encrypt({ KeyId: world.cutOff, Plaintext })
    return String(made.KeyId)
  }
  probes.push({ name: "a key in a store that was cut off", group: "use", run: cutOff })
  for (const [name, who] of Object.entries(people)) {
    const run = async (kms: Kms) => {
      const made = blobIn(await kms.as(who).encrypt({ KeyId: main, Plaintext }))
      const { KeyId, Plaintext: opened } = await root.decrypt({ CiphertextBlob: made })
      return `${KeyId} ${hex(opened)}`
    }
    probes.push({ name: `main by ${name}`, group: "use", run })
  }
  const stranger = async (kms: Kms) =>
    textOf(await kms.as(rootOf(otherAccount)).describeKey({ KeyId: "alias/main" }))
  probes.push({ name: "the alias in another account", group: "use", run: stranger })
  return probes
}

/** That there is no such key is an answer, too. */
const describedOrNot = (root: KmsClient, KeyId: string) =>
  root.describeKey({ KeyId }).catch((error: unknown) => {
    if (!isKmsError(error) || error.name !== "NotFoundException") throw error
    return error.name
  })

type Call = (root: KmsClient, world: FilledWorld) => Promise<unknown>

const looks: Readonly<Record<string, Call>> = {
  ListKeys: (root) => root.listKeys({}),
  ListAliases: (root) => root.listAliases({}),
  "ListAliases of main": (root, { main }) => root.listAliases({ KeyId: main }),
  "ListAliases of former": (root, { former }) => root.listAliases({ KeyId: former }),
  "ListGrants of main": (root, { main }) => root.listGrants({ KeyId: main }),
  "ListGrants of main by id": (root, { main, grantId }) =>
    root.listGrants({ KeyId: main, GrantId: grantId }),
  ListRetirableGrants: (root) => root.listRetirableGrants({ RetiringPrincipal: people.managing }),
  DescribeCustomKeyStores: (root) => root.describeCustomKeyStores({}),
  GetKeyPolicy: (root, { main }) => root.getKeyPolicy({ KeyId: main }),
  ListResourceTags: (root, { main }) => root.listResourceTags({ KeyId: main }),
  GetKeyRotationStatus: (root, { main }) => root.getKeyRotationStatus({ KeyId: main }),
  ListKeyRotations: (root, { main }) => root.listKeyRotations({ KeyId: main }),
  GetKeyLastUsage: (root, { main }) => root.getKeyLastUsage({ KeyId: main }),
  "GetKeyLastUsage of former": (root, { former }) => root.getKeyLastUsage({ KeyId: former }),
  "DescribeKey by alias": (root) => root.describeKey({ KeyId: "alias/main" }),
}

const described = ["main", "former", "imported", "pending", "inCluster", "external"] as const

const changes: Readonly<Record<string, Call>> = {
  CreateKey: async (root) => String((await root.createKey({})).KeyMetadata?.KeyState),
  "CreateAlias of a deleted one": (root, { former }) =>
    root.createAlias({ AliasName: "alias/deleted", TargetKeyId: former }),
  UpdateAlias: (root, { former }) =>
    root.updateAlias({ AliasName: "alias/main", TargetKeyId: former }),
  DeleteAlias: (root) => root.deleteAlias({ AliasName: "alias/main" }),
  "RevokeGrant of one that was revoked": (root, { main, revokedId }) =>
    root.revokeGrant({ KeyId: main, GrantId: revokedId }),
  RevokeGrant: (root, { main, grantId }) => root.revokeGrant({ KeyId: main, GrantId: grantId }),
  "CreateGrant again": async (root, { main, grantId }) => {
    const again = await root.createGrant({
      KeyId: main,
      GranteePrincipal: people.grantee,
      Operations: ["Decrypt", "Encrypt"],
      RetiringPrincipal: people.managing,
      Name: "kept",
    })
    return again.GrantId === grantId
  },
  "DeleteCustomKeyStore with keys": async (root, { storeIds: [CustomKeyStoreId] }) => {
    await root.disconnectCustomKeyStore({ CustomKeyStoreId })
    return root.deleteCustomKeyStore({ CustomKeyStoreId })
  },
  "CreateKey of an external key in use": async (root, { storeIds: [, CustomKeyStoreId] }) => {
    const origin = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId } as const
    return root.createKey({ ...origin, XksKeyId: "first" })
  },
}

/** Everything that is tried, with what was made for it by a host whose store is as it should be. */
export async function probesOf(world: FilledWorld, pristine: Kms): Promise<readonly Probe[]> {
  const asProbe =
    (group: Probe["group"]) =>
    ([name, call]: [string, Call]): Probe => ({
      name,
      group,
      run: async (kms) => textOf(await call(rootIn(kms), world)),
    })
  const describes = described.map((name) => {
    const call: Call = (root) => root.describeKey({ KeyId: world[name] })
    return asProbe("look")([`DescribeKey ${name}`, call])
  })
  const foreign: Probe = {
    name: "ListKeys of another account",
    group: "look",
    run: async (kms) => textOf(await kms.as(rootOf(otherAccount)).listKeys({})),
  }
  const creating: Probe = {
    name: "CreateKey in another account",
    group: "change",
    run: async (kms) => {
      const { KeyMetadata } = await kms.as(rootOf(otherAccount)).createKey({})
      return String(KeyMetadata?.KeyState)
    },
  }
  const sweep: Probe = {
    name: "a sweep",
    group: "change",
    run: async (kms) => {
      const { keysDeleted, keysExpired, keysRotated } = await soundSweep(kms)
      return textOf({ keysDeleted, keysExpired, keysRotated })
    },
  }
  const delivery: Probe = {
    name: "regions that tell each other what is left to say",
    group: "change",
    run: async (_, storage) => {
      const both = await world.openBoth(storage, world.elsewhere.fork())
      const told: unknown[] = []
      for (const kms of [...both, ...both]) {
        const { messagesDelivered, regionsUnreachable } = await soundSweep(kms)
        // Who refuses what it is told has not answered.
        if (regionsUnreachable.length > 0) throw new Error("a region did not answer")
        told.push(messagesDelivered)
      }
      for (const KeyId of world.related) {
        for (const kms of both) told.push(await describedOrNot(rootIn(kms), KeyId))
      }
      return textOf(told)
    },
  }
  return [
    ...(await usesOf(world, pristine)),
    ...Object.entries(looks).map(asProbe("look")),
    ...describes,
    foreign,
    ...Object.entries(changes).map(asProbe("change")),
    creating,
    sweep,
    delivery,
  ]
}
