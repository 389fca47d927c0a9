package syntax

import "fmt"

func l() {
	fmt.Println("a" "b")
	fmt.Println('ab')
}

func l2() {
}
}
