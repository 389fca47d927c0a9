package vet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"
	"context"
)

type locked struct {
	mu sync.Mutex
	n  int
}

func copies(l locked) int { return l.n }

func printf() {
	fmt.Printf("%d\n", "x")
	fmt.Printf("%d\n")
	fmt.Printf("%d\n", 1, 2)
	fmt.Println("x\n")
	fmt.Println("%d", 1)
	fmt.Printf("%z", 1)
	msg := "x"
	fmt.Printf(msg)
}

func unreachable() int {
	return 1
	fmt.Println("x")
	return 2
}

type tags struct {
	A string `json:a`
	B string `json:"b"`
	C string `json:"b"`
}

func lostcancel() {
	ctx, _ := context.WithCancel(context.Background())
	_ = ctx
}

func assign() {
	x := 1
	x = x
}

func bools(a int) bool { return a == 1 || a == 1 }

func nilfunc() bool { return copies == nil }

func unmarshal() {
	var x int
	json.Unmarshal(nil, x)
	var pe *os.PathError
	errors.As(nil, pe)
}

func response() {
	r, err := http.Get("x")
	defer r.Body.Close()
	if err != nil {
		return
	}
}

func selfCompare(t time.Time) {
	t.Format("2006-02-01")
}

func stringint() { _ = string(rune(65)); n := 65; _ = string(n) }

func loop() {
	var wg sync.WaitGroup
	go func() {
		wg.Add(1)
		defer wg.Done()
	}()
	fmt.Errorf("x")
	fmt.Sprintf("x")
	_ = fmt.Errorf("a %s", wg)
}
