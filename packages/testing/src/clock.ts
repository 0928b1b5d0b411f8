import { isDate, isKept } from "./moments.js"

/** A length of time, as the sum of its members. None of them is negative. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/** What the passing of time does to keys. */
export type DueEvent = "KeyRotation" | "KeyDeletion" | "KeyMaterialExpiration"

/** How often each has happened. */
export type DueCounts = Readonly<Record<DueEvent, number>>

/** The clock of a kit. It stands still until it is moved, and nothing ever waits for it. */
export interface TestClock {
  now(): Date
  /** Moves to a moment, which may also lie in the past. Of 1970 to 9999. */
  set(moment: Date): void
  /** Moves forward. */
  advance(duration: Duration): void
  /**
   * Moves to the next moment at which that happens to a key in any region, and lets everything
   * happen that is due by then. Resolves to that moment. Throws when nothing of that kind is to
   * come, and does not move then. A key that is disabled does not rotate.
   */
  runUntil(event: DueEvent): Promise<Date>
}

/** What a clock asks of the regions that it moves. */
export interface Agenda {
  /** The first moment after this one at which something becomes due. */
  nextDueMs(afterMs: number): Promise<number | undefined>
  /** The first moment after this one at which an event is to happen to a key. */
  comingMs(event: DueEvent, afterMs: number): Promise<number | undefined>
  /** Lets everything happen that is due. */
  sweep(): Promise<DueCounts>
}

/** Milliseconds in a unit of {@link Duration}. */
const unitsMs: Readonly<Record<keyof Duration, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}

const isUnit = (name: string): name is keyof Duration => Object.hasOwn(unitsMs, name)

/** The length of a duration in milliseconds. Throws `TypeError` for what is none. */
export function durationMs(duration: Duration): number {
  // A bare number has no members, and would move nothing.
  if (typeof duration !== "object" || duration === null) {
    throw new TypeError("`duration` must be an object, as { days: 90 } or { milliseconds: 5000 }")
  }
  let sumMs = 0
  for (const [name, value] of Object.entries(duration)) {
    if (!isUnit(name)) {
      throw new TypeError(`\`${name}\` is no unit; there are ${Object.keys(unitsMs).join(", ")}`)
    }
    if (!Number.isFinite(value) || value < 0) {
      throw new TypeError(`\`${name}\` must be a number that is not negative`)
    }
    sumMs += value * unitsMs[name]
  }
  return Math.round(sumMs)
}

/** A moment in milliseconds. Throws `TypeError` for what is none that an engine can keep. */
export function momentMs(moment: Date, parameter: string): number {
  const timeMs = isDate(moment) ? moment.getTime() : Number.NaN
  if (isKept(timeMs)) return timeMs
  throw new TypeError(`\`${parameter}\` must be a Date, of 1970 to 9999`)
}

const dueEvents: readonly DueEvent[] = ["KeyRotation", "KeyDeletion", "KeyMaterialExpiration"]

/** A clock that stands at a moment until it is moved. */
export function createTestClock(startMs: number, agenda: Agenda): TestClock {
  let nowMs = startMs
  const move = (timeMs: number): void => {
    nowMs = momentMs(new Date(timeMs), "moment")
  }

  return Object.freeze<TestClock>({
    now: () => new Date(nowMs),
    set: (moment) => move(momentMs(moment, "moment")),
    advance: (duration) => move(nowMs + durationMs(duration)),
    runUntil: async (event) => {
      if (!dueEvents.includes(event)) {
        throw new TypeError(`\`event\` must be one of ${dueEvents.join(", ")}`)
      }
      // Where a key rotates the agenda never ends, so what is sought says how far to go.
      let untilMs: number | undefined
      for (;;) {
        if ((await agenda.sweep())[event] > 0) return new Date(nowMs)
        if (untilMs === undefined || untilMs <= nowMs) {
          untilMs = await agenda.comingMs(event, nowMs)
        }
        const dueMs = await agenda.nextDueMs(nowMs)
        if (untilMs === undefined || dueMs === undefined) throw new Error(`no ${event} is to come`)
        move(dueMs)
      }
    },
  })
}
