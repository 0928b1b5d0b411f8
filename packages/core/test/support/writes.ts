import type { MemoryStorage } from "@keywright/storage"
import type { InputOf } from "../../src/client.js"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { account, userOf } from "./accounts.js"
import { openHost } from "./hosts.js"
import { quickHsm, wrappedMaterial } from "./importing.js"
import { clusterId, clusterOf, hsmStoreInput, otherClusterId } from "./key-stores.js"
import { keyPolicyOf } from "./policies.js"
import { newKey } from "./world.js"

/** What there is before a writing call. Everything that the calls need is made, and stored. */
export interface Scene {
  /** A multi-Region key with a tag, an alias and a grant, that rotates by itself. */
  readonly own: string
  /** The same with imported key material, two of them. */
  readonly imported: string
  readonly disabled: string
  readonly pending: string
  /** Of the grants on the first two keys. */
  readonly grants: Readonly<Record<string, string>>
  readonly importInput: Readonly<Record<string, InputOf<"ImportKeyMaterial">>>
  /** A key store that is disconnected and has no key. */
  readonly store: string
}

/** Options of a host that can do everything the scene needs. */
export const hostOptions = (): Partial<KmsOptions> => ({
  hsm: quickHsm(),
  keyStores: { [clusterId]: clusterOf(), [otherClusterId]: clusterOf(91) },
})

const grantOf = (KeyId: string): InputOf<"CreateGrant"> => ({
  KeyId,
  GranteePrincipal: userOf(account),
  Operations: ["Decrypt"],
})

/** A region that is known and never answers. */
const silent = { region: "eu-west-1", link: { deliver: () => Promise.reject(new Error("down")) } }

/** Makes that region known, for good. */
export async function connectSilentRegion(kms: Kms): Promise<void> {
  const own = await kms.regions.replicationKey()
  await kms.regions.connect({ ...silent, replicationKey: own.map((byte) => byte ^ 1) })
}

/** Everything that a writing call may need, in the storage of a host. */
export async function prepareScene(storage: MemoryStorage, clock: () => number): Promise<Scene> {
  const kms = await openHost({ storage, clock, ...hostOptions() })
  const root = kms.as(kms.administrator)
  await connectSilentRegion(kms)
  const Tags = [{ TagKey: "old", TagValue: "1" }]
  const own = await newKey(root, { Tags, MultiRegion: true })
  const imported = await newKey(root, { Tags, Origin: "EXTERNAL" })
  await root.enableKeyRotation({ KeyId: own, RotationPeriodInDays: 100 })
  await root.importKeyMaterial(await wrappedMaterial(root, imported, { seed: 1 }))
  const next = { seed: 2, ImportType: "NEW_KEY_MATERIAL" } as const
  const importInput = { [imported]: await wrappedMaterial(root, imported, next) }
  const grants: Record<string, string> = {}
  for (const KeyId of [own, imported]) {
    grants[KeyId] = (await root.createGrant(grantOf(KeyId))).GrantId ?? ""
    await root.createAlias({ AliasName: `alias/old-${KeyId}`, TargetKeyId: KeyId })
  }
  const [disabled, pending] = [await newKey(root), await newKey(root)]
  await root.createAlias({ AliasName: "alias/other", TargetKeyId: disabled })
  await root.disableKey({ KeyId: disabled })
  await root.scheduleKeyDeletion({ KeyId: pending })
  const { CustomKeyStoreId: store = "" } = await root.createCustomKeyStore(hsmStoreInput())
  return { own, imported, disabled, pending, grants, importInput, store }
}

type WritingCall = (root: KmsClient, KeyId: string, scene: Scene, kms: Kms) => Promise<unknown>

/** Every operation that writes, as a call about one key where it is about any. */
export const writingCalls: Readonly<Record<string, WritingCall>> = {
  CancelKeyDeletion: (root, KeyId) => root.cancelKeyDeletion({ KeyId }),
  ConnectCustomKeyStore: (root, _, { store }) =>
    root.connectCustomKeyStore({ CustomKeyStoreId: store }),
  CreateAlias: (root, TargetKeyId) => root.createAlias({ AliasName: "alias/new", TargetKeyId }),
  CreateCustomKeyStore: (root) =>
    root.createCustomKeyStore(
      hsmStoreInput({ CustomKeyStoreName: "second", CloudHsmClusterId: otherClusterId }),
    ),
  CreateGrant: (root, KeyId) => root.createGrant(grantOf(KeyId)),
  CreateKey: (root) => root.createKey({ Tags: [{ TagKey: "a", TagValue: "b" }] }),
  DeleteAlias: (root, KeyId) => root.deleteAlias({ AliasName: `alias/old-${KeyId}` }),
  DeleteCustomKeyStore: (root, _, { store }) =>
    root.deleteCustomKeyStore({ CustomKeyStoreId: store }),
  DeleteImportedKeyMaterial: (root, KeyId) => root.deleteImportedKeyMaterial({ KeyId }),
  DisableKey: (root, KeyId) => root.disableKey({ KeyId }),
  DisableKeyRotation: (root, KeyId) => root.disableKeyRotation({ KeyId }),
  DisconnectCustomKeyStore: (root, _, { store }) =>
    root.disconnectCustomKeyStore({ CustomKeyStoreId: store }),
  EnableKey: (root, KeyId) => root.enableKey({ KeyId }),
  EnableKeyRotation: (root, KeyId) => root.enableKeyRotation({ KeyId, RotationPeriodInDays: 200 }),
  ImportKeyMaterial: (root, KeyId, { importInput, imported }) =>
    root.importKeyMaterial({ ...importInput[imported], KeyId } as InputOf<"ImportKeyMaterial">),
  PutKeyPolicy: (root, KeyId) => root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({ Sid: "new" }) }),
  ReplicateKey: (root, KeyId) => root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }),
  RetireGrant: (root, KeyId, { grants }) =>
    root.retireGrant({
      KeyId: `arn:aws:kms:us-east-1:${account}:key/${KeyId}`,
      GrantId: grants[KeyId],
    }),
  RevokeGrant: (root, KeyId, { grants }) =>
    root.revokeGrant({ KeyId, GrantId: grants[KeyId] ?? "" }),
  RotateKeyOnDemand: (root, KeyId) => root.rotateKeyOnDemand({ KeyId }),
  ScheduleKeyDeletion: (root, KeyId) => root.scheduleKeyDeletion({ KeyId }),
  TagResource: (root, KeyId) =>
    root.tagResource({ KeyId, Tags: [{ TagKey: "new", TagValue: "1" }] }),
  UntagResource: (root, KeyId) => root.untagResource({ KeyId, TagKeys: ["old"] }),
  UpdateAlias: (root, TargetKeyId) => root.updateAlias({ AliasName: "alias/other", TargetKeyId }),
  UpdateCustomKeyStore: (root, _, { store }) =>
    root.updateCustomKeyStore({ CustomKeyStoreId: store, NewCustomKeyStoreName: "new" }),
  UpdateKeyDescription: (root, KeyId) => root.updateKeyDescription({ KeyId, Description: "new" }),
  UpdatePrimaryRegion: (root, KeyId) =>
    root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" }),
} satisfies { readonly [Name in OperationName]?: WritingCall }

/** The operations of the catalogue that write. */
export const writingOperations: readonly string[] = Object.entries(
  catalogue as Readonly<Record<string, AnyRow>>,
)
  .filter(([, { effect }]) => effect === "write")
  .map(([name]) => name)
  .sort()
