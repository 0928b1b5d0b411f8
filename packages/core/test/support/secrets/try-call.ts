import type { KeepOpen } from "../../../src/software-hsm/boundary/open-keys.js"
import { createSoftwareHsm } from "../../../src/software-hsm/software-hsm.js"
import { sealOf } from "../hosts.js"
import { bytesIn } from "./bytes-in.js"
import { followedParts } from "./followed-parts.js"
import type { FailingStep } from "./follower.js"
import type { HsmCase } from "./hsm-cases.js"
import { domainName, type HsmFixture } from "./hsm-fixture.js"
import { isLeftByLibrary } from "./left-by-libraries.js"
import { seeMemory } from "./seen-memory.js"

export interface TriedCall {
  /** Secrets that are somewhere now that the HSM is closed, but for what was given and answered. */
  readonly left: readonly string[]
  /** What may go wrong in such a call. */
  readonly failures: readonly FailingStep[]
  readonly hasAnswered: boolean
}

/** Makes a call in an HSM of its own, closes that, and looks for secrets in all of its memory. */
export async function tryCall(
  { suite, sealedState, region }: HsmFixture,
  { given, known = [], answersName, run }: HsmCase,
  { failing, keepOpen }: { readonly failing?: FailingStep; readonly keepOpen?: KeepOpen } = {},
): Promise<TriedCall> {
  const parts = followedParts(suite, sealOf(1))
  for (const bytes of known) parts.know("what is not answered", bytes)
  const memory = seeMemory()
  let answer: unknown
  let hasAnswered = false
  let failures: readonly FailingStep[] = []
  try {
    const { seal, suite: followed } = parts
    const hsm = createSoftwareHsm({ seal, suite: followed, ...(keepOpen && { keepOpen }) })
    await hsm.openDomain(domainName, sealedState)
    parts.count(failing)
    try {
      answer = await run(hsm)
      hasAnswered = true
    } catch {
      // What is left is the question.
    }
    failures = parts.failures()
    parts.count()
    await hsm.close()
  } finally {
    memory.stop()
  }
  const isPublic = (needle: Buffer): boolean =>
    region.publicKeys.some((key) => Buffer.from(key).includes(needle))
  const needles = parts.needles.filter(
    ({ name, bytes }) => name !== answersName && !isPublic(bytes),
  )
  const spared = bytesIn([given, answer, sealedState])
  const left = memory.left(needles, spared).filter((found) => !isLeftByLibrary(found))
  return { left, failures, hasAnswered }
}
