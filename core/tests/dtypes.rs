//! Every spelling of every dtype, what it means, and what is refused.

use std::collections::BTreeMap;

use chunkarray_core::{DType, DTypeError, Error, Kind, Notation, Unit};
use proptest::prelude::*;

fn parse(text: &str) -> DType {
    DType::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn message(text: &str) -> String {
    DType::parse(text).expect_err(text).to_string()
}

#[test]
fn all_spellings() {
    // What is accepted, written out by hand: canonical name = all other ways to write it.
    let expected = "
        U1=>U1,uint8,u1,<u1,>u1,|u1,B  U2=uint16,u2,<u2,H  >U2=>u2
        U4=uint32,u4,<u4,I  >U4=>u4  U8=uint64,u8,<u8,L,Q  >U8=>u8
        S1=>S1,int8,i1,<i1,>i1,|i1,b  S2=int16,i2,<i2,h  >S2=>i2
        S4=int32,i4,<i4,i  >S4=>i4  S8=int64,i8,<i8,l,q  >S8=>i8
        F4=float32,f4,<f4,f  >F4=>f4  F8=float64,f8,<f8,d  >F8=>f8
        B1=>B1  B2=  >B2=  B4=  >B4=  B8=  >B8=
        BOOL=>BOOL,bool,b1,<b1,>b1,|b1
        TIME[s]=datetime64[s],M8[s],<M8[s]  >TIME[s]=>M8[s]
        TIME[ms]=datetime64[ms],M8[ms],<M8[ms]  >TIME[ms]=>M8[ms]
        TIME[us]=datetime64[us],M8[us],<M8[us]  >TIME[us]=>M8[us]
        TIME[ns]=datetime64[ns],M8[ns],<M8[ns]  >TIME[ns]=>M8[ns]
        SPAN[s]=timedelta64[s],m8[s],<m8[s]  >SPAN[s]=>m8[s]
        SPAN[ms]=timedelta64[ms],m8[ms],<m8[ms]  >SPAN[ms]=>m8[ms]
        SPAN[us]=timedelta64[us],m8[us],<m8[us]  >SPAN[us]=>m8[us]
        SPAN[ns]=timedelta64[ns],m8[ns],<m8[ns]  >SPAN[ns]=>m8[ns]";
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for spelling in DType::spellings() {
        assert_eq!(
            DType::parse(&spelling.text),
            Ok(spelling.dtype),
            "{}",
            spelling.text
        );
        println!(
            "{:<18} {:<10} {:?}",
            spelling.text,
            spelling.dtype.name(),
            spelling.notation
        );
        let others = table.entry(spelling.dtype.name()).or_default();
        if spelling.text != spelling.dtype.name() {
            others.push(spelling.text);
        } else {
            assert_eq!(spelling.notation, Notation::Own);
        }
    }
    let mut wanted = BTreeMap::new();
    for entry in expected.split_whitespace() {
        // The name may begin with '>', so the first '=' is the separator.
        let (name, others) = entry.split_once('=').unwrap();
        let others = others
            .split(',')
            .filter(|o| !o.is_empty())
            .map(String::from)
            .collect();
        wanted.insert(name.to_string(), others);
    }
    if size_of::<std::ffi::c_long>() == 8 {
        assert_eq!(table, wanted);
    }
}

#[test]
fn sizes_formats_and_typestrs() {
    let native = |little: &str, big: &str| {
        if cfg!(target_endian = "little") {
            (little.replace('<', ""), big.to_string())
        } else {
            (little.to_string(), big.replace('>', ""))
        }
    };
    for (name, size, format, typestr) in [
        ("U1", 1, "B", "|u1"),
        ("U2", 2, "H", "<u2"),
        ("U4", 4, "I", "<u4"),
        ("U8", 8, "Q", "<u8"),
        ("S1", 1, "b", "|i1"),
        ("S2", 2, "h", "<i2"),
        ("S4", 4, "i", "<i4"),
        ("S8", 8, "q", "<i8"),
        ("F4", 4, "f", "<f4"),
        ("F8", 8, "d", "<f8"),
        ("B1", 1, "B", "|u1"),
        ("B2", 2, "H", "<u2"),
        ("B4", 4, "I", "<u4"),
        ("B8", 8, "Q", "<u8"),
        ("BOOL", 1, "?", "|b1"),
        ("TIME[ms]", 8, "q", "<M8[ms]"),
        ("SPAN[us]", 8, "q", "<m8[us]"),
    ] {
        let little = parse(name);
        let big = parse(&format!(">{name}"));
        let order = if size == 1 { "" } else { "<" };
        let (l, b) = native(
            &format!("{order}{format}"),
            &format!("{}{format}", order.replace('<', ">")),
        );
        assert_eq!(
            (
                little.size(),
                little.item_size(),
                little.align(),
                little.items()
            ),
            (size, size, size, 1)
        );
        assert_eq!((little.format(), big.format()), (l, b), "{name}");
        assert_eq!(
            (little.typestr(), big.typestr()),
            (typestr.into(), typestr.replace('<', ">"))
        );
        assert!(!little.is_big_endian());
        assert_eq!(big.is_big_endian(), size > 1);
        assert_eq!(
            little.is_native(),
            size == 1 || cfg!(target_endian = "little")
        );
        assert!(little.shape().is_empty());
    }
}

#[test]
fn kinds_and_ranges() {
    assert_eq!(parse("U2").kind(), Kind::U);
    assert_eq!(parse("S2").kind(), Kind::S);
    assert_eq!(parse("F4").kind(), Kind::F);
    assert_eq!(parse("B4").kind(), Kind::B);
    assert_eq!(parse("bool").kind(), Kind::Bool);
    assert_eq!(parse(">TIME[us]").kind(), Kind::Time(Unit::Us));
    assert_eq!(parse("SPAN[s]").kind(), Kind::Span(Unit::S));
    assert_eq!(parse("U8").integer_range(), Some((0, u64::MAX.into())));
    assert_eq!(
        parse("S8").integer_range(),
        Some((i64::MIN.into(), i64::MAX.into()))
    );
    assert_eq!(parse("S1").integer_range(), Some((-128, 127)));
    assert_eq!(parse("B2").integer_range(), Some((0, 65535)));
    assert_eq!(parse("BOOL").integer_range(), Some((0, 1)));
    assert_eq!(parse("F8").integer_range(), None);
}

#[test]
fn our_names_win_and_case_counts() {
    assert_eq!(parse("B").name(), "U1");
    assert_eq!(parse("b").name(), "S1");
    assert_eq!(parse("b1").name(), "BOOL");
    assert_eq!(parse("B1").kind(), Kind::B);
    // In NumPy these are text.
    assert_eq!(parse("U4").kind(), Kind::U);
    assert_eq!(parse("S4").kind(), Kind::S);
    for wrong in [
        "time[s]", "TIME[NS]", "Bool", "FLOAT64", "D", "F", "U3", "F2", "f2", "c16", "u", "w", "O",
    ] {
        assert!(DType::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn shapes() {
    let point = parse(">F4[3]");
    assert_eq!(
        (point.name().as_str(), point.size(), point.items()),
        (">F4[3]", 12, 3)
    );
    assert_eq!((point.item_size(), point.shape()), (4, &[3][..]));
    let matrix = parse("f8[2, 3]");
    assert_eq!(
        (matrix.name().as_str(), matrix.size(), matrix.shape()),
        ("F8[2,3]", 48, &[2, 3][..])
    );
    assert_eq!(parse("TIME[ns][2]").name(), "TIME[ns][2]");
    assert_eq!(parse("F4[1]").shape(), [1]);
    assert_ne!(parse("F4[1]"), parse("F4"));
    for wrong in [
        "F4[",
        "F4[]",
        "F4[0]",
        "F4[-1]",
        "F4[+1]",
        "F4[3",
        "F4[3]x",
        "F4[3][2]",
        "F4[1,2,3,4,5]",
        "F4[3,]",
        "F4[x]",
        "F4[18446744073709551616]",
        "F4[9223372036854775807]",
        "F8[4294967296,4294967296]",
    ] {
        assert!(
            matches!(DType::parse(wrong), Err(DTypeError::Shape { .. })),
            "{wrong}"
        );
        assert!(message(wrong).contains("F4[3]"), "{wrong}");
    }
}

#[test]
fn raw_elements_by_size() {
    for (size, name) in [
        (1, "B1"),
        (2, "B2"),
        (4, "B4"),
        (8, "B8"),
        (3, "B1[3]"),
        (16, "B1[16]"),
    ] {
        let dtype = DType::of_element_size(size).unwrap();
        assert_eq!((dtype.name().as_str(), dtype.size()), (name, size));
        assert_eq!(parse(name), dtype);
    }
    for size in [0, usize::MAX] {
        assert_eq!(
            DType::of_element_size(size),
            Err(Error::BadElementSize { given: size })
        );
    }
}

#[test]
fn messages_say_what_to_write() {
    assert_eq!(
        message("=F8"),
        "dtype '=F8' depends on the machine; write 'F8' (little-endian) or '>F8' (big-endian)"
    );
    assert_eq!(
        message("@i4[2]"),
        "dtype '@i4[2]' depends on the machine; write 'S4[2]' (little-endian) or '>S4[2]' (big-endian)"
    );
    assert_eq!(
        message("=U1"),
        "dtype '=U1' depends on the machine; write 'U1'"
    );
    assert_eq!(
        message("<U4"),
        "dtype '<U4': write 'U4', which is little-endian on every machine"
    );
    assert_eq!(
        message("TIME"),
        "dtype 'TIME' needs a unit: one of s ms us ns, as in TIME[ns]"
    );
    assert_eq!(
        message("M8[D]"),
        "dtype 'M8[D]' needs a unit: one of s ms us ns, as in TIME[ns]"
    );
    for unknown in [
        "",
        "X9",
        "=",
        "==F8",
        "@",
        "[3]",
        "<",
        "><f8",
        "|f8",
        "<float64",
        ">d",
        "ü",
        "F8 ",
        "\u{202e}F8",
    ] {
        let text = message(unknown);
        assert!(text.starts_with("unknown dtype '"), "{text}");
        let names =
            "U1 U2 U4 U8 S1 S2 S4 S8 F4 F8 B1 B2 B4 B8 BOOL TIME[s|ms|us|ns] SPAN[s|ms|us|ns]";
        assert!(text.contains(names), "{text}");
    }
    let long = message(&"=".repeat(1_000_000));
    assert!(long.contains("==='") || long.contains("=...'"));
    assert!(long.len() < 500);
    assert!(!message("a\nb\u{1b}[0m").contains(['\n', '\u{1b}']));
}

proptest! {
    #[test]
    fn any_text_is_a_dtype_or_an_error(text in ".{0,12}") {
        if let Ok(dtype) = DType::parse(&text) {
            prop_assert_eq!(DType::parse(&dtype.name()), Ok(dtype));
        }
    }

    #[test]
    fn names_of_shaped_types_read_back(which in 0..23usize, big in any::<bool>(), shape in prop::collection::vec(1..50usize, 0..5)) {
        let mut text = DType::all()[which].name();
        if big {
            text.insert(0, '>');
        }
        if !shape.is_empty() {
            let list: Vec<_> = shape.iter().map(usize::to_string).collect();
            text += &format!("[{}]", list.join(","));
        }
        let dtype = parse(&text);
        prop_assert_eq!(dtype.shape(), &shape[..]);
        prop_assert_eq!(dtype.size(), dtype.item_size() * shape.iter().product::<usize>());
        prop_assert_eq!(parse(&dtype.name()), dtype);
    }
}
