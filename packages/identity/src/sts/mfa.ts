import { hmac } from "@noble/hashes/hmac.js"
import { sha1 } from "@noble/hashes/legacy.js"
import type { Directory } from "../directory/directory.js"
import { entityKey, userFormat } from "../records/records.js"
import { accessDenied } from "../vocabulary/identity-error.js"

/*
 * Codes of MFA devices.
 *
 * Source: RFC 6238 with the parameters of virtual MFA devices: HMAC-SHA-1, 30 seconds, six digits.
 */

const stepMs = 30_000
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

function bytesOfBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let [bits, count] = [0, 0]
  for (const letter of text) {
    bits = ((bits << 5) | alphabet.indexOf(letter)) & 0xfff
    count += 5
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 0xff)
  }
  return Uint8Array.from(bytes)
}

/** The code that a device shows in a step of 30 seconds. */
export function codeOf(secret: string, step: number): string {
  const counter = new Uint8Array(8)
  new DataView(counter.buffer).setBigUint64(0, BigInt(step))
  const key = bytesOfBase32(secret)
  const mac = hmac(sha1, key, counter)
  key.fill(0)
  const offset = (mac[19] ?? 0) & 15
  const number = new DataView(mac.buffer, mac.byteOffset).getUint32(offset) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}

const refused = () =>
  accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code.")

/** Who shows a code, and of which device. */
export interface Shown {
  readonly account: string
  readonly userName: string
  readonly serialNumber: string
  readonly code: string
}

/** So many codes of a user are looked at in 30 seconds: a million cannot be tried. */
const triesMax = 5

/**
 * Takes the code of the step before, of this one or of the next, and each code once. Throws
 * `AccessDenied`: a wrong code, one too many and a device that is not there end alike.
 */
export type TakeCode = (shown: Shown) => Promise<void>

/** Tries are counted by each host for itself. */
export function createTakeCode(directory: Directory): TakeCode {
  const tries = new Map<string, number>()
  let step = 0
  return async (shown) => {
    const now = Math.floor(directory.clock() / stepMs)
    if (now !== step) tries.clear()
    step = now
    const user = entityKey("user", shown.account, shown.userName)
    const count = (tries.get(user) ?? 0) + 1
    tries.set(user, count)
    if (count > triesMax) throw refused()
    await takeOnce(directory, shown, now)
  }
}

const own = <Value>(all: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined

async function takeOnce(directory: Directory, shown: Shown, now: number): Promise<void> {
  const { account, userName, serialNumber, code } = shown
  await directory.change(account, async (draft) => {
    const user = await draft.read(userFormat, entityKey("user", account, userName))
    if (user === undefined) throw refused()
    const { mfaDevices, mfaSteps } = user
    const secret = own(mfaDevices, serialNumber)
    if (secret === undefined) throw refused()
    const taken = own(mfaSteps, serialNumber) ?? Number.NEGATIVE_INFINITY
    const step = [now - 1, now, now + 1].find((one) => one > taken && codeOf(secret, one) === code)
    if (step === undefined) throw refused()
    draft.put(userFormat, { ...user, mfaSteps: { ...mfaSteps, [serialNumber]: step } })
  })
}
