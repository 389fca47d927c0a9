package analysis

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// A Span is the half-open byte range [Start, End) of a text.
type Span struct{ Start, End int }

// Len is the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether every byte of o lies in s.
func (s Span) Contains(o Span) bool { return s.Start <= o.Start && o.End <= s.End }

// Overlaps reports whether s and o share a byte, or an empty span of one lies
// inside or at the edge of the other.
func (s Span) Overlaps(o Span) bool {
	if s.Len() == 0 || o.Len() == 0 {
		return s.Start <= o.End && o.Start <= s.End
	}
	return s.Start < o.End && o.Start < s.End
}

// An Edit replaces the text at Span by New. The edits of one text are sorted
// by Start, do not overlap, and all refer to the text before any of them.
type Edit struct {
	Span Span
	New  string
}

// A Digest names a text by its content: the first 16 bytes of its SHA-256.
type Digest [16]byte

// DigestOf returns the digest of text.
func DigestOf(text string) Digest {
	sum := sha256.Sum256([]byte(text))
	return Digest(sum[:16])
}

// String returns d as 32 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// A Document is one version of a file's text. It is immutable: a change makes
// a new Document.
type Document struct {
	URI      string // as the client wrote it
	Path     string // absolute file name, "" for a document without a file
	Root     string // absolute folder of the workspace it belongs to, "" when none
	Language string // LSP language identifier: go, python, typescriptreact, …
	Version  int32  // the client's version, 0 for a file read from disk
	Text     string
	Digest   Digest
	// Hidden says that nothing may be learned from the document and nothing
	// attached to it: ignored by version control, generated, a key or .env file.
	Hidden bool
}

// NewDocument returns a Document whose Digest is that of text.
func NewDocument(uri, path, root, language string, version int32, text string) *Document {
	return &Document{
		URI: uri, Path: path, Root: root, Language: language,
		Version: version, Text: text, Digest: DigestOf(text),
	}
}

// An Origin says who made an edit, as well as can be told.
type Origin string

// The origins of an edit or example. Typed, Completion, OurAction, PeerAction,
// Format, Undo, Reload, VCS and Agent are seen in the editor; History, Self and
// Import say where an example came from that nobody typed here.
const (
	OriginTyped      Origin = "typed"
	OriginCompletion Origin = "completion"
	OriginOurAction  Origin = "our_action"
	OriginPeerAction Origin = "peer_action"
	OriginFormat     Origin = "format"
	OriginUndo       Origin = "undo"
	OriginReload     Origin = "reload"
	OriginVCS        Origin = "vcs"
	OriginAgent      Origin = "agent"
	OriginHistory    Origin = "history"
	OriginSelf       Origin = "self"
	OriginImport     Origin = "import"
)

// Provenance says where a row came from.
type Provenance struct {
	Origin    Origin
	Tool      string // "dejafix", or the tool that recorded it
	Version   string // of Tool
	Workspace string // UUID of the repository, shared by its worktrees
	Commit    string // of HEAD, "" when unknown
	Time      time.Time
}
