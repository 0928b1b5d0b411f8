import { andThen, type Eventually, inTurn } from "../../vocabulary/eventually.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/read-set.js"
import { type Inquiry, newInquiry, noteFound, type Request } from "../subjects/inquiry.js"
import { locate } from "../subjects/locate.js"
import { prefetch } from "../subjects/prefetch.js"
import { attest } from "./recipient.js"

/*
 * Everything that a call must know before it is decided. A call goes on from here; an explanation
 * ends here.
 */

/** Finds one thing out, and notes it in the inquiry. */
type Inquire = (host: Host, inquiry: Inquiry) => Eventually<void>

const prefetchSubjects: Inquire = (_host, inquiry) => prefetch(inquiry.row.subjects, inquiry)

/** An empty list is not given. */
const isGiven = (member: unknown): boolean =>
  member !== undefined && !(Array.isArray(member) && member.length === 0)

const locateSubjects: Inquire = (_host, inquiry) =>
  inTurn(inquiry.row.subjects, (subject) => {
    const whenGiven = "whenGiven" in subject ? subject.whenGiven : undefined
    if (whenGiven !== undefined && !isGiven(inquiry.input[whenGiven])) return
    return andThen(locate(subject, inquiry), (located) => {
      const isOwn = located.kind === "missing key" && located.account === inquiry.account
      if (isOwn) throw located.refusal
      noteFound(inquiry, subject, located)
    })
  })

const identifyCaller: Inquire = ({ authorizer }, inquiry) =>
  andThen(authorizer.identify(inquiry.caller), (identity) => {
    inquiry.identity = identity
  })

const attestEnclave: Inquire = (host, inquiry) =>
  andThen(attest(host, inquiry, inquiry.nowMs), (attestation) => {
    inquiry.attestation = attestation
  })

const readLastUse: Inquire = ({ lastUsages }, inquiry) => {
  const { row, keys, nowMs } = inquiry
  return andThen(lastUsages.trailingDays(row, keys.key, nowMs), (trailingDays) => {
    inquiry.trailingDays = trailingDays
  })
}

/** In the order in which they can refuse the call. */
const inquiries: readonly Inquire[] = [
  prefetchSubjects,
  locateSubjects,
  identifyCaller,
  attestEnclave,
  readLastUse,
]

/** Finds it all out, and at once as long as nothing has to be waited for. */
function findOut(host: Host, inquiry: Inquiry, from = 0): Eventually<Inquiry> {
  for (let i = from; i < inquiries.length; i += 1) {
    const done = inquiries[i]?.(host, inquiry)
    if (done instanceof Promise) return done.then(() => findOut(host, inquiry, i + 1))
  }
  return inquiry
}

export type Asked = Pick<Request, "row" | "caller" | "input">

/** Finds out what a call is about, as it is now: what is stored, unless `begin` reads more. */
export function inquire(
  host: Host,
  asked: Asked,
  begin: () => Eventually<ReadSet> = host.reader.begin,
): Eventually<Inquiry> {
  const nowMs = host.clock()
  return andThen(begin(), (reads) =>
    findOut(host, newInquiry(asked, { place: host.place, nowMs, reads })),
  )
}
