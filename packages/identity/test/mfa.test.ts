import { beforeEach, describe, expect, it } from "vitest"
import type { Directory } from "../src/index.js"
import { codeOf, createTakeCode, type TakeCode } from "../src/sts/mfa.js"
import { account, openPlain, otherAccount, startMs } from "./support/accounts.js"

const secret = "JBSWY3DPEHPK3PXP"
const otherSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
const device = `arn:aws:iam::${account}:mfa/alice`
const spare = "SPARE-0001"
const refused = {
  name: "AccessDenied",
  message: "MultiFactorAuthentication failed with invalid MFA one time pass code.",
}

let directory: Directory
let time: { nowMs: number }
let take: TakeCode

beforeEach(async () => {
  const mfaDevices = { [device]: secret, [spare]: otherSecret, constructor: secret }
  const users = { alice: { mfaDevices }, bob: { mfaDevices } }
  const opened = await openPlain({
    accounts: { [account]: { users }, [otherAccount]: { users } },
  })
  directory = opened.directory
  time = opened.time
  take = createTakeCode(directory)
})

const stepNow = () => Math.floor(time.nowMs / 30_000)
/** The code that a device shows, so many steps from now. */
const shown = (steps: number, serialNumber = device, userName = "alice", of = account) => ({
  ...{ account: of, userName, serialNumber },
  code: codeOf(serialNumber === spare ? otherSecret : secret, stepNow() + steps),
})
const wrong = () => {
  const near = [-1, 0, 1].map((steps) => shown(steps).code)
  const code = ["000000", "111111", "222222", "333333"].find((one) => !near.includes(one)) ?? ""
  return { ...shown(0), code }
}

describe("the code of an MFA device", () => {
  it.each([-1, 0, 1])("is that of a step before, of now, or of one after: %i", async (steps) => {
    await take(shown(steps))
    await expect(take(shown(steps))).rejects.toMatchObject(refused)
  })

  it.each([-3, -2, 2, 3])("is of no other step: %i", async (steps) => {
    await expect(take(shown(steps))).rejects.toMatchObject(refused)
  })

  it("is taken once, and none after a later one", async () => {
    await take(shown(0))
    await expect(take(shown(0))).rejects.toMatchObject(refused)
    await expect(take(shown(-1))).rejects.toMatchObject(refused)
    await take(shown(1))
    await expect(take(shown(1))).rejects.toMatchObject(refused)
    time.nowMs += 30_000
    await expect(take(shown(0))).rejects.toMatchObject(refused)
    await take(shown(1))
  })

  it("is taken once by all hosts, and of each device", async () => {
    await take(shown(0))
    await take(shown(0, spare))
    const other = createTakeCode(directory)
    await expect(other(shown(0))).rejects.toMatchObject(refused)
    await expect(other(shown(0, spare))).rejects.toMatchObject(refused)
    await other(shown(0, device, "bob"))
    await other(shown(0, device, "alice", otherAccount))
  })

  it("is taken of a device whatever its name, and of none that there is not", async () => {
    await take(shown(0, "constructor"))
    await expect(take(shown(0, "constructor"))).rejects.toMatchObject(refused)
    await expect(take(shown(0, "toString"))).rejects.toMatchObject(refused)
    await expect(take(shown(0, device, "carol"))).rejects.toMatchObject(refused)
  })

  it("is one of five that are looked at in 30 seconds, also of names in other letter case", async () => {
    for (let i = 0; i < 4; i += 1) await expect(take(wrong())).rejects.toMatchObject(refused)
    await take(shown(0))
    await expect(take(shown(1, device, "ALICE"))).rejects.toMatchObject(refused)
    // Others have five of their own.
    await take(shown(0, device, "bob"))
    await take(shown(0, device, "alice", otherAccount))
    time.nowMs += 29_999
    await expect(take(shown(1))).rejects.toMatchObject(refused)
    time.nowMs += 1
    await take(shown(1))
  })

  it("is taken from the first moment that there is", async () => {
    time.nowMs = 0
    expect(startMs % 30_000).toBe(0)
    await take(shown(0))
  })
})

// Source: RFC 4648, section 10, and RFC 6238, appendix B.
it.each([
  ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 1, "287082"],
  ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 37_037_036, "081804"],
  ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 666_666_666, "353130"],
])("a device with the secret %s shows in step %i the code %s", (of, step, code) => {
  expect(codeOf(of, step)).toBe(code)
})
