package proxy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// ruff is a project for Python's linter.
func ruff(tool func(string) string) project {
	return project{
		name: "ruff", command: []string{tool("ruff"), "server"}, language: "python", file: "main.py", quick: true,
		files: map[string]string{
			"ruff.toml": "",
			"main.py":   "import other\n\nprint(other.NAME)\n",
			"other.py":  "NAME = \"ö\"\n",
		},
		piece: "\n\ndef f%[1]d(number):\n    try:\n        return int(number)\n    except:\n        return 0\n",
		wrong: "except:\n", right: "except ValueError:\n", big: "# A line of a long file, with \"quotes\" and ä.\n",
	}
}

// A session is what an editor does in a project.
type session struct {
	*client
	t       testing.TB
	p       project
	dir     string
	uri     string
	text    string
	version int
	caps    map[string]json.RawMessage
	pulled  string // resultId

	menus, offered int // over errors that were repaired before; with ours

	alone bool     // no proxy is between
	saw   []string // answers that only the texts decide
}

func newSession(t testing.TB, c *client, p project, dir string) *session {
	return &session{client: c, t: t, p: p, dir: dir, uri: uriOf(p.path(dir))}
}

// capabilities are those of an editor that has all.
const capabilities = `{
	"general": {"positionEncodings": ["utf-16"]},
	"window": {"workDoneProgress": true, "showMessage": {}},
	"workspace": {"applyEdit": true, "configuration": true, "workspaceFolders": true, "executeCommand": {"dynamicRegistration": true},
		"didChangeConfiguration": {"dynamicRegistration": true}, "didChangeWatchedFiles": {"dynamicRegistration": true},
		"workspaceEdit": {"documentChanges": true}, "symbol": {}, "diagnostics": {"refreshSupport": true}},
	"textDocument": {
		"synchronization": {"didSave": true},
		"completion": {"completionItem": {"snippetSupport": true, "documentationFormat": ["markdown"]}},
		"hover": {"contentFormat": ["markdown"]}, "signatureHelp": {}, "definition": {}, "references": {}, "documentHighlight": {},
		"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}, "formatting": {}, "foldingRange": {}, "inlayHint": {}, "rename": {},
		"publishDiagnostics": {"relatedInformation": true, "versionSupport": true, "codeDescriptionSupport": true, "dataSupport": true},
		"diagnostic": {"dynamicRegistration": true, "relatedDocumentSupport": true},
		"semanticTokens": {"requests": {"full": true}, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"]},
		"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}},
			"isPreferredSupport": true, "disabledSupport": true, "dataSupport": true, "resolveSupport": {"properties": ["edit", "command"]}}
	}}`

func (s *session) has(name string) bool {
	v := string(s.caps[name])
	return v != "" && v != "false" && v != "null"
}

