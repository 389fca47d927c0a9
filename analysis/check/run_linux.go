package check

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// isolate gives a child a process group of its own and, where it may be had,
// namespaces of its own for processes and for the network. The wrapper is the
// first process of its namespace: when it ends, the kernel ends all others.
func isolate(cmd *exec.Cmd, namespaces bool) {
	// A server that is killed leaves no checker behind.
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if namespaces {
		attr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
	}
	cmd.SysProcAttr = attr
}

// starts takes what is to run on the thread that starts children. The kernel ends
// a child with the thread that started it (Pdeathsig), and Go ends a thread with
// a goroutine that kept it, so this one is kept as long as we live.
var starts = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range work {
			start()
		}
	}()
	return work
})

// start starts a child that isolate made ready.
func start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	starts() <- func() { started <- cmd.Start() }
	return <-started
}

// namespacesRefused reports whether a child could not be started because this
// machine lets nobody, or not us, make namespaces.
func namespacesRefused(err error) bool {
	for _, e := range []syscall.Errno{syscall.EPERM, syscall.EACCES, syscall.EINVAL, syscall.ENOSPC, syscall.ENOSYS, syscall.EUSERS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func guarantees(namespaces bool) string {
	if namespaces {
		return "checkers run in namespaces of their own: no network, and no process outlives them; memory, disk, output, time and number are bounded"
	}
	return "checkers run as a process group: memory, disk, output, time and number are bounded; this machine refuses namespaces, so a process that leaves its group and hides its environment can stay, and the network is not cut off"
}

// sweep ends the processes whose environment has a line that is a child's own.
func sweep(mark string) {
	const rounds = 8 // of one that forks faster than we look
	for range rounds {
		names, err := readNames("/proc")
		if err != nil {
			return
		}
		found := false
		for _, name := range names {
			pid, err := strconv.Atoi(name)
			if err != nil || pid == os.Getpid() {
				continue
			}
			env, err := os.ReadFile("/proc/" + name + "/environ")
			if err != nil || !slices.Contains(strings.Split(string(env), "\x00"), mark) {
				continue
			}
			found = true
			syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // gone already
		}
		if !found {
			return
		}
	}
}

// usage is what a process and all that descend from it take.
type usage struct {
	root      int
	processes int
	memory    int64         // bytes that are not backed by files
	written   int64         // bytes that went towards a disk
	wrote     map[int]int64 // of each process, also those that have ended
}

func newUsage(pid int) *usage { return &usage{root: pid, wrote: map[int]int64{}} }

// look reads /proc. A process is one of ours when its parent is, or when it is
// in our group.
func (u *usage) look() {
	names, err := readNames("/proc")
	if err != nil {
		return
	}
	type proc struct{ pid, parent, group int }
	var all []proc
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue
		}
		// pid (name, which may hold anything) state parent group …
		i := bytes.LastIndexByte(stat, ')')
		f := strings.Fields(string(stat[i+1:]))
		if len(f) < 3 || f[0] == "Z" {
			continue
		}
		parent, _ := strconv.Atoi(f[1])
		group, _ := strconv.Atoi(f[2])
		all = append(all, proc{pid, parent, group})
	}
	ours := map[int]bool{u.root: true}
	for grew := true; grew; {
		grew = false
		for _, p := range all {
			if !ours[p.pid] && (ours[p.parent] || p.group == u.root) {
				ours[p.pid] = true
				grew = true
			}
		}
	}
	u.processes, u.memory = 0, 0
	for _, p := range all {
		if !ours[p.pid] {
			continue
		}
		u.processes++
		dir := filepath.Join("/proc", strconv.Itoa(p.pid))
		held := fields(dir+"/status", "RssAnon:", "RssShmem:")
		u.memory += (held[0] + held[1]) << 10
		if n := fields(dir+"/io", "write_bytes:")[0]; n > u.wrote[p.pid] {
			u.written += n - u.wrote[p.pid]
			u.wrote[p.pid] = n
		}
	}
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// fields are the numbers after names in a file of /proc, 0 for those that are
// not there.
func fields(file string, names ...string) []int64 {
	out := make([]int64, len(names))
	text, err := os.ReadFile(file)
	if err != nil {
		return out
	}
	for line := range strings.Lines(string(text)) {
		for i, name := range names {
			if rest, ok := strings.CutPrefix(line, name); ok {
				if f := strings.Fields(rest); len(f) > 0 {
					out[i], _ = strconv.ParseInt(f[0], 10, 64)
				}
			}
		}
	}
	return out
}
