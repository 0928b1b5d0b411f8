import { randomInt, randomUUID } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import {
  certainRefusals,
  createHistoryRecorder,
  type HistoryRecorder,
  type KmsOperation,
} from "@keywright/testing/histories"
import { type Act, anyAct, lastLooks } from "./acts.js"
import type { Checker } from "./checker.js"
import type { Fleet } from "./fleet.js"
import type { Members } from "./messages.js"
import type { Tally } from "./tally.js"

/** Keys that all callers share for a while, and everything that they do with them. */
interface Round {
  readonly recorder: HistoryRecorder
  readonly keys: readonly string[]
  readonly suffix: string
  requests: number
  /** Attempts that nobody has answered. */
  lost: number
}

/** What the histories of the rounds came to. */
export interface Verdicts {
  operations: number
  unanswered: number
  rounds: number
  readonly findings: string[]
}

/** What callers play with, which others may look at meanwhile. */
export interface Playing {
  readonly tally: Tally
  readonly verdicts: Verdicts
  readonly checker: Checker
  readonly callers: number
  readonly isOver: () => boolean
}

/** More is nothing that anyone reads, and it would fill the memory. */
const findingsMax = 20

/** A round ends after so many requests: the histories of a few keys are checked quickly. */
const requestsPerRound = 200
/** Or so many attempts without an answer, each of which makes the check longer. */
const lostPerRound = 12
/** As the AWS SDKs do it, by default. */
const attemptsMax = 3
/** In the end somebody answers, or something is wrong. */
const lookAttemptsMax = 40

const nameOf = (error: unknown): string => (error as Error).name

/** What a client tries again. */
const isPassing = (name: string): boolean =>
  name === "ThrottlingException" || !certainRefusals.has(name)

interface Asked {
  readonly output: Members | undefined
  readonly isServed: boolean
  readonly lost: number
}

/** Makes a request at one host after another; the refusals of KMS are answers. */
async function ask(
  fleet: Fleet,
  tally: Tally,
  recorder: HistoryRecorder,
  [operation, input]: Act,
  attempts = attemptsMax,
): Promise<Asked> {
  const first = randomInt(fleet.size)
  let lost = 0
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const host = (first + attempt) % fleet.size
    try {
      const output = await recorder.record({ operation, input }, () =>
        fleet.call(host, operation, input),
      )
      tally.attempt()
      return { output, isServed: true, lost }
    } catch (error) {
      const name = nameOf(error)
      tally.attempt(name)
      if (!isPassing(name)) return { output: undefined, isServed: true, lost }
      lost += Number(!certainRefusals.has(name))
      await wait(randomInt(50, 100 * 2 ** Math.min(attempt, 3)))
    }
  }
  return { output: undefined, isServed: false, lost }
}

async function openRound(fleet: Fleet, tally: Tally): Promise<Round> {
  const recorder = createHistoryRecorder()
  const keys: string[] = []
  while (keys.length < 2) {
    const { output } = await ask(fleet, tally, recorder, ["CreateKey", {}])
    const { KeyId } = (output?.["KeyMetadata"] ?? {}) as { readonly KeyId?: string }
    if (KeyId !== undefined) keys.push(KeyId)
  }
  return { recorder, keys, suffix: `-${randomUUID()}`, requests: 0, lost: 0 }
}

function find({ findings }: Verdicts, what: string): void {
  if (findings.length < findingsMax) findings.push(what)
}

/** Reads all that is left of a round, and checks what was seen of it. */
async function closeRound(
  fleet: Fleet,
  { tally, verdicts, checker }: Playing,
  { recorder, keys }: Round,
): Promise<void> {
  for (const look of keys.flatMap(lastLooks)) {
    const { isServed } = await ask(fleet, tally, recorder, look, lookAttemptsMax)
    if (!isServed) find(verdicts, `nobody answers ${look[0]} any more`)
  }
  const operations = recorder.operations()
  const finding = await checker.check(operations)
  verdicts.rounds += 1
  verdicts.operations += operations.length
  verdicts.unanswered += operations.filter(({ answer }) => answer === undefined).length
  if (finding === undefined) return
  find(verdicts, `${finding}\n(the whole history: ${savedHistory(operations)})`)
}

/** A finding that is rare must be understood from the one time that it was met. */
function savedHistory(operations: readonly KmsOperation[]): string {
  const path = join(mkdtempSync(join(tmpdir(), "keywright-history-")), "history.json")
  writeFileSync(path, JSON.stringify(operations))
  return path
}

export const newVerdicts = (): Verdicts => ({
  operations: 0,
  unanswered: 0,
  rounds: 0,
  findings: [],
})

/** Lets callers make requests until it is over, and checks each round when it ends. */
export async function playRounds(fleet: Fleet, playing: Playing): Promise<void> {
  const { tally, callers, isOver } = playing
  while (!isOver()) {
    const round = await openRound(fleet, tally)
    const call = async (): Promise<void> => {
      while (!isOver() && round.requests < requestsPerRound && round.lost < lostPerRound) {
        round.requests += 1
        const act = anyAct(round.keys, round.suffix)
        const { isServed, lost } = await ask(fleet, tally, round.recorder, act)
        round.lost += lost
        tally.request(isServed)
      }
    }
    await Promise.all(Array.from({ length: callers }, call))
    await closeRound(fleet, playing, round)
  }
}
