//! The table that a module exports.

use std::ffi::{CStr, c_char};

/// The first eight bytes of every table: `HPyTwins`, in the order in which they lie in memory.
pub const MAGIC: u64 = u64::from_le_bytes(*b"HPyTwins");

/// In [`Twin::flags`]: the function trusts its caller. Its name ends in `_unchecked`.
pub const UNCHECKED: u32 = 1;

/// In [`Twin::flags`]: the module has a method of the same name that takes and gives the same.
pub const METHOD: u32 = 2;

/// One twin, as it lies in the table: 40 bytes, `hpy_twin` in C.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    /// Its name, by which readers find it: UTF-8, ends in 0.
    pub name: *const c_char,
    /// Its signature, such as `S8(P,F8)`: see [`Signature`](crate::Signature).
    pub signature: *const c_char,
    /// A line with its arguments as Rust writes them, such as `(at: *const f64) -> f64`; then what it does, for people.
    pub doc: *const c_char,
    /// The function itself.
    pub pointer: Function,
    /// The minor version of the table that it came with.
    pub since: u32,
    /// [`UNCHECKED`], [`METHOD`].
    pub flags: u32,
}

/// A C function of some signature.
pub type Function = unsafe extern "C" fn();

// SAFETY: a twin is never written, and what it points to lives as long as the module.
unsafe impl Sync for Twin {}
// SAFETY: as above.
unsafe impl Send for Twin {}

impl Twin {
    /// The name.
    pub const fn name(&self) -> &'static CStr {
        // SAFETY: twins are made of C strings that live as long as the module.
        unsafe { CStr::from_ptr(self.name) }
    }

    /// The signature.
    pub const fn signature(&self) -> &'static CStr {
        // SAFETY: as for the name.
        unsafe { CStr::from_ptr(self.signature) }
    }

    /// What it does.
    pub const fn doc(&self) -> &'static CStr {
        // SAFETY: as for the name.
        unsafe { CStr::from_ptr(self.doc) }
    }
}

/// The head of a table: 48 bytes, `hpy_twins_table` in C.
///
/// A reader looks at `magic`, refuses another `major` than the one it knows, and steps over the
/// entries by `entry_size`: a later minor version may have more entries, longer ones, and a longer
/// head.
#[repr(C)]
#[derive(Debug)]
pub struct Table {
    /// [`MAGIC`].
    pub magic: u64,
    /// Counts what a reader of the last version would stumble over: an entry that is gone or means
    /// something else now.
    pub major: u32,
    /// Counts additions.
    pub minor: u32,
    /// The bytes of this struct.
    pub header_size: u32,
    /// The bytes from one entry to the next.
    pub entry_size: u32,
    /// How many entries there are.
    pub count: u32,
    /// None yet.
    pub flags: u32,
    /// The first entry.
    pub entries: *const Twin,
    /// The module's name: UTF-8, ends in 0.
    pub module: *const c_char,
}

// SAFETY: a table is never written, and what it points to lives as long as the module.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Send for Table {}

// Both structs are an ABI: see the README.
const _: () = assert!(size_of::<Twin>() == 40 && size_of::<Table>() == 48);

impl Table {
    /// A table of these entries. [`table!`](crate::table) is the way to write one.
    pub const fn new(
        module: &'static CStr,
        major: u32,
        minor: u32,
        entries: &'static [Twin],
    ) -> Self {
        let mut k = 0;
        while k < entries.len() {
            assert!(
                entries[k].since <= minor,
                "an entry that is younger than its table: count the minor version up"
            );
            k += 1;
        }
        Table {
            magic: MAGIC,
            major,
            minor,
            header_size: size_of::<Table>() as u32,
            entry_size: size_of::<Twin>() as u32,
            count: entries.len() as u32,
            flags: 0,
            entries: entries.as_ptr(),
            module: module.as_ptr(),
        }
    }

    /// The entries of a table of this crate's own making.
    pub fn twins(&self) -> &'static [Twin] {
        assert!(self.magic == MAGIC && self.entry_size as usize == size_of::<Twin>());
        // SAFETY: tables are made by `new`, of a slice that lives as long as the module.
        unsafe { std::slice::from_raw_parts(self.entries, self.count as usize) }
    }

    /// The entry of a name.
    pub fn find(&self, name: &CStr) -> Option<&'static Twin> {
        self.twins().iter().find(|twin| twin.name() == name)
    }
}

/// The groups one after the other.
#[doc(hidden)]
pub const fn joined<const N: usize>(groups: &[&[Twin]]) -> [Twin; N] {
    unsafe extern "C" fn none() {}
    let mut all = [Twin {
        name: c"".as_ptr(),
        signature: c"".as_ptr(),
        doc: c"".as_ptr(),
        pointer: none,
        since: 0,
        flags: 0,
    }; N];
    let (mut group, mut end) = (0, 0);
    while group < groups.len() {
        let mut k = 0;
        while k < groups[group].len() {
            all[end] = groups[group][k];
            end += 1;
            k += 1;
        }
        group += 1;
    }
    assert!(end == N);
    all
}

