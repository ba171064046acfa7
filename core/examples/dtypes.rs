//! Prints the table of element types: a line of tab-separated facts for each, then every accepted spelling with the
//! canonical name that it means. `ci/dtypes` makes the documentation, the stubs and the Python twin's table of it.
//!
//! ```text
//! cargo run -p chunkarray-core --example dtypes
//! ```

use chunkarray_core::DType;

fn main() {
    let all = DType::all();
    println!("{}", all[0].facts().map(|fact| fact.0).join("\t"));
    for dtype in &all {
        println!("{}", dtype.facts().map(|fact| fact.1).join("\t"));
    }
    println!();
    for spelling in DType::spellings() {
        println!("{}\t{}", spelling.text, spelling.dtype);
    }
}
