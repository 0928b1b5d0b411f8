import { createMemoryKms } from "@keywright/core/memory"
import { describe, expect, it } from "vitest"
import {
  type Connection,
  createIdentify,
  fixed,
  onBehalf,
  type VpcEndpointInput,
  vpcEndpoint,
} from "../src/index.js"
import { account, policy, userArn } from "./support/accounts.js"

const name = "vpce-0123456789abcdef0-abcdefgh.kms.eu-central-1.vpce.amazonaws.com"
const input: VpcEndpointInput = {
  ...{ id: "vpce-0123456789abcdef0", vpc: "vpc-0123456789abcdef0" },
  addresses: ["10.0.0.0/16", "fd00::/8"],
  dnsNames: [name, "kms.eu-central-1.amazonaws.com"],
}
const endpoint = vpcEndpoint(input)
const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" }
const identify = createIdentify({ ways: [fixed(userArn("alice"))] })

const ask = (connection: Connection, host = name) =>
  identify(
    { method: "POST", target: "/", headers: { host }, body: new Uint8Array(), connection },
    { region: "eu-central-1" },
  )

const through = { tls, vpcEndpoint: endpoint, remoteAddress: "10.0.4.7" }
const past = { tls, remoteAddress: "203.0.113.7" }

describe("a request through a VPC endpoint", () => {
  it("has the endpoint and its private address, and no public one", async () => {
    const { context } = await ask(through)
    expect(context).toMatchObject({
      ...{ sourceVpce: endpoint.id, sourceVpc: endpoint.vpc, vpcSourceIp: "10.0.4.7" },
    })
    expect(context.sourceIp).toBeUndefined()
    await ask({ ...through, remoteAddress: "::ffff:10.0.4.7" })
    await ask({ ...through, remoteAddress: "fd00::1" }, "KMS.eu-central-1.amazonaws.com:8443")
  })

  it.each<readonly [string, string | undefined, string]>([
    ["from an address that is none of its clients'", "10.1.0.1", name],
    ["from a public address", "203.0.113.7", name],
    ["from nowhere", undefined, name],
    ["from what is no address", "10.0.0.1.evil", name],
    ["to another name", "10.0.4.7", "kms.us-east-1.amazonaws.com"],
    ["to a name that only begins like it", "10.0.4.7", `${name}.example.com`],
    ["to no name", "10.0.4.7", ""],
  ])("%s is refused", async (_case, remoteAddress, host) => {
    const asked = ask({ ...through, remoteAddress }, host)
    await expect(asked).rejects.toMatchObject({ name: "AccessDenied" })
  })

  it("may do what the policy of the endpoint allows, and past it nothing has changed", async () => {
    const listing = vpcEndpoint({
      ...input,
      policy: policy({ Principal: "*", Action: "kms:List*" }),
    })
    expect(vpcEndpoint(input).policies).toEqual({})
    const kms = await createMemoryKms({
      account,
      identities: { [userArn("alice")]: { policies: [policy({})] } },
      guardrails: { vpcEndpointPolicies: listing.policies },
    })
    const inside = await ask({ ...through, vpcEndpoint: listing })
    await kms.as(inside.principal, inside.context).listKeys({})
    const made = kms.as(inside.principal, inside.context).createKey({})
    await expect(made).rejects.toHaveProperty("name", "AccessDeniedException")
    const outside = await ask(past)
    await kms.as(outside.principal, outside.context).createKey({})
  })
})

/** Whether a principal with a policy may list keys in a way. */
async function mayList(caller: { principal: string; context: object }, ...denied: object[]) {
  const policies = [policy({}), ...denied.map((Condition) => policy({ Effect: "Deny", Condition }))]
  const kms = await createMemoryKms({ account, identities: { [userArn("alice")]: { policies } } })
  return kms
    .as(caller.principal, caller.context)
    .listKeys({})
    .then(
      () => true,
      ({ name: refusal }: Error) => {
        expect(refusal).toBe("AccessDeniedException")
        return false
      },
    )
}

