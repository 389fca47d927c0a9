package protocol

import (
	"encoding/json"
	"time"

	"go.lsp.dev/jsonrpc2"
)

// Source is the source of our own diagnostics. It is dropped from what clients
// report, or the server would learn from itself.
const Source = "dejafix"

// Our own methods, as far as this version answers them.
const (
	MethodDiagnostics      = "dejafix/diagnostics"
	MethodPeerActions      = "dejafix/peerActions"
	MethodOutput           = "dejafix/output"
	MethodException        = "dejafix/exception"
	MethodDecision         = "dejafix/decision"
	MethodTrust            = "dejafix/trust"
	MethodWhy              = "dejafix/why"
	MethodIdle             = "dejafix/idle"
	MethodStatus           = "dejafix/status"
	MethodRecurring        = "dejafix/recurring"
	MethodRecurringChanged = "dejafix/recurringChanged"
)

// Our commands, for workspace/executeCommand.
const (
	CommandAll     = "dejafix.all"     // [AllArguments]
	CommandApplied = "dejafix.applied" // ["s_…", …]
	CommandForget  = "dejafix.forget"  // ["p_…"]
	CommandMore    = "dejafix.more"    // [MoreArguments]
	CommandNever   = "dejafix.never"   // ["p_…" or "s_…"]
	CommandPause   = "dejafix.pause"   // [PauseArguments]
	CommandWhy     = "dejafix.why"     // ["s_…", "p_…" or "e_…"]
)

// Raw is JSON that nobody has read yet.
type Raw = json.RawMessage

// DiagnosticsParams is all that other sources now show in a document. The
// diagnostics stay raw until each is read on its own: one that is malformed
// must not hide the others. Version is the document's when it was sent; nil for
// a document that is not open.
type DiagnosticsParams struct {
	URI         URI    `json:"uri"`
	Version     *int32 `json:"version,omitzero"`
	Diagnostics Raw    `json:"diagnostics"`
}

// PeerActionsParams is what other servers offer at a place.
type PeerActionsParams struct {
	URI     URI             `json:"uri"`
	Version *int32          `json:"version,omitzero"`
	Range   Range           `json:"range"`
	Titles  []string        `json:"titles"`
	Edits   []WorkspaceEdit `json:"edits,omitzero"`
}

// OutputParams is a chunk of what a command printed.
type OutputParams struct {
	ID       string  `json:"id"`
	Seq      int     `json:"seq"`
	Final    bool    `json:"final"`
	Kind     string  `json:"kind"` // terminal, task, test, debugConsole, paste
	Command  *string `json:"command,omitzero"`
	Cwd      *string `json:"cwd,omitzero"`
	ExitCode *int    `json:"exitCode,omitzero"`
	Text     string  `json:"text"`
}

// ExceptionParams is where a debugger stopped. Only the type and the nullness
// of local variables are ever sent.
type ExceptionParams struct {
	Language *string          `json:"language,omitzero"`
	Type     string           `json:"type"`
	Message  string           `json:"message"`
	Frames   []ExceptionFrame `json:"frames"`
}

// ExceptionFrame is one call, the most recent first; lines are from 1.
type ExceptionFrame struct {
	Name   string                    `json:"name"`
	File   *string                   `json:"file,omitzero"`
	Line   *int                      `json:"line,omitzero"`
	Column *int                      `json:"column,omitzero"`
	Locals map[string]ExceptionLocal `json:"locals,omitzero"`
}

// ExceptionLocal is what may be known of a local variable.
type ExceptionLocal struct {
	Type string `json:"type"`
	Null *bool  `json:"null,omitzero"`
}

// DecisionParams says what became of a suggestion where the editor can tell.
type DecisionParams struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"` // applied, undone, dismissed
}

// TrustParams says whether commands of the workspace may run.
type TrustParams struct {
	Trusted bool `json:"trusted"`
}

