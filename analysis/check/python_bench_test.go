package check

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dejafix/dejafix/analysis"
)

// BenchmarkPythonEdit judges edits of one file of a project of 50,000 lines,
// by each row of Python: two runs each, over the text as it is and over the text
// after the edit.
func BenchmarkPythonEdit(b *testing.B) {
	const modules, functions = 250, 40
	files := map[string]string{"ruff.toml": "lint.select = ['F']\n", "app/__init__.py": ""}
	for n := range modules {
		var t strings.Builder
		if n > 0 {
			fmt.Fprintf(&t, "from app.m%d import Item%d, work%d_0\n\n\n", n-1, n-1, n-1)
		}
		fmt.Fprintf(&t, "class Item%d:\n    name: str = ''\n    size: int = 0\n", n)
		for i := range functions {
			fmt.Fprintf(&t, "\n\ndef work%d_%d(item: Item%d) -> int:\n    names = item.name.split()\n    return len(names) + item.size\n", n, i, n)
		}
		if n > 0 {
			fmt.Fprintf(&t, "\n\nprint(work%d_0(Item%d()))\n", n-1, n-1)
		}
		files[fmt.Sprintf("app/m%d.py", n)] = t.String()
	}
	root := write(b, files)
	installPyright(b, root)
	installRuff(b, root)
	path := filepath.Join(root, "app", "m100.py")
	for _, c := range []struct {
		row                       Row
		wrong, right, code, words string
	}{
		{pyright(), "nmae", "1", "reportUndefinedVariable", `"nmae" is not defined`},
		{ruffRow(), "nmae", "1", "F821", "Undefined name `nmae`"},
		{pyCompileRow(), "(", "(1)", "SyntaxError", "'(' was never closed"},
	} {
		b.Run(c.row.Name, func(b *testing.B) {
			s := New(Options{Rows: []Row{c.row}, Servers: true})
			b.Cleanup(s.Close)
			round := func(i int) time.Duration {
				text := fmt.Sprintf("%s# %d\nprint%s\n", files["app/m100.py"], i, "("+c.wrong+")")
				if c.wrong == "(" {
					text = fmt.Sprintf("%s# %d\n(\n", files["app/m100.py"], i)
				}
				at := strings.LastIndex(text, c.wrong)
				e := Edit{
					Root: root, Path: path, Language: "python", Text: text,
					Edits:  []analysis.Edit{{Span: analysis.Span{Start: at, End: at + len(c.wrong)}, New: c.right}},
					Target: analysis.Diagnostic{Source: c.row.Sources[0], Code: c.code, Message: c.words, Span: analysis.Span{Start: at, End: at + len(c.wrong)}},
				}
				j := s.Judge(context.Background(), e, true)
				if j.Verdict != VerdictChecked {
					b.Fatal(j.Verdict, j.Reason)
				}
				return j.Took
			}
			cold := round(-1)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				took = append(took, round(i))
			}
			slices.Sort(took)
			b.ReportMetric(float64(cold.Milliseconds()), "cold-ms")
			b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
			b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "p95-ms")
			b.ReportMetric(float64(s.Stats().Peak>>20), "peak-MB")
		})
	}
}
