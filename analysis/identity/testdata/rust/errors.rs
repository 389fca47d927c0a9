pub struct User { name: String }

pub fn undeclared() -> i32 { missing }
pub fn mismatch() -> i32 { "text" }
pub fn field(u: &User) -> usize { u.nmae.len() }
pub fn method(u: &User) { u.greet(); }
pub fn args() { mismatch(1); }
pub fn import() { HashMap::new(); }
pub fn moved(s: String) -> usize { let t = s; s.len() + t.len() }
pub fn borrow() { let x = 1; x = 2; }
pub fn unknown(t: Unknown) {}
pub fn op() -> i32 { 1 + "x" }
pub fn matches(o: Option<i32>) -> i32 { match o { Some(x) => x } }
pub fn lifetime(a: &str, b: &str) -> &str { a }
pub fn missing_field() -> User { User { } }
pub fn trait_bound() { let v: Vec<i32> = vec!["a"].into_iter().collect(); }
pub fn no_return(a: bool) -> i32 { if a { 1 } }
pub fn mac() { printn!("x"); }