describe("a policy that lets nobody in but through an endpoint", () => {
  const elsewhere = { StringNotEquals: { "aws:SourceVpce": endpoint.id } }
  const service = "orders.eu-central-1.amazonaws.com"

  it("keeps out what comes past it", async () => {
    expect(await mayList(await ask(through), elsewhere)).toBe(true)
    expect(await mayList(await ask(past), elsewhere)).toBe(false)
  })

  it("keeps out a service that calls on behalf, also of who came through it", async () => {
    const caller = onBehalf(await ask(through), service)
    expect(caller.context).not.toHaveProperty("sourceVpce")
    expect(await mayList(caller, elsewhere)).toBe(false)
  })

  it("keeps out a service that would bring along what its host knows of the endpoint", async () => {
    const keys = {
      "aws:VpceOrgID": "o-1",
      "AWS:sourceVpcArn": "arn",
      "aws:SourceIdentity": "alice",
    }
    const known = createIdentify({
      ways: [fixed(userArn("alice"))],
      factsOf: () => keys,
    })
    const request = { method: "POST", target: "/", headers: {}, body: new Uint8Array() }
    const caller = onBehalf(await known(request, { region: "eu-central-1" }), service)
    expect(Object.keys(caller.context.conditionKeys).sort()).toEqual([
      ...["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:SourceIdentity"],
    ])
    const elsewhereInOrg = { StringNotEquals: { "aws:VpceOrgID": "o-1" } }
    expect(await mayList(caller, elsewhereInOrg)).toBe(false)
  })

  it("lets a service go on as whoever has called, session and all", async () => {
    const caller = await ask(through)
    const session = { tags: { team: "blue" } }
    const roleArn = "arn:aws:iam::111122223333:role/App"
    for (const more of [{}, { session }, { roleArn }, { issuerUserArn: userArn("bob") }]) {
      const { principal, context } = onBehalf(
        { ...caller, context: { ...caller.context, ...more } },
        service,
      )
      expect(principal).toBe(caller.principal)
      const { conditionKeys: _, viaService, ...kept } = context
      expect([viaService, kept]).toEqual([service, more])
    }
  })

  it("lets such a service in where it excepts calls on behalf", async () => {
    const excepted = { ...elsewhere, Bool: { "aws:ViaAWSService": "false" } }
    expect(await mayList(onBehalf(await ask(through), service), excepted)).toBe(true)
    expect(await mayList(await ask(past), excepted)).toBe(false)
  })

  it("can name the services that a call came through", async () => {
    const first = onBehalf(await ask(through), service)
    const caller = onBehalf(first, "mail.eu-central-1.amazonaws.com")
    const condition = (value: string) => ({
      "ForAnyValue:StringEquals": { "aws:CalledVia": value },
    })
    expect(await mayList(caller, condition(service))).toBe(false)
    expect(await mayList(caller, condition("logs.amazonaws.com"))).toBe(true)
    expect(await mayList(caller, { StringEquals: { "aws:CalledViaFirst": service } })).toBe(false)
    expect(await mayList(caller, { StringEquals: { "aws:CalledViaLast": service } })).toBe(true)
    expect(await mayList(caller, { StringEquals: { "kms:ViaService": service } })).toBe(true)
  })
})

it.each<readonly [string, Partial<VpcEndpointInput>]>([
  ["an id", { id: "vpce-x" }],
  ["a VPC", { vpc: "vpc" }],
  ["no addresses", { addresses: [] }],
  ["all addresses", { addresses: ["0.0.0.0/0"] }],
  ["public addresses", { addresses: ["203.0.113.0/24"] }],
  ["a range that reaches beyond what is private", { addresses: ["10.0.0.0/7"] }],
  ["a range that does so as mapped addresses", { addresses: ["::ffff:10.0.0.0/100"] }],
  ["what is no range", { addresses: ["10.0.0.0/x"] }],
  ["no names", { dnsNames: [] }],
  ["a name with a port", { dnsNames: ["kms:443"] }],
  ["a name for all", { dnsNames: ["*.amazonaws.com"] }],
])("an endpoint with %s is a TypeError", (_case, wrong) => {
  expect(() => vpcEndpoint({ ...input, ...wrong })).toThrow(TypeError)
})

it.each([
  // Source: RFC 1918, RFC 6598, RFC 4193, RFC 1122.
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"],
  ...["10.255.255.255/32", "172.31.255.0/24", "192.168.255.255", "100.127.0.0/16", "127.0.0.1"],
  ...["fc00::/7", "fdff::/16", "fd00::1", "::1/128", "::1"],
])("an endpoint has clients of the private addresses %s", (range) => {
  const { problemOf } = vpcEndpoint({ ...input, addresses: ["10.0.0.0/16", range] })
  expect(problemOf(range.split("/")[0], name)).toBeUndefined()
})

