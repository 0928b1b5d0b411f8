/** RFC 3986: everything but the unreserved characters is encoded. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** A query, decoded: several values of one name as a list. As the AWS SDK for JavaScript has it. */
export type DecodedQuery = Readonly<Record<string, string | readonly string[] | null>>

/** Path and query as they would stand on the request line: the `target` of a signed request. */
export function targetOf(path: string, query: DecodedQuery = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = typeof value === "string" ? [value] : (value ?? [""])
    return values.map((one) => `${encoded(name)}=${encoded(one)}`)
  })
  if (pairs.length === 0) return path
  return `${path}${path.includes("?") ? "&" : "?"}${pairs.join("&")}`
}
