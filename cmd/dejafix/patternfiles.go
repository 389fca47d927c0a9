package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/wire"
	"github.com/dejafix/dejafix/learner"
	"github.com/dejafix/dejafix/learner/patternfile"
	"github.com/dejafix/dejafix/store"
)

// shownInFile is how many repairs a pattern's file has: the newest, as many as
// somebody reads.
const shownInFile = 5

// exportFiles writes the patterns of the workspace at root into dir, one file
// each. What is written there already keeps its owner. left counts the patterns
// of which nothing may be shown.
func exportFiles(ctx context.Context, st *store.Store, root, dir, owner string) (names []string, left int, err error) {
	id, err := st.WorkspaceID(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	index, err := st.Patterns(ctx)
	if err != nil {
		return nil, 0, err
	}
	all, err := describe(ctx, st, index)
	if err != nil {
		return nil, 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // others read the repository
		return nil, 0, problemf("name a folder that can be written", "%w", err)
	}
	door, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, problemf("name a folder that can be written", "%w", err)
	}
	defer func() { _ = door.Close() }() // it was only read through
	for _, p := range all {
		f, err := patternFile(ctx, st, id, &p)
		if err != nil {
			return names, left, err
		}
		if f == nil {
			continue // another workspace's
		}
		if len(f.Examples) == 0 {
			left++
			continue
		}
		name := patternfile.Name(f)
		f.Owner = owner
		if old, err := door.ReadFile(name); err == nil && owner == "" {
			if was, _, err := patternfile.Read(old); err == nil {
				f.Owner = was.Owner
			}
		}
		text, err := f.Write()
		if err != nil {
			return names, left, err
		}
		// What is there stays whole until the new text is.
		part := name + ".part"
		if err := door.WriteFile(part, text, 0o644); err != nil {
			return names, left, problemf("name a folder that can be written", "%w", err)
		}
		if err := door.Rename(part, name); err != nil {
			return names, left, errors.Join(err, door.Remove(part))
		}
		names = append(names, name)
	}
	return names, left, nil
}

// patternFile is the file of a pattern of a workspace, nil for one of another.
// Repairs in which something looks like a secret, or names a person, are left
// out.
func patternFile(ctx context.Context, st *store.Store, workspace string, p *wire.Pattern) (*patternfile.File, error) {
	f := &patternfile.File{
		ID: p.ID, Title: p.Title, Rule: p.Identity.Rule, FixType: p.FixType, Origins: map[string]int{},
		Counts: patternfile.Counts{
			Applied: p.Outcomes.Applied, Held: p.Outcomes.Held, Undone: p.Outcomes.Undone, CameBack: p.Outcomes.CameBack, Ignored: p.Outcomes.Ignored,
		},
		Examples: []patternfile.Example{}, Counters: []patternfile.Example{},
	}
	own := false
	var examples []analysis.Example
	for _, id := range p.Examples {
		ex, err := st.Example(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted in the meantime
		}
		if err != nil {
			return nil, err
		}
		if ex.Provenance.Workspace != workspace {
			continue
		}
		own = true
		f.Language = ex.Language
		f.Counts.Repairs++
		f.Origins[string(ex.Provenance.Origin)]++
		examples = append(examples, ex)
	}
	if !own {
		return nil, nil
	}
	show := func(list []analysis.Example) (out []patternfile.Example) {
		slices.SortStableFunc(list, func(a, b analysis.Example) int { return b.Provenance.Time.Compare(a.Provenance.Time) })
		out = []patternfile.Example{}
		for i := range list {
			if e, ok := patternfile.FromExample(&list[i]); ok && len(out) < shownInFile && !secret(list[i]) {
				out = append(out, e)
			}
		}
		return out
	}
	if f.Examples = show(examples); len(f.Examples) == 0 {
		return f, nil
	}
	// What looked like a repair of this error and left it where it was.
	all, err := st.ExamplesByRule(ctx, examples[0].Identity.RuleKey(), []string{workspace}, counterRead)
	if err != nil {
		return nil, err
	}
	f.Counters = show(slices.DeleteFunc(all, func(ex analysis.Example) bool {
		return ex.Provenance.Workspace != workspace || ex.Class != analysis.ClassRefuted || ex.Shape == nil
	}))
	// A file that this dejafix would refuse helps nobody.
	text, err := f.Write()
	if err != nil {
		return nil, err
	}
	if _, _, err := patternfile.Read(text); err != nil {
		f.Examples = nil
	}
	return f, nil
}

