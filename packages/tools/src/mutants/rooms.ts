import { allOthers } from "./rooms/all-others.js"
import { aroundTheCore } from "./rooms/around-the-core.js"
import { carryingSecurity } from "./rooms/carrying-security.js"
import type { RoomParts, Rooms } from "./rooms/room-parts.js"
import { withoutHost } from "./rooms/without-host.js"

/*
 * The rooms whose tests are put to the proof. A mistake is tried against the tests of its room
 * alone, because those of all rooms together take minutes for each.
 */

export interface MutantRoom extends RoomParts {
  /** Of a hundred mistakes that change something, so many must be noticed. */
  readonly percent: number
}

const heldTo = (percent: number, rooms: Rooms): readonly (readonly [string, MutantRoom])[] =>
  Object.entries(rooms).map(([name, parts]) => [name, { ...parts, percent }])

export const mutantRooms: Readonly<Record<string, MutantRoom>> = Object.fromEntries([
  ...heldTo(95, carryingSecurity),
  ...heldTo(90, allOthers),
  ...heldTo(90, withoutHost),
  ...heldTo(90, aroundTheCore),
])
