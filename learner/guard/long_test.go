//go:build long

package guard

import (
	"os/exec"
	"testing"
)

var (
	goTest  = []string{"go", "test"}
	javaRun = []string{"java"}
	rustRun = []string{"bash", "-c", `rustc --edition 2021 -o app "$0" && ./app`}
)

// TestRunsLong runs what takes longer to build, with whatever of the tools is there.
func TestRunsLong(t *testing.T) {
	for _, p := range slow {
		if _, err := exec.LookPath(p.command[0]); err != nil || p.language == "rust" && !rustc() {
			t.Logf("%s: not run, there is no %s", p.name, p.command[0])
			continue
		}
		t.Run(p.name, func(t *testing.T) { p.check(t) })
	}
}

func rustc() bool {
	_, err := exec.LookPath("rustc")
	return err == nil
}

var slow = []program{
	{"go off by one", "go", "main.go", goRun, `package main

func sum(xs []int) int {
	n := 0
	for i := 0; i <= len(xs); i++ {
		n += xs[i]
	}
	return n
}

func main() {
	if sum([]int{1, 2}) != 3 {
		panic("wrong")
	}
}
`, "End the loop at i < len(xs) instead of i <= len(xs)"},
	{"go ignored error", "go", "main_test.go", goTest, `package main

import (
	"errors"
	"testing"
)

type file struct{ size int }

func open(name string) (*file, error) {
	if name == "" {
		return nil, errors.New("no name")
	}
	return &file{len(name)}, nil
}

func size(name string) (int, error) {
	f, _ := open(name)
	return f.size, nil
}

func TestSize(t *testing.T) {
	if _, err := size(""); err == nil {
		t.Fatal("no error")
	}
}
`, "Return the error of open"},
	{"go nil map", "go", "main.go", goRun, `package main

func count(words []string) map[string]int {
	var seen map[string]int
	for _, w := range words {
		seen[w]++
	}
	return seen
}

func main() {
	if count([]string{"a", "a"})["a"] != 2 {
		panic("wrong")
	}
}
`, "Make the map seen"},
	{"java null", "java", "Main.java", javaRun, `
import java.util.*;

public class Main {
    static String find(Map<String, String> names, String key) {
        return names.get(key);
    }

    static int size(Map<String, String> names, String key) {
        String name = find(names, key);
        return name.length();
    }

    public static void main(String[] args) {
        if (size(new HashMap<>(), "x") != 0) {
            throw new IllegalStateException("wrong");
        }
    }
}
`, "Return 0 when name is null"},
	{"java off by one", "java", "Main.java", javaRun, `
public class Main {
    static int sum(int[] xs) {
        int n = 0;
        for (int i = 0; i <= xs.length; i++) {
            n += xs[i];
        }
        return n;
    }

    public static void main(String[] args) {
        if (sum(new int[] {1, 2}) != 3) {
            throw new IllegalStateException("wrong");
        }
    }
}
`, "End the loop at i < xs.length instead of i <= xs.length"},
	{"rust none", "rust", "app.rs", rustRun, `fn first(v: &[i32]) -> Option<i32> {
    let x = v.first().unwrap();
    Some(x + 1)
}

fn main() {
    assert_eq!(first(&[]), None);
}
`, "Give None back"},
	{"rust off by one", "rust", "app.rs", rustRun, `fn sum(v: &[i32]) -> i32 {
    let mut n = 0;
    for i in 0..=v.len() {
        n += v[i];
    }
    n
}

fn main() {
    assert_eq!(sum(&[1, 2]), 3);
}
`, "End the loop at ..v.len() instead of ..=v.len()"},
	{"rust below zero", "rust", "app.rs", rustRun, `fn last(v: &[i32]) -> usize {
    v.len() - 1
}

fn main() {
    let none = std::env::args().skip(9).map(|_| 1).collect::<Vec<i32>>();
    assert_eq!(last(&none), 0);
}
`, "End v.len() at 0"},
}
