package index

import "container/list"

// recent keeps the values that were used last. It is not safe for concurrent use.
type recent[K comparable, V any] struct {
	most  int
	order list.List // newest in front
	at    map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, at: map[K]*list.Element{}}
}

func (r *recent[K, V]) get(key K) (value V, ok bool) {
	e, ok := r.at[key]
	if !ok {
		return value, false
	}
	r.order.MoveToFront(e)
	return e.Value.(kept[K, V]).value, true
}

func (r *recent[K, V]) put(key K, value V) {
	r.drop(key)
	r.at[key] = r.order.PushFront(kept[K, V]{key, value})
	if r.order.Len() > r.most {
		r.drop(r.order.Back().Value.(kept[K, V]).key)
	}
}

func (r *recent[K, V]) drop(key K) {
	if e, ok := r.at[key]; ok {
		r.order.Remove(e)
		delete(r.at, key)
	}
}
