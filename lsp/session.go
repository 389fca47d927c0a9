package lsp

import (
	"context"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

// session is what the server knows of the client's side. The goroutine of
// server.own alone touches it.
type session struct {
	sv       *server
	phase    phase
	client   client
	encoding textedit.Encoding

	folders  []string // absolute, in the client's order
	settings Settings // the user's
	files    map[string]workspaceFile
	told     map[string]bool // complaints that were shown
	paused   map[string]bool // folders
	pauses   map[string]int  // how often that was decided here, by folder
	trusted  map[string]bool // folders that a person trusted for good

	docs     map[string]*document // open ones, by URI
	unopened unopened
	offers   offers
	outputs  outputs
	failures failures
	lastRead chan struct{} // closed when the last output was read; nil without one
	head     watch.Head
	shown    protocol.StatusParams // the status bar
	options  []byte                // initializationOptions
}

// phase is where the session stands in LSP's life cycle.
type phase int

const (
	created phase = iota
	running
	shutDown
)

func newSession(sv *server) *session {
	return &session{
		sv: sv, settings: *sv.Settings,
		files: map[string]workspaceFile{}, told: map[string]bool{},
		paused: map[string]bool{}, pauses: map[string]int{}, trusted: map[string]bool{},
		docs: map[string]*document{}, failures: failures{},
	}
}

// work is the part of a request that runs beside others. It has its snapshot,
// and reaches the session only through server.do.
type work func(ctx context.Context) (any, error)

// calls are the requests, each in the file of its name. They run on the
// session's goroutine and return what remains to be done.
var calls = map[string]func(*session, []byte) (work, error){
	protocol.MethodShutdown:       (*session).shutdown,
	protocol.MethodCodeAction:     (*session).codeAction,
	protocol.MethodResolve:        (*session).resolve,
	protocol.MethodHover:          (*session).hover,
	protocol.MethodExecuteCommand: (*session).executeCommand,
	protocol.MethodWhy:            (*session).why,
	protocol.MethodIdle:           (*session).idle,
	protocol.MethodRecurring:      (*session).recurring,
}

// notifications are applied on the session's goroutine, in wire order.
var notifications = map[string]func(*session, []byte) error{
	protocol.MethodInitialized:       (*session).initialized,
	protocol.MethodDidOpen:           (*session).didOpen,
	protocol.MethodDidChange:         (*session).didChange,
	protocol.MethodDidSave:           (*session).didSave,
	protocol.MethodDidClose:          (*session).didClose,
	protocol.MethodDidChangeWatched:  (*session).didChangeWatchedFiles,
	protocol.MethodDidChangeFolders:  (*session).didChangeFolders,
	protocol.MethodDidChangeSettings: (*session).didChangeConfiguration,
	protocol.MethodDiagnostics:       (*session).diagnostics,
	protocol.MethodPeerActions:       (*session).peerActions,
	protocol.MethodOutput:            (*session).output,
	protocol.MethodException:         (*session).exception,
	protocol.MethodDecision:          (*session).decision,
	protocol.MethodTrust:             (*session).trust,
}

func (s *session) call(method string, params []byte) (work, error) {
	switch {
	case s.phase == shutDown:
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server was shut down; only exit is left")
	case method == protocol.MethodInitialize && s.phase == running:
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is initialized already")
	case method == protocol.MethodInitialize:
		return s.initialize(params)
	case s.phase == created:
		return nil, jsonrpc2.NewError(protocol.CodeServerNotInitialized, "initialize must come first")
	}
	f, ok := calls[method]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "no method %.100q", method)
	}
	return f(s, params)
}

func (s *session) notification(method string, params []byte) error {
	if method == protocol.MethodExit {
		s.exit()
		return nil
	}
	if s.phase != running {
		return nil // LSP: dropped
	}
	f, ok := notifications[method]
	if !ok {
		return nil // those of later versions, and optional ones
	}
	return f(s, params)
}

// observe tells the learner.
func (s *session) observe(ev analysis.Event) { s.sv.learner.Observe(ev) }

func (s *session) now() time.Time { return s.sv.Clock() }

// rootOf is the folder of the workspace that a file belongs to: the longest of
// the client's that holds it, else the repository around it, else "".
func (s *session) rootOf(path string) string {
	if path == "" {
		return ""
	}
	best := ""
	for _, f := range s.folders {
		if len(f) > len(best) && holds(f, path) {
			best = f
		}
	}
	if best != "" {
		return best
	}
	return watch.RepositoryRoot(filepath.Dir(path))
}

// holds reports whether path is dir or below it.
func holds(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// settingsFor are the settings for files of root, narrowed by its dejafix.toml.
func (s *session) settingsFor(root string) Settings {
	if root == "" {
		return s.settings
	}
	w, ok := s.files[root]
	if !ok {
		w = s.readFile(root)
	}
	return s.settings.narrowed(w)
}

// readFile reads the dejafix.toml of root and remembers it. What is wrong with
// it is shown once.
func (s *session) readFile(root string) workspaceFile {
	w, err := readWorkspaceFile(root)
	if err != nil {
		s.complain(err.Error())
	}
	s.files[root] = w
	return w
}

// complain shows a person what is wrong, once for each text.
func (s *session) complain(text string) {
	if s.told[text] {
		return
	}
	s.told[text] = true
	s.sv.Logger.Warn(text)
	s.sv.notify(protocol.MethodShowMessage, &protocol.ShowMessageParams{Type: messageWarning, Message: text})
}

// Types of messages to the user, as LSP numbers them.
const (
	messageWarning protocol.MessageType = 2
	messageInfo    protocol.MessageType = 3
)

// configure tells the learner what it may do now.
func (s *session) configure() {
	p := analysis.Policy{
		Disabled: !s.settings.Enable, NoLearn: !s.settings.Learn, MinProbability: s.settings.MinProbability,
		PrivateServers: s.settings.PrivateServers, Tools: s.settings.Tools,
	}
	for _, root := range s.roots() {
		if s.paused[root] {
			p.Paused = append(p.Paused, root)
		}
		if s.settings.Trusted || s.trusted[root] {
			p.Trusted = append(p.Trusted, root)
		}
		if s.settings.Learn && !s.settingsFor(root).Learn {
			p.NoLearnIn = append(p.NoLearnIn, root)
		}
	}
	s.observe(analysis.Configured{Policy: p, Time: s.now()})
}

// roots are the client's folders and those that open documents brought.
func (s *session) roots() []string {
	seen := map[string]bool{}
	for _, f := range s.folders {
		seen[f] = true
	}
	for root := range s.files {
		seen[root] = true
	}
	for root := range s.paused {
		seen[root] = true
	}
	roots := make([]string, 0, len(seen))
	for root := range seen {
		roots = append(roots, root)
	}
	sort.Strings(roots)
	return roots
}

// filePath is the absolute name of the file that a URI names, "" for any other
// scheme.
func filePath(uri protocol.URI) string {
	if !uri.IsFile() {
		return ""
	}
	path := filepath.Clean(uri.FsPath())
	if !filepath.IsAbs(path) || strings.IndexByte(path, 0) >= 0 {
		return ""
	}
	return path
}
