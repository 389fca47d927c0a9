package index

import "slices"

// postings say in which files a word is: pairs of a word's hash and a file's
// number, sorted, and a tail of later ones. Eight bytes a pair: 100,000 files have
// some 4 million.
type postings struct {
	sorted, tail []uint64
}

// tailLeast is how many pairs the tail may always have: looking through them takes
// 5 µs.
const tailLeast = 4096

func (p *postings) add(hash uint32, id int32) {
	p.tail = append(p.tail, uint64(hash)<<32|uint64(uint32(id)))
	if len(p.tail) > max(tailLeast, len(p.sorted)/8) {
		p.merge()
	}
}

// merge sorts the tail in, from the end, so that no second table is needed.
func (p *postings) merge() {
	slices.Sort(p.tail)
	i, j := len(p.sorted)-1, len(p.tail)-1
	p.sorted = slices.Grow(p.sorted, len(p.tail))[:len(p.sorted)+len(p.tail)]
	for k := len(p.sorted) - 1; j >= 0; k-- {
		if i >= 0 && p.sorted[i] > p.tail[j] {
			p.sorted[k] = p.sorted[i]
			i--
		} else {
			p.sorted[k] = p.tail[j]
			j--
		}
	}
	p.tail = p.tail[:0]
}

// find calls f for each file with the hash until it returns false.
func (p *postings) find(hash uint32, f func(id int32) bool) {
	at, _ := slices.BinarySearch(p.sorted, uint64(hash)<<32)
	for ; at < len(p.sorted) && uint32(p.sorted[at]>>32) == hash; at++ {
		if !f(int32(uint32(p.sorted[at]))) {
			return
		}
	}
	for _, e := range p.tail {
		if uint32(e>>32) == hash && !f(int32(uint32(e))) {
			return
		}
	}
}

// fold makes names equal that differ in case and underscores alone.
func fold(name string) string {
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_' || c == '$' || c == '#':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return string(b)
}

// hashOf is the 32-bit FNV-1a hash of a kind of word and its text; it is written
// to disk.
func hashOf(kind byte, word string) uint32 {
	h := uint32(2166136261)
	h = (h ^ uint32(kind)) * 16777619
	for i := range len(word) {
		h = (h ^ uint32(word[i])) * 16777619
	}
	return h
}

// The kinds of words that are looked up.
const (
	wordName    = 'n' // of a symbol, folded
	wordOwner   = 'o' // the type that members belong to
	wordBinds   = 'i' // what an import brings
	wordModule  = 'm' // what is imported
	wordPackage = 'p' // what a file says it belongs to
)

// hashes are the words of a file, each once.
func (f *File) hashes() []uint32 {
	seen := map[uint32]bool{}
	var list []uint32
	add := func(kind byte, word string) {
		if h := hashOf(kind, word); word != "" && !seen[h] {
			seen[h] = true
			list = append(list, h)
		}
	}
	for i := range f.Symbols {
		add(wordName, fold(f.Symbols[i].Name))
		add(wordOwner, f.Symbols[i].Of)
	}
	add(wordPackage, f.Package)
	for _, i := range f.Imports {
		add(wordBinds, f.binds(i))
		add(wordModule, i.Module)
	}
	return list
}

// binds is the name that an import brings into f.
func (f *File) binds(i Import) string {
	switch f.Language {
	case "go":
		return goBinds(i)
	case "python":
		return pythonBinds(i)
	}
	return i.Binds()
}
