//! Nothing is built: the bindings are committed, and `ci/bindings` regenerates and checks them.
//! The file exists because cargo wants a build script wherever there is a `links` key, and that
//! key keeps two versions of the ABI out of one binary.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
