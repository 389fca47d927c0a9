package syntax

func c() {
	var x int = 
}
