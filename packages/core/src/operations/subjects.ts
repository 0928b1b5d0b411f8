import type { ContextValue } from "@keywright/policy"
import type { EncryptionContext } from "../formats/opaque/encryption-context.js"
import type { Admission } from "../model/admission.js"
import type { MemberValue } from "../model/condition-keys.js"
import type { ConnectionAdmission } from "../model/key-stores.js"
import type { AccountId, Place } from "../vocabulary/arns.js"
import type { KmsError } from "../vocabulary/errors.js"
import type { KeySpecRow, KeyUsage, Origin, UsageAlgorithms } from "../vocabulary/key-specs.js"
import type { Keys, Role } from "./call.js"

/** What a call asks of a key besides its state. */
export interface Use {
  readonly usage?: KeyUsage
  /** The only origins of key material that will do. */
  readonly origins?: readonly Origin[]
  /** The only kind of key that will do, and the words of the refusal for any other. */
  readonly kind?: { readonly only: KeySpecRow["kind"]; readonly otherwise: () => KmsError }
  /** What the key must be among related keys. Default: anything. */
  readonly relation?: "primary" | "primary or single-Region"
  /** The input member that names the algorithm, and where the algorithms of a key are listed. */
  readonly algorithm?: MemberValue & { readonly among: keyof UsageAlgorithms }
}

interface Permission {
  /** The IAM action that is needed, for example `kms:Encrypt`. */
  readonly action: string
  /** The subject counts only when the input has this member. Default: always. */
  readonly whenGiven?: string
  /** Condition keys, by lower-case name, that come from the input. */
  readonly conditionKeys?: Readonly<Record<string, MemberValue>>
  /** The member with the tags of the request, or with the names of tags. */
  readonly tags?: string
  readonly tagKeys?: string
  /** What conditions can ask about that is no member of the input by itself. */
  readonly derive?: (input: Readonly<Record<string, unknown>>, keys: Keys) => DerivedFacts
  /** Conditions can ask for how long the key was not used. */
  readonly asksLastUsage?: true
  /** The member that names the region where the action happens. Default: this region. */
  readonly region?: string
}

export interface DerivedFacts {
  readonly encryptionContext?: EncryptionContext | undefined
  readonly conditionKeys: Readonly<Record<string, ContextValue | undefined>>
}

interface KeyPermission extends Permission {
  readonly role: Role
  readonly admission: Admission
  readonly use?: Use
  /** The input member that holds the encryption context of this key. */
  readonly encryptionContext?: string
}

/** A key that a member names. */
export interface IdentifierSubject extends KeyPermission {
  readonly by: "identifier"
  readonly member: string
  readonly accepts: "key" | "key or alias"
  /** What an alias is told where only a key will do, if not what most operations say. */
  readonly aliasRefusal?: () => KmsError
}

/** The key of a ciphertext; a member may name it too and must then agree. */
export interface CiphertextSubject extends KeyPermission {
  readonly by: "ciphertext"
  readonly member: string
  readonly blob: string
}

/** The key that an alias now points to; there must be one. */
export interface AliasTargetSubject extends KeyPermission {
  readonly by: "alias target"
  readonly member: string
}

/** The key of a grant that is to be retired, named by a token or by key and grant id. */
export interface GrantSubject extends KeyPermission {
  readonly by: "grant"
}

/** An alias itself, whether or not it exists. */
export interface AliasSubject extends Permission {
  readonly by: "alias"
  readonly member: string
}

/** What the resource of a permission can be made of. */
export interface ResourceFacts {
  readonly input: Readonly<Record<string, unknown>>
  /** Where the action happens. */
  readonly place: Place
  readonly account: AccountId
  readonly keys: Keys
}

/** No key: the account of the caller. */
export interface AccountSubject extends Permission {
  readonly by: "account"
  /** The ARN by which policies know what the permission is about. Default: `*`. */
  readonly resource?: (facts: ResourceFacts) => string | undefined
  /** That is a key which is yet to be made, and so has no key policy. */
  readonly isNewKey?: true
}

/** A key of the own account that narrows a list; the permission for the list covers it. */
export interface OwnKeySubject {
  readonly by: "own key"
  readonly member: string
  readonly whenGiven: string
}

/** A custom key store of the caller's account; another subject asks for the permission. */
export interface KeyStoreSubject {
  readonly by: "key store"
  readonly member: string
  readonly whenGiven?: string
  readonly connection: ConnectionAdmission
  /** Whose HSM the call works with. */
  readonly hsm: "of the region" | "of the store"
}

export type KeySubject = IdentifierSubject | CiphertextSubject | AliasTargetSubject | GrantSubject

/** What a call is about: how the input names it, and what is needed to touch it. */
export type Subject = KeySubject | AliasSubject | AccountSubject | OwnKeySubject | KeyStoreSubject
