import { KMSClient } from "@aws-sdk/client-kms"
import type { Kms } from "@keywright/core"
import { describe, expect, it, test } from "vitest"
import { createRegionFinder, readRegions } from "../src/regions.js"
import { requestFor } from "./support/requests.js"

/** As much of an engine as is asked which region it is of. */
const engineOf = (region: string) => ({ region, call: () => undefined }) as unknown as Kms

const find = (regions: readonly string[], host: string, regionOf?: () => string | undefined) =>
  createRegionFinder(
    readRegions(regions.map(engineOf)),
    regionOf,
  )(requestFor("ListKeys", "{}", { hostname: host })).region

/** The rules by which the SDK itself chooses a host. */
const { endpointProvider } = new KMSClient({ region: "us-east-1" }).config

describe("the hosts of AWS KMS", () => {
  it.each([
    "us-east-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "eusc-de-east-1",
  ])("are known of %s, with FIPS, dual stack and both", (Region) => {
    for (const UseFIPS of [false, true]) {
      for (const UseDualStack of [false, true]) {
        const { hostname } = endpointProvider({ Region, UseFIPS, UseDualStack }).url
        expect([hostname, find(["us-west-2", Region], hostname)]).toEqual([hostname, Region])
      }
    }
  })

  it.each([
    ["kms.us-east-1.amazonaws.com"],
    ["KMS.US-EAST-1.AmazonAWS.com"],
    ["vpce-0a1b-2c3d.kms.us-east-1.vpce.amazonaws.com"],
    ["vpce-0a1b-2c3d.kms-fips.us-east-1.vpce.amazonaws.com"],
  ])("are %s, too", (hostname) => {
    expect(find(["us-west-2", "us-east-1"], hostname)).toBe("us-east-1")
  })

  it.each([
    ["kms.us-east-1.amazonaws.com.example.com"],
    ["example.com.kms.us-east-1.amazonaws.com"],
    ["xkms.us-east-1.amazonaws.com"],
    ["kms-fip.us-east-1.amazonaws.com"],
    ["kms..amazonaws.com"],
    ["kms.us-east-1."],
    ["kms.us-east-1"],
    ["kms.amazonaws.com"],
    ["kms.us-east-1.api"],
    ["vpce-.kms.us-east-1.vpce.amazonaws.com"],
    [`vpce-${"a".repeat(64)}.kms.us-east-1.vpce.amazonaws.com`],
    ["vpce.kms.us-east-1.vpce.amazonaws.com"],
    ["kms.eu-west-1.amazonaws.com"],
    ["localhost"],
    [""],
  ])("are not %j", (hostname) => {
    expect(() => find(["us-east-1", "us-west-2"], hostname)).toThrow(
      expect.objectContaining({
        name: "EndpointError",
        message:
          `${hostname} is not a host of AWS KMS in a region of this handler (us-east-1, ` +
          "us-west-2). Set `region` to one of these, and leave `endpoint` unset.",
      }),
    )
  })

  test("may be others, of which the host says the region; a usual one says it itself", () => {
    const regions = ["us-east-1", "us-west-2"]
    expect(find(regions, "localhost", () => "us-west-2")).toBe("us-west-2")
    expect(find(regions, "kms.us-east-1.amazonaws.com", () => "us-west-2")).toBe("us-east-1")
    expect(find(regions, "kms-fips.us-east-1.amazonaws.com", () => undefined)).toBe("us-east-1")
    expect(find(regions, "kms-fips.us-east-1.amazonaws.com", () => "nowhere")).toBe("us-east-1")
    expect(() => find(regions, "localhost", () => "nowhere")).toThrow("is not a host of AWS KMS")
  })

  test("are of one engine or of several, and of one region each", () => {
    expect([...readRegions(engineOf("eu-west-1")).keys()]).toEqual(["eu-west-1"])
    expect(() => readRegions([])).toThrow(new TypeError("`kms` must have at least one region"))
    expect(() => readRegions([engineOf("a"), engineOf("b"), engineOf("a")])).toThrow(
      new TypeError("`kms` must not name a region twice"),
    )
  })
})
