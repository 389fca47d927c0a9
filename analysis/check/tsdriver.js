// What typescript.go runs in node: the language service of the workspace's own
// TypeScript over unsaved text. `node -e THIS TYPESCRIPT` reads one request a
// line from standard input and writes one answer a line to standard output.
//
// It watches no files. Before each answer it looks whether a file that it read,
// or looked for, has changed: an answer is about what lies on disk when it was
// asked, which events that come some time later cannot promise.
'use strict'
const fs = require('fs')
const path = require('path')
const crypto = require('crypto')
const ts = require(process.argv[1])
const home = slashes(path.dirname(fs.realpathSync(process.argv[1]))) + '/'

// How many projects are kept: what one works on, and what one looks at beside it.
const PROJECTS = 2
// How long the files that use an edited one are looked at, in milliseconds: a
// third of what the runner gives the whole check.
const USERS_TIME = 20000
// FEW_USERS is how many files that use one are looked at whatever it gains: some
// 5 ms each. To know what it gains takes its project once more, some 100 ms.
const FEW_USERS = 20

const sensitive = ts.sys.useCaseSensitiveFileNames
const registry = ts.createDocumentRegistry(sensitive, '/')
let overlay = new Map() // canonical path → {text, version, name}
let folders = new Set() // canonical paths of folders of the overlay
let stamps = new Map() // what stat said, during one request
const projects = new Map() // by configuration; the one used last is last

function slashes(p) { return p.replace(/\\/g, '/') }
function canon(p) { return sensitive ? p : p.toLowerCase() }
function digest(text) { return crypto.createHash('sha1').update(text).digest('base64') }

// stamp says which state of a file is on disk; '' for none, 'd' for a folder.
function stamp(p) {
  let s = stamps.get(p)
  if (s === undefined) {
    const i = fs.statSync(p, { throwIfNoEntry: false })
    s = !i ? '' : i.isDirectory() ? 'd' : i.mtimeMs + ' ' + i.ctimeMs + ' ' + i.size
    stamps.set(p, s)
  }
  return s
}
function version(p) {
  const o = overlay.get(canon(p))
  return o ? o.version : attempt(() => stamp(p), '')
}
function attempt(f, otherwise) {
  try { return f() } catch { return otherwise }
}
function exists(p) { const v = version(p); return v !== '' && v !== 'd' }
function isFolder(p) { return folders.has(canon(p)) || attempt(() => stamp(p), '') === 'd' }
function read(p) {
  const o = overlay.get(canon(p))
  return o ? o.text : ts.sys.readFile(p)
}
// entries are the names in a folder, unsaved files too.
function entries(dir) {
  const files = []
  const directories = []
  for (const e of attempt(() => fs.readdirSync(dir || '/', { withFileTypes: true }), [])) {
    let folder = e.isDirectory()
    if (e.isSymbolicLink()) {
      const s = attempt(() => stamp(dir + '/' + e.name), '')
      if (s === '') continue
      folder = s === 'd'
    }
    (folder ? directories : files).push(e.name)
  }
  const at = canon(dir.replace(/\/$/, '')) + '/'
  for (const [key, o] of overlay) {
    if (!key.startsWith(at)) continue
    const rest = o.name.slice(at.length).split('/')
    const list = rest.length > 1 ? directories : files
    if (!list.includes(rest[0])) list.push(rest[0])
  }
  return { files: files.sort(), directories: directories.sort() }
}
function listing(dir) { const e = entries(dir); return e.files.join('/') + '//' + e.directories.join('/') }

// A Seen is what was looked at, with what was there.
class Seen {
  constructor() {
    this.probes = new Map() // path → whether there is such a file, or (with / at its end) folder
    this.reads = new Map() // path → version
    this.lists = new Map() // folder → names
  }
  host() {
    return {
      useCaseSensitiveFileNames: sensitive,
      fileExists: p => { const v = exists(p); this.probes.set(p, v); return v },
      directoryExists: p => { const v = isFolder(p); this.probes.set(p + '/', v); return v },
      readFile: p => { this.reads.set(p, version(p)); return read(p) },
      getDirectories: p => { this.lists.set(p, listing(p)); return entries(p).directories },
      realpath: p => overlay.has(canon(p)) && !attempt(() => stamp(p), '') ? p : ts.sys.realpath(p),
      readDirectory: (dir, extensions, exclude, include, depth) => {
        const list = d => { this.lists.set(d, listing(d)); return entries(d) }
        return ts.matchFiles(dir, extensions, exclude, include, sensitive, dir, depth, list, p => ts.sys.realpath(p))
      },
    }
  }
  stale() {
    for (const [p, v] of this.probes) if ((p.endsWith('/') ? isFolder(p.slice(0, -1)) : exists(p)) !== v) return true
    for (const [p, v] of this.reads) if (version(p) !== v) return true
    for (const [p, v] of this.lists) if (listing(p) !== v) return true
    return false
  }
  inputs(files, dirs, below) {
    for (const p of this.reads.keys()) files.add(p)
    for (const p of this.lists.keys()) dirs.add(p)
    for (const [p, there] of this.probes) {
      if (there) continue
      // What is not there: the file, or the first of its folders. Of folders of
      // the project the names are listed, which are fewer.
      let name = p.replace(/\/$/, '')
      let dir = path.posix.dirname(name)
      const file = name === p && isFolder(dir)
      while (!isFolder(dir) && dir !== path.posix.dirname(dir)) { name = dir; dir = path.posix.dirname(dir) }
      if (!file) dirs.add(name)
      else if (dir.startsWith(below)) dirs.add(dir)
      else files.add(name)
    }
  }
}

