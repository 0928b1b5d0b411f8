import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest"
import { guardNetwork } from "../src/guard.js"

/** Whatever passes the guard. */
const passed = vi.fn(() => "passed")
let end = () => {}

beforeEach(() => {
  vi.stubGlobal("fetch", passed)
  end = guardNetwork()
})
afterEach(() => {
  end()
  vi.unstubAllGlobals()
  passed.mockClear()
})

const go = (...args: readonly unknown[]) =>
  (fetch as (...all: readonly unknown[]) => unknown)(...args)
const sentence = (what: string, host: string) =>
  `A KMS client that is not of this kit was about to send ${what} to ${host}. ` +
  "Lead it here with kit.install(KMSClient), or make it with kit.sdk()."

const local = "http://127.0.0.1:9"
const target = (name: string) => ({ "x-amz-target": name })

describe("a guard before the network", () => {
  it.each<[string, string, readonly unknown[]]>([
    ["a call", "kms.us-east-1.amazonaws.com", ["https://kms.us-east-1.amazonaws.com/a"]],
    ["a call", "kms.us-east-1.amazonaws.com", [new URL("https://KMS.us-east-1.amazonaws.com")]],
    ["a call", "kms-fips.us-east-1.api.aws", ["https://kms-fips.us-east-1.api.aws"]],
    [
      "a call",
      "vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com",
      ["https://vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com"],
    ],
    ["a call", "kms.us-east-1.amazonaws.com", [{ host: "kms.us-east-1.amazonaws.com" }]],
    [
      "a call",
      "kms.us-east-1.amazonaws.com",
      [{ host: "localhost", hostname: "kms.us-east-1.amazonaws.com" }],
    ],
    ["a call", "kms.us-east-1.amazonaws.com", [local, { host: "kms.us-east-1.amazonaws.com" }]],
    ["a call", "kms.eu-west-1.amazonaws.com", [new Request("https://kms.eu-west-1.amazonaws.com")]],
    ["Sign", "127.0.0.1", [local, { headers: target("TrentService.Sign") }]],
    ["Sign", "127.0.0.1", [local, { headers: { "X-AMZ-Target": "TrentService.Sign" } }]],
    ["Sign", "127.0.0.1", [local, { headers: [["x-amz-target", "TrentService.Sign"]] }]],
    ["Sign", "127.0.0.1", [local, { headers: new Headers(target("TrentService.Sign")) }]],
    ["Sign", "127.0.0.1", [{ host: "127.0.0.1", headers: target("TrentService.Sign") }]],
    ["Sign", "127.0.0.1", [`${local}/service/TrentService/operation/Sign`]],
    ["Sign", "127.0.0.1", [`${local}/service/com.amazonaws.kms.TrentService/operation/Sign`]],
    ["Sign", "127.0.0.1", [`${local}/?a=b&X-Amz-Target=TrentService.Sign`]],
    ["Sign", "a", [{ host: "a", path: "/service/TrentService/operation/Sign" }]],
    ["Sign", "a", [{ host: "a", href: "/service/TrentService/operation/Sign" }]],
    ["Sign", "a", [{ host: "a", path: "/?x-amz-target=TrentService.Sign" }]],
    ["Sign", "127.0.0.1", [new Request(`${local}/service/TrentService/operation/Sign`)]],
  ])("refuses %s to %s (%#)", (what, host, args) => {
    expect(() => go(...args)).toThrow(sentence(what, host))
    expect(passed).not.toHaveBeenCalled()
  })

  it.each<[readonly unknown[]]>([
    [[]],
    [[undefined, null]],
    [["no url"]],
    [[local]],
    [[local, { headers: null }]],
    [[local, { headers: target("Logs.Sign") }]],
    [[local, { headers: target("xTrentService.Sign") }]],
    [[local, { headers: { "x-amz-targets": "TrentService.Sign" } }]],
    [[local, { headers: { "ax-amz-target": "TrentService.Sign" } }]],
    [["https://s3.us-east-1.amazonaws.com"]],
    [["https://akms.us-east-1.amazonaws.com"]],
    [["https://kms.us-east-1.example.com"]],
    [["https://kms.us-east-1.amazonawsome.com"]],
    [["https://x.vpce-1.kms.us-east-1.vpce.amazonaws.com"]],
    [[`${local}/service/Logs/operation/Sign`]],
    [[`${local}/?target=TrentService.Sign`]],
    [[local, undefined, { host: "kms.us-east-1.amazonaws.com" }]],
    [[{ host: 1, url: 2, path: 3 }]],
  ])("lets everything else pass, with all that it was given: %j", (args) => {
    expect(go(...args)).toBe("passed")
    expect(passed).toHaveBeenCalledWith(...args)
  })

  test("stands once, however many there are, and leaves with the last", () => {
    const guarded = fetch
    const other = guardNetwork()
    expect(fetch).toBe(guarded)
    other()
    other()
    expect(fetch).toBe(guarded)
    end()
    expect(fetch).toBe(passed)
  })

  test("leaves what somebody has put before it since", () => {
    const later = vi.fn()
    vi.stubGlobal("fetch", later)
    end()
    expect(fetch).toBe(later)
  })
})
