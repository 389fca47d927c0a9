package index

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// imported are the folders, or files, of the workspace that f imports from, 32 at
// most.
func (s *space) imported(f *File) (list []string) {
	seen := map[string]bool{}
	for _, i := range f.Imports {
		p := s.resolve(f, i.Module)
		if p == "" || seen[p] {
			continue
		}
		seen[p] = true
		if list = append(list, p); len(list) == 32 {
			break
		}
	}
	return list
}

// resolve is the absolute folder or file of the workspace that a module's name in
// f stands for, "" for what lies outside.
func (s *space) resolve(f *File, module string) string {
	switch family(f.Language) {
	case "go":
		root, name := s.goModule(filepath.Dir(f.Path))
		if name == "" {
			return ""
		}
		if module == name {
			return root
		}
		if below, ok := strings.CutPrefix(module, name+"/"); ok {
			return filepath.Join(root, filepath.FromSlash(below))
		}
	case "typescript":
		if !strings.HasPrefix(module, ".") {
			return ""
		}
		return s.scriptFile(filepath.Join(filepath.Dir(f.Path), filepath.FromSlash(module)))
	case "python":
		dots := len(module) - len(strings.TrimLeft(module, "."))
		dir := s.root
		if dots > 0 {
			dir = filepath.Dir(f.Path)
			for range dots - 1 {
				dir = filepath.Dir(dir)
			}
		}
		base := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(module[dots:], ".", "/")))
		for _, p := range []string{base + ".py", filepath.Join(base, "__init__.py")} {
			if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
				return p
			}
		}
	}
	return ""
}

// scriptFile is the file that a relative import stands for.
func (s *space) scriptFile(base string) string {
	candidates := []string{base}
	stem := base
	for _, ext := range []string{".js", ".mjs", ".cjs", ".jsx"} {
		stem = strings.TrimSuffix(stem, ext)
	}
	for _, ext := range []string{".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js"} {
		candidates = append(candidates, stem+ext)
	}
	for _, p := range candidates {
		rel, ok := s.rel(p)
		if !ok {
			return ""
		}
		s.mu.RLock()
		_, known := s.ids[rel]
		_, open := s.open[rel]
		s.mu.RUnlock()
		if known || open {
			return p
		}
	}
	for _, p := range candidates {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// readSmall is the text of a small file, "" where it cannot be read.
func readSmall(name string) string {
	if info, err := os.Stat(name); err != nil || info.Size() > 1<<20 {
		return ""
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(b)
}

var goModuleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)

// A goMod is a Go module of the workspace.
type goMod struct{ root, name string }

// goModule is the folder and the name of the module that a folder is in, not
// above the workspace's. It is looked for once for a draft or a folder that is
// read: a session may change it.
func (s *space) goModule(dir string) (root, name string) {
	s.mu.RLock()
	m, ok := s.mods[dir]
	s.mu.RUnlock()
	if !ok {
		m = s.findModule(dir)
		s.mu.Lock()
		if s.mods == nil {
			s.mods = map[string]goMod{}
		}
		s.mods[dir] = m
		s.mu.Unlock()
	}
	return m.root, m.name
}

func (s *space) forgetModules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.mods)
}

func (s *space) findModule(dir string) goMod {
	for {
		if m := goModuleLine.FindStringSubmatch(readSmall(filepath.Join(dir, "go.mod"))); m != nil {
			return goMod{dir, m[1]}
		}
		parent := filepath.Dir(dir)
		if _, inside := s.rel(parent); !inside || parent == dir {
			return goMod{}
		}
		dir = parent
	}
}

// goPath is the import path of a folder of the workspace.
func (s *space) goPath(dir string) string {
	root, name := s.goModule(dir)
	if name == "" {
		return ""
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return ""
	}
	return path.Join(name, filepath.ToSlash(rel))
}