class Project {
  constructor(config) {
    this.config = config
    this.memos = new Map() // file → Memo
    this.parse()
  }
  parse() {
    this.configSeen = new Seen()
    const host = Object.assign(this.configSeen.host(), {
      getCurrentDirectory: () => path.posix.dirname(this.config),
      onUnRecoverableConfigFileDiagnostic: d => { this.broken = d },
    })
    this.broken = undefined
    this.parsed = ts.getParsedCommandLineOfConfigFile(this.config, {}, host) || { fileNames: [], options: {}, errors: [] }
    // 18002 and 18003: there are no files, which a list of references may say.
    this.broken = this.broken || this.parsed.errors.find(d => d.category === ts.DiagnosticCategory.Error && d.code !== 18002 && d.code !== 18003)
    this.names = new Set(this.parsed.fileNames.map(canon))
    this.renew()
  }
  // renew makes a service that resolves every import anew. The parsed files are
  // kept, as long as the old one holds them.
  renew() {
    const old = this.service
    this.seen = new Seen()
    const project = this
    this.service = ts.createLanguageService(Object.assign(this.seen.host(), {
      getCompilationSettings: () => project.parsed.options,
      getScriptFileNames: () => project.parsed.fileNames,
      getScriptVersion: version,
      getScriptSnapshot: p => { const t = read(p); return t === undefined ? undefined : ts.ScriptSnapshot.fromString(t) },
      getCurrentDirectory: () => path.posix.dirname(project.config),
      getDefaultLibFileName: o => ts.getDefaultLibFilePath(o),
      getProjectReferences: () => project.parsed.projectReferences,
      useSourceOfProjectReferenceRedirect: () => true,
      useCaseSensitiveFileNames: () => sensitive,
    }), registry)
    if (old) this.old = old
  }
  // fresh brings the project up to date with the disk.
  fresh() {
    if (this.configSeen.stale()) this.parse()
    else if (this.seen.stale()) this.renew()
  }
  program() {
    this.built = true
    const p = this.service.getProgram()
    if (this.old) { this.old.dispose(); this.old = undefined }
    return p
  }
  inputs(program) {
    const files = new Set()
    const dirs = new Set()
    const below = path.posix.dirname(this.config)
    this.configSeen.inputs(files, dirs, below)
    this.seen.inputs(files, dirs, below)
    for (const f of program.getSourceFiles()) files.add(f.fileName)
    const own = p => !p.startsWith(home)
    return { files: [...files].filter(own), dirs: [...dirs].filter(own) }
  }
}

function project(config) {
  let p = projects.get(config)
  if (p) p.fresh()
  else p = new Project(config)
  projects.delete(config)
  projects.set(config, p)
  return p
}

// prune lets go of projects that were not used for longest. Those that were only
// looked through take little.
function prune() {
  let over = [...projects.values()].filter(p => p.built).length - PROJECTS
  for (const [config, p] of projects) {
    if (over <= 0 && projects.size <= 25 * PROJECTS) return
    if (over <= 0 && p.built) continue
    if (p.built) over--
    p.service.dispose()
    projects.delete(config)
  }
}

// owner is the project that a file belongs to, as tsserver finds it: the nearest
// configuration that names it, itself or by its references; else one whose
// program has it.
function owner(file) {
  const key = canon(file)
  const near = []
  const visited = new Set()
  const named = config => {
    if (visited.has(config) || !exists(config)) return undefined
    visited.add(config)
    const p = project(config)
    near.push(p)
    if (p.broken || p.names.has(key)) return p
    for (const r of p.parsed.projectReferences || []) {
      const found = named(slashes(ts.resolveProjectReferencePath(r)))
      if (found) return found
    }
    return undefined
  }
  for (let dir = path.posix.dirname(file); ; dir = path.posix.dirname(dir)) {
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const found = named((dir === '/' ? '' : dir) + '/' + name)
      if (found) return found
    }
    if (dir === '.' || dir === path.posix.dirname(dir)) break
  }
  return near.find(p => p.program().getSourceFile(file))
}

