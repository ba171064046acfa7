//! Prints the part of an array that other languages may look at: name, C type and offset of each field. `ci/abi` makes
//! the C struct of it.

use chunkarray_core::RawArray;

fn main() {
    for (name, kind, offset) in RawArray::LAYOUT {
        println!("{name}\t{kind}\t{offset}");
    }
}
