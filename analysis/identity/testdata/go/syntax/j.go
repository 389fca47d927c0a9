package syntax

func j() {
	else {
	}
}
