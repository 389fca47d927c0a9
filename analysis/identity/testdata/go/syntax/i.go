package syntax

var m = map[string]int{
	"a": 1
}