it.each([
  ...["10.0.0.0/7", "172.16.0.0/11", "192.168.0.0/15", "100.64.0.0/9", "127.0.0.0/7", "fc00::/6"],
  ...["9.255.255.255", "11.0.0.0/8", "172.15.0.0/16", "172.32.0.0/16", "192.167.0.0/16"],
  ...["192.169.0.0/16", "100.63.0.0/16", "100.128.0.0/16", "126.0.0.1", "128.0.0.0/8"],
  ...["fbff::/16", "fe00::/16", "::/127", "::2", "::ffff:10.0.0.0/104", "::1/127", "", "/8"],
])("an endpoint has no clients of %s, which is not private", (range) => {
  const act = () => vpcEndpoint({ ...input, addresses: ["10.0.0.0/16", range] })
  expect(act).toThrow(new TypeError("`addresses` must be ranges of private addresses"))
})

it.each<[Partial<VpcEndpointInput>, string | undefined]>([
  [{ id: "vpce-01234567" }, undefined],
  [{ id: "vpce-0123456789abcdef0" }, undefined],
  [{ id: "vpce-0123456" }, "`id` must be that of a VPC endpoint"],
  [{ id: "vpce-0123456789abcdef01" }, "`id` must be that of a VPC endpoint"],
  [{ id: "xvpce-01234567" }, "`id` must be that of a VPC endpoint"],
  [{ id: "vpce-0123456g" }, "`id` must be that of a VPC endpoint"],
  [{ vpc: "vpc-01234567" }, undefined],
  [{ vpc: "vpc-0123456" }, "`vpc` must be the id of a VPC"],
  [{ vpc: "vpc-0123456789abcdef01" }, "`vpc` must be the id of a VPC"],
  [{ vpc: "xvpc-01234567" }, "`vpc` must be the id of a VPC"],
  [{ addresses: [] }, "`addresses` must be ranges of private addresses"],
  [{ dnsNames: ["a", "a-1.b", `${"a".repeat(63)}.${"b".repeat(63)}`] }, undefined],
  [{ dnsNames: [] }, "`dnsNames` must be host names in lower case"],
  ...["", "A", "a.", ".a", "a..b", "a b", "a_b", "a".repeat(64), `${"a".repeat(64)}.b`, "a:1"].map(
    (one): [Partial<VpcEndpointInput>, string] => [
      { dnsNames: ["a", one] },
      "`dnsNames` must be host names in lower case",
    ],
  ),
])("an endpoint is checked: %j", (more, said) => {
  if (said === undefined) expect(vpcEndpoint({ ...input, ...more })).toSatisfy(Object.isFrozen)
  else expect(() => vpcEndpoint({ ...input, ...more })).toThrow(new TypeError(said))
})

it("an endpoint says why nobody has come through it", () => {
  const asked = endpoint.problemOf
  const [noAddress, noName] = [
    "No client of vpce-0123456789abcdef0 has this address.",
    "vpce-0123456789abcdef0 has no such name.",
  ]
  for (const [address, host, problem] of [
    ["10.0.0.1", name, undefined],
    ["10.0.0.1", `${name.toUpperCase()}:1`, undefined],
    ["10.0.0.1", `${name}:65535`, undefined],
    ["10.0.0.1", `${name}:123456`, noName],
    ["10.0.0.1", `${name}:`, noName],
    ["10.0.0.1", `${name}:80:`, noName],
    ["10.0.0.1", `a:80.${name}`, noName],
    ["10.0.0.1", undefined, noName],
    ["10.1.0.1", name, noAddress],
    [undefined, name, noAddress],
  ] as const) {
    expect(asked(address, host)).toBe(problem)
  }
  const document = policy({ Principal: "*" })
  const { policies } = vpcEndpoint({ ...input, policy: document })
  expect(policies).toEqual({ "vpce-0123456789abcdef0": document })
  expect(policies).toSatisfy(Object.isFrozen)
  expect(endpoint).toMatchObject({ id: input.id, vpc: input.vpc, policies: {} })
})

it("a service on whose behalf nobody could call is a TypeError", async () => {
  const caller = await ask(past)
  for (const name of ["", "orders", "Orders.amazonaws.com", "a b.c"]) {
    expect(() => onBehalf(caller, name)).toThrow(TypeError)
  }
})
