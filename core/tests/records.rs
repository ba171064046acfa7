//! Layouts of records: their texts, what is refused, and what is done to their bytes.

use chunkarray_core::{DType, DTypeError, FieldKind, Kind, Record, RecordError};
use proptest::prelude::*;

fn record(text: &str) -> &'static Record {
    match DType::parse(text) {
        Ok(dtype) => dtype
            .record()
            .unwrap_or_else(|| panic!("{text}: no record")),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn refused(text: &str) -> RecordError {
    match DType::parse(text) {
        Err(DTypeError::Record(error)) => error,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_layout_is_a_dtype() {
    let text = "{time@0:U8,price@8:F4,flags@12:>U2}14";
    let dtype = DType::parse(text).unwrap();
    assert_eq!(
        (dtype.kind(), dtype.size(), dtype.align()),
        (Kind::Record, 14, 1)
    );
    assert_eq!(
        (dtype.name(), dtype.typestr()),
        (text.to_owned(), "|V14".to_owned())
    );
    assert_eq!(dtype.format(), "T{<Q:time:f:price:>H:flags:}");
    assert!(dtype.is_native() && !dtype.is_big_endian() && !dtype.is_scalar());
    assert_eq!((dtype.big_endian(), dtype.integer_range()), (None, None));
    assert!(dtype.facts().contains(&("name", text.to_owned())));
    assert_eq!(dtype, DType::parse(text).unwrap());
    assert_ne!(dtype, DType::parse("U8").unwrap());
}

#[test]
fn a_shape_of_records() {
    let dtype = DType::parse("{x@0:U1,y@1:>U2}3[2,4]").unwrap();
    assert_eq!(
        (dtype.size(), dtype.item_size(), dtype.shape()),
        (24, 3, &[2, 4][..])
    );
    assert_eq!(dtype.name(), "{x@0:U1,y@1:>U2}3[2,4]");
    assert_eq!(
        dtype.record(),
        DType::parse("{x@0:U1,y@1:>U2}3").unwrap().record()
    );
    assert_ne!(dtype, DType::parse("{x@0:U1,y@1:>U2}3").unwrap());
}

#[test]
fn equal_texts_are_one_layout_in_all_threads() {
    let text = |k: usize| format!("{{a{k}@0:{{b@0:U1,c{k}@1:F8}}9}}9");
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(move || (0..300).map(|k| record(&text(k))).collect::<Vec<_>>()))
        .collect();
    let all: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    for k in 0..300 {
        assert_eq!(all[0][k].text(), text(k));
        assert!(
            all.iter()
                .all(|layouts| std::ptr::eq(layouts[k], all[0][k]))
        );
    }
}

#[test]
fn leaves_are_numbered_depth_first() {
    let record =
        record("{p@8:{x@0:F4,q@4:{y@0:U1:0+3,z@0:U1:3+5}1[2]}6[3],name@0:TEXT[8],data@26:B1[2]}28");
    let leaves: Vec<_> = record
        .leaves()
        .iter()
        .map(|leaf| (leaf.path().to_string(), leaf.kind().to_string()))
        .collect();
    let expected = [
        ("p.x", "F4"),
        ("p.q.y", "U1:0+3"),
        ("p.q.z", "U1:3+5"),
        ("name", "TEXT[8]"),
        ("data", "B1[2]"),
    ];
    assert_eq!(
        leaves,
        expected.map(|(path, kind)| (path.to_owned(), kind.to_owned()))
    );
    assert!(record.leaves()[4].kind().is_bytes());
    let sizes: Vec<_> = record
        .leaves()
        .iter()
        .map(|leaf| leaf.kind().size())
        .collect();
    assert_eq!(sizes, [4, 1, 1, 8, 2]);
    let regions: Vec<_> = record.regions().map(|field| field.name()).collect();
    assert_eq!(regions, ["name", "p", "data"]);
}

#[test]
fn errors_carry_what_they_are_about() {
    let name = |text: &str| text.to_owned();
    assert_eq!(
        refused("{a;0:U1}1"),
        RecordError::Syntax {
            column: 3,
            expected: "@ and an offset",
            found: Some(';')
        }
    );
    assert_eq!(
        refused("{p@0:{x@0:U2}1}2"),
        RecordError::Outside {
            field: name("p.x"),
            end: 2,
            size: 1
        }
    );
    assert_eq!(
        refused("{a@0:U2,b@1:U1}3"),
        RecordError::Overlap {
            field: name("b"),
            other: name("a")
        }
    );
    assert_eq!(
        refused("{a@0:U1,a@1:U1}2"),
        RecordError::Repeated { field: name("a") }
    );
    assert_eq!(
        refused("{a@0:U1}0"),
        RecordError::Size {
            field: name(""),
            given: 0
        }
    );
}

#[test]
fn bits_of_all_widths_and_places() {
    for unit in [
        "U1", "U2", ">U2", "U4", ">U4", "U8", ">U8", "S1", ">S4", "S8", "B2",
    ] {
        let bytes = DType::parse(unit).unwrap().size();
        for shift in 0..8 * bytes {
            for width in [1, 3, 7, 8, 31, 64, 8 * bytes - shift] {
                if shift + width > 8 * bytes {
                    continue;
                }
                let record = record(&format!("{{x@0:{unit}:{shift}+{width}}}{bytes}"));
                let FieldKind::Bits(bits) = record.fields()[0].kind() else {
                    panic!("no bits");
                };
                let (least, most) = bits.range();
                for value in [least, most, 0, least / 2, most / 3] {
                    for before in [0u8, 0xff, 0x5a] {
                        let mut scalar = vec![before; bytes];
                        bits.put(&mut scalar, value as u64);
                        assert_eq!(bits.get(&scalar), value as u64, "{bits:?} {value}");
                        // The bits around it are as they were.
                        bits.put(&mut scalar, 0);
                        let mut cleared = vec![before; bytes];
                        bits.put(&mut cleared, 0);
                        assert_eq!(scalar, cleared);
                    }
                }
            }
        }
    }
}

/// What a layout is made of, and its text.
#[derive(Clone, Debug)]
struct Layout {
    fields: Vec<(usize, Content)>,
    size: usize,
}

#[derive(Clone, Debug)]
enum Content {
    Type(&'static str, usize),
    Record(Layout, Vec<usize>),
}

impl Content {
    fn size(&self) -> usize {
        match self {
            Content::Type(_, size) => *size,
            Content::Record(layout, shape) => layout.size * shape.iter().product::<usize>(),
        }
    }
}

impl Layout {
    fn text(&self) -> String {
        let fields: Vec<_> = self
            .fields
            .iter()
            .enumerate()
            .map(|(k, (offset, content))| {
                let content = match content {
                    Content::Type(text, _) => (*text).to_owned(),
                    Content::Record(layout, shape) if shape.is_empty() => layout.text(),
                    Content::Record(layout, shape) => {
                        let shape: Vec<_> = shape.iter().map(usize::to_string).collect();
                        format!("{}[{}]", layout.text(), shape.join(","))
                    }
                };
                format!("f{k}@{offset}:{content}")
            })
            .collect();
        format!("{{{}}}{}", fields.join(","), self.size)
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    let leaf = prop_oneof![
        Just(("U1", 1)),
        Just((">U2", 2)),
        Just(("S4", 4)),
        Just(("F8", 8)),
        Just((">F4", 4)),
        Just(("BOOL", 1)),
        Just(("TIME[ns]", 8)),
        Just(("F4[2,3]", 24)),
        Just(("B1[5]", 5)),
        Just(("TEXT[3]", 3)),
        Just(("U2:3+4", 2)),
    ]
    .prop_map(|(text, size)| Content::Type(text, size));
    let of = |content: BoxedStrategy<Content>| {
        (prop::collection::vec((0..3usize, content), 1..5), 0..3usize).prop_map(|(parts, tail)| {
            let mut fields = Vec::new();
            let mut at = 0;
            for (gap, content) in parts {
                at += gap;
                let size = content.size();
                fields.push((at, content));
                at += size;
            }
            Layout {
                fields,
                size: at + tail,
            }
        })
    };
    let flat = of(leaf.clone().boxed()).boxed();
    flat.prop_recursive(3, 24, 4, move |inner| {
        let shape = prop::collection::vec(1..3usize, 0..3);
        let nested = (inner, shape).prop_map(|(layout, shape)| Content::Record(layout, shape));
        of(prop_oneof![leaf.clone(), nested].boxed())
    })
}

proptest! {
    #[test]
    fn printing_gives_what_was_parsed(layout in layouts()) {
        let text = layout.text();
        let dtype = DType::parse(&text).unwrap();
        prop_assert_eq!(dtype.name(), text);
        prop_assert_eq!(dtype.size(), layout.size);
        let record = dtype.record().unwrap();
        prop_assert_eq!(record.fields().len(), layout.fields.len());
        prop_assert!(record.format().is_some());
    }

    #[test]
    fn swapping_twice_changes_nothing(layout in layouts(), seed: u8) {
        let record = record(&layout.text());
        let bytes: Vec<u8> = (0..layout.size).map(|k| (k as u8).wrapping_mul(31).wrapping_add(seed)).collect();
        let mut swapped = bytes.clone();
        record.byteswap(&mut swapped);
        record.byteswap(&mut swapped);
        prop_assert_eq!(swapped, bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"\{[a-c@:,{}0-9\[\]+" \\UFSB1248TEXTIME>é-]{0,40}"#) {
        read_or_refuse(&text)?;
    }

    #[test]
    fn a_good_text_with_a_fault(layout in layouts(), at: prop::sample::Index, with in "[a-c@:,{}0-9\\[\\]+\" \\\\é]{0,2}", cut in 0..3usize) {
        let text: Vec<char> = layout.text().chars().collect();
        let at = at.index(text.len());
        let cut = cut.min(text.len() - at);
        let text: String = text[..at].iter().copied().chain(with.chars()).chain(text[at + cut..].iter().copied()).collect();
        read_or_refuse(&text)?;
    }
}

fn read_or_refuse(text: &str) -> Result<(), TestCaseError> {
    match DType::parse(text) {
        Ok(dtype) => {
            prop_assert_eq!(dtype.name(), text);
            if let Some(record) = dtype.record() {
                for field in record.fields() {
                    prop_assert!(field.offset() + field.kind().size() <= record.size());
                }
            }
        }
        Err(error) => prop_assert!(!error.to_string().is_empty()),
    }
    Ok(())
}
