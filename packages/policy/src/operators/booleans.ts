import type { CompileValues } from "./operator.js"
import { compileIgnoringCase } from "./strings.js"

/** `true` or `false` in any letter case, as text or JSON boolean; anything else matches nothing. */
export const compileBoolean: CompileValues = (values, variables) => {
  const matches = compileIgnoringCase(values, variables)
  return (text, read) => isBoolean(text) && matches(text, read)
}

export function isBoolean(text: string): boolean {
  const lower = text.toLowerCase()
  return lower === "true" || lower === "false"
}
