//! Layouts are kept for the life of the process, one for each text, and numbered.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::parse::{Draft, DraftKind, parse};
use super::{Field, FieldKind, Leaf, Record, RecordError, Stored};
use crate::{DType, Kind};

static LAYOUTS: Mutex<Option<HashMap<&'static str, &'static Record>>> = Mutex::new(None);

/// Layouts by their numbers, to be read without a lock: each row has room for as many as all rows in front, and one.
static NUMBERED: [OnceLock<Box<[OnceLock<&'static Record>]>>; 32] = [const { OnceLock::new() }; 32];

/// Where a number's place is: which row, and which one of it.
#[inline]
fn place(number: NonZeroU32) -> (usize, usize) {
    let row = number.ilog2();
    (row as usize, (number.get() - (1 << row)) as usize)
}

impl Record {
    /// The layout that a text means, and the shape that stands behind it.
    pub(crate) fn parse(text: &str) -> Result<(&'static Record, Vec<usize>), RecordError> {
        if let Some(known) = known(text) {
            return Ok((known, Vec::new()));
        }
        let (draft, shape) = parse(text)?;
        Ok((keep(draft), shape))
    }

    /// The layout's number, from 1.
    pub(crate) fn number(&self) -> NonZeroU32 {
        self.number
    }

    /// The layout of a number.
    #[inline]
    pub(crate) fn of_number(number: NonZeroU32) -> Option<&'static Record> {
        let (row, k) = place(number);
        NUMBERED[row].get()?.get(k)?.get().copied()
    }
}

fn known(text: &str) -> Option<&'static Record> {
    let layouts = LAYOUTS.lock().unwrap_or_else(PoisonError::into_inner);
    layouts.as_ref()?.get(text).copied()
}

fn keep(draft: Draft<'_>) -> &'static Record {
    if let Some(known) = known(draft.text) {
        return known;
    }
    let mut record = build(draft);
    let mut layouts = LAYOUTS.lock().unwrap_or_else(PoisonError::into_inner);
    let layouts = layouts.get_or_insert_default();
    // Another thread may have been quicker.
    if let Some(known) = layouts.get(&*record.text) {
        return known;
    }
    let number = u32::try_from(layouts.len() + 1)
        .ok()
        .and_then(NonZeroU32::new);
    record.number = number.expect("fewer layouts than would fill any memory");
    let record: &'static Record = Box::leak(Box::new(record));
    let (row, k) = place(record.number);
    let places = NUMBERED[row].get_or_init(|| (0..1 << row).map(|_| OnceLock::new()).collect());
    places[k].get_or_init(|| record);
    layouts.insert(&record.text, record);
    record
}

fn build(draft: Draft<'_>) -> Record {
    let mut fields: Vec<Field> = Vec::new();
    let mut leaves = Vec::new();
    let mut by_value = false;
    for field in draft.fields {
        let name: Arc<str> = field.name.into();
        let kind = match field.kind {
            DraftKind::Leaf(kind) => {
                leaves.push(Leaf {
                    names: vec![name.clone()],
                    kind,
                });
                kind
            }
            DraftKind::Record(inner, shape) => {
                let inner = keep(inner);
                leaves.extend(inner.leaves.iter().map(|leaf| Leaf {
                    names: [std::slice::from_ref(&name), &leaf.names].concat(),
                    kind: leaf.kind,
                }));
                let dtype = DType::of_record(inner, &shape);
                FieldKind::Plain(dtype.expect("a shape of at most as many bytes as a record has"))
            }
        };
        by_value |= match kind {
            FieldKind::Plain(dtype) => match dtype.record() {
                Some(inner) => inner.by_value,
                None => dtype.kind() == Kind::F,
            },
            _ => false,
        };
        fields.push(Field {
            name,
            offset: field.offset,
            number: match kind {
                FieldKind::Plain(dtype) => Stored::of(&dtype),
                _ => None,
            },
            kind,
        });
    }
    let numbers = fields.iter().all(|field| field.number.is_some());
    let mut regions: Vec<usize> = (0..fields.len()).collect();
    regions.sort_by_key(|&k| fields[k].offset);
    // Fields that share an offset are bits of one unit.
    regions.dedup_by_key(|k| fields[*k].offset);
    Record {
        // Until it is kept.
        number: NonZeroU32::MIN,
        text: draft.text.into(),
        size: draft.size,
        fields,
        leaves,
        regions,
        by_value,
        numbers,
    }
}
