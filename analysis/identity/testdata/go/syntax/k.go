package syntax

func k() {
	for i := 0; i < 3; i++
	{
	}
}
