import type { ContextValue } from "@keywright/policy"
import {
  entityKey,
  type GroupRecord,
  groupFormat,
  type OrganizationRecord,
  organizationFormat,
  organizationKey,
  type PolicyRecord,
  policyFormat,
  type RoleRecord,
  roleFormat,
  type UserRecord,
  userFormat,
} from "../records/records.js"
import { entityArn, readPrincipalArn } from "../vocabulary/arns.js"
import { andThen, type Eventually } from "./eventually.js"
import { keysIn, organizationKeysOf } from "./organization.js"
import type { Found, Reader } from "./reader.js"

/** What a principal may do by identity, as the engine's port asks for it. */
export interface KnownIdentity {
  readonly policies: readonly string[]
  readonly permissionsBoundary?: string
  readonly tags: Readonly<Record<string, string>>
  readonly conditionKeys: Readonly<Record<string, ContextValue>>
}

/** A user or a role, and what it may do. */
export interface Principal {
  readonly arn: string
  readonly record: UserRecord | RoleRecord
  readonly identity: KnownIdentity
}

export interface Identities {
  user(account: string, name: string): Eventually<Principal | undefined>
  role(account: string, name: string): Eventually<Principal | undefined>
  /** By the ARN, path included; `undefined` for what is nobody's. */
  byArn(arn: string): Eventually<Principal | undefined>
  organizationKeys(account: string): Eventually<Readonly<Record<string, ContextValue>>>
  /** Managed policies of an account, as JSON text; `undefined` where one is not there. */
  policyDocuments(
    account: string,
    names: readonly string[],
  ): Eventually<readonly string[] | undefined>
}

/** What an identity is made of. It is made anew when one of these is another object. */
interface Parts {
  readonly record: UserRecord | RoleRecord
  readonly groups: readonly GroupRecord[]
  readonly policies: readonly PolicyRecord[]
  readonly boundary: PolicyRecord | undefined
  readonly organization: OrganizationRecord | undefined
}

const partsList = ({ record, groups, policies, boundary, organization }: Parts) => [
  record,
  ...groups,
  ...policies,
  boundary,
  organization,
]

/** A record that another one names: it cannot be missing, because it may be what denies. */
function present<Value>({ key, value }: Found<Value>): Value {
  if (value === undefined) throw new Error(`the record \`${key}\` is missing, and others name it`)
  return value
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)]

export function createIdentities(reader: Reader, partition: string): Identities {
  const made = new WeakMap<object, { list: readonly unknown[]; principal: Principal }>()
  const members = new WeakMap<OrganizationRecord, ReturnType<typeof organizationKeysOf>>()

  const membersOf = (organization: OrganizationRecord | undefined) => {
    if (organization === undefined) return undefined
    const known = members.get(organization) ?? organizationKeysOf(organization)
    members.set(organization, known)
    return known
  }

  const make = (kind: "user" | "role", parts: Parts): Principal => {
    const { record, groups, policies, boundary, organization } = parts
    const { account, path, name } = record
    const documents = [record, ...groups].flatMap((one) => Object.values(one.policies))
    const identity: KnownIdentity = Object.freeze({
      policies: Object.freeze([...documents, ...policies.map((one) => one.document)]),
      ...(boundary !== undefined && { permissionsBoundary: boundary.document }),
      tags: record.tags,
      conditionKeys: Object.freeze({
        ...keysIn(membersOf(organization), account),
        ...(kind === "user" && { "aws:userid": record.id }),
      }),
    })
    return Object.freeze({
      arn: entityArn(partition, kind, account, path, name),
      record,
      identity,
    })
  }

  const principalOf = (kind: "user" | "role", parts: Parts): Principal => {
    const list = partsList(parts)
    const known = made.get(parts.record)
    const isSame =
      known?.list.length === list.length && known.list.every((one, i) => one === list[i])
    if (known !== undefined && isSame) return known.principal
    const principal = make(kind, parts)
    made.set(parts.record, { list, principal })
    return principal
  }

  const organization = () =>
    andThen(
      reader.read([{ key: organizationKey, format: organizationFormat }]),
      ([found]) => found?.value,
    )

  const readPolicies = (account: string, names: readonly string[]) =>
    reader.read(
      names.map((name) => ({ key: entityKey("policy", account, name), format: policyFormat })),
    )

  const policiesOf = (account: string, names: readonly string[]) =>
    andThen(readPolicies(account, names), (found) => found.map(present))

  const groupsOf = (account: string, names: readonly string[]) =>
    andThen(
      reader.read(
        names.map((name) => ({ key: entityKey("group", account, name), format: groupFormat })),
      ),
      (found) => found.map(present),
    )

  const withPolicies = (
    kind: "user" | "role",
    record: UserRecord | RoleRecord,
    groups: readonly GroupRecord[],
  ): Eventually<Principal> => {
    const { account, permissionsBoundary } = record
    const managed = distinct([record, ...groups].flatMap((one) => one.managedPolicies))
    const names = permissionsBoundary === undefined ? managed : [...managed, permissionsBoundary]
    return andThen(policiesOf(account, names), (found) =>
      andThen(organization(), (over) => {
        const policies = found.slice(0, managed.length)
        const boundary = found[managed.length]
        return principalOf(kind, { record, groups, policies, boundary, organization: over })
      }),
    )
  }

  const user: Identities["user"] = (account, name) =>
    andThen(
      reader.read([{ key: entityKey("user", account, name), format: userFormat }]),
      ([found]) => {
        const record = found?.value
        if (record === undefined) return undefined
        return andThen(groupsOf(account, record.groups), (groups) =>
          withPolicies("user", record, groups),
        )
      },
    )

  const role: Identities["role"] = (account, name) =>
    andThen(
      reader.read([{ key: entityKey("role", account, name), format: roleFormat }]),
      ([found]) => (found?.value === undefined ? undefined : withPolicies("role", found.value, [])),
    )

  return {
    user,
    role,
    byArn: (arn) => {
      const named = readPrincipalArn(partition, arn)
      if (named === undefined) return undefined
      const find = named.kind === "user" ? user : role
      return andThen(find(named.account, named.name), (principal) =>
        // Another path or letter case is another ARN, and nobody's.
        principal?.arn === arn ? principal : undefined,
      )
    },
    policyDocuments: (account, names) =>
      andThen(readPolicies(account, names), (found) => {
        const documents = found.flatMap(({ value }) => (value === undefined ? [] : value.document))
        return documents.length === names.length ? documents : undefined
      }),
    organizationKeys: (account) =>
      andThen(organization(), (found) => keysIn(membersOf(found), account)),
  }
}
