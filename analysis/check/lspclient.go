package check

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
)

// An lspClient speaks to a private language server: it tells it of texts and of
// the disk, and asks for the diagnostics of files.
type lspClient struct {
	pipe     lspPipe
	name     string                   // of the server
	endings  []string                 // of the files that it reads
	language func(path string) string // LSP language identifier
	settings func(section string) any // what the server asks for
	heard    func(m *lspMessage)      // what else it says

	asked  int                // requests so far
	open   map[string]openDoc // documents that the server holds
	stamps map[string]string  // state of the files on disk that it was told of
}

type openDoc struct {
	text    string
	version int
}

// hello greets a new server.
func (c *lspClient) hello(root string) error {
	c.open, c.stamps = map[string]openDoc{}, map[string]string{}
	_, err := c.request("initialize", map[string]any{
		"processId": nil, "rootUri": fileURI(root),
		"workspaceFolders": []any{map[string]any{"uri": fileURI(root), "name": filepath.Base(root)}},
		"capabilities": map[string]any{
			"textDocument": map[string]any{"diagnostic": map[string]any{}},
			"workspace":    map[string]any{"configuration": true, "didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}},
		},
	})
	if err != nil {
		return err
	}
	return c.pipe.send(map[string]any{"method": "initialized", "params": map[string]any{}})
}

// tell brings the server up to date: files that changed on disk, and documents
// with unsaved text.
func (c *lspClient) tell(r Request, files, scope []string) error {
	var changes []any
	first := len(c.stamps) == 0
	for _, name := range files {
		now := stampOf(name)
		if was, ok := c.stamps[name]; !first && (!ok || was != now) {
			changes = append(changes, map[string]any{"uri": fileURI(name), "type": 2})
		}
		c.stamps[name] = now
	}
	if len(changes) > 0 {
		if err := c.pipe.send(map[string]any{"method": "workspace/didChangeWatchedFiles", "params": map[string]any{"changes": changes}}); err != nil {
			return err
		}
	}
	want := map[string]string{}
	for name, text := range r.Overlay {
		if slices.Contains(c.endings, filepath.Ext(name)) && unsaved(r.Overlay, name) {
			want[name] = text
		}
	}
	for _, name := range scope {
		text, ok := textOf(r.Overlay, name)
		if !ok {
			return &Unknown{CauseIncomplete, filepath.Base(name) + " cannot be read"}
		}
		want[name] = text
	}
	for _, name := range slices.Sorted(maps.Keys(c.open)) {
		if _, ok := want[name]; ok {
			continue
		}
		delete(c.open, name)
		if err := c.pipe.send(map[string]any{"method": "textDocument/didClose", "params": map[string]any{"textDocument": map[string]any{"uri": fileURI(name)}}}); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		doc, ok := c.open[name]
		if ok && doc.text == want[name] {
			continue
		}
		doc.text, doc.version = want[name], doc.version+1
		c.open[name] = doc
		m := map[string]any{"method": "textDocument/didOpen", "params": map[string]any{
			"textDocument": map[string]any{"uri": fileURI(name), "languageId": c.language(name), "version": doc.version, "text": doc.text},
		}}
		if ok {
			m = map[string]any{"method": "textDocument/didChange", "params": map[string]any{
				"textDocument":   map[string]any{"uri": fileURI(name), "version": doc.version},
				"contentChanges": []any{map[string]any{"text": doc.text}},
			}}
		}
		if err := c.pipe.send(m); err != nil {
			return err
		}
	}
	return nil
}

type lspDiagnostic struct {
	Range    struct{ Start, End struct{ Line, Character int } }
	Severity int
	Code     any
	Source   string
	Message  string
	Tags     []int
}

// finding is d as a finding of a text.
func (d *lspDiagnostic) finding(language, path string, lines *textedit.Lines) Finding {
	f := Finding{Path: path, Phase: PhaseTypes, Diagnostic: analysis.Diagnostic{
		Source: d.Source, Message: d.Message, Severity: analysis.Severity(cmp.Or(d.Severity, 1)),
		Unnecessary: slices.Contains(d.Tags, 1), Deprecated: slices.Contains(d.Tags, 2),
	}}
	f.Span.Start, _ = lines.Offset(d.Range.Start.Line, d.Range.Start.Character, textedit.UTF16)
	f.Span.End, _ = lines.Offset(d.Range.End.Line, d.Range.End.Character, textedit.UTF16)
	if d.Code != nil {
		f.Code = fmt.Sprint(d.Code)
	}
	if id, _ := identity.Of(language, f.Diagnostic); identity.Syntax(id) {
		f.Phase = PhaseParse
	}
	return f
}

// An lspError is the error of a response.
type lspError struct {
	Code    int
	Message string
}

func (e *lspError) Error() string { return e.Message }

// diagnostics asks for those of one document. A server may say that it changed
// its mind meanwhile: then it is asked again.
func (c *lspClient) diagnostics(path string) ([]lspDiagnostic, error) {
	const methodNotFound, serverCancelled, contentModified, requestCancelled = -32601, -32802, -32801, -32800
	for tries := 0; ; tries++ {
		text, err := c.request("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": fileURI(path)}})
		var e *lspError
		switch {
		case errors.As(err, &e) && e.Code == methodNotFound:
			return nil, &Unknown{CauseMissing, c.name + " cannot be asked for the errors of a file: install a newer one"}
		case errors.As(err, &e) && tries < 3 && (e.Code == serverCancelled || e.Code == contentModified || e.Code == requestCancelled):
			continue
		case errors.As(err, &e):
			return nil, &Unknown{CauseFailed, c.name + " failed: " + firstLine(e.Message)}
		case err != nil:
			return nil, err
		}
		var report struct{ Items []lspDiagnostic }
		if err := json.Unmarshal(text, &report); err != nil {
			return nil, err
		}
		return report.Items, nil
	}
}

