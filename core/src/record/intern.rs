//! Layouts are kept for the life of the process, one for each text.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::parse::{Draft, DraftKind, parse};
use super::{Field, FieldKind, Leaf, Record, RecordError};
use crate::{DType, Kind};

static LAYOUTS: Mutex<Option<HashMap<&'static str, &'static Record>>> = Mutex::new(None);

impl Record {
    /// The layout that a text means, and the shape that stands behind it.
    pub(crate) fn parse(text: &str) -> Result<(&'static Record, Vec<usize>), RecordError> {
        if let Some(known) = known(text) {
            return Ok((known, Vec::new()));
        }
        let (draft, shape) = parse(text)?;
        Ok((keep(draft), shape))
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
    let record = build(draft);
    let mut layouts = LAYOUTS.lock().unwrap_or_else(PoisonError::into_inner);
    let layouts = layouts.get_or_insert_default();
    // Another thread may have been quicker.
    if let Some(known) = layouts.get(&*record.text) {
        return known;
    }
    let record: &'static Record = Box::leak(Box::new(record));
    layouts.insert(&record.text, record);
    record
}

fn build(draft: Draft<'_>) -> Record {
    let mut fields = Vec::new();
    let mut leaves = Vec::new();
    let mut by_value = false;
    for field in draft.fields {
        let kind = match field.kind {
            DraftKind::Leaf(kind) => {
                leaves.push(Leaf {
                    path: field.name.clone(),
                    kind,
                });
                kind
            }
            DraftKind::Record(inner, shape) => {
                let inner = keep(inner);
                leaves.extend(inner.leaves.iter().map(|leaf| Leaf {
                    path: format!("{}.{}", field.name, leaf.path),
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
            name: field.name,
            offset: field.offset,
            kind,
        });
    }
    let mut regions: Vec<usize> = (0..fields.len()).collect();
    regions.sort_by_key(|&k| fields[k].offset);
    // Fields that share an offset are bits of one unit.
    regions.dedup_by_key(|k| fields[*k].offset);
    Record {
        text: draft.text.into(),
        size: draft.size,
        fields,
        leaves,
        regions,
        by_value,
    }
}
