import { describe, expect, it } from "vitest"
import { readClaim } from "../src/sigv4/claim.js"

const signature = "0123456789abcdef".repeat(4)
const date = "20261129T120000Z"
const credential = "AKIDEXAMPLE/20261129/eu-central-1/kms/aws4_request"
const signedHeaders = "host;x-amz-date"

const requestOf = (headers: object, query: object = {}) => ({
  ...{ method: "POST", path: "/", body: new Uint8Array(0) },
  headers: new Map<string, string>(Object.entries(headers)),
  query: Object.entries(query).map(([name, value]) => ({ name, value: String(value) })),
})

const headerOf = (more: object = {}) => {
  const parameters = { Credential: credential, SignedHeaders: signedHeaders, Signature: signature }
  const parts = Object.entries({ ...parameters, ...more }).filter(
    ([, value]) => value !== undefined,
  )
  return `AWS4-HMAC-SHA256 ${parts.map(([name, value]) => `${name}=${value}`).join(", ")}`
}

const inHeader = (more: object = {}, headers: object = { "x-amz-date": date }) =>
  readClaim(requestOf({ authorization: headerOf(more), ...headers }))

const usual = {
  "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
  "X-Amz-Credential": credential,
  "X-Amz-Date": date,
  "X-Amz-Expires": "60",
  "X-Amz-SignedHeaders": signedHeaders,
  "X-Amz-Signature": signature,
}

function inQuery(more: object = {}, headers: object = {}) {
  const all = Object.entries({ ...usual, ...more }).filter(([, value]) => value !== undefined)
  return readClaim(requestOf(headers, Object.fromEntries(all)))
}

const claim = {
  accessKeyId: "AKIDEXAMPLE",
  ...{ scopeDate: "20261129", region: "eu-central-1", service: "kms", terminator: "aws4_request" },
  ...{ signedHeaders: ["host", "x-amz-date"], signature, date },
}

const refusedAs = (reason: string) => expect.objectContaining({ reason })

function expectRefused(act: () => unknown, reason: string, said: string): void {
  expect(act).toThrow(refusedAs(reason))
  expect(act).toThrow(said)
}

describe("what a request says of its signature", () => {
  it("stands in its header, with the token of a session beside it", () => {
    const own = { ...claim, form: "header", expiresSeconds: undefined }
    expect(inHeader()).toEqual({ ...own, sessionToken: undefined })
    const headers = { "x-amz-date": date, "x-amz-security-token": "token" }
    expect(inHeader({}, headers)).toEqual({ ...own, sessionToken: "token" })
    // What nobody asks for may be there, with a value or without.
    for (const more of ["ab, ac", "a=1, b=1", "ab"]) {
      const authorization = `${headerOf()}, ${more}`
      expect(readClaim(requestOf({ authorization, "x-amz-date": date }))).toMatchObject(own)
    }
    const narrow = headerOf().replaceAll(", ", ",").replaceAll("=", " = ")
    expect(readClaim(requestOf({ authorization: narrow, "x-amz-date": date }))).toMatchObject(own)
  })

  it("stands in its query, with the time that it lasts", () => {
    const own = { ...claim, form: "presigned", expiresSeconds: 60 }
    expect(inQuery()).toEqual({ ...own, sessionToken: undefined })
    expect(inQuery({ "X-Amz-Security-Token": "token" })).toMatchObject({ sessionToken: "token" })
    expect(inQuery({ "X-Amz-Expires": "604800" })).toMatchObject({ expiresSeconds: 604_800 })
    expect(inQuery({}, { authorization: "" })).toEqual({ ...own, sessionToken: undefined })
  })

  it("is said once, in one of the two places", () => {
    const authorization = headerOf()
    for (const one of ["X-Amz-Signature", "x-amz-algorithm"]) {
      const act = () => readClaim(requestOf({ authorization, "x-amz-date": date }, { [one]: "x" }))
      expectRefused(act, "not understood", "and not in both")
    }
    // What only begins or ends so is a parameter of the request.
    for (const one of ["xX-Amz-Signature", "X-Amz-SignatureX", "X-Amz-Date"]) {
      const request = requestOf({ authorization, "x-amz-date": date }, { [one]: "x" })
      expect(readClaim(request).form).toBe("header")
    }
    for (const headers of [{}, { authorization: "" }]) {
      expectRefused(() => readClaim(requestOf(headers)), "not signed", "Missing Authentication")
    }
  })
})

