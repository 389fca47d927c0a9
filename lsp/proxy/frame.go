package proxy

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

const (
	// prefix is how much of a body is looked at before it is clear what is to be
	// done with the message, in bytes. A pipe holds as much on Linux.
	prefix = 64 << 10
	// maxHeader bounds the header of one message, in bytes; real ones are under
	// 100. What is longer is none.
	maxHeader = 8 << 10
	// maxHeld is the largest body that is held whole, in bytes, as
	// protocol.MaxMessage; a larger one passes unread.
	maxHeld = 64 << 20
	// chunk is how much of a long body is passed on at a time, in bytes. With
	// 64 KB a body of 10 MB took a third longer.
	chunk = 256 << 10
)

// A frame is one message of a stream, or bytes between messages.
type frame struct {
	// head is the header as it came, with the blank line. Of what is no
	// message it is all, and must pass as it is.
	head []byte
	// body is as much of it as was read; valid until the next frame.
	body []byte
	// rest is how many bytes of the body are still to come.
	rest int64
	// noise says that this is no message.
	noise bool
}

// errLost says that no message can be found in the stream any more.
var errLost = errors.New("a Content-Length cannot be read")

// A frameReader cuts a stream into frames. It never fails on what it reads: what
// is no message is noise, and when it is lost the caller passes the rest as it
// is.
type frameReader struct {
	src  io.Reader
	buf  []byte
	r, w int   // buf[r:w] was read and not returned
	rest int64 // of the body of the frame returned last
	big  []byte
}

func newFrameReader(src io.Reader) *frameReader {
	return &frameReader{src: src, buf: make([]byte, maxHeader+prefix)}
}

// fill reads once. An error comes alone.
func (r *frameReader) fill() error {
	if r.w == len(r.buf) {
		copy(r.buf, r.buf[r.r:r.w])
		r.w -= r.r
		r.r = 0
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.w:])
		r.w += n
		if n > 0 {
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// next returns the next frame. The body of the one before must have been read
// (all, or pass). At the end of the stream it returns what is left as noise,
// and then io.EOF. errLost comes with the bytes that were read already.
func (r *frameReader) next() (frame, error) {
	if r.r > 0 {
		copy(r.buf, r.buf[r.r:r.w])
		r.w -= r.r
		r.r = 0
	}
	length, end := int64(-1), 0 // of the header's lines so far
	for {
		i := bytes.IndexByte(r.buf[end:r.w], '\n')
		if i < 0 {
			if r.w-r.r >= maxHeader {
				return r.noise(r.w), nil
			}
			if err := r.fill(); err != nil {
				if r.w > 0 {
					return r.noise(r.w), nil
				}
				return frame{}, err
			}
			continue
		}
		line := bytes.TrimSuffix(r.buf[end:end+i], []byte("\r"))
		end += i + 1
		if len(line) == 0 {
			if length < 0 {
				return r.noise(end), nil
			}
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.IndexByte(bytes.TrimRight(name, " \t"), ' ') >= 0 {
			return r.noise(end), nil // something that a program printed
		}
		if end >= maxHeader {
			return r.noise(end), nil
		}
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("content-length")) {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
		if err != nil || n < 0 || length >= 0 && length != n {
			return r.noise(r.w), errLost
		}
		length = n
	}
	for int64(r.w-end) < min(length, prefix) {
		if err := r.fill(); err != nil {
			return r.noise(r.w), nil //nolint:nilerr // the error comes again, after what came
		}
	}
	have := min(int64(r.w-end), length)
	f := frame{head: r.buf[:end], body: r.buf[end : end+int(have)], rest: length - have}
	r.r = end + int(have)
	r.rest = f.rest
	return f, nil
}

func (r *frameReader) noise(n int) frame {
	r.r = n
	return frame{head: r.buf[:n], noise: true}
}

// whole is the frame's header and as much of the body as was read, in one
// piece.
func (f frame) whole() []byte { return f.head[:len(f.head)+len(f.body)] }

// grow reads as much of the body again as was read, and reports whether there
// was more to read. The frame's slices are new.
func (r *frameReader) grow(f *frame) (bool, error) {
	if f.rest == 0 {
		return false, nil
	}
	have := len(f.body)
	n := int(min(int64(max(have, prefix)), f.rest))
	// What a header claims is not allocated before it comes.
	all := make([]byte, len(f.head)+have+n)
	copy(all, f.whole())
	got, err := io.ReadFull(r.src, all[len(f.head)+have:])
	f.head, f.body = all[:len(f.head)], all[len(f.head):len(f.head)+have+got]
	f.rest -= int64(got)
	r.rest = f.rest
	return true, err
}

// all reads the body to its end.
func (r *frameReader) all(f *frame) error {
	for {
		if more, err := r.grow(f); !more || err != nil {
			return err
		}
	}
}

// pass writes the frame to w while it comes in. What is written goes to tap too,
// but for the unseen bytes that are next to come: those nobody looks at. reading
// tells an error of the stream from one of w.
func (r *frameReader) pass(f frame, w io.Writer, unseen int64, tap func([]byte)) (reading, writing error) {
	if tap != nil {
		tap(f.body)
	}
	if _, err := w.Write(f.whole()); err != nil {
		return nil, err
	}
	if unseen >= chunk {
		n, reading, writing := splice(w, r.src, unseen)
		f.rest -= n
		r.rest = f.rest
		if reading != nil || writing != nil {
			return reading, writing
		}
	}
	if f.rest > 0 && r.big == nil {
		r.big = make([]byte, chunk)
	}
	for f.rest > 0 {
		n, err := r.src.Read(r.big[:min(int64(len(r.big)), f.rest)])
		f.rest -= int64(n)
		r.rest = f.rest
		if n > 0 {
			if tap != nil {
				tap(r.big[:n])
			}
			if _, err := w.Write(r.big[:n]); err != nil {
				return nil, err
			}
		}
		if err != nil && f.rest > 0 {
			return err, nil
		}
	}
	return nil, nil
}

// left is what was read and belongs to no frame.
func (r *frameReader) left() []byte {
	b := r.buf[r.r:r.w]
	r.r = r.w
	return b
}

// framed is body with a header.
func framed(body []byte) []byte {
	b := make([]byte, 0, len(body)+32)
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}