// WhyParams asks for the reasons behind a suggestion, pattern or example.
type WhyParams struct {
	ID string `json:"id"`
}

// WhyResult explains. Examples have the form of analysis/wire.
type WhyResult struct {
	Markdown string `json:"markdown"`
	Examples []Raw  `json:"examples"`
}

// IdleParams asks to be answered when everything received before was processed
// and stored; Settle ends the waiting periods at once.
type IdleParams struct {
	Settle bool `json:"settle,omitzero"`
}

// StatusParams is what the client shows in a status bar.
type StatusParams struct {
	State   string `json:"state"`
	Text    string `json:"text"`
	Tooltip string `json:"tooltip"`
}

// RecurringParams asks for the errors that came again.
type RecurringParams struct {
	Limit int `json:"limit,omitzero"` // default 50
}

// RecurringResult is what recurs, the most often repaired first.
type RecurringResult struct {
	Errors []RecurringError `json:"errors"`
}

// RecurringError is a kind of error that was repaired more than once, or was
// repaired and is there again.
type RecurringError struct {
	ID       string            `json:"id"` // opaque
	Language string            `json:"language"`
	Source   string            `json:"source"` // of the error that was repaired last, as are code and message
	Code     string            `json:"code,omitzero"`
	Message  string            `json:"message"`
	Times    int               `json:"times"`    // repaired, and there now
	Repaired int               `json:"repaired"` // how often
	Last     time.Time         `json:"last"`     // repair
	Places   []RecurringPlace  `json:"places"`   // where it is reported now, in the order of their URIs, twenty at most
	Repairs  []RecurringRepair `json:"repairs"`  // how it was repaired, most often first
}

// RecurringPlace is where an error is reported now.
type RecurringPlace struct {
	URI   URI   `json:"uri"`
	Range Range `json:"range"`
}

// RecurringRepair is one way in which it was repaired. Held of Of are the
// repairs by hand and the suggestions that were applied and stayed.
type RecurringRepair struct {
	Pattern string `json:"pattern"` // "p_…"
	Title   string `json:"title"`
	Held    int    `json:"held"`
	Of      int    `json:"of"`
	Never   bool   `json:"never"` // it is never to be suggested
}

// ActionData is our part of a code action's data, under the key "dejafix".
type ActionData struct {
	ID     string `json:"id"` // of the suggestion
	URI    URI    `json:"uri"`
	Digest string `json:"digest"` // of the text that the edit was made for
	// All is set for an action that repairs all like the suggestion: "file" or
	// "workspace".
	All string `json:"all,omitzero"`
}

// ActionEnvelope is a code action's whole data.
type ActionEnvelope struct {
	Dejafix *ActionData `json:"dejafix,omitzero"`
}

// MoreArguments is the argument of dejafix.more. With Pick the client has a
// picker of its own: the result is the code actions, and nothing is shown.
type MoreArguments struct {
	URI   URI   `json:"uri"`
	Range Range `json:"range"`
	Pick  bool  `json:"pick,omitzero"`
}

// AllArguments is the argument of dejafix.all: the suggestion that is to be
// repeated in the workspace, and its document. In place of the suggestion a
// pattern may be named, and any open document that has its error.
type AllArguments struct {
	ID      string `json:"id,omitzero"`
	Pattern string `json:"pattern,omitzero"`
	URI     URI    `json:"uri"`
}

// PauseArguments is the argument of dejafix.pause: the folder (any URI inside
// of it; the first workspace folder when absent), and whether to resume.
type PauseArguments struct {
	URI    *URI `json:"uri,omitzero"`
	Resume bool `json:"resume,omitzero"`
}

// Codes of errors that JSON-RPC's package does not name.
const (
	CodeServerNotInitialized = jsonrpc2.ServerNotInitialized
	CodeContentModified      = jsonrpc2.Code(-32801)
	CodeRequestCancelled     = jsonrpc2.Code(-32800)
	CodeRequestFailed        = jsonrpc2.Code(-32803)
)
