import { describe, expect, it } from "vitest"
import type { AccountsInput, StsCaller } from "../src/index.js"
import { account, policy, roleArn, startMs, trust, userArn } from "./support/accounts.js"
import { openPlainSessions } from "./support/sessions.js"

const all = { all: policy({}) }
const wide = trust({ AWS: account }, { Action: "sts:*" })
const accounts: AccountsInput = {
  accounts: {
    [account]: {
      users: { alice: { policies: all, tags: { user: "alice" } } },
      roles: {
        First: { trustPolicy: wide, policies: all, maxSessionSeconds: 43_200 },
        Next: { trustPolicy: wide, policies: all, maxSessionSeconds: 43_200 },
        Short: { trustPolicy: wide, policies: all },
        Bare: { trustPolicy: trust({ AWS: account }), policies: all },
      },
    },
  },
}

const asked = (name: string, more: object = {}) => ({
  ...{ RoleArn: roleArn(name), RoleSessionName: "run", ...more },
})
const tagsOf = (count: number, prefix = "k") =>
  Array.from({ length: count }, (_, i) => ({ Key: `${prefix}${i}`, Value: "v" }))

async function open(given = accounts) {
  const world = await openPlainSessions(given)
  const alice = await world.user("alice")
  const assume = (caller: StsCaller, name: string, more: object = {}) =>
    world.sts.call(caller, "AssumeRole", asked(name, more))
  /** The session that alice has made. */
  const first = async (more: object = {}) =>
    world.holder((await assume(alice, "First", more)).Credentials)
  return { ...world, alice, assume, first }
}

const notAuthorized = (who: string, action: string, name: string) => ({
  name: "AccessDenied",
  message: `User: ${who} is not authorized to perform: ${action} on resource: ${roleArn(name)}`,
})
const invalid = (message: string) => ({ name: "ValidationError", message })
const firstArn = `arn:aws:sts::${account}:assumed-role/First/run`

describe("a role session that assumes a role", () => {
  it("may say its source identity once more, and no other", async () => {
    const { first, assume } = await open()
    const named = await first({ SourceIdentity: "alice" })
    const { SourceIdentity } = await assume(named, "Next", { SourceIdentity: "alice" })
    expect(SourceIdentity).toBe("alice")
    expect(await assume(named, "Next")).toHaveProperty("SourceIdentity", "alice")
    const other = assume(named, "Next", { SourceIdentity: "bob" })
    await expect(other).rejects.toMatchObject(
      notAuthorized(firstArn, "sts:SetSourceIdentity", "Next"),
    )
    // One without may say its first; nobody else has one.
    const bare = await first()
    expect(await assume(bare, "Next", { SourceIdentity: "bob" })).toHaveProperty("SourceIdentity")
    expect(await assume(bare, "Next")).not.toHaveProperty("SourceIdentity")
  })

  it("needs the permission for a source identity and for tags, also those that it inherits", async () => {
    const { first, assume, alice } = await open()
    const said = { SourceIdentity: "alice" }
    const tagged = { Tags: tagsOf(1), TransitiveTagKeys: ["k0"] }
    for (const [caller, who, more, action] of [
      [alice, userArn("alice"), said, "sts:SetSourceIdentity"],
      [await first(said), firstArn, {}, "sts:SetSourceIdentity"],
      [alice, userArn("alice"), { Tags: tagsOf(1) }, "sts:TagSession"],
      [await first(tagged), firstArn, {}, "sts:TagSession"],
    ] as const) {
      const call = assume(caller, "Bare", more)
      await expect(call).rejects.toMatchObject(notAuthorized(who, action, "Bare"))
    }
    await assume(alice, "Bare")
  })

  it("has a session of an hour at most, whatever the role lets others have", async () => {
    const { first, assume, alice } = await open()
    const session = await first()
    const { Credentials } = await assume(session, "Next")
    expect(Credentials.Expiration).toEqual(new Date(startMs + 3_600_000))
    await assume(session, "Next", { DurationSeconds: 3600 })
    await expect(assume(session, "Next", { DurationSeconds: 3601 })).rejects.toMatchObject(
      invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by " +
          "role chaining",
      ),
    )
    const long = await assume(alice, "Next", { DurationSeconds: 43_200 })
    expect(long.Credentials.Expiration).toEqual(new Date(startMs + 43_200_000))
    await expect(assume(alice, "Short", { DurationSeconds: 3601 })).rejects.toMatchObject(
      invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    )
  })

  it("has 50 tags at most, with those that it inherits", async () => {
    const { first, assume } = await open()
    const TransitiveTagKeys = tagsOf(49).map(({ Key }) => Key)
    const session = await first({ Tags: tagsOf(50), TransitiveTagKeys })
    await assume(session, "Next", { Tags: tagsOf(1, "more") })
    const call = assume(session, "Next", { Tags: tagsOf(2, "more") })
    await expect(call).rejects.toMatchObject(invalid("A session has at most 50 tags."))
  })

  it("hands on what is transitive through every role, and cannot say otherwise", async () => {
    const { first, assume, holder } = await open()
    const Tags = [...tagsOf(2), { Key: "Team", Value: "blue" }]
    const session = await first({ Tags, TransitiveTagKeys: ["team"] })
    const more = { Tags: [{ Key: "cost", Value: "1" }], TransitiveTagKeys: ["COST"] }
    const second = await holder((await assume(session, "Next", more)).Credentials)
    expect(second.bearer?.session?.tags).toEqual({ Team: "blue", cost: "1" })
    const third = await holder((await assume(second, "First")).Credentials)
    expect(third.bearer?.session?.tags).toEqual({ Team: "blue", cost: "1" })
    for (const Key of ["team", "Team", "cost"]) {
      const call = assume(second, "First", { Tags: [{ Key, Value: "x" }] })
      await expect(call).rejects.toMatchObject(
        invalid(
          "One of the specified transitive tag keys can't be set because it conflicts with a " +
            "transitive tag key from the calling session.",
        ),
      )
    }
  })
})

