package syntax

x := 1
