// Package replay runs recorded repairs through the real learner: it reads fix
// pairs, splits them, learns from one part as the server would, asks for the
// repair of the other, and counts what was right. It keeps nothing and knows
// nothing that the server would not.
package replay
