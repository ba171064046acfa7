//! Writes `tests/layout/c_answers.rs`: what the C compiler says about the headers, for Rust to agree with.

use crate::context::fields_of;
use crate::fetch::run;
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};
use syn::{Item, Type};

/// A number that both compilers are asked for.
struct Question {
    /// The expression in C. It must have an integer value.
    c: String,
    rust: String,
}

/// Asks the C compiler, and returns its answers beside the same questions in Rust.
pub fn table(bindings: &syn::File, include: &Path) -> Result<String> {
    let questions = questions(bindings)?;
    let answers = ask_c(&questions, include)?;
    let answers: Vec<_> = answers.lines().collect();
    ensure!(
        answers.len() == questions.len(),
        "the C program printed too few answers"
    );

    let mut text =
        String::from("use super::Answer;\nuse core::mem::offset_of;\nuse hpy_sys::*;\n\n");
    writeln!(text, "pub static ANSWERS: [Answer; {}] = [", answers.len())?;
    for (Question { c, rust }, answer) in questions.iter().zip(answers) {
        writeln!(
            text,
            "    Answer {{ question: {c:?}, rust: {rust} as i64, c: {answer} }},"
        )?;
    }
    Ok(text + "];\n")
}

fn questions(bindings: &syn::File) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    for item in &bindings.items {
        match item {
            Item::Struct(item) => {
                // Only declared in the headers: C knows no size either.
                if item.ident.to_string().starts_with("FORBIDDEN_") {
                    continue;
                }
                of_struct(bindings, &item.ident.to_string(), &mut questions)?;
            }
            Item::Const(item) if is_number(&item.ty) => {
                let name = item.ident.to_string();
                questions.push(Question {
                    c: name.clone(),
                    rust: name,
                });
            }
            _ => {}
        }
    }
    Ok(questions)
}

fn of_struct(bindings: &syn::File, name: &str, questions: &mut Vec<Question>) -> Result<()> {
    for (c, rust) in [("sizeof", "size_of"), ("_Alignof", "align_of")] {
        questions.push(Question {
            c: format!("{c}({name})"),
            rust: format!("{rust}::<{name}>()"),
        });
    }
    for field in fields_of(bindings, name)? {
        let field_name = field
            .ident
            .as_ref()
            .context("a field has no name")?
            .to_string();
        let mut ask = |c: &str, rust: &str| {
            questions.push(Question {
                c: format!("offsetof({name}, {c})"),
                rust: format!("offset_of!({name}, {rust})"),
            });
        };
        if field_name.starts_with("__bindgen_anon_") {
            // C reaches the members of an anonymous union as if they were the struct's own.
            let Type::Path(union) = &field.ty else {
                continue;
            };
            let union = union.path.segments.last().context("a type has no name")?;
            for member in fields_of(bindings, &union.ident.to_string())? {
                let member = member
                    .ident
                    .as_ref()
                    .context("a field has no name")?
                    .to_string();
                ask(&member, &format!("{field_name}.{member}"));
            }
        } else {
            // bindgen appends a _ to what is a keyword in Rust.
            ask(
                field_name.strip_suffix('_').unwrap_or(&field_name),
                &field_name,
            );
        }
    }
    Ok(())
}

fn is_number(ty: &Type) -> bool {
    !matches!(ty, Type::Reference(_))
}

fn ask_c(questions: &[Question], include: &Path) -> Result<String> {
    let mut program = String::from(
        "#include <hpy.h>\n#include <hpy/version.h>\n#include <stddef.h>\n#include <stdio.h>\n\
         int main(void) {\n",
    );
    for question in questions {
        writeln!(
            program,
            "    printf(\"%lld\\n\", (long long)({}));",
            question.c
        )?;
    }
    program += "    return 0;\n}\n";

    let folder = env::temp_dir().join(format!("hpy-sys-layout-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let answers = compile_and_run(&program, &folder, include);
    fs::remove_dir_all(&folder)?;
    answers
}

fn compile_and_run(program: &str, folder: &Path, include: &Path) -> Result<String> {
    let source = folder.join("layout.c");
    let binary = folder.join("layout");
    fs::write(&source, program)?;
    run(c_compiler()?
        .args(["-std=c11", "-DHPY", "-DHPY_ABI_UNIVERSAL"])
        .arg("-I")
        .arg(include)
        .arg("-I")
        .arg(include.join("hpy/forbid_python_h"))
        .arg(&source)
        .arg("-o")
        .arg(&binary))?;
    run(&mut Command::new(&binary))
}

/// The machine's C compiler, as a build script would find it.
pub fn c_compiler() -> Result<Command> {
    let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let compiler = cc::Build::new()
        .target(&target)
        .host(&target)
        .opt_level(0)
        .cargo_metadata(false)
        .try_get_compiler()
        .context("a C compiler is needed")?;
    Ok(compiler.to_command())
}
