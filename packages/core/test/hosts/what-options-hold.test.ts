import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { openSealedStorage } from "../../src/open-sealed-storage.js"
import { restoreBackup } from "../../src/restore-backup.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "../support/accounts.js"
import { openHost, sealOf } from "../support/hosts.js"
import { certificate, clusterId, otherClusterId } from "../support/key-stores.js"

const open = (options: object) => openHost(options)
const newHsm = () => createSoftwareHsm({ seal: sealOf() })

describe("an engine is not opened", () => {
  it.each<[string, object, string]>([
    ["in a region of another form", { region: "nowhere" }, "`region`"],
    ["for an account that has no 12 digits", { account: "1111222233" }, "`account`"],
    ["in a partition with more before its name", { partition: "x-aws" }, "`partition`"],
    ["in a partition with more after its name", { partition: "aws-cn1" }, "`partition`"],
    ["with a key store under no id of a cluster", { keyStores: { one: {} } }, "`keyStores`"],
    ["with a quota that there is not", { quotas: { keys: 1 } }, "`quotas.keys`"],
    ["with a quota below none", { quotas: { grantsPerKey: -1 } }, "`quotas.grantsPerKey`"],
    ["with a quota of a half", { quotas: { keysPerAccount: 0.5 } }, "`quotas.keysPerAccount`"],
    ["with a request quota of no group", { requestQuotas: { Encript: 5 } }, "Encript"],
    ["with a rate that lets nothing through", { requestQuotas: { CreateKey: 0.9 } }, "CreateKey"],
    ["with a request quota of no one", { requestQuotasOf: "zone" }, "`requestQuotasOf`"],
    ["with an anchor that lags by less than nothing", { anchorLagMs: -1 }, "`anchorLagMs`"],
    ["with an anchor that lags by no number", { anchorLagMs: Number.NaN }, "`anchorLagMs`"],
    ["with a cache of less than nothing", { cachedRecordsBytesMax: -1 }, "`cachedRecordsBytesMax`"],
  ])("%s", async (_, options, name) => {
    await expect(open(options)).rejects.toThrow(TypeError)
    await expect(open(options)).rejects.toThrow(name)
  })

  it("with one HSM for two", async () => {
    const hsm = newHsm()
    const cluster = { hsm, trustAnchorCertificate: certificate }
    const message = "`keyStores` must have an HSM for each"
    await expect(open({ hsm, keyStores: { [clusterId]: cluster } })).rejects.toThrow(message)
    const both = { [clusterId]: cluster, [otherClusterId]: cluster }
    await expect(open({ keyStores: both })).rejects.toThrow(message)
  })
})

describe("an engine is opened", () => {
  it.each<[string, object]>([
    ["with quotas of zero", { quotas: { keysPerAccount: 0 } }],
    ["with a rate of one", { requestQuotas: { CreateKey: 1 } }],
    ["with a cache of nothing", { cachedRecordsBytesMax: 0 }],
    ["with request quotas of a region", { requestQuotasOf: "region" }],
    ["with an HSM for each key store", { keyStores: { [clusterId]: { hsm: newHsm() } } }],
  ])("%s", async (what, options) => {
    const given = what.includes("key store")
      ? { keyStores: { [clusterId]: { hsm: newHsm(), trustAnchorCertificate: certificate } } }
      : options
    const kms = await open(given)
    await kms.close()
  })

  it("in the partition of its region, or in the one that is named", async () => {
    for (const [options, partition] of [
      [{}, "aws"],
      [{ region: "cn-north-1" }, "aws-cn"],
      [{ region: "us-gov-west-1" }, "aws-us-gov"],
      [{ partition: "aws-iso-b" }, "aws-iso-b"],
    ] as const) {
      const kms = await open(options)
      expect(kms.partition).toBe(partition)
      expect(kms.administrator).toBe(`arn:${partition}:iam::${account}:root`)
      await kms.close()
    }
  })
})

describe("beside an engine", () => {
  it.each<[string, unknown]>([
    ["no name", undefined],
    ["capital letters", "Identity"],
    ["a digit in front", "1st"],
    ["a hyphen in front", "-a"],
    ["a name with a space after it", "a "],
    ["a name of 65 characters", "a".repeat(65)],
  ])("no storage is opened under %s", async (_, name) => {
    const options = { name: name as string, storage: createMemoryStorage(), hsm: newHsm() }
    await expect(openSealedStorage(options)).rejects.toThrow(
      new TypeError("`name` must be lower-case letters, digits and hyphens"),
    )
  })

  it("a storage is opened under a name of 64 characters, with digits and hyphens", async () => {
    const name = `a-1${"b".repeat(61)}`
    const { close } = await openSealedStorage({
      name,
      storage: createMemoryStorage(),
      hsm: newHsm(),
    })
    await close()
  })

  it("a backup is restored for a region that there can be, and into a whole partition", async () => {
    const storage = createMemoryStorage()
    const source = (async function* () {})()
    const options = { region: "nowhere", storage, hsm: newHsm() }
    await expect(restoreBackup(source, options)).rejects.toThrow(
      new TypeError("`region` must be a region name like `us-east-1`"),
    )
  })
})
