package index

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/dejafix/dejafix/analysis"
	"github.com/dejafix/dejafix/analysis/syntax"
)

var (
	goArgsMessage   = regexp.MustCompile(`^(?s)(not enough|too many) arguments in call to (.+?)\n\s*have \((.*?)\)\n\s*want \((.*?)\)$`)
	goReturnMessage = regexp.MustCompile(`^(?s)(not enough|too many) return values\n\s*have \((.*?)\)\n\s*want \((.*?)\)$`)
	goAssignMessage = regexp.MustCompile(`^assignment mismatch: (\d+) variables? but (.+?) returns? (\d+) values?$`)
)

// typeList cuts a list of types at the commas that are not in brackets.
func typeList(s string) (list []string) {
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	if last := strings.TrimSpace(s[from:]); last != "" {
		list = append(list, last)
	}
	return list
}

// matches reports how well a type that a message prints fits one that is wanted.
func matches(have, want string) int {
	want = strings.TrimPrefix(want, "...")
	switch {
	case have == want:
		return 3
	case have == "nil" && (strings.HasPrefix(want, "*") || strings.HasPrefix(want, "[]") || strings.HasPrefix(want, "map[") || strings.HasPrefix(want, "func") || want == "error"):
		return 2
	case have == "number" && (strings.Contains(want, "int") || strings.Contains(want, "float") || want == "byte" || want == "rune"):
		return 2
	case goFits(have, want):
		return 1
	case strings.HasPrefix(want, "interface") || want == "any":
		return 1
	}
	return 0
}

// gaps are the positions of want that have nothing in have, when have is put
// beside it in order as well as it goes.
func gaps(have, want []string) []int {
	n, m := len(want), len(have)
	if n <= m {
		return nil
	}
	// best[i][j]: the best of want[i:] with have[j:].
	best := make([][]int, n+1)
	for i := range best {
		best[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if n-i < m-j {
				best[i][j] = -1000
				continue
			}
			best[i][j] = matches(have[j], want[i]) + best[i+1][j+1]
			if n-i > m-j {
				best[i][j] = max(best[i][j], best[i+1][j])
			}
		}
	}
	var list []int
	i, j := 0, 0
	for i < n {
		// Where both are as good, a context or a test comes first, others last.
		skip := n-i > m-j && best[i+1][j] >= best[i][j]
		if skip && j < m && best[i][j] == matches(have[j], want[i])+best[i+1][j+1] && !goLeads[want[i]] {
			skip = false
		}
		if skip || j == m {
			list = append(list, i)
		} else {
			j++
		}
		i++
	}
	return list
}

// goLeads are types of parameters that come first by custom.
var goLeads = map[string]bool{"context.Context": true, "*testing.T": true, "assert.TestingT": true, "require.TestingT": true, "testing.TB": true, "*testing.B": true}

// calls are the calls of a function, as it is written, in the declaration around
// the error.
func (a *ask) calls(callee string) (list []int32) {
	v := a.view
	v.all(0, func(i int32) bool {
		if v.kind(i) == goCall {
			if f := v.Nodes[i].First; f >= 0 && flat(v.text(f)) == callee {
				list = append(list, i)
			}
		}
		return true
	})
	return list
}

// arguments are the expressions of a call.
func (v view) arguments(call int32) []int32 {
	if l := v.child(call, goArguments); l >= 0 {
		return v.named(l)
	}
	return nil
}

// goArgumentCount: "not enough arguments in call to f", and too many.
func goArgumentCount(a *ask) {
	m := goArgsMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	callee, have, want := m[2], typeList(m[3]), typeList(m[4])
	v := a.view
	call, far := int32(-1), 1<<30
	list := a.calls(flat(callee))
	for _, c := range list {
		s := v.span(c)
		if s.Start <= a.d.Span.Start && a.d.Span.Start <= s.End && s.Len() < far && len(v.arguments(c)) == len(have) {
			call, far = c, s.Len()
		}
	}
	if call < 0 {
		return
	}
	if m[1] == "not enough" {
		a.goMissingArguments(call, list, callee, have, want)
	} else {
		a.goSurplusArguments(call, callee, have, want)
	}
}

