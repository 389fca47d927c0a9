//go:build editors

package proxy

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// palette is the first 16 colours of a terminal, as xterm has them, dimmed for a
// dark page.
var palette = [16]string{
	"#1e1e2e", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#cdd6f4",
	"#6c7086", "#f38ba8", "#a6e3a1", "#f9e2af", "#89b4fa", "#cba6f7", "#94e2d5", "#ffffff",
}

// A style is how a cell looks.
type style struct {
	fg, bg                           string
	bold, italic, underline, reverse bool
}

// picture is a screen with its colours, as tmux captures it, drawn as SVG.
func picture(screen string) string {
	const w, h, size = 8.43, 18, 14 // of a cell, and of the letters, in pixels
	ground, ink := "#1e1e2e", "#cdd6f4"
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="%d">`+"\n", columns*w+16, lines*h+16, size)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="%s"/>`+"\n", ground)
	var st style
	for y, line := range strings.Split(strings.TrimSuffix(screen, "\n"), "\n") {
		x := 0
		for len(line) > 0 {
			if rest, ok := strings.CutPrefix(line, "\x1b["); ok {
				codes, after, _ := strings.Cut(rest, "m")
				st = st.with(codes)
				line = after
				continue
			}
			end := strings.Index(line, "\x1b[")
			if end < 0 {
				end = len(line)
			}
			text := line[:end]
			line = line[end:]
			n := len([]rune(text))
			fg, bg := st.fg, st.bg
			if fg == "" {
				fg = ink
			}
			if bg == "" {
				bg = ground
			}
			if st.reverse {
				fg, bg = bg, fg
			}
			left, top := 8+float64(x)*w, 8+y*h
			if bg != ground {
				fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, float64(n)*w, h, bg)
			}
			if strings.TrimSpace(text) != "" {
				more := ""
				if st.bold {
					more += ` font-weight="bold"`
				}
				if st.italic {
					more += ` font-style="italic"`
				}
				if st.underline {
					more += ` text-decoration="underline"`
				}
				fmt.Fprintf(&b, `<text x="%.1f" y="%d" textLength="%.1f" xml:space="preserve" fill="%s"%s>%s</text>`+"\n",
					left, top+13, float64(n)*w, fg, more, html.EscapeString(text))
			}
			x += n
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// with is a style after an escape sequence.
func (s style) with(codes string) style {
	list := strings.Split(strings.ReplaceAll(codes, ":", ";"), ";")
	for i := 0; i < len(list); i++ {
		n, _ := strconv.Atoi(list[i])
		switch {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 3:
			s.italic = true
		case n == 4:
			s.underline = true
		case n == 7:
			s.reverse = true
		case n == 22:
			s.bold = false
		case n == 23:
			s.italic = false
		case n == 24:
			s.underline = false
		case n == 27:
			s.reverse = false
		case n >= 30 && n <= 37:
			s.fg = palette[n-30]
		case n >= 90 && n <= 97:
			s.fg = palette[n-90+8]
		case n >= 40 && n <= 47:
			s.bg = palette[n-40]
		case n >= 100 && n <= 107:
			s.bg = palette[n-100+8]
		case n == 39:
			s.fg = ""
		case n == 49:
			s.bg = ""
		case (n == 38 || n == 48 || n == 58) && i+1 < len(list):
			var colour string
			if list[i+1] == "5" && i+2 < len(list) {
				c, _ := strconv.Atoi(list[i+2])
				colour = indexed(c)
				i += 2
			} else if list[i+1] == "2" && i+4 < len(list) {
				colour = rgb(list[i+2], list[i+3], list[i+4])
				i += 4
			}
			switch n {
			case 38:
				s.fg = colour
			case 48:
				s.bg = colour
			}
		}
	}
	return s
}

// indexed is one of a terminal's 256 colours.
func indexed(c int) string {
	switch {
	case c < 16:
		return palette[max(c, 0)]
	case c < 232:
		c -= 16
		level := func(n int) int {
			if n == 0 {
				return 0
			}
			return 55 + 40*n
		}
		return fmt.Sprintf("#%02x%02x%02x", level(c/36), level(c/6%6), level(c%6))
	}
	grey := 8 + 10*(c-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}

func rgb(r, g, b string) string {
	n := func(s string) int {
		v, _ := strconv.Atoi(s)
		return v & 255
	}
	return fmt.Sprintf("#%02x%02x%02x", n(r), n(g), n(b))
}