function finding(d, kind) {
  const text = d.file.text
  const start = Buffer.byteLength(text.slice(0, d.start))
  return {
    path: d.file.fileName, start, end: start + Buffer.byteLength(text.slice(d.start, d.start + d.length)),
    code: d.code, category: d.category, kind, message: ts.flattenDiagnosticMessageText(d.messageText, '\n'),
    unnecessary: !!d.reportsUnnecessary, deprecated: !!d.reportsDeprecated,
  }
}

function findings(service, file, types) {
  const out = []
  const add = (list, kind) => { for (const d of list) if (d.file) out.push(finding(d, kind)) }
  add(service.getSyntacticDiagnostics(file), 'syntactic')
  add(service.getSemanticDiagnostics(file), 'semantic')
  if (!types) add(service.getSuggestionDiagnostics(file), 'suggestion')
  return out
}

// takesAll reports whether an import brings all of a module, those names too that
// nobody wrote down: import * as, export *, import(), require().
function takesAll(name) {
  const by = name.parent
  if (by && ts.isExportDeclaration(by)) return !by.exportClause || ts.isNamespaceExport(by.exportClause)
  if (!by || !ts.isImportDeclaration(by)) return true
  const bindings = by.importClause && by.importClause.namedBindings
  return !!bindings && ts.isNamespaceImport(bindings)
}

// users are the files that import one, those too that import it from a file
// that exports it again. One that is no module may be used by all. With all, they
// are only those that import all that there is.
function users(program, target, all) {
  const files = program.getSourceFiles().filter(f => f !== target && !f.isDeclarationFile && !program.isSourceFileFromExternalLibrary(f))
  if (!ts.isExternalModule(target) && !target.commonJsModuleIndicator) return files
  const checker = program.getTypeChecker()
  const by = new Map() // file → those that import it
  for (const f of files.concat(target)) {
    for (const name of f.imports || []) {
      if (all && !takesAll(name)) continue
      const s = attempt(() => checker.getSymbolAtLocation(name))
      for (const d of (s && s.declarations) || []) {
        const from = d.getSourceFile()
        if (!by.has(from)) by.set(from, new Map())
        const again = name.parent && ts.isExportDeclaration(name.parent)
        by.get(from).set(f, again || by.get(from).get(f))
      }
    }
  }
  const out = new Set()
  const todo = [target]
  const done = new Set(todo)
  while (todo.length) {
    for (const [f, again] of by.get(todo.pop()) || []) {
      if (f !== target) out.add(f)
      if (again && !done.has(f)) { done.add(f); todo.push(f) }
    }
  }
  return [...out]
}

// signature is what others see of a file: its declarations, where it has any.
function signature(service, file, source) {
  const out = attempt(() => service.getEmitOutput(file, true, true), undefined)
  const d = out && out.outputFiles.find(f => /\.d\.[cm]?ts$/.test(f.name))
  return d ? { key: digest(d.text), text: d.text } : { key: 'text ' + digest(source.text) }
}

// gains reports whether of two signatures the second has all that the first has,
// and else only names that the first has not. Who names what a module gives then
// sees what was there before; only who takes all of it sees more.
function gains(before, after) {
  if (before.text === undefined || after.text === undefined) return false
  const statements = text => {
    const f = ts.createSourceFile('a.d.ts', text, ts.ScriptTarget.Latest, true)
    return f.statements.filter(s => !ts.isImportDeclaration(s) && !ts.isImportEqualsDeclaration(s) &&
      // "export {}" says that it is a module.
      !(ts.isExportDeclaration(s) && !s.moduleSpecifier && s.exportClause && !s.exportClause.elements?.length))
  }
  const names = s => ts.isVariableStatement(s) ? s.declarationList.declarations.map(d => d.name) : [s.name]
  const old = statements(before.text)
  const known = new Set(old.flatMap(names).map(n => n && n.getText()))
  const left = old.map(s => s.getText())
  for (const s of statements(after.text)) {
    const i = left.indexOf(s.getText())
    if (i >= 0) { left.splice(i, 1); continue }
    const plain = ts.isVariableStatement(s) || ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s) ||
      ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s) || ts.isEnumDeclaration(s)
    if (!plain || names(s).some(n => !n || !ts.isIdentifier(n) || known.has(n.text))) return false
  }
  return left.length === 0
}

// memo keeps what is known of the texts of a file, as long as nothing else
// changes.
function memo(p, program, source) {
  const state = digest(program.getSourceFiles().map(f => f === source ? '' : f.fileName + ' ' + f.version).join('\n'))
  let m = p.memos.get(source.fileName)
  // A hundred: the edits of a few menus.
  if (!m || m.state !== state || m.signatures.size > 100) {
    m = { state, signatures: new Map(), users: new Map() }
    p.memos.set(source.fileName, m)
  }
  return m
}