func (a *ask) goMissingArguments(call int32, list []int32, callee string, have, want []string) {
	v := a.view
	required := want
	if n := len(want); n > 0 && strings.HasPrefix(want[n-1], "...") && len(have) < n-1 {
		required = want[:n-1]
	}
	missing := gaps(have, required)
	if len(missing) == 0 || len(missing) > 3 {
		return
	}
	at := int(v.Nodes[call].Start)
	locals := a.goLocals(at)
	sym, _ := a.goCallee(call, locals, 0)
	others := a.otherCalls(callee, len(want))
	// The expressions that may stand at each gap, best first.
	var options [][]guess
	for _, k := range missing {
		name := ""
		if sym != nil && k < len(sym.Params) {
			name = sym.Params[k].Name
		}
		options = append(options, a.goGuesses(call, required[k], name, k, others, locals))
		if len(options[len(options)-1]) == 0 {
			return
		}
	}
	alike := slices.DeleteFunc(slices.Clone(list), func(c int32) bool { return len(v.arguments(c)) != len(have) })
	tries := len(options[0])
	for _, o := range options {
		tries = max(tries, len(o))
	}
	for t := range min(tries, 4) {
		pick := make([]guess, len(missing))
		score := 1.0
		var texts []string
		for i, o := range options {
			pick[i] = o[min(t, len(o)-1)]
			score = min(score, pick[i].score)
			texts = append(texts, pick[i].text)
		}
		at := func(c int32) []analysis.Edit { return a.insertArguments(c, missing, texts) }
		title := "Pass " + strings.Join(texts, ", ")
		if len(alike) > 1 && t < 2 {
			var edits []analysis.Edit
			for _, c := range alike {
				edits = append(edits, at(c)...)
			}
			a.add("argument", title+" wherever it lacks here", analysis.FixAddArgument, score, edits...)
			score *= .9
		}
		a.add("argument", title, analysis.FixAddArgument, score, at(call)...)
	}
}

// insertArguments puts expressions at positions of a call's arguments.
func (a *ask) insertArguments(call int32, at []int, texts []string) (edits []analysis.Edit) {
	v := a.view
	args := v.arguments(call)
	l := v.child(call, goArguments)
	if l < 0 {
		l = v.child(call, syntax.KindOf("arguments"))
		args = v.named(l)
	}
	if l < 0 {
		return nil
	}
	used := 0
	byOffset := map[int]string{}
	var order []int
	for i, k := range at {
		before := k - i // arguments that are there before it
		text := texts[i]
		var off int
		switch {
		case len(args) == 0:
			off = int(v.Nodes[l].Start) + 1
			if used > 0 {
				text = ", " + text
			}
		case before < len(args):
			off, text = int(v.Nodes[args[before]].Start), text+", "
		default:
			off, text = int(v.Nodes[args[len(args)-1]].End), ", "+text
		}
		used++
		if _, ok := byOffset[off]; !ok {
			order = append(order, off)
		}
		byOffset[off] += text
	}
	for _, off := range order {
		edits = append(edits, insert(off, byOffset[off]))
	}
	return edits
}

// A guess is an expression that may stand in a gap.
type guess struct {
	text  string
	score float64
}

// otherCalls are the arguments of other calls of a function in the text and the
// files beside it, by the name it is called by.
func (a *ask) otherCalls(callee string, n int) (list [][]string) {
	name := callee[strings.LastIndexByte(callee, '.')+1:]
	list = append(list, callsIn(a.doc.Text, name, n)...)
	read := 0
	for _, f := range a.goPackage() {
		if f.Path == a.doc.Path || read == 6 || len(list) > 40 {
			continue
		}
		read++
		list = append(list, callsIn(a.x.text(f.Path), name, n)...)
	}
	return list
}

// text is that of a file, from memory where it is open or was read lately.
func (x *Index) text(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxIndexed {
		return ""
	}
	key := textKey{path, info.ModTime().UnixNano(), info.Size()}
	x.mu.Lock()
	if x.texts == nil {
		x.texts = newRecent[textKey, string](32)
	}
	text, ok := x.texts.get(key)
	x.mu.Unlock()
	if ok {
		return text
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	x.mu.Lock()
	x.texts.put(key, string(b))
	x.mu.Unlock()
	return string(b)
}

type textKey struct {
	path  string
	mtime int64
	size  int64
}

// callsIn are the arguments of calls of a name in a text that have n of them, or
// any number when n is negative.
func callsIn(text, name string, n int) (list [][]string) {
	for at := 0; len(list) < 20; {
		i := strings.Index(text[at:], name+"(")
		if i < 0 {
			return list
		}
		i += at
		at = i + len(name) + 1
		if i > 0 && isWord(text[i-1]) {
			continue
		}
		if line := syntax.LineAt(text, i); strings.HasPrefix(strings.TrimSpace(text[line.Start:i]), "func") {
			continue
		}
		if args, ok := splitArguments(text[at:min(len(text), at+600)]); ok && (n < 0 || len(args) == n) {
			list = append(list, args)
		}
	}
	return list
}

// splitArguments reads arguments up to the bracket that closes them.
func splitArguments(s string) (list []string, ok bool) {
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				if last := strings.TrimSpace(s[from:i]); last != "" {
					list = append(list, last)
				}
				return list, c == ')'
			}
			depth--
		case ',':
			if depth == 0 {
				list = append(list, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		case '"', '\'', '`':
			for i++; i < len(s) && s[i] != c; i++ {
				if s[i] == '\\' && c != '`' {
					i++
				}
			}
		}
	}
	return nil, false
}

