package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// A disk keeps the records of files outside of memory: those of the last session
// in a file that is only read, later ones in one that goes when we end. Both are
// written anew as one, beside, and moved into place: whoever reads the old one
// reads on, and a kill at any moment leaves the old or the new one whole.
//
// A record is its length and checksum, path, time, size, the hashes of its words,
// and what File.encode made.
type disk struct {
	base, fresh *os.File
	end         int64 // of fresh
}

// A record says where one is.
type record struct {
	fresh bool
	off   int64 // of what File.encode made
	n     int32
}

// magic starts a file; the number goes up with each change of what is written or
// of what is read from a text.
const magic = "dejafix index 1\n"

// maxRecord bounds one record, in bytes: what maxSymbols long definitions take.
const maxRecord = 4 << 20

// openFresh makes the file for new records, in dir, or where temporary files are.
func (d *disk) openFresh(dir string) error {
	if d.fresh != nil {
		return nil
	}
	f, err := os.CreateTemp(dir, "index-*.tmp")
	if err != nil {
		return err
	}
	d.fresh = f
	// Where the system lets it, the file has no name any more, and goes with us
	// whatever happens.
	os.Remove(f.Name()) //nolint:errcheck // else close does it
	return nil
}

func (d *disk) write(rel string, mtime, size int64, hashes []uint32, body []byte) (record, error) {
	if d.fresh == nil {
		return record{}, errors.New("the index is closed")
	}
	b := pack(rel, mtime, size, hashes, body)
	if _, err := d.fresh.WriteAt(b, d.end); err != nil {
		return record{}, err
	}
	d.end += int64(len(b))
	return record{fresh: true, off: d.end - int64(len(body)), n: int32(len(body))}, nil
}

func pack(rel string, mtime, size int64, hashes []uint32, body []byte) []byte {
	e := encoder{b: make([]byte, 8, 64+len(rel)+4*len(hashes)+len(body))}
	e.str(rel)
	e.num(int(mtime))
	e.num(int(size))
	e.num(len(hashes))
	for _, h := range hashes {
		e.b = binary.LittleEndian.AppendUint32(e.b, h)
	}
	e.b = append(e.b, body...)
	binary.LittleEndian.PutUint32(e.b, uint32(len(e.b)-8))
	binary.LittleEndian.PutUint32(e.b[4:], crc32.ChecksumIEEE(e.b[8:]))
	return e.b
}

func (d *disk) read(at record) ([]byte, bool) {
	f := d.base
	if at.fresh {
		f = d.fresh
	}
	if f == nil || at.n < 0 || at.n > maxRecord {
		return nil, false
	}
	b := make([]byte, at.n)
	_, err := f.ReadAt(b, at.off)
	return b, err == nil
}

// A packed record as it is read back.
type packed struct {
	rel         string
	mtime, size int64
	hashes      []uint32
	at          record
}

// load reads the records of a file, up to the first that is not whole, and calls
// each for them.
func (d *disk) load(name string, each func(packed)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(f, 256<<10)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != magic {
		return errors.Join(errors.New("not an index of this version"), f.Close())
	}
	d.base = f
	off := int64(len(magic))
	var frame [8]byte
	buf := make([]byte, 0, 64<<10)
	for {
		if _, err := io.ReadFull(r, frame[:]); err != nil {
			return nil //nolint:nilerr // what was read is good
		}
		n := int(binary.LittleEndian.Uint32(frame[:]))
		if n > maxRecord {
			return nil
		}
		if cap(buf) < n {
			buf = make([]byte, n)
		}
		buf = buf[:n]
		if _, err := io.ReadFull(r, buf); err != nil || crc32.ChecksumIEEE(buf) != binary.LittleEndian.Uint32(frame[4:]) {
			return nil //nolint:nilerr // the file was cut short: what follows is indexed anew
		}
		off += 8
		dec := decoder{s: string(buf)}
		p := packed{rel: dec.str(), mtime: int64(dec.num()), size: int64(dec.num())}
		count := dec.num()
		if dec.bad || count*4 > len(dec.s) {
			return nil
		}
		p.hashes = make([]uint32, count)
		for i := range p.hashes {
			p.hashes[i] = binary.LittleEndian.Uint32([]byte(dec.s[4*i : 4*i+4]))
		}
		body := len(dec.s) - 4*count
		off += int64(n)
		p.at = record{off: off - int64(body), n: int32(body)}
		p.rel = string(append([]byte(nil), p.rel...))
		each(p)
	}
}

// save writes what is live to name, beside it first.
func (s *space) save(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "index-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it has moved
	w := bufio.NewWriterSize(f, 256<<10)
	_, err = w.WriteString(magic)
	for id := int32(0); err == nil; id++ {
		var b []byte
		s.mu.Lock()
		if int(id) >= len(s.files) {
			s.mu.Unlock()
			break
		}
		e := &s.files[id]
		if e.live {
			if body, ok := s.disk.read(e.at); ok {
				d := File{}
				d.decode(body)
				b = pack(e.rel(), e.mtime, int64(e.size), d.hashes(), body)
			}
		}
		s.mu.Unlock()
		_, err = w.Write(b)
	}
	err = errors.Join(err, w.Flush(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func (d *disk) close() error {
	var err error
	if d.base != nil {
		err = d.base.Close()
	}
	if d.fresh != nil {
		err = errors.Join(err, d.fresh.Close())
		os.Remove(d.fresh.Name()) //nolint:errcheck // gone already where the system lets it
	}
	d.base, d.fresh = nil, nil
	return err
}
