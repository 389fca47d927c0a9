package syntax

func a() {
	f(1
}
