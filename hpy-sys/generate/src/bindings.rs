//! bindgen, set up for the universal ABI.

use bindgen::callbacks::{IntKind, ItemInfo, ParseCallbacks};
use bindgen::{Builder, EnumVariation, Formatter};
use std::path::Path;

/// The platform whose C types the bindings are written in, wherever they are generated.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Decides about the few names and types that C's macros and struct tags leave open.
#[derive(Debug)]
struct Names;

impl ParseCallbacks for Names {
    fn int_macro(&self, name: &str, _value: i64) -> Option<IntKind> {
        let custom = |name, is_signed| Some(IntKind::Custom { name, is_signed });
        if name.contains("_TPFLAGS_") {
            custom("::core::ffi::c_ulong", false) // as HPyType_Spec::flags
        } else if name.starts_with("HPY_SSIZE_T_") {
            custom("HPy_ssize_t", true)
        } else {
            None
        }
    }

    /// Structs get the name that C code uses, not their tag: one type, one name.
    fn item_name(&self, item: ItemInfo<'_>) -> Option<String> {
        match item.name {
            "_HPy_s" => Some("HPy".to_owned()),
            "_HPyContext_s" => Some("HPyContext".to_owned()),
            "HPyDef__bindgen_ty_1" => Some("HPyDef_Union".to_owned()),
            _ => None,
        }
    }
}

fn builder(include: &Path) -> Builder {
    let include = include.display();
    Builder::default()
        .header_contents(
            "universal.h",
            "#include \"hpy.h\"\n#include \"hpy/version.h\"\n",
        )
        .clang_arg(format!("--target={TARGET}"))
        .clang_args(["-DHPY", "-DHPY_ABI_UNIVERSAL"])
        .clang_arg(format!("-I{include}"))
        .clang_arg(format!("-I{include}/hpy/forbid_python_h"))
        .use_core()
        .ctypes_prefix("::core::ffi")
        .default_enum_style(EnumVariation::Consts)
        .prepend_enum_name(false)
        .generate_cstr(true)
        // HPy's comments are HPy's text, and the sizes are compared with the C compiler's.
        .generate_comments(false)
        .layout_tests(false)
        .disable_header_comment()
        .formatter(Formatter::None)
        .parse_callbacks(Box::new(Names))
}

/// Types and constants: what `hpy-sys` compiles.
pub fn types(include: &Path, builtin_include: &Path) -> Result<String, bindgen::BindgenError> {
    let bindings = builder(include)
        .clang_arg(format!("-isystem{}", builtin_include.display()))
        .allowlist_type("_?HPy.*|cpy_.*|FORBIDDEN_.*")
        .allowlist_var("_?HPy_.*|HPY_.*|_?HPy[A-Z].*|_Py_TPFLAGS_.*")
        // Belong to C helpers that are compiled into each C extension, or to C macros.
        .blocklist_item("HPyStructSequence_.*|_HPy_PARSE_PID|_ctx_for_trampolines")
        .ignore_functions()
        .generate()?;
    Ok(bindings.to_string())
}
