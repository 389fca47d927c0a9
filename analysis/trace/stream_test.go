package trace

import "io"

// dribble reads a text in pieces of changing length.
type dribble struct {
	text string
	n    int
}

func (d *dribble) Read(p []byte) (int, error) {
	if d.text == "" {
		return 0, io.EOF
	}
	d.n = d.n*7%61 + 3
	n := copy(p, d.text[:min(d.n, len(d.text), len(p))])
	d.text = d.text[n:]
	return n, nil
}
