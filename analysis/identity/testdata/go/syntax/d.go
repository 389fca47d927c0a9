package syntax

func d() {
	x := 1 y := 2
}
