package textedit

import "testing"

func FuzzCompute(f *testing.F) {
	for _, c := range computeCases {
		f.Add(c.before, c.after)
	}
	f.Add("a\r\n\r\nb", "a\n\r\nb\r")
	f.Add("\xff\xfe😀", "😀\xf0\x9f\x98")
	f.Fuzz(func(t *testing.T, before, after string) {
		checkCompute(t, before, after)
		Unified("f", before, after)
	})
}

func FuzzCompose(f *testing.F) {
	for _, c := range computeCases {
		f.Add(c.before, c.after, c.before+c.after)
	}
	f.Fuzz(func(t *testing.T, a, b, c string) { checkCompose(t, a, b, c) })
}

func FuzzMap(f *testing.F) {
	f.Add("one two three", "one 2 three", 4, 7)
	f.Fuzz(func(t *testing.T, before, after string, start, end int) {
		start = min(max(start, 0), len(before))
		end = min(max(end, start), len(before))
		checkMap(t, before, after, start, end)
	})
}

func FuzzPositions(f *testing.F) {
	f.Add("a\r\nbé😀c\rd\n\n")
	f.Add("\r\r\n\n\xff\xf0\x9f\x98")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // the slow count is quadratic
		}
		checkLines(t, text)
	})
}