// run lives through a session: n times an error is made and repaired, and more
// often, most times, until something of ours was offered. It returns how often.
func (s *session) run(n, most int) (rounds int) {
	s.t.Helper()
	answer := s.call("initialize", fmt.Sprintf(`{"processId":%d,"clientInfo":{"name":"recorder","version":"1"},"rootUri":%q,"workspaceFolders":[{"uri":%q,"name":"x"}],`+
		`"initializationOptions":{"dejafix":{"minProbability":0}},"capabilities":%s}`, os.Getpid(), uriOf(s.dir), uriOf(s.dir), capabilities))
	var result struct{ Capabilities map[string]json.RawMessage }
	if err := json.Unmarshal(answer.Result, &result); err != nil {
		s.t.Fatalf("initialize: %v in %s", err, answer)
	}
	s.caps = result.Capabilities
	s.notify("initialized", "{}")
	s.notify("workspace/didChangeConfiguration", `{"settings":{}}`)

	text, err := os.ReadFile(s.p.path(s.dir))
	if err != nil {
		s.t.Fatal(err)
	}
	s.text = string(text)
	s.open(s.uri, s.text)
	s.await("a report", func() bool { return s.reported(0, nil) || s.pulls || s.has("diagnosticProvider") })
	s.around()
	s.idle(`{"settle":true}`)
	for rounds < n || s.offered == 0 && rounds < most {
		s.round(rounds)
		rounds++
	}

	long := uriOf(filepath.Join(s.dir, "long"+filepath.Ext(s.p.file)))
	s.open(long, strings.Repeat(s.p.big, 1_000_000/len(s.p.big)))
	s.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": long}})
	// What is refused is refused the same way.
	s.call("x/unknown", `{"a":"\u00e4"}`)
	s.call("workspace/executeCommand", `{"command":"x.unknown"}`)
	s.call("textDocument/hover", `{"textDocument":{"uri":"file:///nowhere"},"position":{"line":99,"character":0}}`)
	if s.has("completionProvider") {
		id := s.ask("textDocument/completion", s.at(len(s.text)))
		s.notify("$/cancelRequest", map[string]any{"id": id})
		s.answer(id)
	}
	if s.has("workspaceSymbolProvider") {
		s.call("workspace/symbol", `{"query":"f"}`)
	}
	s.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": s.uri}})
	s.idle(`{}`)
	s.call("shutdown", nil)
	s.notify("exit", "null")
	s.await("the end", func() bool { return s.ended != nil })
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the proxy ends with %v", err)
	}
	return rounds
}

func (s *session) open(uri, text string) {
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": s.p.language, "version": s.version, "text": text,
	}})
}

// round makes the error, and repairs it as one types.
func (s *session) round(i int) {
	s.t.Helper()
	s.edit(len(s.text), len(s.text), fmt.Sprintf(s.p.piece, i))
	found := s.diagnostics(true)
	s.idle(`{"settle":true}`) // it is looked at for a while
	at := strings.LastIndex(s.text, s.p.wrong)
	s.around()

	for _, token := range []bool{true, false} {
		params := map[string]any{
			"textDocument": map[string]any{"uri": s.uri},
			"range":        map[string]any{"start": s.position(at + 1), "end": s.position(at + 1)},
			"context":      map[string]any{"diagnostics": found, "triggerKind": 1},
		}
		if token {
			params["partialResultToken"] = fmt.Sprintf("actions %d", i)
		}
		menu := s.call("textDocument/codeAction", params)
		var actions []json.RawMessage
		_ = json.Unmarshal(menu.Result, &actions)
		ours := false
		for _, a := range actions {
			var is struct {
				Command any
				Edit    json.RawMessage
				Data    any
			}
			_ = json.Unmarshal(a, &is)
			ours = ours || strings.Contains(string(a), `"dejafix`)
			if is.Edit == nil && is.Data != nil {
				s.call("codeAction/resolve", a) // ours too
			}
		}
		if i > 0 {
			s.menus++
			if ours {
				s.offered++
			}
		}
	}

	// Typed: each state is seen.
	s.edit(at, at+len(s.p.wrong), s.p.right[len(s.p.right)-len(tail(s.p)):])
	head := strings.TrimSuffix(s.p.right, tail(s.p))
	for k, r := range head {
		s.edit(at+k, at+k, string(r))
		if k == 3 && s.has("completionProvider") {
			s.call("textDocument/completion", s.at(at+k))
		}
	}
	s.diagnostics(false)
	if err := os.WriteFile(s.p.path(s.dir), []byte(s.text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.notify("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": s.uri}})
	s.idle(`{"settle":true}`)
}

// tail is what the wrong text and the right one end with.
func tail(p project) string {
	n := 0
	for n < len(p.wrong) && n < len(p.right) && p.wrong[len(p.wrong)-1-n] == p.right[len(p.right)-1-n] {
		n++
	}
	return p.right[len(p.right)-n:]
}

