package check

import "container/list"

// recent keeps the entries that were used last. Its owner locks.
type recent[K comparable, V any] struct {
	most  int
	order *list.List // of entry[K, V], the one used last in front
	by    map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, order: list.New(), by: map[K]*list.Element{}}
}

func (r *recent[K, V]) get(key K) (value V, ok bool) {
	e := r.by[key]
	if e == nil {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*entry[K, V]).value, true
}

func (r *recent[K, V]) put(key K, value V) {
	if e := r.by[key]; e != nil {
		e.Value.(*entry[K, V]).value = value
		r.order.MoveToFront(e)
		return
	}
	r.by[key] = r.order.PushFront(&entry[K, V]{key, value})
	if r.order.Len() > r.most {
		last := r.order.Back()
		r.order.Remove(last)
		delete(r.by, last.Value.(*entry[K, V]).key)
	}
}