describe("what is wrong with the tags of a session", () => {
  it.each([
    [
      [
        { Key: "a", Value: "" },
        { Key: "A", Value: "" },
      ],
      [],
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
    [[], ["a"], "The specified transitive tag key must be included in the requested tags."],
    [
      tagsOf(1),
      ["k0", "k1"],
      "The specified transitive tag key must be included in the requested tags.",
    ],
  ])("%j, transitive %j, is said in the words of AWS", async (Tags, TransitiveTagKeys, said) => {
    const { assume, alice } = await open()
    const call = assume(alice, "First", { Tags, TransitiveTagKeys })
    await expect(call).rejects.toMatchObject(invalid(said))
  })
})

describe("AssumeRole is nothing for", () => {
  it("the root user of an account", async () => {
    const { sts, assume } = await open()
    const call = assume(sts.vouch(`arn:aws:iam::${account}:root`), "First")
    await expect(call).rejects.toMatchObject({
      ...{ name: "AccessDenied", message: "Roles may not be assumed by root accounts." },
    })
  })

  it("federated users, whatever their policies and the trust policy say", async () => {
    const { sts, alice, assume, holder } = await open()
    const federated = { Name: "eve", Policy: JSON.stringify(policy({})) }
    const { Credentials } = await sts.call(alice, "GetFederationToken", federated)
    const arn = `arn:aws:sts::${account}:federated-user/eve`
    const call = assume(await holder(Credentials), "First")
    await expect(call).rejects.toMatchObject(notAuthorized(arn, "sts:AssumeRole", "First"))
  })

  it("names of users: nobody assumes one, and what is there is not told", async () => {
    const { alice, sts } = await open()
    for (const RoleArn of [userArn("alice"), roleArn("None"), "arn:aws:iam::1:role/x"]) {
      const call = sts.call(alice, "AssumeRole", { RoleArn, RoleSessionName: "run" })
      await expect(call).rejects.toMatchObject({
        name: "AccessDenied",
        message: `User: ${userArn("alice")} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      })
    }
  })
})
