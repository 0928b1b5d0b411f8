import { keyDenies } from "./scene.js"

export const range = <Item>(count: number, item: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => item(index))

/** 30 kB of the smallest parts, which take most beside their text. */
export const hostileDocuments: readonly (readonly [string, (index: number) => object])[] = [
  ...(
    [
      ["StringEquals", (at: number) => `${at}`],
      ["StringEqualsIgnoreCase", (at: number) => `${at}`],
      ["StringLike", (at: number) => `${at}*`],
      ["NumericEquals", (at: number) => `${at}`],
      ["DateEquals", (at: number) => `${at}.0`],
      ["ArnLike", (at: number) => `arn:*:*?:*a:*b:*${at}`],
      ["IpAddress", (at: number) => `::${at.toString(16)}`],
      ["BinaryEquals", (at: number) => btoa(String(at))],
    ] as const
  ).map(([operator, value]) => {
    const make = (index: number) =>
      keyDenies("*", {
        Sid: `s${index}`,
        Condition: { [operator]: { "aws:x": range(1_400, value) } },
      })
    return [`values of ${operator}`, make] as const
  }),
  [
    "stars",
    (at) =>
      keyDenies("*", { Condition: { StringLike: { "aws:x": `${at}${"a*".repeat(14_000)}` } } }),
  ],
  [
    "marks",
    (at) =>
      keyDenies("*", { Condition: { StringLike: { "aws:x": `${at}${"?".repeat(28_000)}` } } }),
  ],
  [
    "variables",
    (at) =>
      keyDenies("*", {
        Condition: { StringLike: { "aws:x": `${at}${["$", "{a:b}"].join("").repeat(4_000)}` } },
      }),
  ],
  [
    "keys",
    (at) =>
      keyDenies("*", {
        Condition: { StringEquals: Object.fromEntries(range(2_000, (n) => [`k${at}${n}`, "v"])) },
      }),
  ],
  ["actions", (at) => keyDenies("*", { Action: range(3_000, (n) => `k${at}:${n}*`) })],
  ["resources", (at) => keyDenies("*", { Resource: range(1_500, (n) => `a:${at}?:*a:b*:c:${n}`) })],
  [
    "principals",
    (at) => keyDenies({ AWS: range(800, (n) => `arn:aws:iam::111122223333:role/${at}${n}`) }),
  ],
  ["accounts", (at) => keyDenies({ AWS: range(1_200, (n) => String(1e11 + at * 2_000 + n)) })],
  [
    "statements",
    (at) => ({
      Version: "2012-10-17",
      Statement: range(350, (n) => ({
        Sid: `${at}x${n}`,
        Effect: "Deny",
        Principal: "*",
        Action: "*",
        Resource: "*",
      })),
    }),
  ],
]

/** What the statements of real policies have, by the parts that take most beside their text. */
export const usualStatements: readonly (readonly [
  string,
  (index: number, at: number) => object,
])[] = [
  ["a role and two actions", () => ({})],
  [
    "an encryption context",
    (index, at) => ({
      Condition: { StringEquals: { "kms:EncryptionContext:tenant": `t${index}x${at}` } },
    }),
  ],
  [
    "services by patterns",
    () => ({ Condition: { StringLike: { "kms:ViaService": ["s3.*", "ec2.*"] } } }),
  ],
  [
    "actions by patterns",
    () => ({ Action: ["kms:Describe*", "kms:List*", "kms:Get*", "kms:Put*", "kms:Update*"] }),
  ],
  [
    "eight accounts",
    () => ({ Principal: { AWS: range(8, (n) => `arn:aws:iam::${111122223333 + n}:root`) } }),
  ],
  [
    "eight roles",
    (index, at) => ({
      Principal: { AWS: range(8, (n) => `arn:aws:iam::111122223333:role/App${index}x${at}x${n}`) },
    }),
  ],
  [
    "twenty accounts in a condition",
    () => ({
      Condition: {
        StringEquals: { "aws:PrincipalAccount": range(20, (n) => String(111122223333 + n)) },
      },
    }),
  ],
  [
    "five resources",
    (index, at) => ({
      Resource: range(5, (n) => `arn:aws:kms:us-east-1:111122223333:key/${index}x${at}x${n}`),
    }),
  ],
  [
    "ten networks",
    (_, at) => ({
      Condition: { IpAddress: { "aws:SourceIp": range(10, (n) => `10.${n}.${at}.0/24`) } },
    }),
  ],
  [
    "five patterns of ARNs",
    () => ({
      Condition: {
        ArnLike: { "aws:PrincipalArn": range(5, (n) => `arn:aws:iam::*:role/team${n}/*`) },
      },
    }),
  ],
]