describe("a header", () => {
  it.each(["Credential", "SignedHeaders", "Signature"])("needs %s, and once", (name) => {
    const said = `Authorization header requires '${name}' parameter.`
    for (const value of [undefined, "", " "]) {
      expectRefused(() => inHeader({ [name]: value }), "incomplete", said)
    }
    const authorization = `${headerOf()}, ${name}=x`
    const act = () => readClaim(requestOf({ authorization, "x-amz-date": date }))
    expectRefused(act, "incomplete", "has a parameter twice")
    const nameless = { authorization: `${headerOf()},=x,=y`, "x-amz-date": date }
    expectRefused(() => readClaim(requestOf(nameless)), "incomplete", "has a parameter twice")
  })

  it("names the algorithm, and a space behind it", () => {
    for (const wrong of ["AWS4-HMAC-SHA512 ", "AWS4-HMAC-SHA256,", "Bearer x ", " "]) {
      const authorization = headerOf().replace("AWS4-HMAC-SHA256 ", wrong)
      const act = () => readClaim(requestOf({ authorization, "x-amz-date": date }))
      expectRefused(act, "not understood", "requires the algorithm AWS4-HMAC-SHA256")
    }
    const authorization = "AWS4-HMAC-SHA256 Credential"
    const act = () => readClaim(requestOf({ authorization, "x-amz-date": date }))
    expectRefused(act, "incomplete", "'Credential'")
  })

  it.each([
    "",
    "AKID",
    "AKID/20261129/eu-central-1/kms",
    `${credential}/more`,
    `/20261129/eu-central-1/kms/aws4_request`,
    "AK ID/20261129/eu-central-1/kms/aws4_request",
    "AK\u00e4D/20261129/eu-central-1/kms/aws4_request",
    `${"A".repeat(129)}/20261129/eu-central-1/kms/aws4_request`,
  ])("has a credential of five parts: %j", (Credential) => {
    const said = Credential
      ? "must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
      : "requires 'Credential' parameter"
    expectRefused(() => inHeader({ Credential }), "incomplete", said)
  })

  it("has the id of an access key of up to 128 characters", () => {
    for (const id of ["A", "!~", "A".repeat(128)]) {
      const Credential = credential.replace("AKIDEXAMPLE", id)
      expect(inHeader({ Credential }).accessKeyId).toBe(id)
    }
  })

  it.each(["", ";", "x-amz-date;host", "host;host", "Host;x-amz-date", "host;", ";host", "a;;b"])(
    "names what is signed in lower case, in order, each once: %j",
    (SignedHeaders) => {
      expect(() => inHeader({ SignedHeaders })).toThrow(
        refusedAs(SignedHeaders === "" ? "incomplete" : "not understood"),
      )
    },
  )

  it.each([signature.slice(1), `${signature}0`, signature.toUpperCase(), `g${signature.slice(1)}`])(
    "has a signature of 64 hexadecimal digits in lower case: %s",
    (Signature) => {
      expectRefused(() => inHeader({ Signature }), "not understood", "64 hexadecimal digits")
    },
  )

  it.each([
    [{ "x-amz-date": date, date: "x" }, date],
    [{ date }, date],
    [{ date: "Sun, 29 Nov 2026 12:00:00 GMT" }, date],
  ])("has the date of the request: %j", (headers, read) => {
    expect(inHeader({}, headers).date).toBe(read)
  })

  it.each([
    { "x-amz-date": `${date}x`, date },
    { "x-amz-date": `x${date}`, date },
    { "x-amz-date": "20261129T12000Z" },
    { "x-amz-date": "2026-11-29T12:00:00Z" },
    { date: "2026-11-29" },
    { date: "Sun, 29 Nov 2026 12:00:00 GMT+1" },
    { date: "xSun, 29 Nov 2026 12:00:00 GMT" },
    { date: "SUN, 29 Nov 2026 12:00:00 GMT" },
    { date: "Sun, 9 Nov 2026 12:00:00 GMT" },
    { date: "Sun, 29 Nov 26 12:00:00 GMT" },
    { date: "Sun, 29 Nov 2026 25:00:00 GMT" },
    { date: "Sun, 29 Nov 2026 12:00 GMT" },
  ])("has no other date: %j", (headers) => {
    expectRefused(() => inHeader({}, headers), "not understood", "ISO-8601 'basic format'")
  })

  it("has a date", () => {
    for (const headers of [{}, { date: "" }, { "x-amz-date": "" }]) {
      expectRefused(() => inHeader({}, headers), "incomplete", "'X-Amz-Date' or a 'Date' header")
    }
  })
})

describe("a query", () => {
  const names = Object.keys(usual).filter((name) => !/Algorithm|Signature$/.test(name))

  it.each([...names, "X-Amz-Algorithm", "X-Amz-Signature"])("needs %s", (name) => {
    for (const value of [undefined, ""]) {
      const said = `AWS query-string parameters requires '${name}' parameter.`
      expectRefused(() => inQuery({ [name]: value }), "incomplete", said)
    }
  })

  it.each([
    [{ "X-Amz-Algorithm": "AWS4-HMAC-SHA512" }, "must be AWS4-HMAC-SHA256"],
    [{ "X-Amz-Date": `${date}0` }, "ISO-8601 'basic format'"],
    [{ "X-Amz-Date": `0${date}` }, "ISO-8601 'basic format'"],
    [{ "X-Amz-Expires": "-1" }, "should be a number"],
    [{ "X-Amz-Expires": "1.5" }, "should be a number"],
    [{ "X-Amz-Expires": "60s" }, "should be a number"],
    [{ "X-Amz-Expires": "1000000" }, "should be a number"],
    [{ "X-Amz-Signature": "x" }, "64 hexadecimal digits"],
    [{ "X-Amz-SignedHeaders": "Host" }, "sorted names in lower case"],
  ])("is not understood with %j", (more, said) => {
    expectRefused(() => inQuery(more), "not understood", said)
  })
})