// request asks, answers what it is asked meanwhile, and hears what else is
// said.
func (c *lspClient) request(method string, params any) (json.RawMessage, error) {
	c.asked++
	id := c.asked
	if err := c.pipe.send(map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return nil, err
	}
	for {
		m, err := c.pipe.receive()
		if err != nil {
			return nil, err
		}
		switch {
		case m.Method == "" && string(m.ID) == strconv.Itoa(id):
			if m.Error != nil {
				return nil, m.Error
			}
			return m.Result, nil
		case m.Method != "" && m.ID != nil:
			var result any
			if m.Method == "workspace/configuration" {
				var want struct{ Items []struct{ Section string } }
				json.Unmarshal(m.Params, &want) //nolint:errcheck // then nothing is wanted
				list := []any{}
				for _, item := range want.Items {
					list = append(list, c.settings(item.Section))
				}
				result = list
			}
			if err := c.pipe.send(map[string]any{"id": m.ID, "result": result}); err != nil {
				return nil, err
			}
		case m.Method != "":
			c.heard(m)
		}
	}
}

// An lspPipe carries messages in the frames of the language server protocol.
type lspPipe struct {
	to   io.Writer
	from *bufio.Reader
}

type lspMessage struct {
	ID     json.RawMessage
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *lspError
}

func (p *lspPipe) send(m map[string]any) error {
	m["jsonrpc"] = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.to, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

func (p *lspPipe) receive() (*lspMessage, error) {
	length := -1
	for {
		l, err := line(p.from)
		if err != nil {
			return nil, err
		}
		head := strings.TrimSpace(string(l))
		if head == "" {
			break
		}
		if name, value, ok := strings.Cut(head, ":"); ok && strings.EqualFold(name, "Content-Length") {
			length = number(value)
		}
	}
	if length < 0 {
		return nil, errors.New("a message without a length")
	}
	if length > mostAnswer {
		return nil, errLong
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(p.from, body); err != nil {
		return nil, err
	}
	m := &lspMessage{}
	return m, json.Unmarshal(body, m)
}

// number is a count, -1 for what is none.
func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return -1
	}
	return n
}

func fileURI(path string) string {
	slash := filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		slash = "/" + slash
	}
	return (&url.URL{Scheme: "file", Path: slash}).String()
}

// stampOf says which state of a file is on disk.
func stampOf(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ", changed(info))
}
