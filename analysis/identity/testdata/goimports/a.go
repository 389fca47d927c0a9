package imports

import (
	"fmtt"
	"os"
	"github.com/nobody/nothing"
	"example.com/errs/absent"
)

func f() {}
