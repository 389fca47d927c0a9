package syntax

func b() {
	if x := 1 {
	}
}