// goGuesses are the expressions that may be passed for a parameter.
func (a *ask) goGuesses(call int32, typ, name string, k int, others [][]string, locals []local) (list []guess) {
	v := a.view
	taken := map[string]bool{}
	for _, arg := range v.arguments(call) {
		taken[v.flat(arg)] = true
	}
	add := func(text string, score float64) {
		for i := range list {
			if list[i].text == text {
				list[i].score = max(list[i].score, score) + .1
				return
			}
		}
		if taken[text] && !goBuiltin[text] {
			score *= .4
		}
		list = append(list, guess{text, score})
	}
	visible := map[string]bool{}
	for _, l := range locals {
		visible[l.name] = true
	}
	for i, l := range locals {
		if goFits(l.typ, typ) && typ != "any" && typ != "interface{}" {
			score := .5 - .04*float64(min(i, 8))
			if l.name == name {
				score = .75
			} else if name != "" {
				score += .3 * (likeness(l.name, name) - .5)
			}
			if goLeads[typ] {
				score = .8
			}
			if goBasic[typ] && l.name != name && typ != "error" {
				score -= .2
			}
			add(l.name, score)
		} else if l.name == name && (l.typ == "" || typ == "any") {
			add(l.name, .6)
		}
	}
	count := map[string]int{}
	for _, args := range others {
		if k < len(args) && len(args[k]) < 80 && !strings.Contains(args[k], "\n") && a.goResolves("_ := "+args[k], visible) {
			count[args[k]]++
		}
	}
	for text, n := range count {
		add(text, min(.3+.1*float64(n), .6))
	}
	if name != "" {
		for _, l := range locals {
			if l.typ == "" {
				continue
			}
			for _, m := range a.goMembers(l.typ) {
				if like := likeness(m.Name, name); like >= .5 && (m.Kind == Field && m.Type == typ || m.Kind == Method && len(m.Params) == 0 && len(m.Results) == 1 && m.Results[0].Type == typ) {
					text := l.name + "." + m.Name
					if m.Kind == Method {
						text += "()"
					}
					add(text, .6*like)
				}
			}
		}
	}
	switch typ {
	case "context.Context":
		if a.goBoundInFile("context") {
			add("context.Background()", .3)
			add("context.TODO()", .15)
		}
	case "bool":
		add("false", .3)
		add("true", .25)
	default:
		if z := a.goZero(typ); z != "" {
			add(z, .22)
		}
	}
	slices.SortStableFunc(list, func(x, y guess) int { return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.text, y.text)) })
	return list[:min(len(list), 4)]
}

// goZero is the zero value of a type as it is written, "" where that cannot be
// told.
func (a *ask) goZero(typ string) string {
	switch {
	case typ == "string":
		return `""`
	case typ == "bool":
		return "false"
	case typ == "error" || typ == "any" || typ == "nil":
		return "nil"
	case typ == "number" || goBasic[typ]:
		return "0"
	case strings.HasPrefix(typ, "*"), strings.HasPrefix(typ, "[]"), strings.HasPrefix(typ, "map["), strings.HasPrefix(typ, "func"),
		strings.HasPrefix(typ, "chan"), strings.HasPrefix(typ, "<-chan"), strings.HasPrefix(typ, "interface"):
		return "nil"
	case strings.HasPrefix(typ, "["), strings.HasPrefix(typ, "struct"):
		return typ + "{}"
	}
	if !isTypeName(typ) {
		return ""
	}
	pkg, name, ok := strings.Cut(typ, ".")
	var s *Symbol
	if ok {
		for _, f := range a.goFilesOf(pkg) {
			for i := range f.Symbols {
				if x := &f.Symbols[i]; x.Of == "" && x.Name == name {
					s = x
				}
			}
		}
		if s == nil {
			if goStructs[typ] {
				return typ + "{}"
			}
			if typ == "time.Duration" {
				return "0"
			}
			return "nil"
		}
	} else {
		s = a.goDecl(typ)
	}
	if s == nil {
		return ""
	}
	switch s.Kind {
	case Struct:
		return typ + "{}"
	case Interface:
		return "nil"
	case Type:
		if s.Type != typ {
			if z := a.goZero(s.Type); z != "" {
				return z
			}
		}
	}
	return ""
}

// goStructs are struct types of the standard library that functions give back.
var goStructs = map[string]bool{"time.Time": true, "reflect.Value": true, "netip.Addr": true, "netip.Prefix": true, "url.URL": true, "sync.Mutex": true, "slog.Attr": true, "big.Int": true}