/// How many entries the groups have.
#[doc(hidden)]
pub const fn total(groups: &[&[Twin]]) -> usize {
    let (mut group, mut total) = (0, 0);
    while group < groups.len() {
        total += groups[group].len();
        group += 1;
    }
    total
}

/// Whether the exported symbol is the one that readers of the module's table look for.
#[doc(hidden)]
pub const fn is_symbol_of(symbol: &str, module: &str) -> bool {
    let (symbol, module) = (symbol.as_bytes(), module.as_bytes());
    let prefix = b"HPyTwins_";
    if symbol.len() != prefix.len() + module.len() {
        return false;
    }
    let mut k = 0;
    while k < symbol.len() {
        let wanted = if k < prefix.len() {
            prefix[k]
        } else {
            module[k - prefix.len()]
        };
        if symbol[k] != wanted {
            return false;
        }
        k += 1;
    }
    true
}

/// The flags that a name tells.
#[doc(hidden)]
pub const fn flags_of(name: &str) -> u32 {
    let (name, ending) = (name.as_bytes(), b"_unchecked");
    if name.len() < ending.len() {
        return 0;
    }
    let mut k = 0;
    while k < ending.len() {
        if name[name.len() - ending.len() + k] != ending[k] {
            return 0;
        }
        k += 1;
    }
    UNCHECKED
}

/// A doc comment without the blank that each line begins with, and with a 0 at the end.
#[doc(hidden)]
pub const fn cleaned<const N: usize>(text: &str) -> [u8; N] {
    let text = text.as_bytes();
    let mut clean = [0; N];
    let (mut k, mut end, mut begins) = (0, 0, true);
    while k < text.len() {
        if !(begins && text[k] == b' ') {
            clean[end] = text[k];
            end += 1;
        }
        begins = text[k] == b'\n';
        k += 1;
    }
    // The last line's end is nobody's.
    while end > 0 && clean[end - 1] == b'\n' {
        end -= 1;
        clean[end] = 0;
    }
    clean
}

/// The numbers in `major.minor`.
#[doc(hidden)]
pub const fn version(text: &str) -> (u32, u32) {
    let text = text.as_bytes();
    let (mut numbers, mut part, mut k) = ([0, 0], 0, 0);
    while k < text.len() {
        match text[k] {
            b'.' if part == 0 => part = 1,
            digit @ b'0'..=b'9' => numbers[part] = numbers[part] * 10 + (digit - b'0') as u32,
            _ => panic!("a version is written as 1.0"),
        }
        k += 1;
    }
    assert!(part == 1, "a version is written as 1.0");
    (numbers[0], numbers[1])
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn fields_lie_where_readers_look() {
        let of_twin = [
            offset_of!(Twin, name),
            offset_of!(Twin, signature),
            offset_of!(Twin, doc),
            offset_of!(Twin, pointer),
            offset_of!(Twin, since),
            offset_of!(Twin, flags),
        ];
        assert_eq!(of_twin, [0, 8, 16, 24, 32, 36]);
        let of_table = [
            offset_of!(Table, magic),
            offset_of!(Table, major),
            offset_of!(Table, minor),
            offset_of!(Table, header_size),
            offset_of!(Table, entry_size),
            offset_of!(Table, count),
            offset_of!(Table, flags),
            offset_of!(Table, entries),
            offset_of!(Table, module),
        ];
        assert_eq!(of_table, [0, 8, 12, 16, 20, 24, 28, 32, 40]);
        assert_eq!(&MAGIC.to_ne_bytes(), b"HPyTwins");
    }

    #[test]
    fn versions() {
        assert_eq!(version("1.0"), (1, 0));
        assert_eq!(version("12.345"), (12, 345));
        for wrong in ["1", "1.2.3", "v1.0", ""] {
            assert!(
                std::panic::catch_unwind(|| version(wrong)).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn symbols_and_flags() {
        assert!(is_symbol_of("HPyTwins_example", "example"));
        assert!(!is_symbol_of("HPyTwins_example", "examples"));
        assert!(!is_symbol_of("PyTwins__example", "example"));
        assert_eq!(flags_of("look_unchecked"), UNCHECKED);
        assert_eq!(flags_of("unchecked"), 0);
        assert_eq!(flags_of("look"), 0);
    }

    #[test]
    fn texts_lose_the_blanks_of_their_comment() {
        assert_eq!(
            &cleaned::<16>(" One.\n\n  Two.\n")[..12],
            b"One.\n\n Two.\0"
        );
        assert_eq!(cleaned::<1>(""), [0]);
    }
}
