//! Random operations on an array and on a `Vec` give the same elements.

use chunkarray_core::{ChunkRef, Element, Error, Growth, Mark, Options, RawArray};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Push(u64),
    PushPlain(u64),
    PushBytes(u64),
    Extend(Vec<u64>),
    Set(usize, u64),
    Truncate(usize),
    Pop,
    PopBytes,
    Clear,
    Reserve(usize),
    DropFront(usize),
    Save,
    Rewind(usize),
    Reset,
    Begin,
    Commit,
    Abort,
    EndOutOfOrder(usize),
    OpenAppender,
    Put(u64),
    PutBytes(u64),
    PutMany(Vec<u64>),
    CloseAppender,
    Shrink,
    View,
    DropView(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => any::<u64>().prop_map(Step::Push),
        6 => any::<u64>().prop_map(Step::PushPlain),
        2 => any::<u64>().prop_map(Step::PushBytes),
        4 => prop::collection::vec(any::<u64>(), 0..200).prop_map(Step::Extend),
        1 => prop::collection::vec(any::<u64>(), 0..3000).prop_map(Step::Extend),
        3 => (any::<usize>(), any::<u64>()).prop_map(|(i, x)| Step::Set(i, x)),
        2 => any::<usize>().prop_map(Step::Truncate),
        3 => Just(Step::Pop),
        1 => Just(Step::PopBytes),
        1 => Just(Step::Clear),
        1 => (0..5000usize).prop_map(Step::Reserve),
        3 => any::<usize>().prop_map(Step::DropFront),
        3 => Just(Step::Save),
        3 => any::<usize>().prop_map(Step::Rewind),
        1 => Just(Step::Reset),
        2 => Just(Step::Begin),
        2 => Just(Step::Commit),
        1 => Just(Step::Abort),
        1 => any::<usize>().prop_map(Step::EndOutOfOrder),
        2 => Just(Step::OpenAppender),
        6 => any::<u64>().prop_map(Step::Put),
        2 => any::<u64>().prop_map(Step::PutBytes),
        2 => prop::collection::vec(any::<u64>(), 0..200).prop_map(Step::PutMany),
        3 => Just(Step::CloseAppender),
        1 => Just(Step::Shrink),
        2 => Just(Step::View),
        2 => any::<usize>().prop_map(Step::DropView),
    ];
    prop::collection::vec(step, 0..80)
}

fn options() -> impl Strategy<Value = Options> {
    let chunk_size = prop::sample::select(vec![1, 2, 4, 1024]);
    let capacity = prop::sample::select(vec![0, 1, 5, 1000, 200_000]);
    let growth = prop::sample::select(vec![Growth::Double, Growth::Fixed]);
    let keep = prop::option::of(0..300usize);
    (chunk_size, growth, capacity, keep).prop_map(|(chunk_size, growth, capacity, keep)| Options {
        chunk_size,
        growth,
        capacity,
        keep: keep
            .filter(|_| growth == Growth::Fixed)
            .map(|more| chunk_size + more),
    })
}

/// Elements whose bytes all depend on the number.
fn make<T: Element>(x: u64) -> T {
    let mut value = T::zeroed();
    for (k, byte) in bytemuck::bytes_of_mut(&mut value).iter_mut().enumerate() {
        *byte = (x >> (8 * (k % 8))) as u8 ^ (k / 8) as u8;
    }
    value
}

/// What the array is to be: all elements that it ever had, by position, and from where on it has them.
struct Model<T> {
    ever: Vec<T>,
    first: usize,
    marks: Vec<(Mark, bool)>,
    transactions: Vec<usize>,
    appender: bool,
}

impl<T: Element + PartialEq + std::fmt::Debug> Model<T> {
    fn new() -> Self {
        Model {
            ever: Vec::new(),
            first: 0,
            marks: Vec::new(),
            transactions: Vec::new(),
            appender: false,
        }
    }

    fn live(&self) -> &[T] {
        &self.ever[self.first..]
    }

    fn end(&self) -> usize {
        self.ever.len()
    }

    fn may_cut(&self, end: usize) -> bool {
        end >= self.end() || self.transactions.last().is_none_or(|&start| end >= start)
    }

    /// Cuts where that may be, and gives what the array has to answer.
    fn cut(&mut self, end: usize) -> Result<(), Error> {
        if !self.may_cut(end) {
            return Err(Error::InTransaction);
        }
        self.ever.truncate(end);
        for (mark, valid) in &mut self.marks {
            *valid &= mark.position() <= end;
        }
        Ok(())
    }

    fn drop_front(&mut self, first: usize) {
        self.first = first;
        for (mark, valid) in &mut self.marks {
            *valid &= mark.position() >= first;
        }
    }