// goSurplusArguments gives the function one more parameter, where this file
// declares it.
func (a *ask) goSurplusArguments(call int32, callee string, have, want []string) {
	v := a.view
	if len(want) > 0 && strings.HasPrefix(want[len(want)-1], "...") {
		return
	}
	surplus := gaps(want, have)
	name := callee[strings.LastIndexByte(callee, '.')+1:]
	at := a.goFuncAt(name)
	if at < 0 || len(surplus) == 0 || len(surplus) > 2 {
		return
	}
	fv := view{a.tree.Fragment(false, around(a.tree, analysis.Span{Start: at, End: at}))}
	fn := fv.up(fv.at(analysis.Span{Start: at, End: at + 1}), goFunction, goMethod)
	if fn < 0 {
		return
	}
	list := paramsOf(fv, fn)
	if list < 0 {
		return
	}
	args := v.arguments(call)
	params := goParamList(fv, list)
	if len(params) != len(want) {
		return
	}
	other := *a
	other.view, other.d = fv, analysis.Diagnostic{Span: fv.span(fn)}
	free := other.goUnresolved()
	var parts []string
	i := 0
	for k := range have {
		if slices.Contains(surplus, k) {
			typ := have[k]
			switch typ {
			case "number":
				typ = "int"
			case "nil":
				return
			}
			fresh := ""
			for n := range free {
				if fresh == "" || likeness(n, v.text(args[k])) > likeness(fresh, v.text(args[k])) || likeness(n, v.text(args[k])) == likeness(fresh, v.text(args[k])) && n < fresh {
					fresh = n
				}
			}
			if fresh == "" {
				fresh = paramName(v.text(args[k]), typ)
			}
			delete(free, fresh)
			parts = append(parts, fresh+" "+typ)
			continue
		}
		p := params[i]
		i++
		if p.Name == "" {
			p.Name = "_"
		}
		parts = append(parts, strings.TrimSpace(p.Name+" "+p.Type))
	}
	s := fv.span(list)
	// The list as it is written stays where only its end grows.
	if surplus[0] == len(want) && len(want) > 0 {
		a.add("add-parameter", "Give "+name+" a parameter more", analysis.FixAddArgument, .4, insert(s.End-1, ", "+strings.Join(parts[len(want):], ", ")))
		return
	}
	a.add("add-parameter", "Give "+name+" a parameter more", analysis.FixAddArgument, .4, replace(s, "("+strings.Join(parts, ", ")+")"))
}

// paramName makes the name of a parameter out of what is passed for it.
func paramName(arg, typ string) string {
	w := regexp.MustCompile(`[A-Za-z_]\w*`).FindAllString(arg, -1)
	if len(w) > 0 {
		last := w[len(w)-1]
		if !goBuiltin[last] && !goKeyword[last] {
			return strings.ToLower(last[:1]) + last[1:]
		}
	}
	base := lastPart(strings.TrimLeft(typ, "[]*."))
	if base == "" || !isWord(base[0]) {
		return "v"
	}
	return strings.ToLower(base[:1])
}

// paramsOf is the list of parameters of a function or method, -1 for none.
func paramsOf(v view, fn int32) int32 {
	list, seen := int32(-1), 0
	v.children(fn, func(c int32) bool {
		if v.kind(c) == goParameters {
			if seen++; v.kind(fn) != goMethod || seen == 2 {
				list = c
				return false
			}
		}
		return true
	})
	return list
}

// goFuncAt is where a function or method of this file is declared, -1 where it is
// not or several are.
func (a *ask) goFuncAt(name string) int {
	re := regexp.MustCompile(`(?m)^func (?:\([^)\n]*\) )?` + regexp.QuoteMeta(name) + `\b`)
	all := re.FindAllStringIndex(a.doc.Text, 2)
	if len(all) != 1 {
		return -1
	}
	return all[0][0]
}

// goReturns: "not enough return values", and too many.
func goReturns(a *ask) {
	m := goReturnMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	have, want := typeList(m[2]), typeList(m[3])
	v := a.view
	st := v.up(a.node(), syntax.KindOf("return_statement"))
	if st < 0 {
		return
	}
	var values []int32
	if l := v.child(st, goExpressions); l >= 0 {
		values = v.named(l)
	}
	if len(values) != len(have) {
		return
	}
	locals := a.goLocals(int(v.Nodes[st].Start))
	if m[1] == "not enough" {
		missing := gaps(have, want)
		parts := make([]string, 0, len(want))
		alt := make([]string, 0, len(want))
		j := 0
		for i := range want {
			if !slices.Contains(missing, i) {
				parts = append(parts, v.text(values[j]))
				alt = append(alt, v.text(values[j]))
				j++
				continue
			}
			z := a.goZero(want[i])
			if z == "" {
				return
			}
			parts = append(parts, z)
			if want[i] == "error" && slices.ContainsFunc(locals, func(l local) bool { return l.name == "err" }) {
				z = "err"
			} else {
				for _, l := range locals {
					if l.typ == want[i] && l.typ != "error" {
						z = l.name
						break
					}
				}
			}
			alt = append(alt, z)
		}
		first, second := .55, .35
		if st2 := v.up(st, syntax.KindOf("if_statement")); st2 >= 0 && strings.Contains(a.doc.Text[v.Nodes[st2].Start:v.Nodes[st].Start], "err != nil") {
			first, second = second, first
			if len(have) > 0 {
				first, second = second, first
			}
		}
		a.add("return-values", "Return "+strings.Join(parts, ", "), analysis.FixAddReturn, first, replace(v.span(st), "return "+strings.Join(parts, ", ")))
		a.add("return-values", "Return "+strings.Join(alt, ", "), analysis.FixAddReturn, second, replace(v.span(st), "return "+strings.Join(alt, ", ")))
	}
	// The declaration may be what is behind.
	a.goSignatureOf(st, have)
}

