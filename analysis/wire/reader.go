package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Reader reads values, one on each line. Empty lines are passed over.
type Reader struct {
	r    *bufio.Reader
	line int
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 64<<10)}
}

// Line is the number of the line that Next read last, from 1.
func (r *Reader) Line() int { return r.line }

// A LineError is trouble with one line. The lines after it can still be read.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// Next returns the next value and the doubts about it, io.EOF after the last
// one, or a *LineError for a line that cannot be used.
func (r *Reader) Next() (Value, []string, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return nil, nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		v, doubts, err := Decode(line)
		if err != nil {
			return nil, nil, &LineError{Line: r.line, Err: err}
		}
		return v, doubts, nil
	}
}

// readLine returns one line of at most MaxLine bytes. What is longer is read
// over without being kept.
func (r *Reader) readLine() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.r.ReadSlice('\n')
		if !long {
			if len(line)+len(part) > MaxLine {
				long, line = true, nil
			} else {
				line = append(line, part...)
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0 && !long):
			return nil, err
		}
		r.line++
		if long {
			return nil, &LineError{Line: r.line, Err: ErrTooLarge}
		}
		return line, nil
	}
}
