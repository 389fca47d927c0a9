package term

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The size of a character in a picture, in pixels of 100 per cent: DejaVu Sans
// Mono at 14 pixels.
const (
	charWidth  = 8.43
	charHeight = 17
	margin     = 8
)

// Picture draws the screen with a browser (chromium) into a PNG.
func (t *Terminal) Picture(ctx context.Context, browser, file string) error {
	screen, err := t.tmux(ctx, "capture-pane", "-p", "-e", "-N")
	if err != nil {
		return err
	}
	page := filepath.Join(t.dir, "screen.html")
	if err := os.WriteFile(page, []byte(pageOf(screen)), 0o600); err != nil {
		return err
	}
	width := int(float64(t.o.Columns)*charWidth) + 2*margin
	height := t.o.Rows*charHeight + 2*margin
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+filepath.Join(t.dir, "browser"),
		"--screenshot="+file, fmt.Sprintf("--window-size=%d,%d", width, height), "file://"+page)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", browser, err, out)
	}
	return shrink(file)
}

// shrink writes a picture with its commonest colours alone. Text has few, and
// what smooths its edges may be a little off: a third of the bytes.
func shrink(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	full, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	counts := map[color.Color]int{}
	for y := full.Bounds().Min.Y; y < full.Bounds().Max.Y; y++ {
		for x := full.Bounds().Min.X; x < full.Bounds().Max.X; x++ {
			counts[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	small := image.NewPaletted(full.Bounds(), colours[:min(len(colours), 64)])
	draw.Draw(small, small.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// pageOf is a page with the screen on it.
func pageOf(screen string) string {
	return `<!doctype html><meta charset="utf-8"><style>
body { margin: ` + strconv.Itoa(margin) + `px; background: #14161b; color: #e0e2ea; }
pre { margin: 0; font: 14px/` + strconv.Itoa(charHeight) + `px "DejaVu Sans Mono", monospace; }
</style><pre>` + spans(screen) + "</pre>"
}

// palette is the first sixteen colours, those of Neovim's own scheme, so that a
// terminal's and a program's go together.
var palette = [16]string{
	"#07080d", "#ffc0b9", "#b3f6c0", "#fce094", "#a6dbff", "#ffcaff", "#8cf8f7", "#c4c6cd",
	"#4f5258", "#ffc0b9", "#b3f6c0", "#fce094", "#a6dbff", "#ffcaff", "#8cf8f7", "#eef1f8",
}

// colour256 is a colour of the palette of 256.
func colour256(n int) string {
	switch {
	case n < 16:
		return palette[n]
	case n < 232:
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}

// A style is how characters look.
type style struct {
	front, back                      string
	bold, italic, underline, reverse bool
}

func (s style) css() string {
	front, back := s.front, s.back
	if s.reverse {
		if front == "" {
			front = "#e0e2ea"
		}
		if back == "" {
			back = "#14161b"
		}
		front, back = back, front
	}
	var b strings.Builder
	for _, p := range []struct {
		is   bool
		text string
	}{
		{front != "", "color:" + front + ";"}, {back != "", "background:" + back + ";"},
		{s.bold, "font-weight:bold;"}, {s.italic, "font-style:italic;"}, {s.underline, "text-decoration:underline;"},
	} {
		if p.is {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// spans turns a screen with control sequences for its colours into HTML.
func spans(screen string) string {
	var b strings.Builder
	var now style
	for screen != "" {
		text, rest, found := strings.Cut(screen, "\x1b[")
		if text != "" {
			if css := now.css(); css != "" {
				fmt.Fprintf(&b, `<span style="%s">%s</span>`, css, html.EscapeString(text))
			} else {
				b.WriteString(html.EscapeString(text))
			}
		}
		if !found {
			break
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			break
		}
		if rest[end] == 'm' {
			now.set(rest[:end])
		}
		screen = rest[end+1:]
	}
	return b.String()
}

// set takes the parameters of one control sequence (ECMA-48, "SGR").
func (s *style) set(parameters string) {
	list := strings.Split(parameters, ";")
	for i := 0; i < len(list); i++ {
		// "4:3" is a curly underline.
		first, _, _ := strings.Cut(list[i], ":")
		n, _ := strconv.Atoi(first) // an empty one is 0
		switch {
		case n == 0:
			*s = style{}
		case n == 1:
			s.bold = true
		case n == 3:
			s.italic = true
		case n == 4:
			s.underline = list[i] != "4:0"
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
			s.front = palette[n-30]
		case n >= 90 && n <= 97:
			s.front = palette[n-90+8]
		case n >= 40 && n <= 47:
			s.back = palette[n-40]
		case n >= 100 && n <= 107:
			s.back = palette[n-100+8]
		case n == 39:
			s.front = ""
		case n == 49:
			s.back = ""
		case n == 38, n == 48, n == 58:
			colour, used := longColour(list[i:])
			i += used
			switch n {
			case 38:
				s.front = colour
			case 48:
				s.back = colour
			}
		}
	}
}

// longColour reads "38;5;N" and "38;2;R;G;B"; used is how many parameters follow
// the first.
func longColour(list []string) (colour string, used int) {
	parts := list
	if strings.Contains(list[0], ":") {
		parts = strings.Split(list[0], ":")
	}
	number := func(i int) int {
		if i >= len(parts) {
			return 0
		}
		n, _ := strconv.Atoi(parts[i]) // a missing one is 0
		return min(max(n, 0), 255)
	}
	switch {
	case len(parts) > 1 && parts[1] == "5":
		colour, used = colour256(number(2)), 2
	case len(parts) > 1 && parts[1] == "2":
		colour, used = fmt.Sprintf("#%02x%02x%02x", number(2), number(3), number(4)), 4
	}
	if &parts[0] != &list[0] {
		return colour, 0
	}
	return colour, min(used, len(list)-1)
}
