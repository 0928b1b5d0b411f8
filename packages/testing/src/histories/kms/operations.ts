import { aliasRow, deleteAlias, listAliases } from "./alias-rows.js"
import { type Members, textIn } from "./kms-call.js"
import { type KeyThings, withEntry, withKey, withoutEntries } from "./kms-state.js"
import { admissions, keyRow, type Row } from "./rows.js"
import * as shown from "./shown.js"

/*
 * What each operation does to the things of a key, and what its reply tells of them.
 */

const { always, use, change: changing, cancel } = admissions

const metadataOf = (output: Members | undefined): Members =>
  (output?.["KeyMetadata"] ?? {}) as Members

function createdKey(input: Members, output: Members): KeyThings {
  const metadata = metadataOf(output)
  if (metadata["KeyState"] !== "Enabled") {
    throw new TypeError("the model of histories knows keys that are enabled when they are made")
  }
  const policy = textIn(input, "Policy")
  const material = textIn(metadata, "CurrentKeyMaterialId")
  return {
    state: "Enabled",
    description: textIn(input, "Description") ?? "",
    tags: shown.tagsOf(input["Tags"]),
    policy: policy === undefined ? undefined : shown.policyText(policy),
    grants: {},
    unnamedGrants: [],
    materials: material === undefined ? undefined : [material],
  }
}

/** Without an answer nobody knows which key was made, and it is about nothing. */
const createKey: Row = {
  things: (_, output) => [textIn(metadataOf(output), "KeyId")],
  isRead: false,
  keyOf: () => undefined,
  succeed: (state, input, output) => {
    const id = textIn(metadataOf(output), "KeyId")
    if (output === undefined || id === undefined) return state
    return state.keys[id] === undefined ? withKey(state, id, createdKey(input, output)) : undefined
  },
  refuse: () => undefined,
}

const inState = (state: KeyThings["state"]) => (key: KeyThings) => ({ ...key, state })

const createGrant = keyRow({
  admits: use,
  change: (key, input, output) => {
    const id = textIn(output, "GrantId")
    const text = shown.grantText(input)
    if (id === undefined) {
      return { ...key, unnamedGrants: [...key.unnamedGrants, text].sort() }
    }
    if (key.grants[id] === undefined) return { ...key, grants: withEntry(key.grants, id, text) }
    // A grant with a name is made once, however often it is asked for.
    return input["Name"] !== undefined && key.grants[id] === text ? key : undefined
  },
})

const isNoGrant = ({ grants }: KeyThings, input: Members): boolean =>
  grants[textIn(input, "GrantId") ?? ""] === undefined

const revokeGrant = keyRow({
  admits: always,
  change: (key, input) => {
    if (isNoGrant(key, input)) return undefined
    return { ...key, grants: withoutEntries(key.grants, (id) => id === input["GrantId"]) }
  },
  refusals: { NotFoundException: isNoGrant },
})

/** A token names a grant in a way that the model cannot read. */
const retireGrant: Row = {
  ...revokeGrant,
  things: (input, output) => {
    if (input["KeyId"] !== undefined) return revokeGrant.things(input, output)
    throw new TypeError("the model of histories knows grants by key and grant id")
  },
}

const useKey = keyRow({ admits: use })
const useCurrent = keyRow({
  admits: use,
  shows: (key, output) => shown.currentMaterial(key, textIn(output, "KeyMaterialId")),
})
const justRead = keyRow({ admits: always })

export const operations: Readonly<Record<string, Row>> = {
  CreateKey: createKey,
  DescribeKey: keyRow({ admits: always, shows: shown.showsMetadata }),
  EnableKey: keyRow({ admits: changing, change: inState("Enabled") }),
  DisableKey: keyRow({ admits: changing, change: inState("Disabled") }),
  ScheduleKeyDeletion: keyRow({ admits: changing, change: inState("PendingDeletion") }),
  CancelKeyDeletion: keyRow({ admits: cancel, change: inState("Disabled") }),
  UpdateKeyDescription: keyRow({
    admits: changing,
    change: (key, input) => ({ ...key, description: textIn(input, "Description") ?? "" }),
  }),
  TagResource: keyRow({
    admits: changing,
    change: (key, input) => {
      const tags = Object.entries(shown.tagsOf(input["Tags"]))
      return {
        ...key,
        tags: tags.reduce((all, [name, value]) => withEntry(all, name, value), key.tags),
      }
    },
  }),
  UntagResource: keyRow({
    admits: changing,
    change: (key, input) => {
      const names = Array.isArray(input["TagKeys"]) ? input["TagKeys"] : []
      return { ...key, tags: withoutEntries(key.tags, (name) => names.includes(name)) }
    },
  }),
  ListResourceTags: keyRow({ admits: always, shows: shown.showsTags }),
  PutKeyPolicy: keyRow({
    admits: always,
    change: (key, input) => ({ ...key, policy: shown.policyText(textIn(input, "Policy") ?? "") }),
  }),
  GetKeyPolicy: keyRow({ admits: always, shows: shown.showsPolicy }),
  CreateGrant: createGrant,
  RevokeGrant: revokeGrant,
  RetireGrant: retireGrant,
  ListGrants: keyRow({ admits: always, shows: shown.showsGrants }),
  RotateKeyOnDemand: keyRow({
    admits: use,
    change: (key) => ({ ...key, materials: key.materials && [...key.materials, ""] }),
  }),
  CreateAlias: aliasRow("new"),
  UpdateAlias: aliasRow("known"),
  DeleteAlias: deleteAlias,
  ListAliases: listAliases,
  Encrypt: useKey,
  Decrypt: keyRow({
    admits: use,
    shows: (key, output) => shown.anyMaterial(key, textIn(output, "KeyMaterialId")),
  }),
  GenerateDataKey: useCurrent,
  GenerateDataKeyWithoutPlaintext: useCurrent,
  GenerateDataKeyPair: useCurrent,
  GenerateDataKeyPairWithoutPlaintext: useCurrent,
  GenerateMac: useKey,
  VerifyMac: useKey,
  Sign: useKey,
  Verify: useKey,
  DeriveSharedSecret: useKey,
  GetPublicKey: keyRow({ admits: changing }),
  GetKeyRotationStatus: justRead,
  GetKeyLastUsage: justRead,
  ListKeyPolicies: justRead,
  ListKeyRotations: justRead,
}
