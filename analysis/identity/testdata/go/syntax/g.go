package syntax

func g()
{
}