    /// Takes over what the array dropped to keep its bounds, after these were checked. `added` elements may have come
    /// in one piece.
    fn retain(&mut self, array: &RawArray, added: usize) {
        let options = array.options();
        let Some(keep) = options.keep else { return };
        let first = array.first();
        assert!(first >= self.first, "the first position went back");
        let len = self.end() - first;
        if first > self.first {
            assert!(self.transactions.is_empty(), "dropped in a transaction");
            assert!(len >= keep);
        }
        if self.transactions.is_empty() {
            let front = if first < options.capacity {
                options.capacity
            } else {
                0
            };
            let most = keep + options.chunk_size + front + added;
            assert!(len < most, "{len} elements, where {keep} are kept");
        }
        self.drop_front(first);
    }

    fn check(&self, array: &RawArray) {
        let (live, first) = (self.live(), self.first);
        assert_eq!((array.first(), array.end()), (first, self.end()));
        assert_eq!(array.len(), live.len());
        assert_eq!(array.is_empty(), live.is_empty());
        assert_eq!(array.nbytes(), size_of_val(live));
        assert!(array.arena_capacity() >= live.len());
        let settled = self.transactions.first().copied().unwrap_or(self.end());
        assert_eq!(array.settled_end(), settled);
        let mut next = first;
        for chunk in array.chunks() {
            assert_eq!(chunk.start, next);
            assert!(chunk.len <= chunk.capacity && chunk.len > 0);
            assert_eq!(chunk.block.pointer().as_ptr() as usize % 64, 0);
            assert_eq!(seen::<T>(&chunk), &self.ever[next..next + chunk.len]);
            next += chunk.len;
        }
        assert_eq!(next, self.end());
        assert_eq!(array.is_contiguous(), array.chunk_count() <= 1);
        for (i, &x) in live.iter().enumerate() {
            assert_eq!(array.read::<T>(i), Ok(x));
            assert_eq!(array.read_at::<T>(first + i), Ok(x));
        }
        let (index, len) = (live.len(), live.len());
        let past = Err(Error::IndexOutOfRange { index, len });
        assert_eq!(array.read::<T>(index), past);
        let (position, end) = (self.end(), self.end());
        assert_eq!(
            array.read_at::<T>(position),
            Err(Error::Gone { position, end })
        );
        if let Some(position) = first.checked_sub(1) {
            assert_eq!(
                array.read_at::<T>(position),
                Err(Error::Dropped { position, first })
            );
        }
    }
}

fn seen<T: Element>(chunk: &ChunkRef) -> &[T] {
    // SAFETY: the chunk holds so many elements of T, and nobody writes to them meanwhile.
    unsafe { std::slice::from_raw_parts(chunk.pointer().as_ptr().cast::<T>(), chunk.len) }
}

/// What a step is answered with that is refused while an appender is open; nothing for others.
fn tried<T: Element>(array: &RawArray, depth: usize, step: &Step) -> Option<Result<(), Error>> {
    let value = |x: &u64| make::<T>(*x);
    Some(match step {
        Step::Push(x) => array.push(value(x)).map(drop),
        // SAFETY: there is one thread, and T is the element.
        Step::PushPlain(x) => match unsafe { array.push_plain(value(x)) } {
            Ok(_) => Ok(()),
            Err(_) => array.push(value(x)).map(drop),
        },
        Step::PushBytes(x) => array.push_bytes(bytemuck::bytes_of(&value(x))).map(drop),
        Step::Extend(xs) => array
            .extend(&xs.iter().map(value).collect::<Vec<_>>())
            .map(drop),
        Step::Truncate(n) => array.truncate(*n),
        Step::Pop => array.pop::<T>().map(drop),
        Step::PopBytes => array.pop_bytes(bytemuck::bytes_of_mut(&mut T::zeroed())),
        Step::Clear => array.clear(),
        Step::Reset => array.reset(),
        Step::Begin => array.try_begin().map(drop),
        Step::Commit if depth > 0 => array.commit(depth),
        Step::OpenAppender => array.open_appender(),
        // SAFETY: there is one thread.
        Step::Shrink => unsafe { array.lock().shrink() },
        _ => return None,
    })
}

