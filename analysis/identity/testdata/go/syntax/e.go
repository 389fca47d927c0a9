package syntax

func e() {
	s := "abc
	_ = s
}
