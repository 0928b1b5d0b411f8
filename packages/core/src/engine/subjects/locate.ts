import { type Ciphertext, parseCiphertext } from "../../formats/opaque/ciphertext.js"

import { type GrantName, parseGrantToken } from "../../formats/opaque/grant-token.js"
import { parseIdentifier, refuseAliases, requireAliasName } from "../../model/identifiers.js"
import type { LocatedKey } from "../../operations/call.js"
import { findGrant, requireGrantId } from "../../operations/grants/find-grant.js"
import type { Subject } from "../../operations/subjects.js"
import { keyArn } from "../../vocabulary/arns.js"

import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { pick } from "../../vocabulary/pick.js"
import { invalidCiphertext } from "../../vocabulary/refusals/cryptography.js"
import {
  invalidGrantToken,
  noSuchGrant,
  oneGrantNameNeeded,
} from "../../vocabulary/refusals/grants.js"
import { invalidKeyId, noSuchKey } from "../../vocabulary/refusals/keys.js"
import { unknownKeyOfCiphertext } from "../../vocabulary/refusals/requests.js"

import { aliveKey, findAlias, findKey, foundKey, missingKey } from "./find-key.js"

import { findStore } from "./find-store.js"
import type { Inquiry, Located } from "./inquiry.js"

const memberText = ({ input }: Inquiry, member: string): string => input[member] as string

/** A grant to be retired is named by a token, or by its key and its id. */
function grantNamed(inquiry: Inquiry): GrantName {
  const { GrantToken, KeyId, GrantId } = inquiry.input
  if (typeof GrantToken === "string" && KeyId === undefined && GrantId === undefined) {
    const name = parseGrantToken(GrantToken)
    if (name === undefined) throw invalidGrantToken()
    return name
  }
  if (GrantToken !== undefined || typeof KeyId !== "string" || typeof GrantId !== "string") {
    throw oneGrantNameNeeded()
  }
  refuseAliases(KeyId)
  const identifier = parseIdentifier(KeyId, inquiry)
  if (!("keyId" in identifier)) throw invalidKeyId({ keyId: KeyId })
  requireGrantId(GrantId)
  return { account: identifier.account, keyId: identifier.keyId, grantId: GrantId }
}

/** The same with something more about the key, if there is one. */
const withKey = (located: Located, more: Partial<LocatedKey>): Located =>
  located.kind === "key" ? { ...located, key: { ...located.key, ...more } } : located

/** The key that a caller names besides the ciphertext, which may help to find it. */
function findNamedKey(
  inquiry: Inquiry,
  text: string,
  ciphertext: Ciphertext | undefined,
): Eventually<Located> {
  // A bare id is enough for a key of another account when the ciphertext names that key.
  const findElsewhere = (located: Located) =>
    located.kind === "missing key" && ciphertext?.header.keyId === text
      ? findKey(inquiry, text, ciphertext.header.account)
      : located
  const named = andThen(findKey(inquiry, text), findElsewhere)
  return andThen(named, (located) => withKey(located, { ciphertext }))
}

type Locator = (subject: Subject, inquiry: Inquiry) => Eventually<Located>

type Locators = {
  readonly [By in Subject["by"]]: (
    subject: Extract<Subject, { readonly by: By }>,
    inquiry: Inquiry,
  ) => Eventually<Located>
}

/** How each kind of subject is found. */
const locators: Locators = {
  account: () => ({ kind: "account" }),

  identifier: ({ member, accepts, aliasRefusal }, inquiry) => {
    const text = memberText(inquiry, member)
    if (accepts === "key") refuseAliases(text, aliasRefusal)
    return findKey(inquiry, text)
  },

  "own key": ({ member }, inquiry) => {
    const text = memberText(inquiry, member)
    refuseAliases(text)
    return andThen(findKey(inquiry, text), (located) => {
      if (located.kind === "missing key") throw located.refusal
      const isOwn = located.kind === "key" && located.key.record.account === inquiry.account
      if (isOwn) return located
      throw noSuchKey({ key: text })
    })
  },

  alias: ({ member }, inquiry) => {
    const name = memberText(inquiry, member)
    requireAliasName(name)
    const found = findAlias(inquiry, inquiry.account, name)
    return andThen(found, (alias): Located => ({ kind: "alias", alias }))
  },

  grant: (_subject, inquiry) => {
    const name = grantNamed(inquiry)
    return andThen(aliveKey(inquiry, name.account, name.keyId), (record) => {
      if (record === undefined) {
        const arn = keyArn(inquiry.place, name.account, name.keyId)
        return missingKey(inquiry, name, noSuchKey({ key: arn }))
      }
      return andThen(findGrant(inquiry.reads, record, name.grantId), (grant) =>
        grant === undefined
          ? missingKey(inquiry, name, noSuchGrant({ id: name.grantId }))
          : foundKey(inquiry, record, { grant }),
      )
    })
  },

  "key store": ({ member }, inquiry) =>
    andThen(
      findStore(inquiry.reads, inquiry.account, memberText(inquiry, member)),
      (keyStore): Located => ({ kind: "key store", keyStore }),
    ),

  "alias target": ({ member }, inquiry) => {
    const name = memberText(inquiry, member)
    requireAliasName(name)
    return andThen(findKey(inquiry, name), (located) => {
      if (located.kind === "missing key") throw located.refusal
      // The alias is what the call is about, not how it names the key.
      return withKey(located, { aliasName: undefined })
    })
  },

  ciphertext: ({ member, blob }, inquiry) => {
    const bytes = inquiry.input[blob] as Uint8Array | undefined
    const ciphertext = bytes && parseCiphertext(bytes)
    if (inquiry.input[member] !== undefined) {
      return findNamedKey(inquiry, memberText(inquiry, member), ciphertext)
    }
    if (ciphertext === undefined) throw invalidCiphertext()
    const { header } = ciphertext
    return andThen(aliveKey(inquiry, header.account, header.keyId), (record) =>
      record === undefined
        ? missingKey(inquiry, header, unknownKeyOfCiphertext())
        : foundKey(inquiry, record, { ciphertext }),
    )
  },
}

/** Finds what a subject of the call is about. Throws where the form of its name is refused. */
export const locate = (subject: Subject, inquiry: Inquiry): Eventually<Located> =>
  pick<Locator>(locators, subject.by)(subject, inquiry)