// around asks what editors ask of their own accord.
func (s *session) around() {
	s.t.Helper()
	doc := map[string]any{"uri": s.uri}
	middle := s.at(strings.LastIndex(s.text, "(") - 1)
	for _, r := range []struct {
		has, method string
		params      any
	}{
		{"hoverProvider", "textDocument/hover", middle},
		{"definitionProvider", "textDocument/definition", middle},
		{"documentHighlightProvider", "textDocument/documentHighlight", middle},
		{"signatureHelpProvider", "textDocument/signatureHelp", middle},
		{"referencesProvider", "textDocument/references", map[string]any{
			"textDocument": doc, "position": middle["position"], "context": map[string]any{"includeDeclaration": true},
		}},
		{"documentSymbolProvider", "textDocument/documentSymbol", map[string]any{"textDocument": doc}},
		{"foldingRangeProvider", "textDocument/foldingRange", map[string]any{"textDocument": doc}},
		{"documentFormattingProvider", "textDocument/formatting", map[string]any{
			"textDocument": doc, "options": map[string]any{"tabSize": 4, "insertSpaces": true},
		}},
		{"semanticTokensProvider", "textDocument/semanticTokens/full", map[string]any{"textDocument": doc}},
	} {
		if s.has(r.has) {
			s.saw = append(s.saw, r.method+" "+string(s.call(r.method, r.params).Result))
		}
	}
}

// idle has our side catch up.
func (s *session) idle(params string) {
	s.t.Helper()
	if !s.alone {
		s.call("dejafix/idle", params)
	}
}

func (s *session) at(offset int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": s.uri}, "position": s.position(offset)}
}

// position is an offset as LSP counts it.
func (s *session) position(offset int) map[string]any {
	before := s.text[:max(0, offset)]
	line := strings.Count(before, "\n")
	return map[string]any{"line": line, "character": len(utf16.Encode([]rune(before[strings.LastIndex(before, "\n")+1:])))}
}

func (s *session) edit(start, end int, text string) {
	change := map[string]any{"range": map[string]any{"start": s.position(start), "end": s.position(end)}, "text": text}
	s.text = s.text[:start] + text + s.text[end:]
	s.version++
	s.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": s.uri, "version": s.version}, "contentChanges": []any{change},
	})
}

// diagnostics waits until the server says that there are errors, or none.
func (s *session) diagnostics(want bool) (found []any) {
	s.t.Helper()
	s.mu.Lock()
	pulls := s.pulls || s.has("diagnosticProvider")
	s.mu.Unlock()
	if !pulls {
		s.await(fmt.Sprintf("a report (errors: %v)", want), func() bool { return s.reported(s.version, &found) && (len(found) > 0) == want })
		return found
	}
	for range 200 {
		params := map[string]any{"textDocument": map[string]any{"uri": s.uri}}
		if s.pulled != "" {
			params["previousResultId"] = s.pulled
		}
		var report struct {
			Kind, ResultID string
			Items          []any
		}
		answer := s.call("textDocument/diagnostic", params)
		_ = json.Unmarshal(answer.Result, &report)
		if report.ResultID != "" {
			s.pulled = report.ResultID
		}
		if report.Kind == "full" {
			found = severe(report.Items)
			if (len(found) > 0) == want {
				return found
			}
		}
	}
	s.t.Fatalf("the server does not report what is so (errors: %v)", want)
	return nil
}

// severe are the diagnostics that are worse than hints.
func severe(list []any) (found []any) {
	for _, d := range list {
		if m, ok := d.(map[string]any); ok {
			if severity, ok := m["severity"].(float64); !ok || severity < 3 {
				found = append(found, d)
			}
		}
	}
	return found
}

// reported reports whether the file was reported on, with its last version if the
// server says versions. It is called with the lock.
func (s *session) reported(version int, found *[]any) bool {
	for _, m := range slices.Backward(s.got) {
		if m.Method != "textDocument/publishDiagnostics" {
			continue
		}
		var p struct {
			URI         string
			Version     *int
			Diagnostics []any
		}
		if json.Unmarshal(m.Params, &p) != nil || p.URI != s.uri {
			continue
		}
		if found != nil {
			*found = severe(p.Diagnostics)
		}
		return p.Version == nil || *p.Version >= version
	}
	return false
}
