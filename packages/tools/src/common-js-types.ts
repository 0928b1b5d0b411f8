/*
 * The declarations of the CommonJS build. They are those of the ECMAScript modules under another
 * name, so that a type is one and the same whichever way a module was loaded.
 */

const list = /^export (type )?\{([^}]*)\}/gm
const declaration = /^export (?:declare )?(?:interface|type|class|abstract class) (\w+)/gm

/** The names that a file of declarations exports and that are types, or may be. */
function namesIn(declarations: string): readonly string[] {
  const listed = [...declarations.matchAll(list)].flatMap(([, , names = ""]) => names.split(","))
  const declared = [...declarations.matchAll(declaration)].map(([, name = ""]) => name)
  const last = (name: string) => name.trim().split(/\s+/).at(-1) ?? ""
  return [...new Set([...listed.map(last), ...declared])].filter((name) => name !== "")
}

const isClass = (value: unknown): boolean =>
  typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))

/** A file of declarations that says what `esm` says: a path, its text, and what it exports. */
export function commonJsTypes(
  path: string,
  declarations: string,
  exported: Readonly<Record<string, unknown>>,
): string {
  const from = `from ${JSON.stringify(path)} with { "resolution-mode": "import" }`
  const values = Object.entries(exported)
  const types = namesIn(declarations).filter((name) => !Object.hasOwn(exported, name))
  return [
    `import type * as esm ${from}`,
    `export type { ${types.join(", ")} } ${from}`,
    ...values.map(([name]) => `export declare const ${name}: typeof esm.${name}`),
    ...values
      .filter(([, value]) => isClass(value))
      .map(([name]) => `export type ${name} = esm.${name}`),
    "",
  ].join("\n")
}
