package watch

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// keyFiles are files that hold secrets, by base name as path.Match reads it.
// Nothing may be learned from them and nothing attached to them.
var keyFiles = []string{
	".env", ".env.*", "*.env", ".envrc",
	"*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.asc", "*.gpg", "*.ppk",
	"id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
	".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".git-credentials", ".htpasswd",
	"credentials", "credentials.json", "secrets.json", "secrets.toml", "secrets.yaml", "secrets.yml",
}

// foreignFolders hold what a tool put there.
var foreignFolders = map[string]bool{".git": true, "node_modules": true, "site-packages": true}

// Foreign reports whether a folder of that name holds what no person wrote.
func Foreign(name string) bool {
	return foreignFolders[name] || strings.HasPrefix(name, ".") || name == "vendor"
}

// generated finds what generators write at the top of a file: Go's convention,
// and the word that Facebook's, Google's and Rust's tools share.
var generated = regexp.MustCompile(`(?m)Code generated .* DO NOT EDIT\.?\s*$|@generated\b`)

// generatedWithin is how much of a file is searched for the mark, in bytes:
// licences come first, and are under 3 KB.
const generatedWithin = 4 << 10

// maxText is the largest file that is looked at, in bytes. A tree is 50 times its
// source (DEPENDENCIES.md), so this is half of the 100 MB that the server may
// use in all; 30,000 lines of Go are about as much.
const maxText = 1 << 20

// Hidden says whether a document is none of our business, and why: "" when it
// is. uriScheme is the scheme of its URI, file its absolute name ("" without
// one), root its workspace's folder, exclude further patterns of .gitignore.
func Hidden(uriScheme, file, root, text string, exclude []string) (reason string) {
	switch {
	case uriScheme != "file" && uriScheme != "untitled":
		return "scheme " + uriScheme
	case len(text) > maxText:
		return "over 1 MB"
	case generated.MatchString(text[:min(len(text), generatedWithin)]):
		return "generated"
	case file == "":
		return ""
	}
	base := filepath.Base(file)
	for _, pattern := range keyFiles {
		if ok, _ := path.Match(pattern, strings.ToLower(base)); ok {
			return "may hold secrets"
		}
	}
	for part := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(file)), "/") {
		if foreignFolders[part] {
			return "in " + part
		}
	}
	if rel, ok := within(root, file); ok && newIgnore(exclude).covers(rel) {
		return "excluded by settings"
	}
	if Ignored(file) {
		return "ignored by git"
	}
	return ""
}

// within returns file relative to root with slashes.
func within(root, file string) (string, bool) {
	if root == "" {
		return "", false
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	return rel, rel != ".." && !strings.HasPrefix(rel, "../")
}

// maxIgnoreFile bounds one ignore file, in bytes. GitHub's largest template is
// 7 KB.
const maxIgnoreFile = 256 << 10

// Ignored reports whether git ignores file: by a .gitignore between the
// repository's root and it, or by the repository's own info/exclude. The user's
// global list is not read.
//
// As in git, the last pattern that matches decides, deeper files go before
// those above, and nothing below an ignored folder comes back.
func Ignored(file string) bool {
	root := RepositoryRoot(filepath.Dir(file))
	rel, ok := within(root, file)
	if !ok {
		return false
	}
	type layer struct {
		dir   string // relative to root, "" for root itself
		rules ignore
	}
	var layers []layer
	if dir := GitDir(root); dir != "" {
		layers = append(layers, layer{"", readIgnore(filepath.Join(dir, "info", "exclude"))})
	}
	parts := strings.Split(rel, "/")
	for i := range parts {
		dir := strings.Join(parts[:i], "/")
		layers = append(layers, layer{dir, readIgnore(filepath.Join(root, filepath.FromSlash(dir), ".gitignore"))})
		name, isDir := strings.Join(parts[:i+1], "/"), i+1 < len(parts)
		verdict := undecided
		for _, l := range layers {
			v := l.rules.match(strings.TrimPrefix(strings.TrimPrefix(name, l.dir), "/"), isDir)
			if v != undecided {
				verdict = v
			}
		}
		if verdict == ignored {
			return true
		}
	}
	return false
}

func readIgnore(name string) ignore {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnoreFile {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return newIgnore(strings.Split(string(text), "\n"))
}

// ignore is the patterns of one ignore file, in order.
type ignore []rule

type rule struct {
	match   *regexp.Regexp // of the whole path, relative to the file's folder
	negated bool
	dirOnly bool
}

type verdict int

const (
	undecided verdict = iota
	ignored
	included
)

// match is what the last matching rule says of a path.
func (g ignore) match(rel string, isDir bool) verdict {
	for _, r := range slices.Backward(g) {
		if r.dirOnly && !isDir || !r.match.MatchString(rel) {
			continue
		}
		if r.negated {
			return included
		}
		return ignored
	}
	return undecided
}

// covers reports whether a file, or a folder that it is in, is ignored.
func (g ignore) covers(rel string) bool {
	for i := range len(rel) {
		if rel[i] == '/' && g.match(rel[:i], true) == ignored {
			return true
		}
	}
	return g.match(rel, false) == ignored
}

func newIgnore(lines []string) ignore {
	var g ignore
	for _, line := range lines {
		if r, ok := parseRule(line); ok {
			g = append(g, r)
		}
	}
	return g
}

// parseRule reads one line of a .gitignore, as gitignore(5) describes it.
func parseRule(line string) (rule, bool) {
	line = strings.TrimSuffix(line, "\r")
	if line == "" || line[0] == '#' {
		return rule{}, false
	}
	// Blanks at the end do not count, unless quoted.
	for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
		line = line[:len(line)-1]
	}
	var r rule
	if strings.HasPrefix(line, "!") {
		r.negated, line = true, line[1:]
	}
	if strings.HasSuffix(line, "/") {
		r.dirOnly, line = true, strings.TrimRight(line, "/")
	}
	anchored := strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return rule{}, false
	}
	expr, ok := globExpr(line)
	if !ok {
		return rule{}, false
	}
	if !anchored {
		expr = "(?:.*/)?" + expr
	}
	re, err := regexp.Compile("^(?:" + expr + ")$")
	if err != nil {
		return rule{}, false // git, too, lets a broken pattern match nothing
	}
	r.match = re
	return r, true
}

// globExpr is a pattern of gitignore as a regular expression.
func globExpr(p string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case strings.HasPrefix(p[i:], "**/") && (i == 0 || p[i-1] == '/'):
			b.WriteString("(?:.*/)?")
			i += 2
		case p[i:] == "**" && i > 0 && p[i-1] == '/':
			b.WriteString(".+")
			i++
		case c == '*':
			for i+1 < len(p) && p[i+1] == '*' {
				i++
			}
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '[':
			end := strings.IndexByte(p[min(i+2, len(p)):], ']')
			if end < 0 {
				return "", false
			}
			class := p[i+1 : i+2+end]
			i += 2 + end
			b.WriteByte('[')
			if class[0] == '!' || class[0] == '^' {
				b.WriteByte('^')
				class = class[1:]
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, `[`, `\[`).Replace(class))
			b.WriteByte(']')
		case c == '\\' && i+1 < len(p):
			i++
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		default:
			// Bytes of a character over ASCII are kept as they are.
			if c < 0x80 {
				b.WriteString(regexp.QuoteMeta(string(rune(c))))
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String(), true
}