// sees is the signature of a file as it is now.
function sees(p, m, source) {
  let s = m.signatures.get(source.version)
  if (!s) m.signatures.set(source.version, s = signature(p.service, source.fileName, source))
  return s
}

// usersFindings are the findings of the files that use one.
function usersFindings(p, m, program, source, until, all) {
  const own = (all ? 'all ' : '') + sees(p, m, source).key
  let list = m.users.get(own)
  if (!list) {
    list = []
    for (const f of users(program, source, all)) {
      if (Date.now() > until) return undefined
      list.push(...findings(p.service, f.fileName, true))
    }
    m.users.set(own, list)
  }
  return list
}

// broken are the findings of the files that use one which were not there while
// it had another text. They have not changed, so that places can be compared.
// Where both texts show others the same, nobody is looked at; where the later one
// only shows more, those alone who take all.
function broken(p, program, source, before) {
  const m = memo(p, program, source)
  const now = sees(p, m, source)
  if (before === undefined) return []
  const key = canon(source.fileName)
  const after = overlay.get(key)
  const earlier = { text: before, version: 'unsaved ' + digest(before), name: source.fileName }
  let then = m.signatures.get(earlier.version)
  if (then && then.key === now.key) return []
  const earlierOn = ask => {
    overlay.set(key, earlier)
    try {
      const was = p.program()
      return ask(was, was.getSourceFile(source.fileName))
    } finally {
      if (after) overlay.set(key, after)
      else overlay.delete(key)
    }
  }
  // A few users are looked at sooner than the earlier text.
  if (!then && users(program, source).length > FEW_USERS) then = earlierOn((was, old) => sees(p, m, old))
  if (then && then.key === now.key) return []
  const all = !!then && gains(then, now)
  const until = Date.now() + USERS_TIME
  const present = p.program()
  const list = usersFindings(p, m, present, present.getSourceFile(source.fileName), until, all)
  if (list && !list.length) return list
  return earlierOn((was, old) => {
    if (sees(p, m, old).key === now.key) return []
    const first = list && usersFindings(p, m, was, old, until, all)
    if (!first) return undefined
    const at = f => f.path + ' ' + f.start + ' ' + f.code // the words may change
    const known = new Set(first.map(at))
    return list.filter(f => !known.has(at(f)))
  })
}

function check(request) {
  stamps = new Map()
  overlay = new Map()
  folders = new Set()
  for (const [name, text] of Object.entries(request.overlay || {})) {
    const p = slashes(name)
    // Packages of one workspace see each other's files by their real names.
    for (const at of new Set([p, slashes(ts.sys.realpath(p))])) {
      overlay.set(canon(at), { text, version: 'unsaved ' + digest(text), name: at })
      for (let d = path.posix.dirname(canon(at)); !folders.has(d) && d !== path.posix.dirname(d); d = path.posix.dirname(d)) folders.add(d)
    }
  }
  const answer = { version: ts.version, findings: [], files: [], dirs: [] }
  const files = new Set()
  const dirs = new Set()
  for (const name of request.scope) {
    const file = slashes(name)
    const p = owner(file)
    const base = path.posix.basename(file)
    if (!p) return { version: ts.version, outside: `${base} belongs to no TypeScript project: a tsconfig.json or jsconfig.json that includes it makes it part of one` }
    if (p.broken) {
      const d = p.broken
      const at = path.posix.basename(d.file ? d.file.fileName : p.config)
      return { version: ts.version, incomplete: `${at} cannot be read: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')} Mend it first` }
    }
    const program = p.program()
    const source = program.getSourceFile(file)
    if (!source) return { version: ts.version, outside: `${base} is not there, or TypeScript does not read such files` }
    answer.findings.push(...findings(p.service, file, request.types))
    const i = p.inputs(program)
    if (request.wide) {
      const list = broken(p, program, source, request.before)
      if (!list) return { version: ts.version, incomplete: `the edit changes what other files see of ${base}, and they take too long to check: run tsc yourself` }
      answer.findings.push(...list)
    }
    i.files.forEach(f => files.add(f))
    i.dirs.forEach(d => dirs.add(d))
  }
  answer.files = [...files]
  answer.dirs = [...dirs]
  return answer
}

// Nothing else may write to standard output.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = () => true
let pending = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', chunk => {
  pending += chunk
  for (let i; (i = pending.indexOf('\n')) >= 0;) {
    const line = pending.slice(0, i)
    pending = pending.slice(i + 1)
    let answer
    try { answer = check(JSON.parse(line)) } catch (e) { answer = { failed: String((e && e.stack) || e) } }
    prune()
    write(JSON.stringify(answer) + '\n')
  }
})
