import { describe, expect, it, test } from "vitest"
import { readAuthorization } from "../src/authorization.js"
import { type HttpRequest, headerOf, parameterOf } from "../src/http.js"
import { requestFor } from "./support/requests.js"

const region = "us-east-1"
const scope = "20310517/us-east-1/kms/aws4_request"
const date = { "x-amz-date": "20310517T083012Z" }

const inHeader = (authorization: string, headers: object = date) =>
  requestFor("ListKeys", "{}", { headers: { ...headers, authorization } })
const header = (credential: string) =>
  `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`
const inQuery = (query: object) => requestFor("ListKeys", "{}", { headers: {}, query })
const query = {
  "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
  "X-Amz-Credential": `AKID/${scope}`,
  "X-Amz-Date": "20310517T083012Z",
  "X-Amz-SignedHeaders": "host",
  "X-Amz-Signature": "00",
}

const required = (name: string) => `Authorization header requires '${name}' parameter.`
const undated =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
const elements =
  "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
const incomplete = (message: string) => ({ name: "IncompleteSignatureException", message })
const invalid = (message: string) => ({ name: "InvalidSignatureException", message })
const missing = {
  name: "MissingAuthenticationTokenException",
  message: "Missing Authentication Token",
}
const scoped = (of: string) => `Credential should be scoped ${of}`

const signers: readonly (readonly [string, HttpRequest, string])[] = [
  ["its header says", inHeader(header(`AKID/${scope}`)), "AKID"],
  ["its header says, dated by `Date`", inHeader(header(`AKID/${scope}`), { Date: "x" }), "AKID"],
  [
    "its header says without spaces",
    inHeader(`AWS4-HMAC-SHA256 Credential=AKID/${scope},SignedHeaders=host,Signature=00`),
    "AKID",
  ],
  [
    "its header says with more of them",
    inHeader(
      `AWS4-HMAC-SHA256  Signature = 00 ,  SignedHeaders = host ,  Credential = AKID/${scope} `,
    ),
    "AKID",
  ],
  ["is 128 characters", inHeader(header(`${"A".repeat(128)}/${scope}`)), "A".repeat(128)],
  ["is any printable character", inHeader(header(`!~=/${scope}`)), "!~="],
  ["its query says", inQuery(query), "AKID"],
  [
    "its query says, also beside an empty header",
    { ...inQuery(query), headers: { authorization: "" } },
    "AKID",
  ],
  [
    "its query says in small letters",
    inQuery(
      Object.fromEntries(Object.entries(query).map(([name, value]) => [name.toLowerCase(), value])),
    ),
    "AKID",
  ],
]

