//! The context as data: its slots, and which public function reaches each.

use anyhow::{Context as _, Result, bail, ensure};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use syn::{BareFnArg, Fields, GenericArgument, Item, PathArguments, ReturnType, Type};

/// The first slot behind the place where layout C has one more handle.
pub const FIRST_MOVED: usize = 244;

/// One word of `HPyContext` that means something to an extension.
pub struct Slot {
    pub name: syn::Ident,
    /// None: the slot holds a handle.
    pub function: Option<Function>,
}

/// A slot that holds a function.
pub struct Function {
    pub parameters: Vec<(syn::Ident, Type)>,
    pub result: Option<Type>,
    /// The name that C code calls it by.
    pub wrapper: syn::Ident,
    /// HPy writes the wrapper by hand, and so do we.
    pub by_hand: bool,
    /// The slot returns nothing, its wrapper a null handle, so that callers can `return` it.
    pub returns_null: bool,
}

/// The slots of `HPyContext` in order, from the bindings and from HPy's own trampolines.
pub fn slots(bindings: &syn::File, include: &Path) -> Result<Vec<Slot>> {
    let universal = include.join("hpy/universal");
    let mut wrappers = Wrappers::read(&universal.join("autogen_trampolines.h"))?;
    // These two live in misc_trampolines.h because they do more than forward.
    wrappers.add_by_hand("ctx_New", "HPy_New");
    wrappers.add_by_hand("ctx_FatalError", "HPy_FatalError");

    let mut slots = Vec::new();
    for field in fields_of(bindings, "HPyContext")? {
        let name = field
            .ident
            .clone()
            .context("HPyContext has an unnamed field")?;
        let text = name.to_string();
        if text.starts_with("h_") {
            slots.push(Slot {
                name,
                function: None,
            });
        } else if text.starts_with("ctx_") {
            let function = wrappers.take(&text, &field.ty)?;
            slots.push(Slot {
                name,
                function: Some(function),
            });
        } else {
            ensure!(slots.is_empty(), "{text} stands between the slots");
        }
    }
    if let Some(slot) = wrappers.by_slot.keys().next() {
        bail!("a trampoline calls {slot}, which the context does not have");
    }
    ensure!(
        slots[FIRST_MOVED - 1].name == "h_Builtins",
        "layout C begins elsewhere"
    );
    Ok(slots)
}

/// The named fields of a struct or union of the bindings.
pub fn fields_of<'a>(
    bindings: &'a syn::File,
    name: &str,
) -> Result<impl Iterator<Item = &'a syn::Field>> {
    let fields = bindings.items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => match &item.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => None,
        },
        Item::Union(item) if item.ident == name => Some(&item.fields.named),
        _ => None,
    });
    Ok(fields
        .with_context(|| format!("the bindings have no struct {name}"))?
        .iter())
}

struct Wrapper {
    name: String,
    parameters: usize,
    by_hand: bool,
    returns_null: bool,
}

struct Wrappers {
    by_slot: HashMap<String, Wrapper>,
}

impl Wrappers {
    /// Reads a header in which every function forwards all of its arguments, in order, to one slot.
    /// Anything else in there is an error: it would need a decision.
    fn read(header: &Path) -> Result<Wrappers> {
        let text = fs::read_to_string(header)
            .with_context(|| format!("cannot read {}", header.display()))?;
        let mut by_slot = HashMap::new();
        for definition in text.split("HPyAPI_FUNC ").skip(1) {
            let (slot, wrapper) = Wrapper::parse(definition)
                .with_context(|| format!("this trampoline is not understood:\n{definition}"))?;
            by_slot.insert(slot, wrapper);
        }
        Ok(Wrappers { by_slot })
    }

    fn add_by_hand(&mut self, slot: &str, name: &str) {
        let wrapper = Wrapper {
            name: name.to_owned(),
            parameters: 0,
            by_hand: true,
            returns_null: false,
        };
        self.by_slot.insert(slot.to_owned(), wrapper);
    }

    fn take(&mut self, slot: &str, ty: &Type) -> Result<Function> {
        let wrapper = self
            .by_slot
            .remove(slot)
            .with_context(|| format!("no trampoline calls {slot}"))?;
        let signature = signature(ty).with_context(|| format!("{slot} is not a function"))?;
        let parameters = signature
            .inputs
            .iter()
            .map(parameter)
            .collect::<Result<Vec<_>>>()?;
        let result = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        };
        ensure!(
            wrapper.by_hand || wrapper.parameters == parameters.len(),
            "{} does not forward all of the arguments of {slot}",
            wrapper.name
        );
        ensure!(
            !wrapper.returns_null || result.is_none(),
            "{} drops a result",
            wrapper.name
        );
        Ok(Function {
            parameters,
            result,
            wrapper: syn::parse_str(&wrapper.name)?,
            by_hand: wrapper.by_hand,
            returns_null: wrapper.returns_null,
        })
    }
}

impl Wrapper {
    /// `RESULT NAME(TYPE a, TYPE b) { [return] ctx->SLOT ( a, b ); [return HPy_NULL;] }`
    fn parse(definition: &str) -> Option<(String, Wrapper)> {
        let (head, rest) = definition.split_once('(')?;
        let (parameters, rest) = rest.split_once(") {")?;
        let (body, _) = rest.split_once('}')?;
        let name = head.rsplit([' ', '*']).next()?.to_owned();

        let mut statements = body
            .split(';')
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let call = statements.next()?;
        let returns_null = match statements.next() {
            None => false,
            Some("return HPy_NULL") => true,
            Some(_) => return None,
        };
        let call = call.strip_prefix("return ").unwrap_or(call);
        let (slot, arguments) = call.strip_prefix("ctx->")?.split_once('(')?;
        let arguments: Vec<_> = arguments
            .strip_suffix(')')?
            .split(',')
            .map(str::trim)
            .collect();
        let names: Vec<_> = parameters.split(',').filter_map(last_word).collect();
        let forwards = statements.next().is_none() && arguments == names;
        let wrapper = Wrapper {
            name,
            parameters: names.len(),
            by_hand: false,
            returns_null,
        };
        forwards.then(|| (slot.trim().to_owned(), wrapper))
    }
}

/// The name in a C parameter: what is left of `const HPy *args` or `HPy items[]`.
fn last_word(parameter: &str) -> Option<&str> {
    parameter
        .trim()
        .trim_end_matches("[]")
        .rsplit([' ', '*'])
        .next()
}

fn parameter(argument: &BareFnArg) -> Result<(syn::Ident, Type)> {
    let (name, _) = argument.name.as_ref().context("a parameter has no name")?;
    Ok((name.clone(), argument.ty.clone()))
}

/// The function inside of `Option<unsafe extern "C" fn(...) -> ...>`.
fn signature(ty: &Type) -> Option<&syn::TypeBareFn> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(Type::BareFn(function)) => Some(function),
        _ => None,
    }
}