// goSignatureOf changes the results of the function that a statement is in to the
// types of what is returned.
func (a *ask) goSignatureOf(st int32, have []string) {
	v := a.view
	fn := v.up(st, goFunction, goMethod, goFuncLit)
	list := int32(-1)
	if fn >= 0 {
		list = paramsOf(v, fn)
	}
	if list < 0 || slices.ContainsFunc(have, func(t string) bool { return t == "number" || t == "nil" || strings.Contains(t, "untyped") }) {
		return
	}
	body := v.child(fn, goBlock)
	if body < 0 {
		return
	}
	returns := 0
	v.all(body, func(i int32) bool {
		if v.kind(i) == syntax.KindOf("return_statement") {
			returns++
		}
		return v.kind(i) != goFuncLit || i == fn
	})
	score := .3
	if returns > 1 {
		score = .1
	}
	fresh := strings.Join(have, ", ")
	if len(have) > 1 {
		fresh = "(" + fresh + ")"
	}
	a.add("result-types", "Let it return "+fresh, analysis.FixConvertType, score,
		replace(analysis.Span{Start: int(v.Nodes[list].End), End: int(v.Nodes[body].Start)}, " "+fresh+" "))
}

// goAssigned: "assignment mismatch: 1 variable but f returns 2 values".
func goAssigned(a *ask) {
	m := goAssignMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	v := a.view
	st := v.up(a.node(), goShort, goAssign, goVarSpec, goRange)
	if st < 0 {
		return
	}
	l := v.child(st, goExpressions)
	if l < 0 {
		return
	}
	left := v.named(l)
	nl, nr := atoi(m[1]), atoi(m[3])
	if len(left) != nl {
		return
	}
	var sides []int32
	v.children(st, func(c int32) bool {
		if v.kind(c) == goExpressions {
			sides = append(sides, c)
		}
		return true
	})
	var types []string
	if len(sides) == 2 {
		if r := v.named(sides[1]); len(r) == 1 && v.kind(r[0]) == goCall {
			types = a.goResultTypes(r[0], a.goLocals(int(v.Nodes[st].Start)), 0)
		}
	}
	texts := make([]string, nl)
	for i, e := range left {
		texts[i] = v.text(e)
	}
	if nl < nr && nr-nl <= 3 {
		blanks := slices.Repeat([]string{"_"}, nr-nl)
		// What is an error goes to err; what is not used, to nobody.
		lastIsError := len(types) == nr && types[nr-1] == "error" || types == nil && nr == nl+1
		endsInErr := texts[nl-1] == "err"
		if lastIsError && !endsInErr {
			a.goErrorToo(st, sides, texts, nr)
		}
		if endsInErr && nl > 0 {
			at := append(slices.Clone(texts[:nl-1]), append(slices.Clone(blanks), "err")...)
			a.add("assign-more", "Take "+strings.Join(at, ", "), analysis.FixOther, .5, replace(v.span(l), strings.Join(at, ", ")))
			front := append(slices.Clone(blanks), texts...)
			a.add("assign-more", "Take "+strings.Join(front, ", "), analysis.FixOther, .35, replace(v.span(l), strings.Join(front, ", ")))
		} else {
			at := append(slices.Clone(texts), blanks...)
			a.add("assign-more", "Take "+strings.Join(at, ", "), analysis.FixOther, .4, replace(v.span(l), strings.Join(at, ", ")))
			front := append(slices.Clone(blanks), texts...)
			a.add("assign-more", "Take "+strings.Join(front, ", "), analysis.FixOther, .2, replace(v.span(l), strings.Join(front, ", ")))
		}
	}
}

