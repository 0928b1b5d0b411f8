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

/**
 * Takes the code of the step before, of this one or of the next, and each code once. A wrong code
 * ends as a device that is not there does.
 */
export async function takeCode(directory: Directory, shown: Shown): Promise<void> {
  const { account, userName, serialNumber, code } = shown
  const now = Math.floor(directory.clock() / stepMs)
  await directory.change(account, async (draft) => {
    const user = await draft.read(userFormat, entityKey("user", account, userName))
    const devices = user?.mfaDevices ?? {}
    const secret = Object.hasOwn(devices, serialNumber) ? devices[serialNumber] : undefined
    if (user === undefined || secret === undefined) throw refused()
    const taken = Object.hasOwn(user.mfaSteps, serialNumber) ? user.mfaSteps[serialNumber] : -1
    const step = [now - 1, now, now + 1].find(
      (one) => one > (taken ?? -1) && codeOf(secret, one) === code,
    )
    if (step === undefined) throw refused()
    draft.put(userFormat, { ...user, mfaSteps: { ...user.mfaSteps, [serialNumber]: step } })
  })
}
