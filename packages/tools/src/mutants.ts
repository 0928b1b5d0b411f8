import { randomBytes } from "node:crypto"
import process from "node:process"
import { parseArgs } from "node:util"
import { changedIn, changedSince } from "./mutants/changed-lines.js"
import type { Tried } from "./mutants/messages.js"
import { mutantRooms } from "./mutants/rooms.js"
import { boundsOf, type Draw } from "./mutants/sample.js"
import { tryRoom } from "./mutants/try-room.js"
import { mustBeNoticed, percentOf, scoreOf } from "./mutants/verdict.js"

/*
 * Makes mistakes in the sources of a room, one at a time, and looks whether its tests notice. What
 * they do not notice is printed as soon as it is known; a mistake that nobody need notice stands
 * with its reason in `mutants/equivalents/`.
 */

const names = Object.keys(mutantRooms)
const goals = names.map((name) => `  ${name.padEnd(16)}${mutantRooms[name]?.percent} %`)
const usage = `usage: mutants [--minutes 30] [--since COMMIT] [--in FOLDER|FILE.ts]
               [--by FOLDER|FILE.test.ts,…] [--sample COUNT [--seed TEXT]] [room…]

--since takes the lines that have changed, of every room that has some: the room with most of them
first, and as many as there is time for. --in takes only a part of a room, and --by asks only these
of its tests, for a quick look while they are written. --sample tries so many of its mistakes, drawn
by lot: the seed that is printed draws the same again. Rooms, and how many of a hundred mistakes
their tests must notice:
${goals.join("\n")}
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string" },
    since: { type: "string" },
    in: { type: "string" },
    by: { type: "string" },
    sample: { type: "string" },
    seed: { type: "string" },
    help: { type: "boolean" },
  },
})

const draw: Draw | undefined =
  values.sample === undefined
    ? undefined
    : { size: Number(values.sample), seed: values.seed ?? randomBytes(4).toString("hex") }

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** A room, and what of it is changed by mistake. */
interface Wanted {
  readonly name: string
  readonly sources: readonly string[]
}

function wantedRooms(): readonly Wanted[] {
  const foldersOf = (name: string) => mutantRooms[name]?.folders ?? []
  if (values.since === undefined) {
    const only = values.in
    return positionals.map((name) => ({ name, sources: only ? [only] : foldersOf(name) }))
  }
  const lines = changedSince(values.since)
  return names
    .map((name) => ({ name, sources: changedIn(foldersOf(name), lines) }))
    .filter(({ sources }) => sources.length > 0)
    .sort((a, b) => b.sources.length - a.sources.length)
}

const lineOf = ({ file, line, original, replacement }: Tried): string =>
  `  ${file}:${line}  ${original.slice(0, 80)}  ->  ${replacement.slice(0, 80)}`

/** Fewer say little: one of ten is 90 %. */
const telling = 20

/** True when enough of what was tried was noticed, or, of a change, too little was tried. */
async function tryNamed({ name, sources }: Wanted, endMs: number): Promise<boolean> {
  const room = mutantRooms[name]
  if (room === undefined) throw new Error(`there is no room ${name}`)
  const isOfChange = values.since !== undefined
  let heard = 0
  let measured = 0
  print(`${name}: ${isOfChange ? "what has changed" : sources.join(", ")}`)
  const parts = { folders: sources, tests: values.by?.split(",") ?? room.tests, draw }
  const { tried, count, all } = await tryRoom(parts, endMs, {
    measured: () => {
      measured += 1
      if (measured % 10 === 0) print(`  ${measured} files of tests measured`)
    },
    leftOut: (file) =>
      print(`  ${file} is left out: it fails, or the second time, or takes too long`),
    notAsked: (files) => print(`  ${files} files of tests are not asked: there is no time`),
    tried: (one) => {
      heard += 1
      if (mustBeNoticed(one)) print(lineOf(one))
      if (heard % 50 === 0) print(`  ${heard} tried`)
    },
  })
  if (count === undefined) {
    print(`${name}: the tests fail, or took all the time, before a mistake was made`)
    return isOfChange
  }
  const score = scoreOf(tried)
  const percent = percentOf(score)
  const { noticed, unnoticed, leftOut } = score
  const size = noticed + unnoticed.length
  print(
    `${name}: ${percent.toFixed(1)} % noticed (${noticed} of ${size}, goal ` +
      `${room.percent} %), ${leftOut} left out, ${count - tried.length} of ${count} not tried`,
  )
  if (draw !== undefined) {
    const [least, most] = boundsOf(noticed, size).map((bound) => bound.toFixed(1))
    print(
      `${name}: a sample of ${count} of ${all} (--seed ${draw.seed}); of all, ` +
        `${least} to ${most} % with a confidence of 95 %`,
    )
  }
  const isTelling = !isOfChange || size >= telling
  return percent >= room.percent || !isTelling
}

const rooms = values.help ? [] : wantedRooms()
const minutes = Number(values.minutes ?? 30)
if (
  rooms.some(({ name }) => !names.includes(name)) ||
  !(minutes > 0) ||
  !(draw === undefined || draw.size > 0)
) {
  process.stderr.write(usage)
  process.exit(2)
}
if (rooms.length === 0)
  print(values.help || values.since === undefined ? usage : "no room has changed")
const beganMs = Date.now()
const verdicts: boolean[] = []
for (const [i, room] of rooms.entries()) {
  const leftMs = beganMs + minutes * 60_000 - Date.now()
  if (leftMs <= 0) {
    print(`${room.name}: no time was left`)
    continue
  }
  // Of rooms that were named each has its part; what it leaves is for those behind it.
  const parts = values.since === undefined ? rooms.length - i : 1
  verdicts.push(await tryNamed(room, Date.now() + leftMs / parts))
}
if (!verdicts.every(Boolean)) process.exitCode = 1
