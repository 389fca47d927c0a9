package lsp

import (
	"context"
	"fmt"
	"sort"

	"go.lsp.dev/jsonrpc2"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// commands are what workspace/executeCommand runs. They take ids and places,
// and never a text to run.
var commands = map[string]func(*session, []protocol.Any) (work, error){
	protocol.CommandAll:     (*session).commandAll,
	protocol.CommandApplied: (*session).commandApplied,
	protocol.CommandForget:  (*session).commandForget,
	protocol.CommandMore:    (*session).commandMore,
	protocol.CommandNever:   (*session).commandNever,
	protocol.CommandPause:   (*session).commandPause,
	protocol.CommandWhy:     (*session).commandWhy,
}

func commandNames() []string {
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (s *session) executeCommand(params []byte) (work, error) {
	p, err := protocol.Decode[protocol.ExecuteCommandParams](protocol.MethodExecuteCommand, params)
	if err != nil {
		return nil, err
	}
	run, ok := commands[p.Command]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "no command %.100q", p.Command)
	}
	return run(s, p.Arguments)
}

// argument reads the argument at i.
func argument[T any](command string, args []protocol.Any, i int) (T, error) {
	var v T
	if i >= len(args) {
		return v, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: argument %d is missing", command, i+1)
	}
	if err := protocol.Unmarshal(args[i], &v); err != nil {
		return v, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: argument %d: %v", command, i+1, err)
	}
	return v, nil
}

func done(context.Context) (any, error) { return nil, nil }

// commandApplied is run by the client after the edits of one action.
func (s *session) commandApplied(args []protocol.Any) (work, error) {
	if len(args) == 0 {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s: argument 1 is missing", protocol.CommandApplied)
	}
	for i := range args {
		id, err := argument[string](protocol.CommandApplied, args, i)
		if err != nil {
			return nil, err
		}
		s.applied(id)
	}
	return done, nil
}

// commandNever silences a pattern for good, named by itself or by a suggestion
// of it.
func (s *session) commandNever(args []protocol.Any) (work, error) {
	id, err := argument[string](protocol.CommandNever, args, 0)
	if err != nil {
		return nil, err
	}
	s.never(id)
	s.sv.recurringChanged()
	return done, nil
}

func (s *session) never(id string) {
	if o, ok := s.offers.byID[id]; ok && o.Pattern != "" {
		id = o.Pattern
	}
	s.observe(analysis.Decided{ID: id, Verdict: analysis.VerdictNever, Time: s.now()})
}

// commandForget deletes a pattern and the repairs that it was learned from. The
// client asks before: it cannot be brought back.
func (s *session) commandForget(args []protocol.Any) (work, error) {
	id, err := argument[string](protocol.CommandForget, args, 0)
	if err != nil {
		return nil, err
	}
	sv := s.sv
	return func(ctx context.Context) (any, error) {
		if err := sv.learner.Forget(ctx, id); err != nil {
			return nil, err
		}
		sv.recurringChanged()
		return nil, nil
	}, nil
}

// commandPause stops or resumes suggestions in a folder; learning goes on.
func (s *session) commandPause(args []protocol.Any) (work, error) {
	var p protocol.PauseArguments
	if len(args) > 0 {
		var err error
		if p, err = argument[protocol.PauseArguments](protocol.CommandPause, args, 0); err != nil {
			return nil, err
		}
	}
	root := ""
	switch {
	case p.URI != nil:
		root = s.rootOf(filePath(*p.URI))
	case len(s.folders) > 0:
		root = s.folders[0]
	}
	if root == "" {
		return nil, fmt.Errorf("no folder to pause: open a folder, or a file in a repository")
	}
	return s.pause(root, !p.Resume), nil
}

func (s *session) pause(root string, paused bool) work {
	s.paused[root] = paused
	s.pauses[root]++
	s.configure()
	s.showPause(root)
	sv := s.sv
	return func(ctx context.Context) (any, error) {
		if sv.Workspaces == nil {
			return nil, nil
		}
		err := sv.Workspaces.SetPaused(ctx, root, paused)
		_ = sv.do(func(s *session) error {
			s.pauses[root]++ // who looked before it was kept saw what was
			return nil
		})
		return nil, err
	}
}

// showPause shows whether suggestions pause in a folder.
func (s *session) showPause(root string) {
	if s.paused[root] {
		s.status(protocol.StatusParams{State: "paused", Text: "dejafix paused", Tooltip: "Nothing is suggested in " + root})
	} else {
		s.status(protocol.StatusParams{State: "ready", Text: "dejafix", Tooltip: "dejafix learns from repairs"})
	}
}

// commandWhy is dejafix/why for clients that only run commands.
func (s *session) commandWhy(args []protocol.Any) (work, error) {
	id, err := argument[string](protocol.CommandWhy, args, 0)
	if err != nil {
		return nil, err
	}
	params, err := protocol.Marshal(protocol.WhyParams{ID: id})
	if err != nil {
		return nil, err
	}
	return s.why(params)
}

