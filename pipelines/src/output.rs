//! Appending what a run makes to its outputs.

use chunkarray_core::kernels::{Window, extend_window};
use chunkarray_core::{Exclusive, Options, RawArray};

use crate::kernel::Output;
use crate::layout::Layout;
use crate::memory::{Buffer, filled};
use crate::program::{Program, Terminal};
use crate::{Error, Type};

/// What is written to an output.
struct Stream<'a> {
    to: Target<'a>,
    fields: Vec<Field>,
    /// Bytes of an element.
    size: usize,
}

/// Where it is gathered.
enum Target<'a> {
    /// In the array itself.
    Itself(&'a RawArray),
    /// Aside, until the run has ended.
    Aside { made: RawArray, array: &'a RawArray },
}

impl Target<'_> {
    fn array(&self) -> &RawArray {
        match self {
            Target::Itself(array) => array,
            Target::Aside { made, .. } => made,
        }
    }
}

struct Field {
    offset: usize,
    ty: Type,
    big: bool,
    column: usize,
}

/// The outputs of a run.
pub struct Outputs<'a> {
    streams: Vec<Stream<'a>>,
}

impl<'a> Outputs<'a> {
    /// Checks them.
    pub fn new(
        program: &Program,
        layout: &Layout,
        outputs: &[Output<'a>],
    ) -> Result<Outputs<'a>, Error> {
        if outputs.len() != program.outputs() {
            return Err(Error::OutputCount {
                given: outputs.len(),
                wanted: program.outputs(),
            });
        }
        let mut streams = Vec::new();
        for (number, output) in outputs.iter().enumerate() {
            let same = |other: &Output<'_>| std::ptr::eq(other.array, output.array);
            if outputs[..number].iter().any(same) {
                return Err(Error::OutputTwice { output: number });
            }
            let size = output.array.element_size();
            let mut fields = Vec::new();
            for terminal in program.terminals() {
                let Terminal::Out {
                    output: to,
                    offset,
                    ty,
                    big,
                    a,
                } = *terminal
                else {
                    continue;
                };
                if to as usize != number {
                    continue;
                }
                if offset.is_none() && ty.size() != size {
                    return Err(Error::OutputSize {
                        output: number,
                        given: size,
                        wanted: ty.size(),
                    });
                }
                let offset = offset.unwrap_or(0) as usize;
                if offset + ty.size() > size {
                    return Err(Error::FieldOutside {
                        offset,
                        ty,
                        element_size: size,
                    });
                }
                fields.push(Field {
                    offset,
                    ty,
                    big: big && ty.size() > 1,
                    column: layout.column_of(a).unwrap_or(0),
                });
            }
            let to = if output.private {
                Target::Itself(output.array)
            } else {
                Target::Aside {
                    made: RawArray::new(size, &Options::default())?,
                    array: output.array,
                }
            };
            streams.push(Stream { to, fields, size });
        }
        Ok(Outputs { streams })
    }

    /// Takes memory for `count` more elements.
    pub fn reserve(&self, count: usize) -> Result<(), Error> {
        for stream in &self.streams {
            stream.to.array().lock().reserve_populated(count)?;
        }
        Ok(())
    }

    /// Appends the first `count` values of columns.
    pub fn append(&self, columns: &[Buffer], count: usize) -> Result<(), Error> {
        if count == 0 {
            return Ok(());
        }
        for stream in &self.streams {
            let to = stream.to.array();
            let bytes = |field: &Field| columns[field.column].bytes(count * field.ty.size());
            match &stream.fields[..] {
                [field] if !field.big && field.ty.size() == stream.size => {
                    to.extend_from_bytes(bytes(field))?;
                }
                fields => {
                    let mut records = filled(0_u8, count.saturating_mul(stream.size))?;
                    for field in fields {
                        field.scatter(bytes(field), &mut records, stream.size);
                    }
                    to.extend_from_bytes(&records)?;
                }
            }
        }
        Ok(())
    }

    /// Lets all appear that was gathered aside: in all outputs, or in none.
    pub fn finish(self) -> Result<(), Error> {
        let mut gathered = Vec::new();
        for stream in &self.streams {
            if let Target::Aside { made, array } = &stream.to {
                gathered.push((*array, Window::all(made)?));
            }
        }
        // Whoever takes several locks takes them in this order.
        gathered.sort_by_key(|(array, _)| std::ptr::from_ref(*array));
        let mut done: Vec<(Exclusive<'_>, usize)> = Vec::new();
        let locks: Vec<Exclusive<'_>> = gathered.iter().map(|(array, _)| array.lock()).collect();
        for (lock, (_, window)) in locks.into_iter().zip(&gathered) {
            let before = lock.len();
            let extended = extend_window(&lock, window);
            done.push((lock, before));
            if let Err(error) = extended {
                done.pop();
                for (lock, before) in done {
                    lock.truncate(before)?;
                }
                return Err(error.into());
            }
        }
        Ok(())
    }
}

impl Field {
    /// Puts values into records of `size` bytes.
    fn scatter(&self, values: &[u8], records: &mut [u8], size: usize) {
        let width = self.ty.size();
        let records = records.chunks_exact_mut(size);
        for (record, value) in records.zip(values.chunks_exact(width)) {
            let to = &mut record[self.offset..][..width];
            to.copy_from_slice(value);
            if self.big {
                to.reverse();
            }
        }
    }
}
