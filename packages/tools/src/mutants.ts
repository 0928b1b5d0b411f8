import { execFileSync } from "node:child_process"
import process from "node:process"
import { parseArgs } from "node:util"
import type { Tried } from "./mutants/messages.js"
import { mutantRooms } from "./mutants/rooms.js"
import { tryRoom } from "./mutants/try-room.js"
import { mustBeNoticed, percentOf, scoreOf } from "./mutants/verdict.js"
import { root } from "./paths.js"

/*
 * Makes mistakes in the sources of a room, one at a time, and looks whether its tests notice. What
 * they do not notice is printed as soon as it is known; a mistake that nobody need notice stands
 * with its reason in `mutants/equivalents.ts`.
 */

const names = Object.keys(mutantRooms)
const usage = `usage: mutants [--minutes 30] [--since COMMIT] [--in FOLDER|FILE.ts] [room…]

--since takes the rooms in which files have changed, --in only a part of a room.
rooms: ${names.join(", ")}
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string" }, since: { type: "string" }, in: { type: "string" } },
})

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function changedSince(commit: string): readonly string[] {
  const files = execFileSync("git", ["diff", "--name-only", commit, "--"], { cwd: root })
  return String(files).split("\n")
}

function wantedRooms(): readonly string[] {
  if (values.since === undefined) return positionals
  const changed = changedSince(values.since)
  return names.filter((name) =>
    mutantRooms[name]?.folders.some((folder) =>
      changed.some((file) => file.startsWith(`${folder}/`)),
    ),
  )
}

const lineOf = ({ file, line, original, replacement }: Tried): string =>
  `  ${file}:${line}  ${original.slice(0, 80)}  ->  ${replacement.slice(0, 80)}`

/** True when enough of what was tried was noticed. */
async function tryNamed(name: string, endMs: number): Promise<boolean> {
  const room = mutantRooms[name]
  if (room === undefined) throw new Error(`there is no room ${name}`)
  const folders = values.in === undefined ? room.folders : [values.in]
  let heard = 0
  print(`${name}: ${folders.join(", ")}`)
  const { tried, count } = await tryRoom({ folders, tests: room.tests }, endMs, (one) => {
    heard += 1
    if (mustBeNoticed(one)) print(lineOf(one))
    if (heard % 50 === 0) print(`  ${heard} tried`)
  })
  if (count === undefined) {
    print(`${name}: the tests fail, or took all the time, before a mistake was made`)
    return false
  }
  const score = scoreOf(tried)
  const percent = percentOf(score)
  const { noticed, unnoticed, leftOut } = score
  print(
    `${name}: ${percent.toFixed(1)} % noticed (of ${noticed + unnoticed.length}, goal ` +
      `${room.percent} %), ${leftOut} left out, ${count - tried.length} of ${count} not tried`,
  )
  return percent >= room.percent
}

const rooms = wantedRooms()
const minutes = Number(values.minutes ?? 30)
if (rooms.some((room) => !names.includes(room)) || !(minutes > 0)) {
  process.stderr.write(usage)
  process.exit(2)
}
if (rooms.length === 0) print(values.since === undefined ? usage : "no room has changed")
const beganMs = Date.now()
const verdicts: boolean[] = []
for (const [i, room] of rooms.entries()) {
  // What a room leaves of the time is for those behind it.
  const leftMs = beganMs + minutes * 60_000 - Date.now()
  verdicts.push(await tryNamed(room, Date.now() + leftMs / (rooms.length - i)))
}
if (!verdicts.every(Boolean)) process.exitCode = 1
