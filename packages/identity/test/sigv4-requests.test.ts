import { describe, expect, it } from "vitest"
import { parameterOf, readRequest, type SignedRequest } from "../src/sigv4/request.js"

const usual: SignedRequest = { method: "POST", target: "/", headers: {}, body: new Uint8Array(1) }
const read = (more: Partial<SignedRequest>) => readRequest({ ...usual, ...more })
const headersOf = (headers: SignedRequest["headers"]) =>
  Object.fromEntries(read({ headers }).headers)

function expectRefused(act: () => unknown, said: string, reason = "not understood"): void {
  expect(act).toThrow(expect.objectContaining({ reason }))
  expect(act).toThrow(said)
}

describe("a request as it came over the wire", () => {
  it.each([
    ["/", "/", []],
    ["/?", "/", []],
    ["/a/b?c=d", "/a/b", [["c", "d"]]],
    ["/?c", "/", [["c", ""]]],
    ["/?c=", "/", [["c", ""]]],
    ["/?=d", "/", [["", "d"]]],
    [
      "/?c=d=e&&f=?",
      "/",
      [
        ["c", "d=e"],
        ["f", "?"],
      ],
    ],
    ["/%41?%63=%2B+", "/%41", [["c", "++"]]],
  ])("has a path and a query: %s", (target, path, query) => {
    const request = read({ target })
    expect(request.path).toBe(path)
    expect(request.query.map(({ name, value }) => [name, value])).toEqual(query)
    expect([request.method, request.body]).toEqual([usual.method, usual.body])
  })

  it.each(["", "a", "?a=b", " /", "/ ", "/a b", "/\t", "/#a", "/\ud800", `/${"a".repeat(65_536)}`])(
    "has no other target: %j",
    (target) => expectRefused(() => read({ target }), "The request has no path."),
  )

  it("has a target of up to 65,536 characters", () => {
    expect(read({ target: `/${"a".repeat(65_535)}` }).path).toHaveLength(65_536)
  })

  it.each(["", "GE T", "GET\n", "G\u00e9T", "GET,", "(GET)", "x GET"])(
    "has a method that is a token: %j",
    (method) => expectRefused(() => read({ method }), "The request has no method."),
  )

  it("has any token as its method", () => {
    for (const method of ["GET", "x", "!#$%&'*+-.^_`|~09AZaz"]) {
      expect(read({ method }).method).toBe(method)
    }
  })

  it.each(["/?%", "/?a=%4", "/?%gg=1", "/?a=%ff"])("has an encoded query: %s", (target) => {
    expectRefused(() => read({ target }), "not encoded as it should be")
  })

  it("has as many parameters and headers as there may be, and no more", () => {
    const query = (count: number) => `/?${Array(count).fill("a=b").join("&")}`
    expect(read({ target: query(200) }).query).toHaveLength(200)
    expectRefused(() => read({ target: query(201) }), "too many parameters")
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "y"]))
    expect(read({ headers: headers(200) }).headers.size).toBe(200)
    expectRefused(() => read({ headers: headers(201) }), "too many headers")
  })
})

describe("the headers of a request", () => {
  it("are read by their names in lower case, with one space for many", () => {
    expect(
      headersOf({ "X-A": "  b  c\t\td ", "x-none": undefined, Host: "h", "x-b": "a\tb" }),
    ).toEqual({ "x-a": "b c d", host: "h", "x-b": "a b" })
    expect(headersOf({ "x-a": ["b ", " c"] })).toEqual({ "x-a": "b,c" })
  })

  it("name the host as HTTP/2 does, and nothing else of it", () => {
    expect(headersOf({ ":authority": "h", ":method": "POST", ":path": "/" })).toEqual({ host: "h" })
    expect(headersOf({ ":authority": "h", host: "h" })).toEqual({ host: "h" })
    expectRefused(() => headersOf({ ":authority": "h", host: "other" }), "'host' is there twice")
    expectRefused(() => headersOf({ "X-A": "1", "x-a": "2" }), "'x-a' is there twice")
  })

  it.each(["", "a b", "a:b", "x-\u00e9", "x\n"])("have names that are tokens: %j", (name) => {
    expectRefused(() => headersOf({ [name]: "x" }), "a name that is none")
  })
})

describe("a parameter", () => {
  const request = read({ target: "/?X-Amz-Date=a&b=1&B=2" })

  it("is found in any letter case, and is there once", () => {
    expect(parameterOf(request, "x-amz-date")).toBe("a")
    expect(parameterOf(request, "X-AMZ-DATE")).toBe("a")
    expect(parameterOf(request, "c")).toBeUndefined()
    expectRefused(
      () => parameterOf(request, "b"),
      "The parameter 'b' is there twice.",
      "incomplete",
    )
  })
})
