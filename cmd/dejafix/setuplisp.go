package main

import "fmt"

// balanced reports what is wrong with the parentheses of an Emacs Lisp text: a
// form behind one that is not closed would become part of it.
func balanced(text string) error {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++ // of a symbol; characters come below
		case '?':
			// A character such as ?( or ?\( where no symbol goes on.
			if i > 0 && !lispBreak(text[i-1]) {
				continue
			}
			if i+1 < len(text) && text[i+1] == '\\' {
				i++
			}
			i++
		case ';':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case '"':
			start := i
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if i >= len(text) {
				return fmt.Errorf("a string begins at byte %d and does not end", start)
			}
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth < 0 {
				return fmt.Errorf("the parenthesis at byte %d closes nothing", i)
			}
		}
	}
	if depth > 0 {
		return fmt.Errorf("%s not closed", count(depth, "parenthesis is", "parentheses are"))
	}
	return nil
}

// lispBreak reports whether a symbol ends before c.
func lispBreak(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', '(', ')', '[', ']', '\'', '`', ',', '"':
		return true
	}
	return false
}
