import type { KnownCaller } from "../../model/caller.js"
import { findRow } from "../../operations/catalogue.js"
import type { AnyRow, Call, LocatedKey, Role, Subject } from "../../operations/row.js"
import type { Attestation } from "../../ports/attestation.js"
import { andThen, type Eventually, inTurn } from "../../vocabulary/eventually.js"
import { unknownOperation } from "../../vocabulary/refusals/requests.js"
import type { Asker, Question, Setting } from "../access/authorize.js"
import { requireGrantTokens } from "../access/grants.js"
import type { Host } from "../host/host.js"
import type { Scratch } from "../host/scratch.js"
import type { ReadSet } from "../records/record-reader.js"
import { type Located, locate, type Search } from "../subjects/locate.js"
import { prefetch } from "../subjects/prefetch.js"
import { attest } from "./recipient.js"

/*
 * Steps 2 and 3 of the corridor up to the decision: what a call is about, and what it must be
 * allowed. A call goes on from here; an explanation ends here.
 */

/** One call, from the moment that its input has been parsed. */
export interface Request {
  readonly operation: string
  readonly row: AnyRow
  readonly caller: KnownCaller
  /** Its blobs are in the scratch of the call. */
  readonly input: Readonly<Record<string, unknown>>
  readonly scratch: Scratch
}

/** The row of an operation; throws when there is none. */
export function rowOf(operation: string): AnyRow {
  const row = findRow(operation)
  if (row === undefined) throw unknownOperation()
  return row
}

/** Something that the call is about, as it was found. */
interface Found {
  readonly subject: Subject
  readonly located: Located
}

/** Step 2: finds everything that the call is about. */
function locateAll(subjects: readonly Subject[], search: Search): Eventually<readonly Found[]> {
  const { input, account } = search
  const found: Found[] = []
  const locateOne = (subject: Subject): Eventually<void> => {
    const whenGiven = "whenGiven" in subject ? subject.whenGiven : undefined
    if (whenGiven !== undefined && input[whenGiven] === undefined) return
    return andThen(locate(subject, search), (located) => {
      if (located.kind === "missing key" && located.account === account) throw located.refusal
      found.push({ subject, located })
    })
  }
  const locateInTurn = () => andThen(inTurn(subjects, locateOne), () => found)
  return andThen(prefetch(subjects, search), locateInTurn)
}

/** The keys by their roles, the alias and the key store, as operations see them. */
export interface Subjects extends Pick<Call<unknown>, "keys" | "alias" | "keyStore"> {
  /** The keys, each once. */
  readonly keyList: readonly LocatedKey[]
}

function subjectsOf(found: readonly Found[]): Subjects {
  const keys: { [role in Role]?: LocatedKey } = {}
  const keyList: LocatedKey[] = []
  let alias: Subjects["alias"]
  let keyStore: Subjects["keyStore"]
  for (const { subject, located } of found) {
    if (located.kind === "key store") keyStore = located.keyStore
    if (located.kind === "alias") alias = located.alias
    if (located.kind !== "key") continue
    keys["role" in subject ? subject.role : "key"] = located.key
    keyList.push(located.key)
  }
  return { keys, keyList, alias, keyStore }
}

/** What has been found, and the questions that it raises. */
export interface Inquiry {
  readonly found: readonly Found[]
  readonly subjects: Subjects
  readonly asker: Asker
  readonly attestation: Attestation | undefined
  readonly questions: readonly Question[]
}

/** Finds what the call is about, and puts the questions that policies answer. */
export function inquire(
  host: Host,
  request: Request,
  reads: ReadSet,
  nowMs: number,
): Eventually<Inquiry> {
  const { row, caller, input } = request
  const { place, authorizer } = host
  const search = { input, account: caller.account, place, nowMs, reads }
  const tokens = input["GrantTokens"] as readonly string[] | undefined

  const ask = (
    found: readonly Found[],
    subjects: Subjects,
    asker: Asker,
    { attestation, trailingDays }: Pick<Setting, "attestation" | "trailingDays">,
  ): Inquiry => {
    const { keys } = subjects
    const isSameKey = keys.source && keys.destination && keys.source.arn === keys.destination.arn
    const setting = { asker, input, nowMs, reads, isSameKey, keys, attestation, trailingDays }
    const questions: Question[] = []
    for (const { subject, located } of found) {
      const question = authorizer.ask(subject, located, setting)
      if (question !== undefined) questions.push(question)
    }
    return { found, subjects, asker, attestation, questions }
  }

  return andThen(locateAll(row.subjects, search), (found) => {
    const subjects = subjectsOf(found)
    return andThen(authorizer.identify(caller), (asker) =>
      andThen(tokens && requireGrantTokens(reads, tokens), () =>
        andThen(attest(host, request, nowMs), (attestation) =>
          andThen(
            host.lastUsages.trailingDays(reads, row, subjects.keys.key, nowMs),
            (trailingDays) => ask(found, subjects, asker, { attestation, trailingDays }),
          ),
        ),
      ),
    )
  })
}