// commandMore shows every repair at a place: to a client with a picker of its
// own as the result, to others with window/showMessageRequest.
func (s *session) commandMore(args []protocol.Any) (work, error) {
	p, err := argument[protocol.MoreArguments](protocol.CommandMore, args, 0)
	if err != nil {
		return nil, err
	}
	snap := s.snapshot(p.URI)
	if snap == nil {
		return func(context.Context) (any, error) { return []protocol.CodeAction{}, nil }, nil
	}
	return func(ctx context.Context) (any, error) {
		suggestions, reports, err := snap.suggest(ctx, snap.text.Span(p.Range), asked{invoked: true, limit: moreLimit})
		if err != nil {
			return nil, err
		}
		byPlace(suggestions)
		if p.Pick {
			return snap.list(suggestions, reports)
		}
		return nil, snap.pick(ctx, suggestions)
	}, nil
}

// list is the further repairs as code actions.
func (snap *snapshot) list(suggestions []analysis.Suggestion, reports []convert.Reported) (any, error) {
	actions := []protocol.CodeAction{}
	for _, g := range suggestions {
		a, ok, err := snap.action(g, reports)
		if err != nil {
			return nil, err
		}
		if ok {
			actions = append(actions, a)
		}
	}
	return actions, snap.served(suggestions, true)
}

// The entries of the picker after the repairs.
const (
	entryNever = "Never suggest these again"
	entryPause = "Pause dejafix in this folder"
)

// pick lets the person choose in a message, and applies the choice.
func (snap *snapshot) pick(ctx context.Context, suggestions []analysis.Suggestion) error {
	sv := snap.sv
	var items []protocol.MessageActionItem
	chosen := map[string]analysis.Suggestion{}
	for _, g := range suggestions {
		if len(g.Edits) == 0 {
			continue
		}
		title := g.Title
		for n := 2; ; n++ { // the answer is a title, so each must be another
			if _, taken := chosen[title]; !taken {
				break
			}
			title = fmt.Sprintf("%s (%d)", g.Title, n)
		}
		chosen[title] = g
		items = append(items, protocol.MessageActionItem{Title: title})
	}
	message := "dejafix: choose a repair"
	if len(items) == 0 {
		message = "dejafix: there are no more repairs here"
	} else {
		items = append(items, protocol.MessageActionItem{Title: entryNever})
	}
	if snap.text.Doc.Root != "" {
		items = append(items, protocol.MessageActionItem{Title: entryPause})
	}
	if err := snap.served(suggestions, true); err != nil {
		return err
	}
	var answer *protocol.MessageActionItem
	_, err := sv.conn.Call(ctx, protocol.MethodShowMessageRequest,
		&protocol.ShowMessageRequestParams{Type: messageInfo, Message: message, Actions: items}, &answer)
	if err != nil || answer == nil {
		return err
	}
	if g, ok := chosen[answer.Title]; ok {
		return snap.apply(ctx, g)
	}
	var rest work
	err = sv.do(func(s *session) error {
		switch answer.Title {
		case entryNever:
			for _, g := range suggestions {
				s.never(g.ID)
			}
		case entryPause:
			rest = s.pause(snap.text.Doc.Root, true)
		}
		return nil
	})
	if err == nil && rest != nil {
		_, err = rest(ctx)
	}
	return err
}

// apply has the client make the edit of a suggestion.
func (snap *snapshot) apply(ctx context.Context, g analysis.Suggestion) error {
	sv := snap.sv
	if !snap.client.applyEdit {
		return fmt.Errorf("this editor cannot apply the edit of %q by itself (it lacks workspace/applyEdit)", g.Title)
	}
	err := sv.do(func(s *session) error {
		if d, ok := s.docs[g.URI]; !ok || d.text.Doc.Digest != g.Digest {
			return modified("the text changed since the repair was listed; ask again")
		}
		return nil
	})
	if err != nil {
		return err
	}
	edit, err := convert.Edit(snap.text, g.Edits, snap.client.action.DocumentChanges)
	if err != nil {
		return err
	}
	if err := sv.foresee(snap.text.Doc, g); err != nil {
		return err
	}
	return sv.applyEdit(ctx, g.Title, edit, func(s *session) { s.applied(g.ID) })
}

// applyEdit has the client make an edit, and then tells the session.
func (sv *server) applyEdit(ctx context.Context, label string, edit *protocol.WorkspaceEdit, applied func(*session)) error {
	var result protocol.ApplyEditResult
	if _, err := sv.conn.Call(ctx, protocol.MethodApplyEdit, &protocol.ApplyEditParams{Label: &label, Edit: *edit}, &result); err != nil {
		return err
	}
	if !result.Applied {
		reason := "no reason given"
		if result.FailureReason != nil {
			reason = *result.FailureReason
		}
		return fmt.Errorf("the editor did not make the edit %q: %s", label, reason)
	}
	return sv.do(func(s *session) error {
		applied(s)
		return nil
	})
}
