//! A layout as the buffer protocol writes it (PEP 3118).

use std::fmt::Write;

use super::{FieldKind, Record};
use crate::DType;

impl Record {
    /// The fields as the buffer protocol writes them, in the order in which they lie: gaps are `x`, texts bytes, and
    /// bits of one scalar a field of that scalar, with the name of the first of them. Nothing where a name has a
    /// colon or a NUL, which end names there.
    ///
    /// ```
    /// # use chunkarray_core::DType;
    /// let record = DType::parse("{id@0:U1,at@1:{x@0:>F4,y@4:>F4}8[2],name@17:TEXT[5]}24")?.record().unwrap();
    /// assert_eq!(record.format().unwrap(), "T{<B:id:(2)T{>f:x:f:y:}:at:5s:name:2x}");
    /// # Ok::<(), chunkarray_core::DTypeError>(())
    /// ```
    pub fn format(&self) -> Option<String> {
        let mut format = String::new();
        self.write_format(&mut format, &mut None)?;
        Some(format)
    }

    /// `order` is the byte order that holds for what is written next.
    fn write_format(&self, out: &mut String, order: &mut Option<char>) -> Option<()> {
        out.push_str("T{");
        let mut at = 0;
        for field in self.regions() {
            if field.name.contains([':', '\0']) {
                return None;
            }
            write_gap(out, field.offset - at);
            at = field.offset + field.kind.size();
            match field.kind {
                FieldKind::Plain(dtype) => write_element(out, &dtype, order)?,
                FieldKind::Bits(bits) => write_element(out, &bits.unit, order)?,
                FieldKind::Text(size) => {
                    write_order(out, *order == Some('>'), order);
                    let _ = write!(out, "{size}s");
                }
            }
            let _ = write!(out, ":{}:", field.name);
        }
        write_gap(out, self.size - at);
        out.push('}');
        Some(())
    }
}

fn write_gap(out: &mut String, bytes: usize) {
    match bytes {
        0 => {}
        1 => out.push('x'),
        _ => {
            let _ = write!(out, "{bytes}x");
        }
    }
}

fn write_element(out: &mut String, dtype: &DType, order: &mut Option<char>) -> Option<()> {
    let mut separator = '(';
    for extent in dtype.shape() {
        let _ = write!(out, "{separator}{extent}");
        separator = ',';
    }
    if separator == ',' {
        out.push(')');
    }
    match dtype.record() {
        Some(record) => record.write_format(out, order),
        None => {
            // Scalars of one byte have none, and keep the one that holds.
            let big_endian = match dtype.item_size() {
                1 => *order == Some('>'),
                _ => dtype.is_big_endian(),
            };
            write_order(out, big_endian, order);
            out.push_str(dtype.format().trim_start_matches(['<', '>']));
            Some(())
        }
    }
}

/// Without one of its own, a reader would align fields as C does.
fn write_order(out: &mut String, big_endian: bool, order: &mut Option<char>) {
    let wanted = if big_endian { '>' } else { '<' };
    if *order != Some(wanted) {
        out.push(wanted);
        *order = Some(wanted);
    }
}
