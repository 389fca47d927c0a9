package syntax

import (
	"container/list"
	"context"
	"strings"
	"sync"

	"github.com/dejafix/dejafix/analysis"
)

// DefaultCacheBytes bounds the sources whose trees a Cache keeps. A tree is
// about 50 times its source (measured, DEPENDENCIES.md), so this is some 40 MB:
// a 10,000-line file and some small ones.
const DefaultCacheBytes = 800 << 10

// A Cache keeps the trees of documents that were asked for lately, bounded by
// the bytes of their sources. The zero Cache works; it is safe for concurrent
// use. A tree that is still in use is freed when its last user releases it.
type Cache struct {
	// MaxBytes bounds the sources kept; 0 means DefaultCacheBytes.
	MaxBytes int

	mu      sync.Mutex
	entries map[cacheKey]*list.Element // of *cached
	newest  map[string]cacheKey        // by URI, for incremental parses
	order   list.List                  // newest in front
	bytes   int
}

type cacheKey struct {
	uri    string
	lang   string
	digest analysis.Digest
}

type cached struct {
	key   cacheKey
	ready chan struct{} // closed when tree and err are set
	tree  *Tree
	err   error
	size  int  // bytes of the source
	users int  // guarded by Cache.mu
	gone  bool // no longer in the cache: the last user closes
}

// Get returns doc's tree, parsed at most once for each text, from the tree of
// an older version of the document where there is one. release must be called
// when the tree is no longer read. The error is ErrNoGrammar, or ctx's.
func (c *Cache) Get(ctx context.Context, doc *analysis.Document) (tree *Tree, release func(), err error) {
	lang := For(doc.Language)
	if lang == nil {
		return nil, func() {}, ErrNoGrammar
	}
	key := cacheKey{doc.URI, doc.Language, doc.Digest}
	c.mu.Lock()
	if c.entries == nil {
		c.entries = map[cacheKey]*list.Element{}
		c.newest = map[string]cacheKey{}
	}
	if el, ok := c.entries[key]; ok {
		e := el.Value.(*cached)
		e.users++
		c.order.MoveToFront(el)
		c.mu.Unlock()
		return c.wait(ctx, e)
	}
	e := &cached{key: key, ready: make(chan struct{}), size: len(doc.Text), users: 1}
	old := c.older(doc)
	c.entries[key] = c.order.PushFront(e)
	c.newest[doc.URI] = key
	c.bytes += len(doc.Text)
	c.evict()
	c.mu.Unlock()

	if old != nil && old.tree.lang == lang {
		e.tree, e.err = old.tree.Edited(ctx, doc.Text, []analysis.Edit{oneEdit(old.tree.text, doc.Text)})
	} else {
		e.tree, e.err = Parse(ctx, lang, doc.Text)
	}
	if e.err != nil {
		c.forget(e)
	}
	close(e.ready)
	if old != nil {
		// Nothing but undo asks for the older version again, and its tree is as
		// large as the new one.
		c.forget(old)
		c.release(old)
	}
	return c.wait(ctx, e)
}

// older finds the tree of an earlier version and takes it into use.
func (c *Cache) older(doc *analysis.Document) *cached {
	key, ok := c.newest[doc.URI]
	if !ok {
		return nil
	}
	el, ok := c.entries[key]
	if !ok {
		return nil
	}
	e := el.Value.(*cached)
	select {
	case <-e.ready:
	default:
		return nil // still being parsed: do not wait for it
	}
	if e.err != nil {
		return nil
	}
	e.users++
	return e
}

// wait returns e's tree once it is parsed.
func (c *Cache) wait(ctx context.Context, e *cached) (*Tree, func(), error) {
	var once sync.Once
	release := func() { once.Do(func() { c.release(e) }) }
	select {
	case <-e.ready:
	case <-ctx.Done():
		release()
		return nil, func() {}, ctx.Err()
	}
	if e.err != nil {
		release()
		return nil, func() {}, e.err
	}
	return e.tree, release, nil
}

func (c *Cache) release(e *cached) {
	c.mu.Lock()
	e.users--
	free := e.gone && e.users == 0
	c.mu.Unlock()
	if free {
		<-e.ready
		e.tree.Close()
	}
}

// forget takes e out of the cache. The caller is a user of e.
func (c *Cache) forget(e *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.key]; ok && el.Value == e {
		c.remove(el)
	}
}

// remove takes el out; its tree is closed by its last user, or here when it
// has none.
func (c *Cache) remove(el *list.Element) {
	e := el.Value.(*cached)
	c.order.Remove(el)
	delete(c.entries, e.key)
	if c.newest[e.key.uri] == e.key {
		delete(c.newest, e.key.uri)
	}
	e.gone = true
	c.bytes -= e.size
	if e.users == 0 {
		e.tree.Close()
	}
}

// evict makes room, oldest first. The newest entry stays, whatever its size.
func (c *Cache) evict() {
	limit := c.MaxBytes
	if limit <= 0 {
		limit = DefaultCacheBytes
	}
	for el := c.order.Back(); el != nil && c.bytes > limit && c.order.Len() > 1; {
		prev := el.Prev()
		e := el.Value.(*cached)
		select {
		case <-e.ready:
			c.remove(el)
		default:
		}
		el = prev
	}
}

// Drop forgets every tree of a document, as when it is closed.
func (c *Cache) Drop(uri string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, el := range c.entries {
		if key.uri != uri {
			continue
		}
		e := el.Value.(*cached)
		select {
		case <-e.ready:
			c.remove(el)
		default:
		}
	}
}

// Close drops everything. Trees in use are closed by their users.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for el := c.order.Front(); el != nil; {
		next := el.Next()
		select {
		case <-el.Value.(*cached).ready:
			c.remove(el)
		default:
		}
		el = next
	}
}

// Bytes is how many bytes of source are kept.
func (c *Cache) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// oneEdit is the single edit that makes after of before: what is between their
// common ends. Tree-sitter needs where the text changed, not how.
func oneEdit(before, after string) analysis.Edit {
	n := min(len(before), len(after))
	p := 0
	for p < n && before[p] == after[p] {
		p++
	}
	s := 0
	for s < n-p && before[len(before)-1-s] == after[len(after)-1-s] {
		s++
	}
	return analysis.Edit{Span: analysis.Span{Start: p, End: len(before) - s}, New: strings.Clone(after[p : len(after)-s])}
}

// Has reports whether the tree of exactly this text is ready, so that Get
// costs nothing.
func (c *Cache) Has(doc *analysis.Document) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.entries[cacheKey{doc.URI, doc.Language, doc.Digest}]
	if !ok {
		return false
	}
	select {
	case <-el.Value.(*cached).ready:
		return true
	default:
		return false
	}
}
