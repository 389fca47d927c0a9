package main

import (
	"fmt"
	"strings"
)

// A block is the lines that setup keeps in a file that belongs to somebody else.
// It stands between two marks, each a comment; whatever is outside is never
// touched, and without the block the file is what it was, to the byte.
type block struct {
	editor  string // the name that setup knows
	comment string // how a comment to the end of the line begins
	indent  string
	lines   []string
}

// The marks. What the first one says behind flagsAt is for taking it back.
const (
	markBegin = ">>> dejafix: "
	markEnd   = "<<< dejafix"
	// flagJoined: the line before had no line break; flagSplit: what followed on
	// the same line was moved to one of its own; flagNew: there was no file.
	flagJoined = "(joined)"
	flagSplit  = "(split)"
	flagNew    = "(new file)"
)

func (b *block) begin(flags string) string {
	if flags != "" {
		flags = " " + flags
	}
	return fmt.Sprintf("%s%s %swritten by `dejafix setup %s`, which takes it back with --remove%s", b.indent, b.comment, markBegin, b.editor, flags)
}

func (b *block) end() string { return b.indent + b.comment + " " + markEnd }

func (b *block) text(flags, newline string) string {
	lines := append([]string{b.begin(flags)}, b.lines...)
	for i := 1; i < len(lines); i++ {
		if lines[i] != "" {
			lines[i] = b.indent + lines[i]
		}
	}
	return strings.Join(append(lines, b.end()), newline)
}

// newlineOf is the line break that a text uses.
func newlineOf(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// appended is text with the block behind it.
func (b *block) appended(text string, exists bool) string {
	newline, flags, joint := newlineOf(text), "", ""
	if text != "" && !strings.HasSuffix(text, "\n") {
		flags, joint = flagJoined, newline
	}
	if !exists {
		flags = flagNew
	}
	return text + joint + b.text(flags, newline) + newline
}

// inserted is text with the block on lines of its own behind the byte at.
func (b *block) inserted(text string, at int) string {
	newline := newlineOf(text)
	rest, flags, after := text[at:], "", ""
	if first, _, _ := strings.Cut(rest, "\n"); strings.TrimSpace(first) != "" || !strings.Contains(rest, "\n") {
		flags, after = flagSplit, newline
	}
	return text[:at] + newline + b.text(flags, newline) + after + rest
}

// A found block is one that stands in a file.
type foundBlock struct {
	start, end int    // of its lines, with the line break at the end where there is one
	inside     string // the lines between the marks
	flags      string
	tail       string // what stands behind the last mark on its line
}

// find looks for the block of this editor. More than one, or half of one, is
// somebody's own work: then nothing is touched.
func findBlock(text, path string) (*foundBlock, error) {
	next := "take the lines between the marks of dejafix out of it by hand, then run this again"
	var found *foundBlock
	offset := 0
	open := false
	for line := range strings.SplitAfterSeq(text, "\n") {
		at := offset
		offset += len(line)
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.Contains(trimmed, " "+markBegin):
			if found != nil {
				return nil, problemf(next, "%s has two blocks of dejafix", path)
			}
			_, flags, _ := strings.Cut(trimmed, "--remove")
			found, open = &foundBlock{start: at, flags: flags}, true
		case strings.HasSuffix(trimmed, " "+markEnd):
			if !open {
				return nil, problemf(next, "%s has the end of a block of dejafix and not its beginning", path)
			}
			found.end, open = offset, false
			_, found.tail, _ = strings.Cut(line, markEnd)
		case open:
			found.inside += line
		}
	}
	if open {
		return nil, problemf(next, "%s has the beginning of a block of dejafix and not its end", path)
	}
	return found, nil
}

// without is text as it was before appended; keep says whether there was a file.
func (f *foundBlock) without(text string) (rest string, keep bool) {
	before, after := text[:f.start], text[f.end:]
	if strings.Contains(f.flags, flagJoined) {
		before = strings.TrimSuffix(strings.TrimSuffix(before, "\n"), "\r")
	}
	rest = before + after
	return rest, rest != "" || !strings.Contains(f.flags, flagNew)
}

// withoutInserted is text as it was before inserted.
func (f *foundBlock) withoutInserted(text string) string {
	before := strings.TrimSuffix(strings.TrimSuffix(text[:f.start], "\n"), "\r")
	tail := f.tail // was there before the block
	if strings.Contains(f.flags, flagSplit) {
		tail = ""
	}
	return before + tail + text[f.end:]
}
