mod bindings;
fn main() {
    let a: Vec<_> = std::env::args().collect();
    print!("{}", bindings::types(a[1].as_ref(), a[2].as_ref()).unwrap());
}
