package syntax

func f() {
	if true {
