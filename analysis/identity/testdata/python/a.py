import os
import nowhere
from os import nothing
from typing import Optional
import dataclasses


class User:
    name: str

    def greet(self, other: str) -> str:
        return "hi " + other


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


def undefined():
    return missing


def attribute(u: User):
    u.nmae
    u.greet()
    u.greet(1)
    u.greet("a", "b")
    u.greet(othr="x")


def optional(u: Optional[User]):
    u.name
    u["x"]
    for c in u:
        print(c)


def returns(a: bool) -> int:
    if a:
        return 1


def wrong() -> int:
    x: str = 1
    return "x"


def possibly(a: bool):
    if a:
        y = 1
    print(y)


def operator():
    1 + "x"
    -"x"
    "a" < 1
    5()
    [1, 2]["x"]


Point()
Point(1, 2, 3)
Point(x="a")
Point(1).z

async def coroutine() -> int:
    return 1

def no_await():
    await coroutine()

async def unawaited():
    coroutine()

class Child(User):
    def greet(self, other: int) -> int:
        return other

lambda: undefined_in_lambda
del unknown_name
os.nothing()
print(f"{unknown_f}")
def duplicate(a, a): pass
x: Undefined = 1
isinstance(1, list[int])
raise 1
return 5