func atoi(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// goErrorToo takes the error that a call gives and handles it as the function
// around does with others.
func (a *ask) goErrorToo(st int32, sides []int32, texts []string, nr int) {
	v := a.view
	if len(sides) != 2 || len(texts)+1 != nr {
		return
	}
	fn := v.up(st, goFunction, goMethod, goFuncLit)
	if fn < 0 {
		return
	}
	left := strings.Join(append(slices.Clone(texts), "err"), ", ")
	edit := replace(v.span(sides[0]), left)
	end := syntax.LineAt(a.doc.Text, int(v.Nodes[st].End)).End
	if strings.TrimSpace(a.doc.Text[v.Nodes[st].End:end]) != "" {
		return
	}
	in := indent(a.doc.Text, int(v.Nodes[st].Start))
	edits := []analysis.Edit{edit}
	if v.kind(st) == goAssign && !slices.ContainsFunc(a.goLocals(int(v.Nodes[st].Start)), func(l local) bool { return l.name == "err" }) {
		return
	}
	var handled string
	kind := Func
	if v.kind(fn) == goMethod {
		kind = Method
	}
	results := goCallable(v, fn, kind).Results
	switch {
	case len(results) > 0 && results[len(results)-1].Type == "error":
		var parts []string
		for _, r := range results[:len(results)-1] {
			z := a.goZero(r.Type)
			if z == "" {
				return
			}
			parts = append(parts, z)
		}
		handled = "return " + strings.Join(append(parts, "err"), ", ")
	case slices.ContainsFunc(a.goLocals(int(v.Nodes[st].Start)), func(l local) bool { return l.name == "t" && l.typ == "*testing.T" }):
		handled = "t.Fatal(err)"
		if a.goBoundInFile("require") {
			edits = append(edits, insert(end, "\n"+in+"require.NoError(t, err)"))
			a.add("handle-error", "Take the error and check it", analysis.FixHandleError, .45, edits...)
			return
		}
		if a.goBoundInFile("assert") {
			edits = append(edits, insert(end, "\n"+in+"assert.NoError(t, err)"))
			a.add("handle-error", "Take the error and check it", analysis.FixHandleError, .45, edits...)
			return
		}
	default:
		return
	}
	edits = append(edits, insert(end, "\n"+in+"if err != nil {\n"+in+"\t"+handled+"\n"+in+"}"))
	a.add("handle-error", "Take the error and return it", analysis.FixHandleError, .5, edits...)
}

var (
	goUnusedMessage  = regexp.MustCompile(`^(?:declared and not used: (\w+)|(\w+) declared and not used)$`)
	goNoNewMessage   = regexp.MustCompile(`^no new variables on left side of :=$`)
	goReturnMissing  = regexp.MustCompile(`^missing return$`)
	goImplementsMsg  = regexp.MustCompile(`(?s)does not implement (\S+) \(wrong type for method (\w+)\)\s*have (\w+)\((.*?)\)([^\n]*)\n\s*want (\w+)\((.*?)\)([^\n]*)$`)
	goImplementsType = regexp.MustCompile(`(?s)(?:: |^)\*?([\w.]+)(?:\[[^\]]*\])? does not implement`)
)

// goUnused: "declared and not used: x".
func goUnused(a *ask) {
	m := goUnusedMessage.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	name := m[1] + m[2]
	v := a.view
	n := a.node()
	if n < 0 || v.text(n) != name {
		return
	}
	s := v.span(n)
	st := v.up(n, goShort, goRange, goVarSpec, goTypeSwit)
	if st < 0 {
		return
	}
	// A name that is used and that nothing declares.
	free := a.goUnresolved()
	best, count := "", 0
	for other, at := range free {
		if _, std := goStandard[other]; std || exportedGo(other) {
			continue
		}
		if len(at) > count || len(at) == count && likeness(other, name) > likeness(best, name) {
			best, count = other, len(at)
		}
	}
	if best != "" {
		a.add("unused-name", "Name "+name+" "+best, analysis.FixRename, .6, replace(s, best))
		var uses []analysis.Edit
		for _, at := range free[best] {
			uses = append(uses, replace(v.span(at), name))
		}
		a.add("unused-name", "Use "+name+" for "+best, analysis.FixRename, .45, uses...)
	}
	left := int32(-1)
	v.children(st, func(c int32) bool {
		if v.kind(c) == goExpressions && left < 0 {
			left = c
		}
		return true
	})
	if left >= 0 && v.span(left).Contains(s) && (v.kind(st) == goShort || v.kind(st) == goRange) {
		list := v.named(left)
		outer := slices.ContainsFunc(a.goLocals(s.Start), func(l local) bool { return l.name == name && l.at < s.Start })
		if v.kind(st) == goShort && outer && len(list) == 1 {
			v.children(st, func(c int32) bool {
				if v.text(c) == ":=" {
					a.add("assign-outer", "Assign to the "+name+" outside", analysis.FixChangeOperator, .6, replace(v.span(c), "="))
				}
				return true
			})
		}
		if len(list) > 1 {
			edits := []analysis.Edit{replace(s, "_")}
			others := 0
			for _, l := range list {
				if l != n && v.text(l) != "_" {
					others++
				}
			}
			if others == 0 && v.kind(st) == goShort {
				v.children(st, func(c int32) bool {
					if v.text(c) == ":=" {
						edits = append(edits, replace(v.span(c), "="))
					}
					return true
				})
			}
			score := .5
			if v.kind(st) == goRange {
				score = .75
			}
			a.add("blank", "Leave "+name+" out", analysis.FixRemoveUnused, score, edits...)
		}
	}
}

// goNoNew: "no new variables on left side of :=".
func goNoNew(a *ask) {
	if !goNoNewMessage.MatchString(a.message) {
		return
	}
	v := a.view
	st := v.up(a.node(), goShort)
	if st < 0 {
		return
	}
	v.children(st, func(c int32) bool {
		if v.text(c) == ":=" {
			a.add("assign", "Assign with =", analysis.FixChangeOperator, .7, replace(v.span(c), "="))
		}
		return true
	})
}

var goMissingMethodMsg = regexp.MustCompile(`(?s)(\*?[\w.]+) does not implement (\S+) \(missing method (\w+)\)`)

// goMissingMethod: "T does not implement I (missing method M)": where this file has
// methods of T it gets M, with the signature of the interface and nothing in it.
func goMissingMethod(a *ask) {
	m := goMissingMethodMsg.FindStringSubmatch(a.message)
	if m == nil {
		return
	}
	recv := lastPart(m[1])
	var method *Symbol
	for _, s := range a.goMembers(a.localType(m[2])) {
		if s.Name == m[3] && s.Kind == Method {
			method = &s
			break
		}
	}
	if method == nil {
		return
	}
	re := regexp.MustCompile(`(?m)^func \(((?:\w+ )?\*?` + regexp.QuoteMeta(recv) + `(?:\[[^\]\n]*\])?)\) (\w+)\(`)
	all := re.FindAllStringSubmatchIndex(a.doc.Text, -1)
	if len(all) == 0 {
		return
	}
	// Behind the method that stands before it in the interface, else the last.
	behind := all[len(all)-1]
	var order []string
	for _, s := range a.goMembers(a.localType(m[2])) {
		if s.Name == m[3] {
			break
		}
		order = append(order, s.Name)
	}
	for _, name := range order {
		for _, at := range all {
			if a.doc.Text[at[4]:at[5]] == name {
				behind = at
			}
		}
	}
	end := -1
	oneLine := false
	for _, n := range a.tree.TopLevel(analysis.Span{Start: behind[0], End: behind[1]}) {
		if n.Span.Start <= behind[0] && behind[0] < n.Span.End {
			end = n.Span.End
			oneLine = !strings.Contains(a.doc.Text[n.Span.Start:n.Span.End], "\n")
		}
	}
	if end < 0 {
		return
	}
	pkg, _, ok := strings.Cut(a.localType(m[2]), ".")
	if !ok {
		pkg = ""
	}
	var params, results, zeros []string
	for _, p := range method.Params {
		t := qualify(p.Type, pkg)
		if p.Rest {
			t = "..." + t
		}
		params = append(params, strings.TrimSpace(p.Name+" "+t))
	}
	for _, r := range method.Results {
		t := qualify(r.Type, pkg)
		z := a.goZero(t)
		if z == "" {
			return
		}
		results, zeros = append(results, strings.TrimSpace(r.Name+" "+t)), append(zeros, z)
	}
	text := "func (" + a.doc.Text[behind[2]:behind[3]] + ") " + m[3] + "(" + strings.Join(params, ", ") + ")"
	if len(results) == 1 && !strings.Contains(results[0], " ") {
		text += " " + results[0]
	} else if len(results) > 0 {
		text += " (" + strings.Join(results, ", ") + ")"
	}
	switch {
	case len(zeros) == 0 && oneLine:
		text += " {}"
	case len(zeros) == 0:
		text += " {\n}"
	case oneLine:
		text += " { return " + strings.Join(zeros, ", ") + " }"
	default:
		text += " {\n\treturn " + strings.Join(zeros, ", ") + "\n}"
	}
	lead := "\n\n"
	if oneLine && end < len(a.doc.Text) {
		lead = "\n"
	}
	a.add("missing-method", "Add the method "+m[3]+" to "+recv, analysis.FixOther, .25, insert(end, lead+text))
}

// goMissingReturn: "missing return".
func goMissingReturn(a *ask) {
	if !goReturnMissing.MatchString(a.message) {
		return
	}
	v := a.view
	n := a.view.at(analysis.Span{Start: a.d.Span.Start, End: min(a.d.Span.Start+1, len(a.doc.Text))})
	fn := v.up(n, goFunction, goMethod, goFuncLit)
	if fn < 0 {
		return
	}
	kind := Func
	if v.kind(fn) == goMethod {
		kind = Method
	}
	results := goCallable(v, fn, kind).Results
	body := v.child(fn, goBlock)
	if body < 0 || len(results) == 0 {
		return
	}
	list := body
	if l := v.child(body, goStatements); l >= 0 {
		list = l
	}
	statements := v.named(list)
	end := int(v.Nodes[body].End) - 1
	in := indent(a.doc.Text, end) + "\t"
	var parts []string
	for _, r := range results {
		z := a.goZero(r.Type)
		if z == "" {
			return
		}
		parts = append(parts, z)
	}
	if results[0].Name != "" {
		parts = nil
	}
	text := strings.TrimSpace("return " + strings.Join(parts, ", "))
	before := strings.TrimRight(a.doc.Text[:end], " \t")
	lead := ""
	if !strings.HasSuffix(before, "\n") {
		lead = "\n"
	}
	a.add("missing-return", "Add "+text, analysis.FixAddReturn, .45, replace(analysis.Span{Start: len(before), End: end}, lead+in+text+"\n"+in[:len(in)-1]))
	if len(statements) > 0 {
		last := statements[len(statements)-1]
		if v.kind(last) == syntax.KindOf("expression_statement") {
			if e := v.named(last); len(e) == 1 && v.kind(e[0]) == goCall {
				types := a.goResultTypes(e[0], a.goLocals(int(v.Nodes[last].Start)), 0)
				score := .35
				if len(types) == len(results) {
					score = .6
				}
				a.add("missing-return", "Return what the last line gives", analysis.FixAddReturn, score, insert(int(v.Nodes[last].Start), "return "))
			}
		}
		// A value of the type is at hand.
		if len(results) >= 1 && results[0].Name == "" {
			locals := a.goLocals(end)
			named := slices.Clone(parts)
			changed := false
			for i, r := range results {
				for _, l := range locals {
					if l.typ == r.Type && r.Type != "error" && !goBasic[r.Type] && l.kind != goMethod {
						named[i], changed = l.name, true
						break
					}
				}
			}
			if changed {
				text := "return " + strings.Join(named, ", ")
				a.add("missing-return", "Add "+text, analysis.FixAddReturn, .4, replace(analysis.Span{Start: len(before), End: end}, lead+in+text+"\n"+in[:len(in)-1]))
			}
		}
	}
}

// goImplements: "T does not implement I (wrong type for method M)": the method of
// this file gets the signature that is wanted, with the names it has.
func goImplements(a *ask) {
	m := goImplementsMsg.FindStringSubmatch(a.message)
	t := goImplementsType.FindStringSubmatch(a.message)
	if m == nil || t == nil {
		return
	}
	method, wantParams, wantResults := m[2], typeList(m[7]), strings.TrimSpace(m[8])
	have := typeList(m[4])
	recv := t[1][strings.LastIndexByte(t[1], '.')+1:]
	re := regexp.MustCompile(`(?m)^func \((?:\w+ )?\*?` + regexp.QuoteMeta(recv) + `(?:\[[^\]\n]*\])?\) ` + regexp.QuoteMeta(method) + `\(`)
	at := re.FindStringIndex(a.doc.Text)
	if at == nil {
		return
	}
	fv := view{a.tree.Fragment(false, around(a.tree, analysis.Span{Start: at[0], End: at[0]}))}
	fn := fv.up(fv.at(analysis.Span{Start: at[0], End: at[0] + 1}), goMethod)
	if fn < 0 {
		return
	}
	list := paramsOf(fv, fn)
	if list < 0 {
		return
	}
	params := goParamList(fv, list)
	if len(params) != len(have) {
		return
	}
	local := func(t string) string { // as this file has to write it
		return strings.ReplaceAll(t, a.self.Package+".", "")
	}
	named := slices.ContainsFunc(params, func(p Param) bool { return p.Name != "" })
	var parts []string
	missing := gaps(have, wantParams)
	j := 0
	for i, w := range wantParams {
		w = local(w)
		switch {
		case len(wantParams) > len(have) && slices.Contains(missing, i):
			if named {
				parts = append(parts, "_ "+w)
			} else {
				parts = append(parts, w)
			}
		case j < len(params):
			parts = append(parts, strings.TrimSpace(params[j].Name+" "+w))
			j++
		}
	}
	if len(wantParams) < len(have) { // those that fit stay
		parts = nil
		gone := gaps(wantParams, have)
		k := 0
		for i, p := range params {
			if slices.Contains(gone, i) || k >= len(wantParams) {
				continue
			}
			parts = append(parts, strings.TrimSpace(p.Name+" "+local(wantParams[k])))
			k++
		}
	}
	body := fv.child(fn, goBlock)
	if body < 0 {
		return
	}
	results := ""
	if wantResults != "" {
		results = local(wantResults) + " "
	}
	old := a.doc.Text[fv.Nodes[list].Start:fv.Nodes[body].Start]
	_ = old
	a.add("method-signature", "Give "+method+" the signature that is wanted", analysis.FixConvertType, .5,
		replace(analysis.Span{Start: int(fv.Nodes[list].Start), End: int(fv.Nodes[body].Start)}, "("+strings.Join(parts, ", ")+") "+results))
}
