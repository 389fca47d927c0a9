use std::collections::HashMap;

fn dead() {}

pub fn lints() {
    let unused = 1;
    let mut x = 2;
    println!("{}", x);
    let mut y = 1;
    y = 3;
    std::fs::remove_file("x");
    let camelCase = (1);
    println!("{}", camelCase);
    return;
    println!("unreachable");
}

struct Never { field: i32 }
