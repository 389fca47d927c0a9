package learner

import "sync"

// bounded is a map that forgets its oldest entries: what was offered, what was
// answered. It is safe for concurrent use.
type bounded[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	m     map[K]V
	order []K // a ring of the keys in m, oldest at next
	next  int
}

func newBounded[K comparable, V any](size int) *bounded[K, V] {
	return &bounded[K, V]{max: size, m: make(map[K]V)}
}

func (b *bounded[K, V]) get(k K) (V, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.m[k]
	return v, ok
}

// put sets the value of k. A key that is there keeps its age.
func (b *bounded[K, V]) put(k K, v V) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.m[k]; !ok {
		if len(b.order) < b.max {
			b.order = append(b.order, k)
		} else {
			delete(b.m, b.order[b.next])
			b.order[b.next] = k
			b.next = (b.next + 1) % b.max
		}
	}
	b.m[k] = v
}

func (b *bounded[K, V]) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.m)
	b.order, b.next = b.order[:0], 0
}
