// Command dejafix is a language server that learns how errors are repaired and
// offers the repair the next time the error comes, and the command line around
// it. `dejafix --help` lists the commands; docs/ is for those who use it. What
// follows is the tour of the code, from the bottom up.
//
// # Values
//
// [github.com/dejafix/dejafix/analysis] is the vocabulary: diagnostics,
// identities, spans, edits, examples, events, suggestions. It holds values only
// and imports the standard library alone, so that every other package can speak
// it. Positions are byte offsets in all of it.
//
// analysis/bug is where "this cannot happen" goes: a panic in tests, a counted
// line in the log in use.
//
// analysis/wire writes those values down: the one versioned JSON of `--json`,
// of `patterns export`, and of whatever else will read them. What it reads is
// foreign: it returns what it understood, and its doubts.
//
// analysis/textedit applies, computes, composes and prints edits, and converts
// between byte offsets, lines and UTF-16.
//
// analysis/syntax is tree-sitter behind one door. A language is a row of its
// table; it parses, edits trees incrementally and bounds their memory. Of a Vue
// or Svelte component it parses the scripts, in place. It is the only importer
// of go-tree-sitter. analysis/treediff turns two token lists into
// the smallest edit script.
//
// analysis/identity says what stays equal when the same error is seen again, in
// an editor, on a command line or in a log: language family, canonical rule,
// message template. analysis/identity/internal/gentables and
// analysis/identity/internal/record make its tables and its golden files from
// what the real tools say.
//
// analysis/report reads what compilers, linters and test runners print, in the
// forms that people and programs read, SARIF and JUnit's XML among them. A test
// runner is a row of its table; an output of any size is read in memory that does
// not grow with it.
//
// analysis/trace finds stack traces in any output, a row of its table for each
// language, says which calls are the user's own, what the failing code did not
// provide for, and what makes two failures the same.
//
// analysis/check runs the checkers that a workspace has on unsaved text, bounded
// and only where it is trusted, and judges an edit by what they say before and
// after it. A checker is a row of its table; the one of Go runs in a process of
// ours (goworker.go), which the hidden command check-worker is.
//
// analysis/redact takes secrets out of text that is kept of raw output or could
// leave the machine. It is the only maker of redact.Text, so that the compiler
// shows where text was not looked at.
//
// # Learning
//
// learner/episode watches one document's events and pairs an error with the
// edit that cleared it. It is a pure state machine: the clock comes with the
// events. learner/pattern generalises the edits of one rule's examples, matches
// the result at a new error and instantiates it; pure too. learner/rank turns
// what is known about a candidate into a probability, keeps the posteriors of
// what was applied and what held, and says what is shown and what stays silent.
// learner/replay puts recorded fix pairs through the same code as the server:
// the evaluation (`dejafix eval`) and the cold start (`dejafix learn pairs`).
//
// learner/history reads the history of a repository and finds repairs in it that
// a checker confirms: one hunk of a commit put back, where the build breaks
// (`dejafix learn git`). learner/mutant breaks correct code in small typed ways,
// and the way back is learned (`dejafix learn self`). learner/patternfile writes
// and reads patterns as files of a repository, which people review.
//
// learner/failure remembers what failed when it was
// run, what repaired it, and which tests fail and pass with the same code.
//
// learner/index knows the definitions of a workspace, and drafts repairs of errors
// that nothing was learned of; learner/guard drafts what guards against a failure
// of code that ran. Both are Drafters of the learner (draft.go), which shows a
// draft to who asks, checked first.
//
// learner/repair repairs a workspace's errors in rounds: what a checker found,
// what a learner suggests, what the checker then says of it. It works on texts;
// `dejafix fix` writes them.
//
// store keeps examples, outcomes, exposures and trust in one SQLite file for
// each user. Several processes may use it at once, and one that is killed loses
// no finished episode. store/storetest is what every store must pass.
//
// learner joins these. One goroutine owns learning; events reach it through a
// bounded queue, and requests read an immutable snapshot of what it knows.
//
// # Serving
//
// lsp/protocol has the wire types, LSP's and our own methods. lsp/convert turns
// them into values of analysis and back; nothing else sees both. lsp/watch looks
// at the workspace on disk: where HEAD is, which files are none of our business,
// whether the editor still runs. lsp is the server: the session loop, the
// settings, one file for each method. It declares the small interface that it
// needs of a learner and never imports one. What commands print is read there
// too (runs.go) and shown at the user's own code (failures.go). lsp/proxy sits between any editor
// and any server, passes everything, and adds our code actions: it acts as the
// editor of our server. What runs outside of the editor under `dejafix run`
// (lsp/watch/ran.go) and what test runners leave in reports (lsp/watch/reports.go)
// comes to the session by outside.go; paste.go leads to what was pasted. lsp/lsptest is an editor for tests
// that marshals every message.
//
// # The program
//
// cmd/dejafix joins server, learner and store: join.go. Each command is one
// file, but for proxy, which runs a server and, beside it, `serve` in a process
// of its own, and for fix: fixtree.go finds the workspace and asks git, fixfile.go
// reads and replaces files, fixcheck.go asks the built-in checkers, fixcommand.go
// a command in a copy of the workspace; and for run: runtee.go passes what a
// command prints and has it read beside, run_unix.go gives it a terminal where
// ours is, run_linux.go tells a terminal's signals from others and has the kernel
// pass what is printed. setup.go writes an
// editor's configuration and takes it back, with a file for each kind of it;
// editors.go is the table of editors. Exit codes: 0 success, 1 failure with a line that says what to do next,
// 2 wrong usage. No panic reaches a person: main.go.
//
// # Around it
//
// editors/nvim is the Neovim plugin, which package editors holds inside of the
// program for `dejafix setup nvim`. editors/vscode is the VS Code extension, in
// TypeScript: a file of src for each thing that it watches, and none that
// decides. e2e runs the whole loop in real editors
// with real language servers, e2e/nvim drives the editor, e2e/term what
// runs in a terminal, and draws its screen, e2e/demo tells the
// same as a story, e2e/vscode drives VS Code in a browser, e2e/proxy holds what
// passes through the proxy against what real servers got, and drives Helix and
// Emacs; scripts/tools.sh installs editors and servers outside the
// tree. scripts/testsum sums up test runs, scripts/evalfigure draws what `make
// eval` measured, scripts/weights fits what ranks repairs, scripts/putback measures
// checks and suggestions on errors made of real commits. house_test.go, at the
// root, holds the import arrows and what each package owes its reader.
package main
