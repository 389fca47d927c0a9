package types

import (
	"fmt"
	"io"
	"os"
	str "strings"
)

type T struct{ Name string }

func (t *T) Do(n int) error { return nil }

type Doer interface{ Do(n string) error }

type Shower interface{ Show() }

func two() (int, error) { return 1, nil }

func undeclared() { fmt.Println(missing) }

func undeclaredSelector() { fmt.Printl("x") }

func unusedVar() {
	unused := 1
}

func missingReturn() int {
}

func wrongArgs() {
	t := &T{}
	t.Do()
	t.Do(1, 2)
}

func wrongType() {
	var s string = 1
	var n int = "x"
	fmt.Println(s, n)
	wants(len("x"))
	x := 5
	wants(x)
	return 1
}

func wants(s string) {}

func assignable() {
	var d Doer = &T{}
	var s Shower = T{}
	var w io.Writer = os.Args
	_, _, _ = d, s, w
}

func fields() {
	t := T{}
	t.name = "x"
	t.Missing()
	t.Nmae = "y"
	_ = T{Nope: 1}
	_ = T{"a", "b"}
}

func mismatch() {
	a, b := 1
	c := two()
	d, e, f := two()
	fmt.Println(a, b, c, d, e, f)
	fmt.Println(1 + "x")
	var i int
	var g float64
	fmt.Println(i + g)
	if i {
	}
	i = nil
}

func returns() (int, error) {
	return 1
}

func returnsTooMany() int {
	return 1, nil
}

func noNew() {
	a := 1
	a := 2
	fmt.Println(a)
}

func redeclared() {
	var a int
	var a string
	_ = a
}

func unusedExpr() {
	x := 1
	x + 1
	len("x")
	x == 2
}

func calls() {
	x := 1
	x()
	_ = x[0]
	_ = *x
	_ = &2
	for range x.y {
	}
	x.(int)
	5 = x
	break
	goto nowhere
}

func convert() {
	_ = int("x")
	_ = string(1.5)
	var u uint8 = 256
	var b byte = -1
	_, _ = u, b
	_ = 1 / 0
	var z int = 1.5
	_ = z
}

func dup(a int, a string) {}

func dup2() {
	switch 1 {
	case 1:
	case 1:
	}
	_ = map[string]int{"a": 1, "a": 2}
}

func (T) Name() {}

func redeclaredFunc() {}
func redeclaredFunc() {}

var cycle = cycle

func generic[P any](p P) P { return p }

type Number interface{ ~int | ~float64 }

func sum[N Number](n N) N { return n }

func generics() {
	_ = sum("x")
	_ = generic[int, string](1)
	var n Number
	_ = n
	var t Undefined
	_ = t
	var f io.Nothing
	_ = f
	var ch <-chan int
	ch <- 1
	fmt.Println(two())
	wants(two())
	var fn func(int) string = wants
	_ = fn
	if x := 1; x == nil {
	}
	var p *T
	p.Do = nil
	_ = p == 1
	_ = []int{1, 2, 3}[5]
	_ = [2]int{1, 2, 3}
	_ = fmt
	_ = func() { return 1 }
	var e error = "x"
	_ = e
	fmt.Println("a" * 2)
	!x
	for i := range 10 {
	}
}
