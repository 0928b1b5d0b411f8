import { type Members, textIn } from "./kms-call.js"
import type { KeyThings } from "./kms-state.js"

/*
 * What replies tell of a key: each answers the key with what was learned of it, or `undefined`
 * when the key is not as it was told.
 */

export type Shown = (key: KeyThings, output: Members, input: Members) => KeyThings | undefined

const items = (value: unknown): readonly Members[] => (Array.isArray(value) ? value : [])

/** A list that began earlier, or goes on elsewhere, is no whole. */
const isPage = (output: Members, input: Members): boolean =>
  output["Truncated"] === true || input["Marker"] !== undefined

const agrees = (actual: unknown, told: unknown): boolean => told === undefined || actual === told

/** A policy by what it says, whatever its spaces. */
export function policyText(policy: string): string {
  try {
    return JSON.stringify(JSON.parse(policy))
  } catch {
    return policy
  }
}

export const tagsOf = (list: unknown): Record<string, string> =>
  Object.fromEntries(
    items(list)
      .map((tag) => [textIn(tag, "TagKey") ?? "", textIn(tag, "TagValue") ?? ""] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** The material that is used now. What has no name yet gets it, unless another one has it. */
export function currentMaterial(key: KeyThings, id: string | undefined): KeyThings | undefined {
  const { materials } = key
  if (id === undefined || materials === undefined) return key
  const current = materials.at(-1)
  if (current === id) return key
  if (current !== "" || materials.includes(id)) return undefined
  return { ...key, materials: [...materials.slice(0, -1), id] }
}

/** Any material that the key has had. */
export function anyMaterial(key: KeyThings, id: string | undefined): KeyThings | undefined {
  const { materials } = key
  if (id === undefined || materials === undefined || materials.includes(id)) return key
  return materials.includes("") ? key : undefined
}

export const showsMetadata: Shown = (key, output) => {
  const metadata = (output["KeyMetadata"] ?? {}) as Members
  const told = textIn(metadata, "KeyState")
  const isSame = agrees(key.state, told) && agrees(key.description, metadata["Description"])
  return isSame ? currentMaterial(key, textIn(metadata, "CurrentKeyMaterialId")) : undefined
}

export const showsTags: Shown = (key, output, input) => {
  const told = tagsOf(output["Tags"])
  if (isPage(output, input)) {
    return Object.entries(told).every(([name, value]) => key.tags[name] === value) ? key : undefined
  }
  return JSON.stringify(told) === JSON.stringify(key.tags) ? key : undefined
}

export const showsPolicy: Shown = (key, output) => {
  const told = textIn(output, "Policy")
  if (told === undefined) return key
  const policy = policyText(told)
  if (key.policy === undefined) return { ...key, policy }
  return key.policy === policy ? key : undefined
}

/** What a grant allows, to tell grants apart. */
export const grantText = (grant: Members): string =>
  JSON.stringify([
    grant["GranteePrincipal"],
    Array.isArray(grant["Operations"]) ? grant["Operations"].toSorted() : [],
    grant["Constraints"] ?? {},
  ])

export const showsGrants: Shown = (key, output, input) => {
  const told = new Map(
    items(output["Grants"]).map((grant) => [textIn(grant, "GrantId") ?? "", grantText(grant)]),
  )
  const unnamed = [...key.unnamedGrants]
  const grants = { ...key.grants }
  for (const [id, text] of told) {
    if (grants[id] === text) continue
    // One that a call without an answer has made; now it has a name.
    const at = grants[id] === undefined ? unnamed.indexOf(text) : -1
    if (at < 0) return undefined
    unnamed.splice(at, 1)
    grants[id] = text
  }
  const isWhole = !isPage(output, input) && input["GrantId"] === undefined
  if (isWhole && (unnamed.length > 0 || Object.keys(grants).length > told.size)) return undefined
  const sorted = Object.entries(grants).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...key, grants: Object.fromEntries(sorted), unnamedGrants: unnamed }
}
