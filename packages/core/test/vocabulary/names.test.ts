import { describe, expect, it } from "vitest"
import {
  accountArn,
  aliasArn,
  isAccountId,
  isAliasName,
  isKeyId,
  isMultiRegionKeyId,
  isRegion,
  keyArn,
  parseArn,
  rootArn,
} from "../../src/vocabulary/arns.js"
import { isClusterId } from "../../src/vocabulary/key-stores.js"
import { lowerFirst } from "../../src/vocabulary/lower-first.js"
import { partitionOf } from "../../src/vocabulary/partitions.js"

const account = "111122223333"
const place = { partition: "aws-cn", region: "cn-north-1" }

describe("an ARN", () => {
  it("has six parts, and the last may hold colons and slashes", () => {
    expect(parseArn("arn:aws:kms:us-east-1:111122223333:key/a:b/c")).toEqual({
      partition: "aws",
      service: "kms",
      region: "us-east-1",
      account,
      resource: "key/a:b/c",
    })
  })

  it("may be without a region and without an account", () => {
    expect(parseArn("arn:a:s3:::b")).toEqual({
      partition: "a",
      service: "s3",
      region: "",
      account: "",
      resource: "b",
    })
    expect(parseArn("arn:aws:iam::1:root")).toMatchObject({ region: "", account: "1" })
    expect(parseArn("arn:aws:kms:r::key/a")).toMatchObject({ region: "r", account: "" })
  })

  it.each([
    "",
    "arn",
    "arn:",
    "arn:a",
    "arn:a:",
    "arn:a:b",
    "arn:a:b:",
    "arn:a:b:c",
    "arn:a:b:c:",
    "arn:a:b:c:d",
    "arn:a:b:c:d:",
    "arn::b:c:d:e",
    "arn:a::c:d:e",
    "arn:::::",
    "ARN:a:b:c:d:e",
    "urn:a:b:c:d:e",
    " arn:a:b:c:d:e",
  ])("is not %j", (text) => {
    expect(parseArn(text)).toBeUndefined()
  })

  it("is made for keys, aliases, accounts and their root users", () => {
    const prefix = "arn:aws-cn:kms:cn-north-1:111122223333"
    expect(keyArn(place, account, "a")).toBe(`${prefix}:key/a`)
    expect(aliasArn(place, account, "alias/a")).toBe(`${prefix}:alias/a`)
    expect(accountArn(place, account)).toBe(`${prefix}:*`)
    expect(rootArn("aws-cn", account)).toBe("arn:aws-cn:iam::111122223333:root")
  })
})

const uuid = "01234567-89ab-cdef-0123-456789abcdef"
const digits = "0123456789abcdef0123456789abcdef"

const words: readonly (readonly [
  string,
  (text: string) => boolean,
  good: readonly string[],
  bad: readonly string[],
])[] = [
  [
    "an account id is twelve digits",
    isAccountId,
    [account, "000000000000"],
    [
      "",
      "11112222333",
      "1111222233334",
      "11112222333a",
      ` ${account}`,
      `${account}\n`,
      "١".repeat(12),
    ],
  ],
  [
    "a region is words and a number",
    isRegion,
    ["us-east-1", "us-gov-west-1", "ap-southeast-12", `${"a".repeat(26)}-bb-10`],
    [
      "",
      "us",
      "us-1",
      "us-east",
      "us-east-",
      "us-east-a",
      "us-east-1a",
      "a-b-c-d-1",
      "US-EAST-1",
      "us--1",
      "-us-east-1",
      "us-east-1 ",
      "us2-east-1",
      `${"a".repeat(27)}-bb-10`,
    ],
  ],
  [
    "a key id is a UUID, or mrk- and 32 digits",
    isKeyId,
    [uuid, `mrk-${digits}`],
    [
      "",
      digits,
      `mrk-${uuid}`,
      uuid.toUpperCase(),
      `mrk-${digits.toUpperCase()}`,
      `${uuid}0`,
      `0${uuid}`,
      `mrk-${digits}0`,
      `xmrk-${digits}`,
      `mrk-${digits.slice(1)}`,
      uuid.replaceAll("-", "_"),
      uuid.replace("a", "g"),
      `mrk-${digits.replace("a", "g")}`,
    ],
  ],
  [
    "of a multi-Region key it begins with mrk-",
    isMultiRegionKeyId,
    [`mrk-${digits}`],
    [uuid, digits, "mrk-"],
  ],
  [
    "an alias has letters, digits and /_-, at most 256 of them",
    isAliasName,
    ["alias/a", "alias/Az09/_-", "alias/aws/s3", `alias/${"a".repeat(250)}`],
    [
      "",
      "alias",
      "alias/",
      "alias/a b",
      "alias/a:b",
      "alias/ä",
      "Alias/a",
      "xalias/a",
      "alias/a\n",
      `alias/${"a".repeat(251)}`,
    ],
  ],
  [
    "a cluster id is cluster- and 11 to 16 letters and digits from 2 to 7",
    isClusterId,
    ["cluster-abcdefghijk", "cluster-2345672345672345", "cluster-ABCDEFGHIJK"],
    [
      "cluster-abcdefghij",
      "cluster-23456723456723456",
      "cluster-abcdefghij1",
      "cluster-abcdefghij8",
      "cluster-abcdefghij-",
      "xcluster-abcdefghijk",
      "abcdefghijk",
    ],
  ],
]

describe("a name", () => {
  it("is good or bad by its form", () => {
    const odd = words.flatMap(([sentence, is, good, bad]) =>
      [...good.filter((text) => !is(text)), ...bad.filter(is)].map((text) => [sentence, text]),
    )
    expect(odd).toEqual([])
  })

  it("is written with a small letter first in messages", () => {
    expect(["KeyId", "keyId", "X", ""].map(lowerFirst)).toEqual(["keyId", "keyId", "x", ""])
  })
})

describe("the partition of a region", () => {
  it("is told by how its name begins", () => {
    const regions = [
      ["us-east-1", "aws"],
      ["cn-north-1", "aws-cn"],
      ["us-gov-west-1", "aws-us-gov"],
      ["us-iso-east-1", "aws-iso"],
      ["us-isob-east-1", "aws-iso-b"],
      ["eu-isoe-west-1", "aws-iso-e"],
      ["us-isof-south-1", "aws-iso-f"],
      ["eusc-de-east-1", "aws-eusc"],
      ["eu-central-1", "aws"],
      ["moon-cn-north-1", "aws"],
      ["moon-us-gov-west-1", "aws"],
      ["x-us-iso-east-1", "aws"],
      ["x-us-isob-east-1", "aws"],
      ["x-eu-isoe-west-1", "aws"],
      ["x-us-isof-south-1", "aws"],
      ["x-eusc-de-east-1", "aws"],
    ]
    expect(regions.map(([region = ""]) => [region, partitionOf(region)])).toEqual(regions)
  })
})
