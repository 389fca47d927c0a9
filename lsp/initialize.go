package lsp

import (
	"context"
	"slices"

	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
	"github.com/dejafix/dejafix/lsp/watch"
)

// initialize learns what the client can do, and opens its folders.
func (s *session) initialize(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.InitializeParams](protocol.MethodInitialize, params)
	if err != nil {
		return nil, err
	}
	s.phase = running
	s.client = newClient(&p)
	if g := p.Capabilities.General; g != nil {
		s.encoding = convert.Encoding(g.PositionEncodings)
	}
	s.options = slices.Clone(p.InitializationOptions)
	for _, doubt := range s.settings.overlay(s.options) {
		s.complain(doubt)
	}
	for _, uri := range initialFolders(&p) {
		s.addFolder(uri)
	}
	if p.ProcessID != nil {
		s.sv.watchParent(int(*p.ProcessID))
	}
	result := s.capabilities()
	return func(context.Context) (any, error) { return result, nil }, nil
}

// initialFolders are the folders that the client opened, in any of the three
// forms that LSP has had.
func initialFolders(p *protocol.InitializeParams) []protocol.URI {
	var uris []protocol.URI
	if folders, ok := p.WorkspaceFolders.Get(); ok {
		for _, f := range folders {
			uris = append(uris, f.URI)
		}
		return uris
	}
	if p.RootURI != nil { //nolint:staticcheck // deprecated, and all that older clients send
		return []protocol.URI{*p.RootURI} //nolint:staticcheck // as above
	}
	if path, ok := p.RootPath.Get(); ok && path != "" { //nolint:staticcheck // as above
		return []protocol.URI{protocol.FileURI(path)}
	}
	return nil
}

func (s *session) capabilities() *protocol.InitializeResult {
	on, off := true, false
	incremental := protocol.TextDocumentSyncKind(2)
	r := &protocol.InitializeResult{
		ServerInfo: protocol.ServerInfo{Name: "dejafix"},
		Capabilities: protocol.ServerCapabilities{
			PositionEncoding: protocol.PositionEncodingKind(s.encoding.String()),
			TextDocumentSync: &protocol.TextDocumentSyncOptions{
				OpenClose: &on, Change: &incremental, Save: &protocol.SaveOptions{IncludeText: &off},
			},
			CodeActionProvider: &protocol.CodeActionOptions{
				CodeActionKinds: []protocol.CodeActionKind{protocol.KindQuickFix, protocol.KindFixAll},
				ResolveProvider: &on,
			},
			ExecuteCommandProvider: protocol.ExecuteCommandOptions{Commands: commandNames()},
			Workspace: &protocol.WorkspaceOptions{WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
				Supported: &on, ChangeNotifications: protocol.Boolean(true),
			}},
		},
	}
	if s.sv.Version != "" {
		r.ServerInfo.Version = protocol.Optional(s.sv.Version)
	}
	if s.client.hover {
		r.Capabilities.HoverProvider = protocol.Boolean(true)
	}
	return r
}

// watchParent ends the server when the client's process does: a client that
// was killed says neither exit nor, with inherited pipes, end of file.
func (sv *server) watchParent(pid int) {
	sv.goBackground(func() {
		if watch.Parent(sv.base, pid, sv.ParentInterval) {
			sv.finish(ErrParentGone)
		}
	})
}

// finish makes Serve return err, unless it already returns.
func (sv *server) finish(err error) {
	select {
	case sv.exit <- err:
	default:
	}
}
