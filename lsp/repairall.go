package lsp

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/identity"
	"github.com/dejafix/dejafix/analysis/textedit"
	"github.com/dejafix/dejafix/lsp/convert"
	"github.com/dejafix/dejafix/lsp/protocol"
)

// Bounds of an action that repairs all like one.
const (
	// maxAlike is how many diagnostics of one document are looked at: as many
	// as the learner answers before anyone asks.
	maxAlike = 50
	// maxAlikeFiles bounds the files of a workspace that are looked at. A person
	// is to look at each before it is changed.
	maxAlikeFiles = 100
)

// The data of actions that repair all: what they reach.
const (
	allInFile      = "file"
	allInWorkspace = "workspace"
)

// together is several suggestions that one action makes in one document.
type together struct {
	of          string // id of the suggestion that they are like
	text        *convert.Text
	open        bool
	suggestions []analysis.Suggestion // by place
	edits       []analysis.Edit       // all of them
}

func (g *together) ids() []string {
	ids := make([]string, 0, len(g.suggestions))
	for _, s := range g.suggestions {
		ids = append(ids, s.ID)
	}
	return ids
}

// taken are the ids of those that lead from the document to a text.
func (g *together) taken(text string) (ids []string) {
	made := map[analysis.Edit]bool{}
	for i, ok := range textedit.Taken(g.text.Doc.Text, g.edits, text) {
		made[g.edits[i]] = ok
	}
	for _, s := range g.suggestions {
		if !slices.ContainsFunc(s.Edits, func(e analysis.Edit) bool { return !made[e] }) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// combine takes of list what can be made in one go: no two edits overlap, but
// lines that several bring, such as an import, are brought once.
func combine(of string, text *convert.Text, open bool, list []analysis.Suggestion) *together {
	g := &together{of: of, text: text, open: open}
	byPlace(list)
	for _, s := range list {
		var own []analysis.Edit
		for _, e := range s.Edits {
			if !wholeLines(text.Doc.Text, e) || !slices.Contains(g.edits, e) {
				own = append(own, e)
			}
		}
		if len(own) == 0 || overlaps(g.edits, own) {
			continue
		}
		g.edits = append(g.edits, own...)
		g.suggestions = append(g.suggestions, s)
	}
	g.edits = textedit.Sorted(g.edits)
	return g
}

// joined is the edits with those of one suggestion made one where nothing else is
// edited in between: a preview lets a person leave out each edit, and half of a
// repair breaks the code.
func (g *together) joined() []analysis.Edit {
	text := g.text.Doc.Text
	edits := slices.Clone(g.edits)
	for _, s := range g.suggestions {
		var own []analysis.Edit
		for _, e := range s.Edits {
			if !wholeLines(text, e) && slices.Contains(edits, e) {
				own = append(own, e)
			}
		}
		if len(own) < 2 {
			continue
		}
		own = textedit.Sorted(own)
		span := analysis.Span{Start: own[0].Span.Start, End: own[len(own)-1].Span.End}
		if slices.ContainsFunc(edits, func(e analysis.Edit) bool { return !slices.Contains(own, e) && e.Span.Overlaps(span) }) {
			continue
		}
		whole, at := "", span.Start
		for _, e := range own {
			whole += text[at:e.Span.Start] + e.New
			at = e.Span.End
		}
		edits = slices.DeleteFunc(edits, func(e analysis.Edit) bool { return slices.Contains(own, e) })
		edits = append(edits, analysis.Edit{Span: span, New: whole})
	}
	return textedit.Sorted(edits)
}

// wholeLines reports whether e only puts in whole lines.
func wholeLines(text string, e analysis.Edit) bool {
	return e.Span.Len() == 0 && strings.HasSuffix(e.New, "\n") &&
		(e.Span.Start == 0 || text[e.Span.Start-1] == '\n')
}

// alike are the diagnostics that may be repaired as d is, no more than most.
// Tools that give no code are asked by what they say.
func alike(language string, list iter.Seq[analysis.Diagnostic], d analysis.Diagnostic, most int) (out []analysis.Diagnostic) {
	rule := func(d analysis.Diagnostic) string {
		id, _ := identity.Of(language, d)
		return id.RuleKey()
	}
	of := ""
	if d.Code == "" {
		of = rule(d)
	}
	for o := range list {
		if len(out) == most {
			break
		}
		if o.Source == d.Source && o.Code == d.Code && (d.Code != "" || rule(o) == of) {
			out = append(out, o)
		}
	}
	return out
}

// diagnostics are the values of reports.
func diagnostics(reports []convert.Reported) iter.Seq[analysis.Diagnostic] {
	return func(yield func(analysis.Diagnostic) bool) {
		for _, r := range reports {
			if !yield(r.Diagnostic) {
				return
			}
		}
	}
}

// like asks the learner for what repairs all of the diagnostics in a document
// that are like that of s. A menu (wait false) gets nil unless all is ready.
// Named is Query's.
func (snap *snapshot) like(ctx context.Context, text *convert.Text, open bool, list []analysis.Diagnostic, s analysis.Suggestion, wait, named bool) (*together, error) {
	found, complete, err := snap.sv.learner.Alike(ctx, analysis.Query{
		Doc: text.Doc, Span: analysis.Span{End: len(text.Doc.Text)}, Diagnostics: list, Invoked: wait, Named: named,
	}, s)
	if err != nil || !complete {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(o analysis.Suggestion) bool {
		return o.Digest != text.Doc.Digest || o.Probability < snap.settings.MinProbability && !named || len(o.Edits) == 0
	})
	return combine(s.ID, text, open, found), nil
}

// repeat is what a menu adds below the repairs that it shows, for the first of
// them that may be repeated: the same in the whole file, and in the workspace.
// A nil one adds nothing.
type repeat struct {
	snap            *snapshot
	of              analysis.Suggestion
	here            int       // diagnostics of the document like that of the suggestion
	file            *together // nil unless two can be made
	reported, files int       // in the workspace, other files alone
}

// repeat finds out what may be repeated in the document.
func (snap *snapshot) repeat(ctx context.Context, shown []analysis.Suggestion) (*repeat, error) {
	i := slices.IndexFunc(shown, func(s analysis.Suggestion) bool {
		return s.Repeatable && s.Unasked && len(s.Edits) > 0 && s.Probability >= snap.settings.MinProbability
	})
	if i < 0 {
		return nil, nil
	}
	r := &repeat{snap: snap, of: shown[i]}
	here := alike(snap.text.Doc.Language, diagnostics(snap.reports), r.of.Diagnostic, maxAlike+1)
	r.here = len(here)
	if r.here < 2 {
		return r, nil
	}
	g, err := snap.like(ctx, snap.text, true, here[:min(r.here, maxAlike)], r.of, false, false)
	if err != nil {
		return nil, err
	}
	if g != nil && len(g.suggestions) > 1 {
		r.file = g
	}
	return r, nil
}

// remember tells the session of what the menu will have, and counts what other
// files have.
func (r *repeat) remember(s *session) {
	if r == nil {
		return
	}
	if r.file != nil {
		s.offerTogether(r.file)
	}
	doc := r.snap.text.Doc
	for _, t := range s.targets(doc.Root, doc.Language, r.of.Diagnostic, doc.URI) {
		r.reported += len(t.diagnostics)
		r.files++
	}
}

// actions are the entries of the menu.
func (r *repeat) actions(snap *snapshot) (actions []protocol.CodeAction, err error) {
	if r == nil {
		return nil, nil
	}
	if r.file != nil {
		a, err := r.inFile()
		if err != nil {
			return nil, err
		}
		actions = append(actions, a)
	}
	if r.files > 0 && (snap.previews() || snap.client.applyEdit) {
		actions = append(actions, r.inWorkspace())
	}
	return actions, nil
}

// inFile is the action for the document.
func (r *repeat) inFile() (protocol.CodeAction, error) {
	which := "all %d"
	if r.here > maxAlike {
		which = "the first %d"
	}
	kind, client := protocol.KindQuickFix, r.snap.client.action
	ids := make([]any, 0, len(r.file.suggestions))
	for _, id := range r.file.ids() {
		ids = append(ids, id)
	}
	a := protocol.CodeAction{
		Title: fmt.Sprintf("Repair "+which+" like this in the file", len(ids)), Kind: &kind,
		Command: convert.Command("Tell dejafix that its repairs were applied", protocol.CommandApplied, ids...),
	}
	if client.Data {
		a.Data = convert.Data(r.of, allInFile)
	}
	if client.Data && client.Resolve {
		return a, nil
	}
	var err error
	a.Edit, err = convert.Edit(r.file.text, r.file.edits, client.DocumentChanges)
	return a, err
}

// inWorkspace is the action for all files. How many of the errors can be
// repaired is found out when a person chooses it: the title says how many were
// reported.
func (r *repeat) inWorkspace() protocol.CodeAction {
	kind := protocol.KindQuickFix
	a := protocol.CodeAction{
		Title: fmt.Sprintf("Repair all like this in the workspace (%d reported in %d files)…",
			r.reported+min(r.here, maxAlike), r.files+1),
		Kind: &kind,
	}
	if r.snap.previews() {
		// No command: a person may leave some out, and the texts tell which.
		a.Data = convert.Data(r.of, allInWorkspace)
	} else {
		a.Command = convert.Command(a.Title, protocol.CommandAll,
			protocol.AllArguments{ID: r.of.ID, URI: protocol.URI(r.snap.text.Doc.URI)})
	}
	return a
}

// offerTogether remembers what one action makes in each document, so that it is
// noticed when the client makes it. Nobody saw each of them: they are offered,
// and not seen.
func (s *session) offerTogether(groups ...*together) {
	for _, g := range groups {
		s.offers.addTogether(g)
		s.observe(analysis.Served{Doc: g.text.Doc, IDs: g.ids(), Together: true, Time: s.now()})
	}
}

// A target is a document of the workspace with diagnostics that may be like
// one.
type target struct {
	uri         protocol.URI
	text        *convert.Text   // nil: read it from disk
	digest      analysis.Digest // of the text that the diagnostics speak of
	diagnostics []analysis.Diagnostic
}

// targets are the documents of root, in the order of their URIs, that have
// diagnostics like d; the one at not is left out.
func (s *session) targets(root, language string, d analysis.Diagnostic, not string) (list []target) {
	if root == "" {
		return nil
	}
	family := identity.Family(language)
	for uri, doc := range s.docs {
		now := doc.text.Doc
		if uri == not || now.Root != root || now.Hidden || identity.Family(now.Language) != family {
			continue
		}
		if found := alike(now.Language, diagnostics(doc.all()), d, maxAlike); len(found) > 0 {
			list = append(list, target{protocol.URI(uri), doc.text, now.Digest, found})
		}
	}
	for uri, u := range s.unopened.byURI {
		if u.root != root || identity.Family(u.language) != family || s.docs[uri] != nil {
			continue
		}
		if found := alike(u.language, slices.Values(u.diagnostics), d, maxAlike); len(found) > 0 {
			list = append(list, target{protocol.URI(uri), nil, u.digest, found})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].uri < list[j].uri })
	return list[:min(len(list), maxAlikeFiles)]
}

// previews reports whether the client shows the edits of an action before it
// makes them, when the edits ask for it.
func (snap *snapshot) previews() bool {
	c := snap.client
	return c.previewsActions && c.action.DocumentChanges && c.action.Resolve && c.action.Data
}

// gather finds all repairs like s in the workspace, of the document first. It
// takes its time. Named is Query's.
func (snap *snapshot) gather(ctx context.Context, s analysis.Suggestion, named bool) (groups []*together, err error) {
	sv, doc := snap.sv, snap.text.Doc
	here := target{protocol.URI(doc.URI), snap.text, doc.Digest, alike(doc.Language, diagnostics(snap.reports), s.Diagnostic, maxAlike)}
	var others []target
	err = sv.do(func(se *session) error {
		others = se.targets(doc.Root, doc.Language, s.Diagnostic, doc.URI)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range append([]target{here}, others...) {
		text := t.text
		if text == nil {
			if text = sv.unopenedText(t); text == nil {
				continue
			}
		}
		g, err := snap.like(ctx, text, t.text != nil, t.diagnostics, s, true, named)
		if err != nil {
			return nil, err
		}
		if g != nil && len(g.suggestions) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// unopenedText reads the text of a target; nil when it is not the text that its
// diagnostics speak of, or none of our business any more.
func (sv *server) unopenedText(t target) (text *convert.Text) {
	err := sv.do(func(s *session) (err error) {
		text, err = s.fromDisk(t.uri)
		return err
	})
	if err != nil || text.Doc.Hidden || text.Doc.Digest != t.digest {
		sv.Logger.Debug("not repaired with the others", "uri", t.uri, "err", err)
		return nil
	}
	return text
}

// editAll is the edit of an action that repairs all, and remembers what it makes.
func (sv *server) editAll(groups []*together, o convert.ActionOptions, preview bool) (*protocol.WorkspaceEdit, error) {
	parts := make([]convert.Part, 0, len(groups))
	for _, g := range groups {
		edits := g.edits
		if preview {
			edits = g.joined()
		}
		parts = append(parts, convert.Part{Text: g.text, Edits: edits, Open: g.open})
	}
	label := ""
	if preview {
		label = counted(groups)
	}
	edit, err := convert.Edits(parts, o.DocumentChanges, label)
	if err != nil {
		return nil, err
	}
	return edit, sv.do(func(s *session) error {
		s.offerTogether(groups...)
		return nil
	})
}

// counted says how much groups repair.
func counted(groups []*together) string {
	n := 0
	for _, g := range groups {
		n += len(g.suggestions)
	}
	where := fmt.Sprintf("%d files", len(groups))
	if len(groups) == 1 {
		where = "1 file"
	}
	return fmt.Sprintf("Repair %d in %s", n, where)
}

// commandAll repairs all like one suggestion in the workspace, after a person
// saw in which files and how often, for clients that have no preview.
func (s *session) commandAll(args []protocol.Any) (work, error) {
	p, err := argument[protocol.AllArguments](protocol.CommandAll, args, 0)
	if err != nil {
		return nil, err
	}
	snap := s.snapshot(p.URI)
	if p.Pattern != "" {
		return s.allOf(snap, p.Pattern)
	}
	o, ok := s.offers.byID[p.ID]
	if snap == nil || !ok || o.Digest != snap.text.Doc.Digest {
		return nil, modified("the text changed since the repair was offered; ask for code actions again")
	}
	suggestion := o.Suggestion
	return func(ctx context.Context) (any, error) { return nil, snap.confirmAll(ctx, suggestion, false) }, nil
}

// allOf repairs all that a pattern repairs, beginning with the document of snap.
func (s *session) allOf(snap *snapshot, id string) (work, error) {
	if snap == nil {
		return nil, fmt.Errorf("the document is not open: open a file that has the error, and ask again")
	}
	return func(ctx context.Context) (any, error) {
		whole := analysis.Span{End: len(snap.text.Doc.Text)}
		suggestions, _, err := snap.suggest(ctx, whole, asked{invoked: true, limit: moreLimit})
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(suggestions, func(g analysis.Suggestion) bool { return g.Pattern == id && len(g.Edits) > 0 })
		if i < 0 {
			return nil, fmt.Errorf("nothing in %s can be repaired like that now", filepath.Base(snap.text.Doc.Path))
		}
		return nil, snap.confirmAll(ctx, suggestions[i], true)
	}, nil
}

// confirmAll has a person look at what would be changed, and the client make the
// edits: in the client's preview of edits, or by a question that names the files.
func (snap *snapshot) confirmAll(ctx context.Context, s analysis.Suggestion, named bool) error {
	sv := snap.sv
	groups, err := snap.gather(ctx, s, named)
	if err != nil {
		return err
	}
	if snap.previews() && snap.client.applyEdit && len(groups) > 0 {
		edit, err := sv.editAll(groups, snap.client.action, true)
		if err != nil {
			return err
		}
		// A person may leave some out: the texts tell which were made.
		return sv.applyEdit(ctx, counted(groups), edit, func(*session) {})
	}
	message, yes := snap.question(s, groups), counted(groups)
	items := []protocol.MessageActionItem{{Title: yes}, {Title: "Cancel"}}
	if len(groups) == 0 {
		items = nil
	}
	var answer *protocol.MessageActionItem
	_, err = sv.conn.Call(ctx, protocol.MethodShowMessageRequest,
		&protocol.ShowMessageRequestParams{Type: messageInfo, Message: message, Actions: items}, &answer)
	if err != nil || answer == nil || answer.Title != yes || len(groups) == 0 {
		return err
	}
	err = sv.do(func(se *session) error {
		for _, g := range groups {
			if d := se.docs[g.text.Doc.URI]; g.open != (d != nil) || d != nil && d.text.Doc.Digest != g.text.Doc.Digest {
				return modified("a file changed since the repairs were listed; ask again")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	edit, err := sv.editAll(groups, snap.client.action, false)
	if err != nil {
		return err
	}
	return sv.applyEdit(ctx, yes, edit, func(se *session) {
		for _, g := range groups {
			se.applied(g.ids()...)
		}
	})
}

// question names the files that would be changed, and how often each.
func (snap *snapshot) question(s analysis.Suggestion, groups []*together) string {
	const most = 12 // lines, or the message hides its buttons
	if len(groups) == 0 {
		return "dejafix: no place like this can be repaired now"
	}
	lines := []string{"dejafix: " + s.Title}
	for i, g := range groups {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more files", len(groups)-most))
			break
		}
		name := g.text.Doc.Path
		if rel, err := filepath.Rel(g.text.Doc.Root, name); err == nil {
			name = filepath.ToSlash(rel)
		}
		lines = append(lines, fmt.Sprintf("%s: %d", name, len(g.suggestions)))
	}
	return strings.Join(lines, "\n")
}

// resolveAll fills in the edit of an action that repairs all.
func (s *session) resolveAll(a protocol.CodeAction, own protocol.ActionData) (work, error) {
	snap := s.snapshot(own.URI)
	if snap == nil || snap.text.Doc.Digest.String() != own.Digest {
		return nil, modified("the text changed since the repairs were offered; ask for code actions again")
	}
	if own.All == allInFile {
		g := s.offers.togetherWith(own.ID, snap.text.Doc)
		if g == nil {
			return nil, modified("the suggestions are no longer known; ask for code actions again")
		}
		return func(context.Context) (_ any, err error) {
			a.Edit, err = convert.Edit(g.text, g.edits, snap.client.action.DocumentChanges)
			return a, err
		}, nil
	}
	o, ok := s.offers.byID[own.ID]
	if !ok || o.Digest != snap.text.Doc.Digest {
		return nil, modified("the suggestion is no longer known; ask for code actions again")
	}
	suggestion := o.Suggestion
	return func(ctx context.Context) (any, error) {
		groups, err := snap.gather(ctx, suggestion, false)
		if err != nil {
			return nil, err
		}
		if len(groups) == 0 {
			return nil, modified("no place like this can be repaired now; ask for code actions again")
		}
		a.Edit, err = snap.sv.editAll(groups, snap.client.action, true)
		return a, err
	}, nil
}
