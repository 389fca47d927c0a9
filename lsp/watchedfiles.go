package lsp

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

// manyFiles is how many files must change on disk at once to be the work of
// version control or a generator and not of a person: PROTOCOL's five.
const manyFiles = 5

// watchedGlobs are the files whose changes outside the editor matter.
func watchedGlobs() []string {
	globs := []string{"**/.git/HEAD", "**/.git/ORIG_HEAD", "**/" + workspaceFileName}
	var exts []string
	for _, ext := range identity.Extensions() {
		exts = append(exts, strings.TrimPrefix(ext, "."))
	}
	return append(globs, "**/*.{"+strings.Join(exts, ",")+"}")
}

// didChangeWatchedFiles takes changes made outside the editor. Open documents
// are left out: the editor's text is the truth, and comes with didChange.
func (s *session) didChangeWatchedFiles(params []byte) error {
	p, err := protocol.Decode[protocol.DidChangeWatchedParams](protocol.MethodDidChangeWatched, params)
	if err != nil {
		return err
	}
	var changed []protocol.URI
	for _, c := range p.Changes {
		path := filePath(c.URI)
		switch {
		case path == "":
		case watch.IsHead(path):
			s.noticeHead(s.headRoot(path))
		case filepath.Base(path) == workspaceFileName:
			s.reloadFile(filepath.Dir(path))
		case c.Type != 3 && s.docs[string(c.URI)] == nil && !slices.Contains(changed, c.URI): // 3: deleted
			changed = append(changed, c.URI)
		}
	}
	for _, uri := range changed {
		ev := analysis.Edited{Change: analysis.DiskChanged, Time: s.now()}
		if len(changed) >= manyFiles {
			// Their texts are not read: nothing is learned from them.
			ev.Origin = analysis.OriginVCS
			path := filePath(uri)
			ev.Doc = analysis.NewDocument(string(uri), path, s.rootOf(path), identity.LanguageOf(path), 0, "")
			ev.Doc.Hidden = true
		} else {
			text, err := s.fromDisk(uri)
			if err != nil {
				s.sv.Logger.Debug("changed file not read", "uri", uri, "err", err)
				continue
			}
			ev.Doc = seen(text.Doc)
			s.edited(text.Doc, nil, ev)
			continue
		}
		s.observe(ev)
	}
	return nil
}

// headRoot is the known root whose repository a HEAD belongs to: the folder
// above .git, or, in a worktree, the one that names it.
func (s *session) headRoot(head string) string {
	for _, root := range s.roots() {
		if dir := watch.GitDir(root); dir != "" && holds(dir, head) {
			return root
		}
	}
	return ""
}

// headDocument stands for the HEAD of the repository around root.
func (s *session) headDocument(root string) *analysis.Document {
	path := filepath.Join(watch.GitDir(root), "HEAD")
	doc := analysis.NewDocument(string(protocol.FileURI(path)), path, root, "", 0, "")
	doc.Hidden = true
	return doc
}