const refusals: readonly (readonly [string, HttpRequest, object])[] = [
  ["nothing", requestFor("ListKeys", "{}", { headers: {} }), missing],
  ["an empty header", inHeader(""), missing],
  ["another algorithm in the query", inQuery({ ...query, "X-Amz-Algorithm": "X" }), missing],
  [
    "another algorithm",
    inHeader(header(`AKID/${scope}`).replace("SHA256", "SHA512")),
    incomplete(
      [required("Credential"), required("Signature"), required("SignedHeaders")].join(" "),
    ),
  ],
  [
    "nothing behind the algorithm",
    inHeader("AWS4-HMAC-SHA256 ", {}),
    incomplete(
      [required("Credential"), required("Signature"), required("SignedHeaders"), undated].join(" "),
    ),
  ],
  ["no date", inHeader(header(`AKID/${scope}`), {}), incomplete(undated)],
  [
    "a parameter that is only named",
    inHeader("AWS4-HMAC-SHA256 Credential=a, SignedHeaders, Signature=00"),
    incomplete(required("SignedHeaders")),
  ],
  [
    "a parameter twice, once only named",
    inHeader(`AWS4-HMAC-SHA256 Signature, Credential=AKID/${scope}, SignedHeaders=h, Signature=0`),
    incomplete("Authorization header has a parameter twice."),
  ],
  [
    "a parameter twice",
    inHeader(`${header(`AKID/${scope}`)}, Credential=a`),
    incomplete("Authorization header has a parameter twice."),
  ],
  ["four elements", inHeader(header("AKID/20310517/us-east-1/kms")), incomplete(elements)],
  ["six elements", inHeader(header(`AKID/${scope}/`)), incomplete(elements)],
  ["nobody", inHeader(header(`/${scope}`)), incomplete(elements)],
  ["a space", inHeader(header(`A D/${scope}`)), incomplete(elements)],
  ["a line", inHeader(header(`A\u007f/${scope}`)), incomplete(elements)],
  ["129 characters", inHeader(header(`${"A".repeat(129)}/${scope}`)), incomplete(elements)],
  [
    "everything wrong",
    inHeader(header("AKID/today/eu-west-1/s3/aws5_request")),
    invalid(
      [
        scoped("to a valid region."),
        scoped("to correct service: 'kms'."),
        scoped("with a valid terminator: 'aws4_request'."),
        "Date in Credential scope is not valid.",
      ].join(" "),
    ),
  ],
  ...["2031051", "203105170", "x2031051"].map(
    (day) =>
      [
        `the date ${day}`,
        inHeader(header(`AKID/${day}/us-east-1/kms/aws4_request`)),
        invalid("Date in Credential scope is not valid."),
      ] as const,
  ),
  [
    "another region in the query",
    inQuery({ ...query, "X-Amz-Credential": "AKID/20310517/eu-west-1/kms/aws4_request" }),
    invalid(scoped("to a valid region.")),
  ],
  [
    "an algorithm alone in the query",
    inQuery({ "X-Amz-Algorithm": "AWS4-HMAC-SHA256" }),
    incomplete(
      ["Credential", "Signature", "SignedHeaders", "Date"]
        .map((name) => `AWS query-string parameters must include 'X-Amz-${name}'.`)
        .join(" "),
    ),
  ],
  ...["Credential", "Signature", "SignedHeaders", "Date"].map(
    (name) =>
      [
        `an empty ${name} in the query`,
        inQuery({ ...query, [`X-Amz-${name}`]: "" }),
        incomplete(`AWS query-string parameters must include 'X-Amz-${name}'.`),
      ] as const,
  ),
]

describe("who signs a request", () => {
  it.each(signers)("%s", (_, request, accessKeyId) => {
    expect(readAuthorization(request, region)).toEqual({ accessKeyId, region })
  })

  it.each(refusals)("is not told by %s", (_, request, error) => {
    expect(() => readAuthorization(request, region)).toThrow(expect.objectContaining(error))
  })
})

describe("what a request says by a name", () => {
  test("is in a header of any case, and joined where it is there twice", () => {
    const request = requestFor("ListKeys", "{}", {
      headers: { A: "1", "x-ab": "2", "X-AB": "3", "x-abc": "4", "X-Aß": "5", n: 6 },
    })
    const all = ["a", "x-ab", "x-abc", "n", "none"].map((name) => headerOf(request, name))
    expect(all).toEqual(["1", "2, 3", "4", "6", undefined])
  })

  it.each<[string, string | undefined]>([
    ["/", undefined],
    ["/?", undefined],
    ["/?b=1", undefined],
    ["/?a=1", "1"],
    ["/?A=1", "1"],
    ["/?b=2&a=1&c=3", "1"],
    ["/?a=", ""],
    ["/?a", ""],
    ["/?a=x%20y%3D=z", "x y==z"],
    ["/?%61=1", "1"],
    ["/?a=%", ""],
    ["/?%=1", undefined],
    ["/?a=1&a=2", ""],
    ["/?a=1&A", ""],
    ["/?a=1&a=1&a=1", ""],
  ])("in %s is %j", (path, value) => {
    expect(parameterOf(requestFor("ListKeys", "{}", { path }), "a")).toBe(value)
  })
})
