package guard

import "strconv"

// The chances that a draft of a form is right, before they are measured.
const (
	scoreNamed     = 0.45
	scoreKeyGet    = 0.3
	scoreKeyCheck  = 0.3
	scoreKeyMethod = 0.6
	scoreKeyDelete = 0.5
	scoreKeyCount  = 0.6
	scoreBounds    = 0.35
	scoreLoopBound = 0.6
	scoreZero      = 0.4
	scoreBase      = 0.3
	scoreMakeMap   = 0.8
	scoreType      = 0.5
	scoreError     = 0.3
)

func itoa(n int) string { return strconv.Itoa(n) }
