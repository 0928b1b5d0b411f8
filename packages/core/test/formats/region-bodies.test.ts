import { describe, expect, it } from "vitest"
import { replyFormat, requestFormat } from "../../src/formats/regions/region-bodies.js"

const name = { account: "111122223333", keyId: `mrk-${"1a".repeat(16)}` }
const id = "5e".repeat(32)
const report = { since: 1, number: 2, materials: [id] }
const gone = { since: 3, deletedMs: 4 }
const shared = {
  version: 5,
  primaryRegion: "us-east-1",
  replicas: [{ region: "eu-west-1", since: 6 }],
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  rotation: { periodDays: 90, nextMs: 7 },
  materials: [
    {
      id,
      state: "CURRENT",
      createdMs: 8,
      description: "first",
      rotationType: "ON_DEMAND",
      rotatedMs: 9,
    },
  ],
}
const draft = { createdMs: 1, description: "", policy: "{}", tags: [{ key: "a", value: "b" }] }
const requester = {
  type: "role-session",
  arn: "arn:aws:sts::111122223333:assumed-role/a/b",
  account: "111122223333",
  roleArn: "role",
  issuerUserArn: "issuer",
  service: "service",
  identityArns: ["arn"],
  context: {
    sourceIp: "203.0.113.9",
    sourceVpce: "vpce",
    sourceVpc: "vpc",
    vpcSourceIp: "10.0.0.1",
    viaService: "s3",
    sourceArn: "source",
    sourceAccount: "account",
    userAgent: "agent",
    secureTransport: true,
    sessionName: "session",
    roleArn: "role",
    issuerUserArn: "issuer",
    conditionKeys: { "aws:PrincipalTag/team": ["a", 1, true] },
  },
}
const input = { text: "a", count: 1, flag: true }
const transfer = Uint8Array.of(1, 2, 3)
const requests: readonly (readonly [object, readonly string[]])[] = [
  [
    { kind: "synchronize", ...name, shared, draft, transfer, transferred: [id] },
    ["draft", "transfer", "transferred"],
  ],
  [{ kind: "report", ...name, report }, []],
  [{ kind: "gone", ...name, replica: gone }, []],
  [{ kind: "settle", ...name }, []],
  [{ kind: "confirm", ...name, since: 1 }, []],
  [{ kind: "consult", ...name, operation: "ReplicateKey", input, requester }, []],
]
const replies: readonly (readonly [object, readonly string[]])[] = [
  [{ kind: "synchronized", version: 1, report }, ["report"]],
  [{ kind: "offered", offer: transfer, missing: [id] }, []],
  [{ kind: "gone", replica: gone }, ["replica"]],
  [{ kind: "settled", quietUntilMs: 1 }, ["quietUntilMs"]],
  [{ kind: "declined", reason: "later" }, []],
  [{ kind: "rejected" }, []],
  [{ kind: "noted" }, []],
  [{ kind: "moved", region: "eu-west-1" }, []],
  [{ kind: "permitted" }, []],
  [{ kind: "refused", name: "AccessDeniedException", message: "no" }, []],
]

describe("every kind of body", () => {
  describe.each([
    ["a request", requestFormat, requests],
    ["a reply", replyFormat, replies],
  ] as const)("%s", (_, format, bodies) => {
    const read = (body: object): unknown => format.parse(format.encode(body as never))

    it.each(bodies)(
      "arrives as it was, with the members that it must have: %j",
      (body, optional) => {
        expect(read(body)).toEqual(body)
        expect(read({ ...body, more: 1 })).toBeUndefined()
        for (const member of Object.keys(body)) {
          const { [member as never]: left, ...others } = body
          expect(left).toBeDefined()
          expect(read(others), member).toEqual(optional.includes(member) ? others : undefined)
        }
      },
    )
  })

  it("counts from zero, and names a key and a region that there can be", () => {
    const [, , , , [confirm]] = requests as typeof requests & { 4: [object] }
    expect(read(confirm, { since: 0 })).toBeDefined()
    for (const wrong of [{ since: -1 }, { since: 0.5 }, { account: "1" }, { keyId: "1" }]) {
      expect(read(confirm, wrong)).toBeUndefined()
    }
    const moved = { kind: "moved", region: "nowhere" } as const
    expect(replyFormat.parse(replyFormat.encode(moved))).toBeUndefined()
  })

  const read = (body: object, members: object): unknown =>
    requestFormat.parse(requestFormat.encode({ ...body, ...members } as never))
})
