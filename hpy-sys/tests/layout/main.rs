//! Sizes, offsets and constants: does Rust see what the C compiler sees in HPy's headers?
//!
//! The C compiler's answers are a generated table, so that this runs where neither HPy nor a C
//! compiler is; `ci/bindings` asks the compiler again.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[rustfmt::skip]
#[allow(clippy::unnecessary_cast, reason = "generated: one table for numbers of many types")]
mod c_answers;

/// A number that both compilers were asked for.
struct Answer {
    /// The expression in C.
    question: &'static str,
    rust: i64,
    c: i64,
}

#[test]
fn rust_agrees_with_c() {
    for Answer { question, rust, c } in &c_answers::ANSWERS {
        assert_eq!(rust, c, "{question}");
    }
}

#[test]
fn c_was_asked_about_every_slot() {
    for slot in &hpy_sys::SLOTS {
        let question = format!("offsetof(HPyContext, {})", slot.name);
        assert!(
            c_answers::ANSWERS
                .iter()
                .any(|answer| answer.question == question),
            "{question}"
        );
    }
}
