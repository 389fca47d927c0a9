pub fn a() {
    let x = ;
    foo(1
}
