import { HsmError } from "../../src/ports/hsm.js"
import type { PlacedBytes } from "../../src/ports/record-hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { concatBytes } from "../../src/vocabulary/bytes.js"

/*
 * What seals records without a cipher, for those who look at what is done with them: a one and the
 * place in front, so that what is moved or edited does not open, and sealing twice is not the same.
 */

const encoder = new TextEncoder()
const seals = { count: 0 }

export function sealPlainly({ place, bytes }: PlacedBytes): Uint8Array {
  seals.count += 1
  const head = encoder.encode(place)
  return concatBytes(Uint8Array.of(1, seals.count & 255, head.length), head, bytes)
}

function openPlainly({ place, bytes }: PlacedBytes): Uint8Array | undefined {
  const head = encoder.encode(place)
  const isHere = bytes[0] === 1 && bytes[2] === head.length
  if (!isHere || !head.every((byte, i) => bytes[i + 3] === byte)) return undefined
  return bytes.slice(head.length + 3)
}

/** As for a record that is under no domain key of the HSM. */
export const ofNoDomainKey = Uint8Array.of(9)

const numberOf = ({ bytes }: PlacedBytes): Uint8Array => {
  const number = new Uint8Array(32)
  for (const [i, byte] of bytes.entries())
    number[i % 32] = ((number[i % 32] ?? 0) * 31 + byte) % 256
  return number
}

/** The part of an HSM that keeps records; each `asked` is a batch. */
export function plainSealer(asked: (readonly PlacedBytes[])[] = []) {
  const known = (records: readonly PlacedBytes[]): void => {
    asked.push(records)
    if (records.some(({ bytes }) => bytes[0] === ofNoDomainKey[0])) {
      throw new HsmError("unknown-domain-key", "the HSM has not that domain key")
    }
  }
  const hsm: Pick<RegionHsm, "sealRecords" | "openRecords" | "digestRecords"> = {
    sealRecords: (records) => records.map(sealPlainly),
    openRecords: (records) => {
      known(records)
      return records.map(openPlainly)
    },
    digestRecords: (records) => {
      known(records)
      return records.map(numberOf)
    },
  }
  return hsm as RegionHsm
}

/** The same, reached through a domain that never changes. */
export const openerOf = (hsm = plainSealer()) => ({
  use: <Result>(work: (member: RegionHsm) => Result): Result => work(hsm),
})
