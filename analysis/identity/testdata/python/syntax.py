def f(:
    pass

if True
    x = 1

print("a"
y = 
class
