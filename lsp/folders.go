package lsp

import (
	"context"
	"slices"

	"github.com/dejafix/dejafix/lsp/protocol"
)

// didChangeFolders opens and closes folders of the workspace. Open documents
// stay in the root they were opened in.
func (s *session) didChangeFolders(params []byte) error {
	p, err := protocol.Decode[protocol.DidChangeFoldersParams](protocol.MethodDidChangeFolders, params)
	if err != nil {
		return err
	}
	for _, f := range p.Event.Removed {
		path := filePath(f.URI)
		s.folders = slices.DeleteFunc(slices.Clone(s.folders), func(dir string) bool { return dir == path })
		delete(s.files, path)
	}
	for _, f := range p.Event.Added {
		s.addFolder(f.URI)
	}
	s.configure()
	return nil
}

func (s *session) addFolder(uri protocol.URI) {
	path := filePath(uri)
	if path == "" || slices.Contains(s.folders, path) {
		return
	}
	s.folders = append(slices.Clone(s.folders), path)
	s.head.Moved(path) // from here on
	s.adopt(path)
}

// adopt looks up what was decided about a folder before, and reads what it says
// itself.
func (s *session) adopt(root string) {
	s.readFile(root)
	s.lookUp(root)
	select {
	case s.sv.opened <- struct{}{}:
	default: // who waits for it looks at all folders
	}
}

// lookUp asks what was decided about a folder, here or in another window.
func (s *session) lookUp(root string) {
	sv := s.sv
	if sv.Workspaces == nil {
		return
	}
	before := s.pauses[root]
	sv.goBackground(func() {
		ctx, cancel := context.WithTimeout(sv.base, clientWithin)
		defer cancel()
		paused, err := sv.Workspaces.Paused(ctx, root)
		if err != nil {
			sv.Logger.Warn("whether the workspace is paused is not known", "root", root, "err", err)
		}
		trusted, err := sv.Workspaces.Trusted(ctx, root)
		if err != nil {
			sv.Logger.Warn("whether the workspace is trusted is not known", "root", root, "err", err)
		}
		_ = sv.do(func(s *session) error {
			if s.pauses[root] != before {
				paused = s.paused[root] // decided here since
			}
			if s.paused[root] == paused && s.trusted[root] == trusted {
				return nil
			}
			changed := s.paused[root] != paused
			s.paused[root], s.trusted[root] = paused, trusted
			s.configure()
			if changed {
				s.showPause(root)
			}
			return nil
		})
	})
}

// lookUpAgain looks up all folders when somebody else decided about one.
func (sv *server) lookUpAgain() {
	for {
		select {
		case <-sv.base.Done():
			return
		case _, ok := <-sv.Decided:
			if !ok {
				return
			}
			_ = sv.do(func(s *session) error {
				for _, root := range s.roots() {
					s.lookUp(root)
				}
				return nil
			})
		}
	}
}

// reloadFile reads the dejafix.toml of root again.
func (s *session) reloadFile(root string) {
	if _, known := s.files[root]; !known && !slices.Contains(s.folders, root) {
		return
	}
	s.readFile(root)
	s.configure()
}
