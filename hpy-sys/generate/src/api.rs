//! Writes `src/api.rs`, a function for every function slot, and `src/slots.rs`, the list of slots.

use crate::context::{FIRST_MOVED, Function, Slot};
use proc_macro2::TokenStream;
use quote::quote;

/// The wrappers.
pub fn wrappers(slots: &[Slot]) -> syn::Result<String> {
    let functions = slots.iter().enumerate().filter_map(|(number, slot)| {
        let function = slot.function.as_ref()?;
        (!function.by_hand).then(|| wrapper(number, slot, function))
    });
    let module = quote! {
        use crate::bindings::*;
        use crate::handle::HPY_NULL;
        use crate::layout::moved;
        #(#functions)*
    };
    Ok(prettyplease::unparse(&syn::parse2(module)?))
}

fn wrapper(number: usize, slot: &Slot, function: &Function) -> TokenStream {
    let slot = &slot.name;
    let Function {
        parameters,
        result,
        wrapper,
        ..
    } = function;
    let (names, types): (Vec<_>, Vec<_>) = parameters.iter().cloned().unzip();
    let ctx = &names[0];
    let read = if number < FIRST_MOVED {
        quote!((*#ctx).#slot.unwrap_unchecked())
    } else {
        quote!(moved(#ctx, &raw const (*#ctx).#slot))
    };
    let doc = format!(" Calls slot {number}, `{slot}`.");
    let (result, call) = match (result, function.returns_null) {
        (None, true) => (quote!(-> HPy), quote!(#read(#(#names),*); HPY_NULL)),
        (None, false) => (quote!(), quote!(#read(#(#names),*))),
        (Some(result), _) => (quote!(-> #result), quote!(#read(#(#names),*))),
    };
    quote! {
        #[doc = #doc]
        #[inline(always)]
        pub unsafe fn #wrapper(#(#names: #types),*) #result {
            unsafe { #call }
        }
    }
}

/// The table of slots, and the macro that visits them with their types.
pub fn list(slots: &[Slot]) -> syn::Result<String> {
    let count = slots.len();
    let entries = slots.iter().map(|slot| {
        let name = &slot.name;
        let text = name.to_string();
        let kind = if slot.function.is_some() {
            quote!(function)
        } else {
            quote!(handle)
        };
        quote!(Slot::#kind(#text, offset_of!(HPyContext, #name)))
    });
    let module = quote! {
        use crate::bindings::HPyContext;
        use crate::layout::Slot;
        use core::mem::offset_of;

        /// Every slot of the context of HPy 0.9.0, in order: a slot's index is its number.
        pub static SLOTS: [Slot; #count] = [#(#entries),*];
    };
    Ok(prettyplease::unparse(&syn::parse2(module)?) + &visitor(slots))
}

/// Written as text: a formatter leaves the inside of a macro alone.
fn visitor(slots: &[Slot]) -> String {
    let mut text = String::from(VISITOR_HEAD);
    text += "            handles {\n";
    for slot in slots.iter().filter(|slot| slot.function.is_none()) {
        text += &format!("                {};\n", slot.name);
    }
    text += "            }\n            functions {\n";
    for slot in slots {
        let Some(function) = &slot.function else {
            continue;
        };
        let parameters: Vec<_> = function
            .parameters
            .iter()
            .map(|(name, ty)| format!("{name}: {}", from_outside(ty)))
            .collect();
        let result = match &function.result {
            Some(ty) => format!(" -> {}", from_outside(ty)),
            None => String::new(),
        };
        let (name, wrapper) = (&slot.name, &function.wrapper);
        let parameters = parameters.join(", ");
        text += &format!("                {name} = {wrapper}({parameters}){result};\n");
    }
    text + "            }\n        }\n    };\n}\n"
}

/// A type as another crate has to write it.
fn from_outside(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Ptr(pointer) => {
            let kind = if pointer.mutability.is_some() {
                "mut"
            } else {
                "const"
            };
            format!("*{kind} {}", from_outside(&pointer.elem))
        }
        _ => {
            let text = quote!(#ty).to_string().replace(' ', "");
            let ours = text.contains("HPy") || text.starts_with("cpy_") || text == "wchar_t";
            if ours {
                format!("$crate::{text}")
            } else {
                text
            }
        }
    }
}

const VISITOR_HEAD: &str = r#"
/// Hands all slots to a macro, with their types.
///
/// The macro gets `handles { h_None; ... }` and `functions { ctx_Dup = HPy_Dup(ctx: *mut HPyContext,
/// h: HPy) -> HPy; ... }`: the slot, the function of this crate that calls it, and the signature.
/// A host that fills its context this way is told by the compiler where it forgets one.
#[macro_export]
macro_rules! for_each_slot {
    ($callback:ident) => {
        $callback! {
"#;