fn run<T: Element + PartialEq + std::fmt::Debug>(options: &Options, steps: &[Step]) {
    let array = RawArray::new(size_of::<T>(), options).unwrap();
    let mut model: Model<T> = Model::new();
    let mut addresses = Vec::new();
    let mut views: Vec<ChunkRef> = Vec::new();
    for step in steps {
        let mut added = 0;
        let depth = model.transactions.len();
        if model.appender
            && let Some(answer) = tried::<T>(&array, depth, step)
        {
            assert_eq!(answer, Err(Error::AppenderOpen));
            continue;
        }
        match step {
            Step::Push(x) => {
                assert_eq!(array.push(make::<T>(*x)), Ok(model.end()));
                model.ever.push(make(*x));
            }
            Step::PushPlain(x) => {
                // SAFETY: there is one thread, and T is the element.
                let position = unsafe { array.push_plain(make::<T>(*x)) };
                assert!(model.transactions.is_empty() || position.is_err());
                let position = position.unwrap_or_else(|_| array.push(make::<T>(*x)).unwrap());
                assert_eq!(position, model.end());
                model.ever.push(make(*x));
            }
            Step::PushBytes(x) => {
                let value = make::<T>(*x);
                assert_eq!(
                    array.push_bytes(bytemuck::bytes_of(&value)),
                    Ok(model.end())
                );
                model.ever.push(value);
            }
            Step::Extend(xs) => {
                let xs: Vec<T> = xs.iter().map(|&x| make(x)).collect();
                assert_eq!(array.extend(&xs), Ok(model.end()..model.end() + xs.len()));
                added = xs.len();
                model.ever.extend(xs);
            }
            Step::Set(i, x) if !model.live().is_empty() => {
                let i = i % model.live().len();
                array.write(i, make::<T>(*x)).unwrap();
                model.ever[model.first + i] = make(*x);
            }
            Step::Set(i, x) => {
                assert_eq!(
                    array.write(*i, make::<T>(*x)),
                    Err(Error::IndexOutOfRange { index: *i, len: 0 })
                );
            }
            Step::Truncate(n) => {
                let n = n % (model.live().len() + 2);
                let end = (model.first + n).min(model.end());
                assert_eq!(array.truncate(n), model.cut(end));
            }
            Step::Pop => {
                let last = model.live().last().copied().ok_or(Error::Empty);
                let wanted = last.and_then(|last| model.cut(model.end() - 1).map(|()| last));
                assert_eq!(array.pop::<T>(), wanted);
            }
            Step::PopBytes => {
                let mut value = T::zeroed();
                let popped = array.pop_bytes(bytemuck::bytes_of_mut(&mut value));
                let last = model.live().last().copied().ok_or(Error::Empty);
                let wanted = last.and_then(|last| model.cut(model.end() - 1).map(|()| last));
                assert_eq!(popped.map(|()| value), wanted);
            }
            Step::Clear => assert_eq!(array.clear(), model.cut(model.first)),
            Step::Reserve(n) => {
                array.reserve(*n).unwrap();
                assert!(array.arena_capacity() >= model.live().len() + n);
            }
            Step::DropFront(n) => {
                let n = n % (model.live().len() + 3);
                let count = n.min(model.live().len());
                if count > 0 && !model.transactions.is_empty() {
                    assert_eq!(array.drop_front(n), Err(Error::InTransaction));
                } else {
                    assert_eq!(array.drop_front(n), Ok(count));
                    model.drop_front(model.first + count);
                }
            }
            Step::Save => {
                let mark = array.save().unwrap();
                assert_eq!(mark.position(), model.end());
                model.marks.push((mark, true));
            }
            Step::Rewind(k) if !model.marks.is_empty() => {
                let (mark, valid) = model.marks[k % model.marks.len()];
                if model.appender {
                    assert_eq!(array.rewind(mark), Err(Error::AppenderOpen));
                } else if valid {
                    assert_eq!(array.rewind(mark), model.cut(mark.position()));
                } else {
                    let refused = array.rewind(mark).unwrap_err();
                    let dropped = Error::MarkDropped { first: model.first };
                    assert!(
                        refused == Error::StaleMark || refused == dropped,
                        "{refused}"
                    );
                }
            }
            Step::Rewind(_) => {}
            Step::Reset => {
                let cut = model.cut(model.first);
                assert_eq!(array.reset(), cut);
                if cut.is_ok() {
                    model.marks.iter_mut().for_each(|(_, valid)| *valid = false);
                }
            }
            Step::Begin => {
                model.transactions.push(model.end());
                assert_eq!(array.try_begin(), Ok(Some(model.transactions.len())));
                assert!(array.in_transaction_of_this_thread());
            }
            Step::Commit if !model.transactions.is_empty() => {
                assert_eq!(array.commit(model.transactions.len()), Ok(()));
                let start = model.transactions.pop().unwrap();
                added = model.end() - start;
            }
            Step::Abort if !model.transactions.is_empty() => {
                assert_eq!(array.abort(model.transactions.len()), Ok(()));
                let start = *model.transactions.last().unwrap();
                model.cut(start).unwrap();
                model.transactions.pop();
                model.appender = false;
            }
            Step::Commit | Step::Abort => {
                let refused = Error::OutOfOrder { given: 1, depth: 0 };
                assert_eq!(array.commit(1), Err(refused));
                assert_eq!(array.abort(1), Err(refused));
            }
            Step::EndOutOfOrder(given) => {
                let depth = model.transactions.len();
                let given = depth + 1 + given % 3;
                let refused = Error::OutOfOrder { given, depth };
                assert_eq!(array.commit(given), Err(refused));
                assert_eq!(array.abort(given), Err(refused));
            }
            Step::OpenAppender => {
                assert_eq!(array.open_appender(), Ok(()));
                model.appender = true;
            }
            Step::Put(x) if model.appender => {
                // SAFETY: this thread opened the appender, and T is the element.
                let position = unsafe { array.put_plain(make::<T>(*x)) };
                let position = position.unwrap_or_else(|_| array.put(make::<T>(*x)).unwrap());
                assert_eq!(position, model.end());
                model.ever.push(make(*x));
            }
            Step::PutBytes(x) if model.appender => {
                let value = make::<T>(*x);
                assert_eq!(array.put_bytes(bytemuck::bytes_of(&value)), Ok(model.end()));
                model.ever.push(value);
            }
            Step::PutMany(xs) => {
                let xs: Vec<T> = xs.iter().map(|&x| make(x)).collect();
                // SAFETY: the elements are readable, and there is one thread.
                let put = unsafe {
                    array
                        .lock()
                        .put_from_pointer(xs.as_ptr().cast(), size_of_val(&xs[..]))
                };
                if model.appender {
                    assert_eq!(put, Ok(model.end()..model.end() + xs.len()));
                    added = xs.len();
                    model.ever.extend(xs);
                } else {
                    assert_eq!(put, Err(Error::AppenderClosed));
                }
            }
            Step::Put(x) | Step::PutBytes(x) => {
                // SAFETY: no appender is open.
                assert!(unsafe { array.put_plain(make::<T>(*x)) }.is_err());
                assert_eq!(array.put(make::<T>(*x)), Err(Error::AppenderClosed));
            }
            Step::CloseAppender => {
                let wanted = if model.appender {
                    Ok(())
                } else {
                    Err(Error::AppenderClosed)
                };
                assert_eq!(array.close_appender(), wanted);
                model.appender = false;
            }
            Step::Shrink => {
                let before = array.committed_bytes();
                // SAFETY: there is one thread.
                unsafe { array.lock().shrink() }.unwrap();
                assert!(array.committed_bytes() <= before);
            }
            Step::View => views.extend(array.chunks().last()),
            Step::DropView(k) if !views.is_empty() => {
                views.swap_remove(k % views.len());
                continue;
            }
            Step::DropView(_) => {}
        }
        model.retain(&array, added);
        if matches!(step, Step::Shrink) {
            // Chunks behind the end, or all where there is no element, may be others from now on.
            let end = if model.live().is_empty() {
                0
            } else {
                model.end()
            };
            addresses.retain(|&(position, _)| position < end);
            views.retain(|view| view.start < end);
        }
        for view in &views {
            if view.start + view.capacity <= model.first {
                let last = &model.ever[view.start..view.start + view.len];
                assert_eq!(seen::<T>(view), last, "a view of a dropped chunk");
            }
        }
        for &(position, address) in &addresses {
            if (model.first..model.end()).contains(&position) {
                assert_eq!(array.address_at(position), Ok(address), "{position} moved");
            }
        }
        if let Some(last) = model.live().len().checked_sub(1) {
            addresses.push((model.first + last, array.address_of(last).unwrap()));
        }
    }
    model.check(&array);
    while let Some(start) = model.transactions.pop() {
        array.abort(model.transactions.len() + 1).unwrap();
        assert_eq!(array.end(), start);
    }
    assert!(!array.is_busy());
}

proptest! {
    #[test]
    fn elements_of_1_byte(options in options(), steps in steps()) {
        run::<u8>(&options, &steps);
    }

    #[test]
    fn elements_of_2_bytes(options in options(), steps in steps()) {
        run::<i16>(&options, &steps);
    }

    #[test]
    fn elements_of_3_bytes(options in options(), steps in steps()) {
        run::<[u8; 3]>(&options, &steps);
    }

    #[test]
    fn elements_of_4_bytes(options in options(), steps in steps()) {
        run::<u32>(&options, &steps);
    }

    #[test]
    fn elements_of_8_bytes(options in options(), steps in steps()) {
        run::<u64>(&options, &steps);
    }

    #[test]
    fn elements_of_12_bytes(options in options(), steps in steps()) {
        run::<[u32; 3]>(&options, &steps);
    }

    #[test]
    fn elements_of_16_bytes(options in options(), steps in steps()) {
        run::<u128>(&options, &steps);
    }
}
