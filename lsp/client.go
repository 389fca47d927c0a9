package lsp

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// client is what the other side can do. It does not change after initialize.
type client struct {
	action          convert.ActionOptions
	literals        bool // code actions, not commands alone
	disabled        bool // shows why an action cannot be applied
	applyEdit       bool
	previewsActions bool // shows edits of code actions that ask for it before it makes them
	configuration   bool // answers workspace/configuration
	watching        bool // registers file watchers on request
	configuring     bool // registers for didChangeConfiguration on request
	hover           bool // merges the hovers of several servers
	markdown        bool // in hovers
	status          bool // has experimental.dejafix
	showing         bool // opens a document when it is asked to
	proxy           bool // is our proxy, which has no diagnostics of ours to show
}

func yes(b *bool) bool { return b != nil && *b }

func newClient(p *protocol.InitializeParams) client {
	var c client
	version, _ := p.ClientInfo.Version.Get()
	c.hover = mergesHovers(p.ClientInfo.Name, version)
	previews := false
	if w := p.Capabilities.Workspace; w != nil {
		previews = w.WorkspaceEdit != nil && w.WorkspaceEdit.ChangeAnnotationSupport != nil
		c.applyEdit = yes(w.ApplyEdit)
		c.configuration = yes(w.Configuration)
		c.action.DocumentChanges = w.WorkspaceEdit != nil && yes(w.WorkspaceEdit.DocumentChanges)
		c.watching = w.DidChangeWatchedFiles != nil && yes(w.DidChangeWatchedFiles.DynamicRegistration)
		c.configuring = w.DidChangeConfiguration != nil && yes(w.DidChangeConfiguration.DynamicRegistration)
	}
	if w := p.Capabilities.Window; w != nil && w.ShowDocument != nil {
		c.showing = w.ShowDocument.Support
	}
	if t := p.Capabilities.TextDocument; t != nil {
		if a := t.CodeAction; a != nil {
			c.literals = a.CodeActionLiteralSupport.CodeActionKind.ValueSet != nil
			c.disabled = yes(a.DisabledSupport)
			c.action.Data = yes(a.DataSupport)
			c.previewsActions = previews && yes(a.HonorsChangeAnnotations)
			// Emacs' Eglot says that it resolves, and does not where an action has a
			// command already: it would run ours and make no edit.
			c.action.Resolve = slices.Contains(a.ResolveSupport.Properties, "edit") && p.ClientInfo.Name != "Eglot"
		}
		if t.Hover != nil {
			c.markdown = slices.Contains(t.Hover.ContentFormat, "markdown")
		}
	}
	var experimental struct {
		Dejafix json.RawMessage `json:"dejafix"`
		Proxy   bool            `json:"dejafixProxy"`
	}
	if json.Unmarshal(p.Capabilities.Experimental, &experimental) == nil {
		c.action.Both, c.proxy = experimental.Proxy, experimental.Proxy
		c.status = len(experimental.Dejafix) > 0 && string(experimental.Dejafix) != "false" && string(experimental.Dejafix) != "null"
	}
	return c
}

// hoverMergers are clients that show the hovers of all servers together, by the
// start of the name they give, and the version from which they do. In others a
// hover of ours, or an empty one, spoils another server's.
var hoverMergers = []struct {
	name  string
	since [2]int // major, minor
}{
	{"Visual Studio Code", [2]int{0, 0}},
	{"Code - OSS", [2]int{0, 0}},
	{"VSCodium", [2]int{0, 0}},
	{"code-server", [2]int{0, 0}},
	{"Neovim", [2]int{0, 11}},
}

func mergesHovers(name, version string) bool {
	for _, m := range hoverMergers {
		if !strings.HasPrefix(name, m.name) {
			continue
		}
		if m.since == [2]int{} {
			return true
		}
		major, minor, ok := majorMinor(version)
		return ok && (major > m.since[0] || major == m.since[0] && minor >= m.since[1])
	}
	return false
}

// majorMinor reads "0.12.4" or "v0.12.0-dev+g1234".
func majorMinor(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	digits := strings.IndexFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	if digits >= 0 {
		parts[1] = parts[1][:digits]
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}
