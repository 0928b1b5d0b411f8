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

it("a service on whose behalf nobody could call is a TypeError", async () => {
  const caller = await ask(past)
  for (const name of ["", "orders", "Orders.amazonaws.com", "a b.c"]) {
    expect(() => onBehalf(caller, name)).toThrow(TypeError)
  }
})
