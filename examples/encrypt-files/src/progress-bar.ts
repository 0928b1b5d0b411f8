const widthCharacters = 30

/** One line of a terminal that fills up, drawn anew when it looks different. */
export function createProgressBar(write: (text: string) => void) {
  let shown = -1
  return (done: number, all: number): void => {
    const percent = all === 0 ? 100 : Math.floor((done / all) * 100)
    if (percent === shown) return
    shown = percent
    const full = Math.round((percent / 100) * widthCharacters)
    const bar = "#".repeat(full).padEnd(widthCharacters, ".")
    write(`\r[${bar}] ${String(percent).padStart(3)} % of ${all.toLocaleString("en")} bytes`)
  }
}
