// What eslint.go runs in node: the workspace's own eslint over one unsaved text.
// `node -e THIS ESLINT FLAT` reads the question from standard input and writes
// the answer to standard output. The unsaved text of other files takes the place
// of what is on disk for rules that read them, and what is read is noted down.
'use strict'
const fs = require('fs')
const path = require('path')
const { createRequire, syncBuiltinESMExports } = require('module')
const [, folder, flat] = process.argv
const question = JSON.parse(fs.readFileSync(0, 'utf8'))

const unsaved = new Map(Object.entries(question.overlay || {}))
const reads = new Set()
const named = p => {
  if (typeof p === 'number') return ''
  const s = p instanceof URL ? require('url').fileURLToPath(p) : String(p)
  const name = path.resolve(s)
  if (!name.includes('node_modules')) reads.add(name)
  return name
}
const given = (text, o) => (typeof o === 'string' ? o : o && o.encoding) ? text : Buffer.from(text)
const real = Object.assign({}, fs)
const readPromise = fs.promises.readFile.bind(fs.promises)
fs.readFileSync = (p, o) => { const n = named(p); return unsaved.has(n) ? given(unsaved.get(n), o) : real.readFileSync(p, o) }
fs.promises.readFile = async (p, o) => { const n = named(p); return unsaved.has(n) ? given(unsaved.get(n), o) : readPromise(p, o) }
fs.readFile = (p, o, done) => {
  if (typeof o === 'function') [o, done] = [undefined, o]
  const n = named(p)
  if (unsaved.has(n)) process.nextTick(done, null, given(unsaved.get(n), o))
  else real.readFile(p, o, done)
}
fs.existsSync = p => { const n = named(p); return unsaved.has(n) || real.existsSync(p) }
for (const stat of ['statSync', 'lstatSync']) {
  // A file that is not on disk yet is one like node's own program.
  fs[stat] = (p, o) => { const n = named(p); return unsaved.has(n) && !real.existsSync(p) ? real.statSync(process.execPath, o) : real[stat](p, o) }
}
syncBuiltinESMExports()

// imports notes down what a configuration imports of the workspace: node reads
// modules of the newer kind where nobody sees it.
function imports(file, seen) {
  if (seen.has(file) || seen.size > 50) return
  seen.add(file)
  let text
  try { text = real.readFileSync(file, 'utf8') } catch { return }
  reads.add(file)
  for (const m of text.matchAll(/(?:from|import|require)\s*\(?\s*['"](\.[^'"]*)['"]/g)) {
    const at = path.resolve(path.dirname(file), m[1])
    for (const end of ['', '.js', '.cjs', '.mjs', '.json', '.ts', '/index.js']) {
      if (fs.statSync(at + end, { throwIfNoEntry: false })?.isFile()) { imports(at + end, seen); break }
    }
  }
}

async function answer() {
  const load = createRequire(path.join(folder, 'package.json'))
  const api = load(folder)
  const { version } = load(path.join(folder, 'package.json'))
  if (!api.ESLint) return { version, old: true }
  let Class = api.ESLint
  if (api.loadESLint) Class = await api.loadESLint({ cwd: process.cwd(), useFlatConfig: flat !== '' })
  else if (flat !== '') Class = load(path.join(folder, 'use-at-your-own-risk')).FlatESLint || Class
  const eslint = new Class({ cwd: process.cwd() })
  const [result] = await eslint.lintText(question.text, { filePath: question.path, warnIgnored: true })
  if (flat !== '') imports(flat, new Set())
  return { version, messages: result ? result.messages : undefined, reads: [...reads] }
}

const write = process.stdout.write.bind(process.stdout)
process.stdout.write = () => true
answer().catch(e => ({ failed: String((e && e.message) || e), missing: !!e && (e.code === 'MODULE_NOT_FOUND' || e.code === 'ERR_MODULE_NOT_FOUND') }))
  .then(a => write(JSON.stringify(a), () => process.exit(0)))