// counterRead is how many examples of a rule are looked through for those that
// did not cure: as many as it is learned from, and half as many again.
const counterRead = 90

// A patternDir is what the pattern files of a workspace say.
type patternDir struct {
	names    []string                      // of the files that can be used
	keys     map[string]string             // digest of a file's name and text
	examples map[string][]analysis.Example // by name
	wrong    []string                      // a sentence for each file that is refused, with its line
}

// readPatternDir reads the pattern files in a folder. Links and folders in it are
// not followed.
func readPatternDir(dir string) (*patternDir, error) {
	d := &patternDir{keys: map[string]string{}, examples: map[string][]analysis.Example{}}
	door, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = door.Close() }() // it was only read through
	entries, err := fs.ReadDir(door.FS(), ".")
	if err != nil {
		return nil, err
	}
	refuse := func(name string, what any) {
		d.wrong = append(d.wrong, fmt.Sprintf("%s, %v", name, what))
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".json") {
			continue
		}
		if len(d.names)+len(d.wrong) == patternfile.MaxFiles {
			refuse(name, fmt.Sprintf("line 1: there are over %d files, and the others are not read", patternfile.MaxFiles))
			break
		}
		info, err := e.Info()
		switch {
		case err != nil:
			continue // gone meanwhile
		case !info.Mode().IsRegular():
			refuse(name, "line 1: it is no regular file")
			continue
		case info.Size() > patternfile.MaxBytes:
			refuse(name, fmt.Sprintf("line 1: the file is over %d KB", patternfile.MaxBytes>>10))
			continue
		}
		text, err := door.ReadFile(name)
		if err != nil {
			refuse(name, "line 1: it cannot be read")
			continue
		}
		_, examples, err := patternfile.Read(text)
		if err != nil {
			refuse(name, err)
			continue
		}
		sum := sha256.Sum256([]byte(name + "\x00" + string(text)))
		d.names, d.keys[name], d.examples[name] = append(d.names, name), hex.EncodeToString(sum[:]), examples
	}
	return d, nil
}

// takePatternFiles makes what is learned for a workspace follow its pattern
// files: those that are new or say something else are learned from, and what came
// of files that are gone, or refused now, is dropped.
func takePatternFiles(ctx context.Context, st *store.Store, l *learner.Learner, root string, d *patternDir) (added int, err error) {
	id, err := st.KnownWorkspace(ctx, root)
	if err != nil || id == "" && len(d.names) == 0 {
		return 0, err // there is nothing, and was nothing
	}
	if id == "" {
		if id, err = st.WorkspaceID(ctx, root); err != nil {
			return 0, err
		}
	}
	known, err := st.Imported(ctx, id, patternfile.Dir+"/")
	if err != nil {
		return 0, err
	}
	done, err := st.History(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, tool := range known {
		name := strings.TrimPrefix(tool, patternfile.Dir+"/")
		if key := d.keys[name]; key != "" && done[key] {
			continue
		}
		if _, err := st.DropImported(ctx, id, tool); err != nil {
			return 0, err
		}
	}
	var examples []analysis.Example
	var keys []string
	for _, name := range d.names {
		tool := patternfile.Dir + "/" + name
		if done[d.keys[name]] && slices.Contains(known, tool) {
			continue
		}
		for _, ex := range d.examples[name] {
			ex.Provenance.Tool, ex.Provenance.Version = tool, version
			examples = append(examples, ex)
		}
		keys = append(keys, d.keys[name])
	}
	if len(examples) == 0 {
		return 0, nil
	}
	if added, err = l.Import(ctx, examples, root, nil); err != nil {
		return added, err
	}
	return added, st.AddHistory(ctx, id, keys)
}

// isFolder reports whether an argument names a folder: one that is there, or by
// the separator at its end.
func isFolder(name string) bool {
	if strings.HasSuffix(name, "/") || strings.HasSuffix(name, string(filepath.Separator)) {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
